"""The pyramid says what a search through all samples says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.dsp.peaks import (
    BASE_FRAMES,
    BLOCK_FRAMES,
    FACTOR,
    PeakPyramid,
    pool_range,
    read_peaks,
    sample_peaks,
)
from uasrm_core.errors import Cancelled
from uasrm_core.progress import Progress


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), 44100))


def noise(channels: int, frames: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


def filled(clip: AudioClip) -> PeakPyramid:
    pyramid = PeakPyramid(clip.channels, clip.frames)
    pyramid.fill(clip)
    return pyramid


def brute_force(samples: np.ndarray, size: int) -> np.ndarray:
    starts = range(0, samples.shape[1], size)
    blocks = [samples[:, start : start + size] for start in starts]
    return np.stack(
        [
            np.stack([block.min(axis=1) for block in blocks], axis=1),
            np.stack([block.max(axis=1) for block in blocks], axis=1),
        ]
    )


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(1, 40_000), channels=st.integers(1, 3))
def test_every_level_equals_a_search_through_the_samples(frames, channels):
    samples = noise(channels, frames)
    for level, peaks in enumerate(filled(clip_of(samples)).levels):
        expected = brute_force(samples, BASE_FRAMES * FACTOR**level)
        np.testing.assert_array_equal(peaks, expected)


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(2, 40_000), data=st.data())
def test_refreshing_only_what_an_edit_touched_equals_a_rebuild(frames, data):
    start = data.draw(st.integers(0, frames - 1))
    length = data.draw(st.integers(1, frames - start))
    clip = clip_of(noise(2, frames))
    pyramid = filled(clip)
    edited = clip.with_patch(Patch(start, (1,), 3 * noise(1, length, seed=2)))
    pyramid.fill(edited, start, start + length)
    for refreshed, rebuilt in zip(pyramid.levels, filled(edited).levels, strict=True):
        np.testing.assert_array_equal(refreshed, rebuilt)


@pytest.mark.parametrize("pixels", [1, 7, 100])
def test_a_query_holds_the_extremes_of_every_pixel(pixels):
    samples = noise(2, 100 * 1024)
    got = filled(clip_of(samples)).query(0, samples.shape[1], pixels)
    assert got.shape == (2, 2, pixels)
    assert got[0].min() == samples.min()
    assert got[1].max() == samples.max()
    if pixels == 100:
        np.testing.assert_array_equal(got, brute_force(samples, 1024))


def test_a_single_loud_sample_shows_at_any_zoom():
    samples = np.zeros((1, 3_000_000))
    samples[0, 1_234_567] = 0.9
    pyramid = filled(clip_of(samples))
    for pixels in (10, 333, 1920):
        assert pyramid.query(0, 3_000_000, pixels)[1].max() == np.float32(0.9)


def test_outside_the_recording_is_silence():
    pyramid = filled(clip_of(np.ones((1, 2560))))
    got = pyramid.query(-2560, 5120, 30)
    np.testing.assert_array_equal(got[0, 0], [0] * 10 + [1] * 10 + [0] * 10)


def test_close_views_read_the_samples_themselves():
    samples = noise(2, 1000)
    got = read_peaks(clip_of(samples), 100, 200, frames_per_column=1)
    np.testing.assert_array_equal(got, np.stack([samples[:, 100:200]] * 2))


def test_pooling_repeats_a_column_that_covers_several_pixels():
    peaks = np.array([[[1, 2, 3]], [[4, 5, 6]]], dtype=np.float32)
    got = pool_range(peaks, np.array([0, 0, 1, 1, 2, 3, 3]))
    np.testing.assert_array_equal(got[0, 0], [1, 1, 2, 2, 3, 0])


def test_nan_is_silence_and_infinity_full_scale():
    got = sample_peaks(np.array([[np.nan, 0.5, np.inf, -np.inf]], dtype=np.float32), 2)
    np.testing.assert_array_equal(got[:, 0], [[0.0, -1.0], [0.5, 1.0]])


def test_a_cancelled_fill_keeps_what_it_has_and_can_go_on():
    samples = noise(1, 3 * BLOCK_FRAMES)
    clip = clip_of(samples)
    pyramid = PeakPyramid(1, clip.frames)
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        pyramid.fill(clip, progress=Progress(is_cancelled=lambda: next(asked)))
    assert pyramid.ready_frames == 2 * BLOCK_FRAMES
    pyramid.fill(clip, pyramid.ready_frames)
    np.testing.assert_array_equal(pyramid.levels[-1], filled(clip).levels[-1])


def test_a_sketch_shows_where_sound_is_and_the_truth_replaces_it():
    samples = noise(1, 2_000_000)
    samples[:, 1_000_000:] = 0
    clip = clip_of(samples)
    pyramid = PeakPyramid(1, clip.frames)
    pyramid.sketch(clip, budget_s=10.0)
    got = pyramid.query(0, clip.frames, 20)[1, 0]
    assert (got[:9] > 0.9).all()
    assert (got[11:] == 0).all()
    pyramid.fill(clip)
    np.testing.assert_array_equal(pyramid.levels[0], filled(clip).levels[0])


def test_an_hour_of_stereo_stays_small():
    pyramid = PeakPyramid(2, 3600 * 44100)
    assert sum(level.nbytes for level in pyramid.levels) < 20e6
