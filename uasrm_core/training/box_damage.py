"""Random damage in part of the spectrum: noise or other sound over the programme, or a loss."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, istft, stft
from uasrm_core.training.settings import BoxSettings

# Noise of so many decibels an octave is the darkest and the brightest.
MOST_TILT_DB = 6.0
FADE_FRAMES = 256
SILENCE = 1e-5


def damage_box(
    clean: Samples,
    gap: tuple[int, int],
    mask: Samples,
    other: Samples,
    config: StftConfig,
    settings: BoxSettings,
    rng: np.random.Generator,
) -> Samples:
    """Return a recording with part of the spectrum damaged for a while, float32 ``(frames,)``.

    Parameters
    ----------
    clean, other
        ``(frames,)``: the recording, and one that may sound over it.
    gap
        The damaged frames, half-open; outside of them nothing changes.
    mask
        ``(bins, columns)``: 1 where the spectrum is damaged, 0 where it is not.
    """
    start, end = gap
    frames = end - start
    sound = np.zeros_like(clean)
    programme = np.zeros_like(clean)
    programme[start:end] = clean[start:end]
    if rng.uniform() < settings.noise:
        sound[start:end] = _make_noise(frames, settings, rng)
    else:
        sound[start:end] = other[start:end]
    masked, left = (stft(part, config) * mask for part in (sound, programme))
    ratio = np.linalg.norm(left) / (np.linalg.norm(masked) + SILENCE)
    level = 10.0 ** (rng.uniform(-settings.below_db, settings.above_db) / 20.0) * ratio
    lost = rng.uniform() if rng.uniform() < settings.weaker else 0.0
    change = istft((level * masked - lost * left).astype(np.complex64), config, len(clean))
    damaged = clean.copy()
    damaged[start:end] += change[start:end] * _fade_window(frames)
    return damaged


def _make_noise(frames: int, settings: BoxSettings, rng: np.random.Generator) -> Samples:
    octaves = np.log2(np.arange(1, frames // 2 + 2))
    tilt = 10.0 ** (rng.uniform(-MOST_TILT_DB, MOST_TILT_DB) * octaves / 20.0)
    spectrum = np.fft.rfft(rng.standard_normal(frames)) * (tilt / tilt.max())
    noise = np.fft.irfft(spectrum, frames)
    if rng.uniform() < settings.unsteady:
        places = np.sort(rng.uniform(size=4))
        swell = np.interp(np.linspace(0.0, 1.0, frames), places, rng.uniform(-20.0, 0.0, size=4))
        noise *= 10.0 ** (swell / 20.0)
    return np.asarray(noise, dtype=np.float32)


def _fade_window(frames: int) -> Samples:
    distance = np.minimum(np.arange(frames), np.arange(frames)[::-1]) + 0.5
    ramp = np.sin(np.clip(distance / min(FADE_FRAMES, frames / 4), 0.0, 1.0) * (np.pi / 2)) ** 2
    return np.asarray(ramp, dtype=np.float32)
