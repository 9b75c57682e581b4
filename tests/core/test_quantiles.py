"""What the rest of a recording tells about a gap."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.exemplars.quantiles import QUANTILES, STFT, spectral_quantiles

RATE = 44100


def test_levels_of_a_steady_sine_are_its_amplitude_at_every_quantile(tone):
    hz = 100 * RATE / STFT.fft_size
    found = spectral_quantiles(tone(hz, 3.0, amplitude=0.25)[0], [])
    assert found.shape == (len(QUANTILES), STFT.bins)
    assert np.exp(found[:, 100]) == pytest.approx([0.25] * 3, rel=0.05)
    assert np.all(found[:, 300] < np.log(1e-3))


def test_levels_grow_with_the_quantile_and_leave_the_gap_out(rng):
    sound = (0.01 * rng.standard_normal(3 * RATE)).astype(np.float32)
    quiet = spectral_quantiles(sound, [(50000, 60000)])
    sound[50000:60000] = 1.0
    assert np.array_equal(spectral_quantiles(sound, [(50000, 60000)]), quiet)
    assert np.all(np.diff(quiet, axis=0) >= 0)


@pytest.mark.parametrize("frames", [10, 3000])
def test_levels_of_next_to_nothing_are_numbers(frames):
    assert np.isfinite(spectral_quantiles(np.zeros(frames, np.float32), [(0, frames)])).all()


@pytest.mark.parametrize("rate", [16000, 48000, 96000])
def test_levels_stand_at_the_same_bins_at_any_rate(tone, rate):
    hz = 100 * RATE / STFT.fft_size
    found = spectral_quantiles(tone(hz, 3.0, rate=rate, amplitude=0.25)[0], [], scale=rate / RATE)
    assert found.shape == (len(QUANTILES), STFT.bins)
    assert np.argmax(found[1]) == 100
    assert np.exp(found[:, 100]) == pytest.approx([0.25] * 3, rel=0.05)
