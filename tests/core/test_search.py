"""What is searched of a recording: made once, right after every edit, and never without bound."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.errors import Cancelled
from uasrm_core.inpainting import search as around
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.progress import Progress

RATE = 16000
GAP = (40000, 44000)


@pytest.fixture
def made(monkeypatch):
    """Return the parts whose features were made, as they are made."""
    seen = []
    measure_features = around.measure_features

    def count(samples, rate):
        seen.append(samples.shape)
        return measure_features(samples, rate)

    monkeypatch.setattr(around, "measure_features", count)
    return seen


@pytest.fixture
def loop(rng):
    """Return two channels of half a minute of noise, a bar of two seconds over and over."""
    bar = 0.1 * rng.standard_normal((2, 2 * RATE)).astype(np.float32)
    return AudioClip(MemorySource(np.tile(bar, (1, 15)), RATE))


def about(clip, *, gap=GAP, lost=(), reach=20 * RATE, channels=(0, 1)):
    axes = np.eye(len(channels))
    return SearchContext(clip, channels, axes, *gap, reach, (gap, *lost))


def shift_of(heard):
    return heard.find_exemplars(1, Progress())[0].shift_frames


def blanked(clip, start, end):
    silence = np.zeros((clip.channels, end - start), np.float32)
    return clip.with_patch(Patch(start, tuple(range(clip.channels)), silence))


def test_what_was_made_is_kept_for_other_gaps_and_for_trials(made, loop):
    assert shift_of(about(loop)) % (2 * RATE) == 0
    parts = len(made)
    assert parts > 1
    trial = (50000, 55000)
    assert shift_of(about(blanked(loop, *trial), gap=trial, lost=(GAP,))) % (2 * RATE) == 0
    assert len(made) == parts


def test_after_an_edit_only_what_it_touches_is_made_again(made, loop):
    shift_of(about(loop))
    parts = len(made)
    edited = blanked(loop, 100000, 101000)
    shift_of(about(edited))
    assert parts < len(made) <= parts + 2
    shift_of(about(loop))
    assert len(made) <= parts + 2


def test_an_edit_is_heard(loop, rng):
    # all but one of the repeats give way to other noise
    kept = (GAP[0] + 8 * RATE - RATE // 2, GAP[1] + 8 * RATE + RATE // 2)
    clip = loop
    for low, high in (
        (0, GAP[0] - RATE // 2),
        (GAP[1] + RATE // 2, kept[0]),
        (kept[1], 15 * 32000),
    ):
        noise = 0.1 * rng.standard_normal((2, high - low)).astype(np.float32)
        clip = clip.with_patch(Patch(low, (0, 1), noise))
    shift_of(about(loop))
    assert shift_of(about(clip)) == 8 * RATE


def test_what_is_damaged_or_made_up_is_not_copied(loop):
    clip, lost = loop, []
    for bar in range(1, 8):
        span = (GAP[0] + bar * 2 * RATE, GAP[1] + bar * 2 * RATE)
        lost.append(span)
        # a repair that is as good as it gets
        clip = clip.with_patch(Patch(span[0], (0, 1), loop.read(*span)))
    for heard in (about(clip), about(loop, lost=lost)):
        first = GAP[0] + shift_of(heard)
        assert all(first + 4000 <= a or first >= b for a, b in lost)


def test_a_passage_is_found_whichever_way_the_channels_point(rng):
    bar = 0.1 * rng.standard_normal((1, 2 * RATE)).astype(np.float32)
    for gains in ([1.0, -1.0], [1.0, 0.0], [0.3, 0.3]):
        sound = np.float32(np.array(gains)[:, None]) * np.tile(bar, (1, 6))
        clip = AudioClip(MemorySource(sound, RATE))
        assert shift_of(about(clip)) % (2 * RATE) == 0


def test_memory_is_bounded_and_the_recording_at_hand_stays(monkeypatch, made, loop):
    other = AudioClip(MemorySource(loop.read(0, loop.frames), RATE))
    shift_of(about(other))
    parts = len(made)
    size = around.measure_features(np.zeros((2, 200000), np.float32), RATE).bytes
    made.clear()
    monkeypatch.setattr(around, "MOST_BYTES", (parts + 1) * size)
    shift_of(about(loop))
    shift_of(about(loop))
    assert len(made) == parts
    shift_of(about(other))
    assert len(made) > parts


def test_beyond_the_ends_there_is_silence(loop):
    heard = about(loop)
    found = heard.read(-100, 100)
    assert not found[:, :100].any()
    assert np.array_equal(found[:, 100:], loop.read(0, 100))
    assert not heard.read(loop.frames + 5, loop.frames + 10).any()


def test_a_search_can_be_called_off(loop):
    with pytest.raises(Cancelled):
        about(loop).find_exemplars(1, Progress(is_cancelled=lambda: True))
