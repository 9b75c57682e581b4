"""Recordings with repairs laid over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.clip import PREPARED_FRAMES, AudioClip, MemorySource, Patch
from uasrm_core.errors import Cancelled
from uasrm_core.progress import Progress

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


class Decoding:
    """Can be read as far as someone has asked before, as a compressed file can."""

    def __init__(self, frames: int) -> None:
        self._memory = MemorySource(np.zeros((1, frames), np.float32), 44100)
        self.info = self._memory.info
        self.ready_frames = 0

    def read(self, start_frame, end_frame):
        self.ready_frames = max(self.ready_frames, end_frame)
        return self._memory.read(start_frame, end_frame)


@pytest.fixture
def decoding():
    return AudioClip(Decoding(5 * PREPARED_FRAMES))


def test_decoding_far_ahead_tells_how_far_it_is(decoding):
    told = []
    wanted = 3 * PREPARED_FRAMES + 5
    decoding.prepare(wanted, Progress(lambda part, words: told.append(part)))
    assert decoding.ready_frames == wanted
    assert told == sorted(told)
    assert len(told) == 4


def test_decoding_far_ahead_can_be_called_off_and_gone_on_with(decoding):
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        decoding.prepare(decoding.frames, Progress(is_cancelled=lambda: next(asked)))
    assert decoding.ready_frames == PREPARED_FRAMES
    decoding.prepare(decoding.frames, Progress())
    assert decoding.ready_frames == decoding.frames


def test_what_is_there_needs_no_preparing():
    clip = AudioClip(MemorySource(np.zeros((1, 100), np.float32), 44100))
    clip.prepare(100, Progress(is_cancelled=lambda: True))


@pytest.mark.parametrize("stretch", [(-30, -10), (-5, 5), (995, 1005), (1000, 1020), (1200, 1220)])
def test_beyond_the_recording_there_is_silence(stretch):
    clip = AudioClip(MemorySource(np.ones((2, 1000), dtype=np.float32), 8000))
    there = [float(0 <= frame < 1000) for frame in range(*stretch)]
    assert clip.read_padded(*stretch).tolist() == [there, there]
    assert clip.read_padded(*stretch, (1,)).tolist() == [there]
