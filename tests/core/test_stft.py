"""The transform: inverts, and puts a tone into its bin."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.spectral.stft import StftConfig, istft, stft


@pytest.mark.parametrize("config", [StftConfig(), StftConfig(512, 128), StftConfig(1024, 256)])
@pytest.mark.parametrize("frames", [5000, 8192, 10001])
def test_inverse_gives_the_same_samples(rng, config, frames):
    samples = rng.standard_normal((2, frames)).astype(np.float32)
    again = istft(stft(samples, config), config, frames)
    inner = slice(0, frames - config.fft_size // 2)
    assert again.shape == samples.shape
    assert again[:, inner] == pytest.approx(samples[:, inner], abs=1e-5)


def test_a_tone_stands_in_its_bin(tone):
    config = StftConfig()
    hz = 20 * config.bin_hz(44100)
    spectrum = np.abs(stft(tone(hz)[0], config))
    assert spectrum.shape == (config.bins, config.columns(44100))
    assert np.argmax(spectrum[:, 20]) == 20
