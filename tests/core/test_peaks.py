"""The pyramid says what a search through all samples says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.overview.peaks import (
    BASE_FRAMES,
    FACTOR,
    PeakPyramid,
    pool_range,
    read_peaks,
    sample_peaks,
)


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), 44100))


def noise(channels: int, frames: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (channels, frames)).astype(np.float32)


def filled(clip: AudioClip) -> PeakPyramid:
    pyramid = PeakPyramid(clip.channels, clip.frames)
    pyramid.put(read_peaks(clip, 0, clip.frames, frames_per_column=BASE_FRAMES), 0)
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


def brute_loudness(samples: np.ndarray, size: int) -> np.ndarray:
    starts = range(0, samples.shape[1], size)
    blocks = [samples[:, start : start + size].astype(float) for start in starts]
    return np.stack([np.sqrt((block**2).mean(axis=1)) for block in blocks], axis=1)


@settings(deadline=None, max_examples=30)
@given(frames=st.integers(1, 40_000), channels=st.integers(1, 3))
def test_every_level_equals_a_search_through_the_samples(frames, channels):
    samples = noise(channels, frames)
    for level, peaks in enumerate(filled(clip_of(samples)).levels):
        expected = brute_force(samples, BASE_FRAMES * FACTOR**level)
        np.testing.assert_array_equal(peaks[:2], expected)


@pytest.mark.parametrize("level", [0, 2, 4])
def test_the_loudness_is_the_root_mean_square(level):
    samples = noise(2, BASE_FRAMES * FACTOR**4)
    got = filled(clip_of(samples)).levels[level][2]
    np.testing.assert_allclose(got, brute_loudness(samples, BASE_FRAMES * FACTOR**level), rtol=1e-4)


@pytest.mark.parametrize("pixels", [1, 7, 100])
def test_a_query_holds_the_extremes_of_every_pixel(pixels):
    samples = noise(2, 100 * 1024)
    got = filled(clip_of(samples)).query(0, samples.shape[1], pixels)
    assert got.shape == (3, 2, pixels)
    assert got[0].min() == samples.min()
    assert got[1].max() == samples.max()
    if pixels == 100:
        np.testing.assert_array_equal(got[:2], brute_force(samples, 1024))


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
    want = samples[:, 100:200]
    np.testing.assert_allclose(got, np.stack([want, want, abs(want)]), rtol=1e-6)


def test_pooling_repeats_a_column_that_covers_several_pixels():
    peaks = np.array([[[1, 2, 3]], [[4, 5, 6]], [[1, 2, 2]]], dtype=np.float32)
    got = pool_range(peaks, np.array([0, 0, 1, 1, 2, 3, 3]))
    np.testing.assert_array_equal(got[0, 0], [1, 1, 2, 2, 3, 0])


def test_nan_is_silence_and_infinity_full_scale():
    got = sample_peaks(np.array([[np.nan, 0.5, np.inf, -np.inf]], dtype=np.float32), 2)
    np.testing.assert_array_equal(got[:2, 0], [[0.0, -1.0], [0.5, 1.0]])


def test_values_that_are_no_numbers_are_known_at_every_zoom():
    samples = noise(2, 300_000)
    samples[1, 123_456] = np.nan
    samples[0, 200_000] = np.inf
    pyramid = filled(clip_of(samples))
    assert pyramid.odd_frames() == [123_456 // 256 * 256, 200_000 // 256 * 256]
    for level in pyramid.levels[:4]:
        assert np.isnan(level[2]).any(axis=1).all()
        assert np.isfinite(level[:2]).all()
    assert filled(clip_of(noise(1, 5000))).odd_frames() == []


def test_a_sketch_shows_where_sound_is_and_the_truth_replaces_it():
    samples = noise(1, 2_000_000)
    samples[:, 1_000_000:] = 0
    clip = clip_of(samples)
    pyramid = PeakPyramid(1, clip.frames)
    pyramid.sketch(clip, budget_s=10.0)
    got = pyramid.query(0, clip.frames, 20)[1, 0]
    assert (got[:9] > 0.9).all()
    assert (got[11:] == 0).all()


def test_the_peaks_of_an_hour_of_stereo_stay_small():
    pyramid = PeakPyramid(2, 3600 * 44100)
    assert sum(level.nbytes for level in pyramid.levels) < 25e6
