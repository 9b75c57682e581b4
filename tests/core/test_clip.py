"""Recordings with repairs laid over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch

FRAMES = 60


@st.composite
def patches(draw: st.DrawFn) -> Patch:
    start = draw(st.integers(0, FRAMES - 1))
    frames = draw(st.integers(1, FRAMES - start))
    channels = draw(st.sampled_from([(0,), (1,), (2,), (0, 2), (0, 1, 2)]))
    value = draw(st.integers(1, 99))
    samples = np.full((len(channels), frames), value, np.float32)
    return Patch(start, channels, samples)


@given(st.lists(patches(), max_size=6), st.integers(0, FRAMES), st.integers(0, FRAMES))
def test_any_block_is_cut_from_the_recording_with_all_patches(
    laid: list[Patch], one: int, other: int
) -> None:
    original = np.zeros((3, FRAMES), np.float32)
    expected = original.copy()
    clip = AudioClip(MemorySource(original, 100))
    for patch in laid:
        clip = clip.with_patch(patch)
        expected[list(patch.channels), patch.start_frame : patch.end_frame] = patch.samples
    start, end = sorted((one, other))
    np.testing.assert_array_equal(clip.read(start, end), expected[:, start:end])
    np.testing.assert_array_equal(clip.read(start, end, [2, 0]), expected[[2, 0], start:end])
    assert not original.any()
    assert clip.revision == len(laid)


def test_taking_the_patches_away_gives_the_original_back() -> None:
    original = np.linspace(-1, 1, 20, dtype=np.float32)[np.newaxis]
    clip = AudioClip(MemorySource(original, 100))
    patched = clip.with_patch(Patch(3, (0,), np.zeros((1, 5), np.float32)))
    np.testing.assert_array_equal(patched.with_patches([]).read(0, 20), original)


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 61), (6, 5)])
def test_a_block_outside_is_refused(start: int, end: int) -> None:
    clip = AudioClip(MemorySource(np.zeros((1, FRAMES), np.float32), 100))
    with pytest.raises(IndexError):
        clip.read(start, end)
