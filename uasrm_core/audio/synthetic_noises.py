"""Disturbances for tests and training: a cough, band noise, a telephone."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples

COUGH_BAND_HZ = (300.0, 3000.0)
RING_TONES_HZ = (400.0, 450.0)
RING_HARMONICS = 3
RING_BAND_HZ = (350.0, 1400.0)
FADE_S = 0.01


def cough(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return noise between the edges of `COUGH_BAND_HZ`, ``(frames,)``, RMS 1."""
    return band_noise(frames, rate, COUGH_BAND_HZ, rng)


def band_noise(
    frames: int, rate: int, band_hz: tuple[float, float], rng: np.random.Generator
) -> Samples:
    """Return noise inside a band and nothing outside it, faded in and out, ``(frames,)``, RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(frames))
    hz = np.fft.rfftfreq(frames, 1 / rate)
    inside = (hz >= band_hz[0]) & (hz <= band_hz[1])
    if not np.any(inside):
        inside[np.argmin(np.abs(hz - sum(band_hz) / 2))] = True
    return _fade_and_scale(np.fft.irfft(spectrum * inside, frames), rate)


def ring(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Return a telephone's two tones with their harmonics inside `RING_BAND_HZ`, RMS 1.

    Each harmonic has half the amplitude of the one before, and a phase of its own.
    """
    time = np.arange(frames) / rate
    sound = np.zeros(frames)
    for tone_hz in RING_TONES_HZ:
        for number in range(1, RING_HARMONICS + 1):
            phase = rng.uniform(0.0, 2 * np.pi)
            sound += 0.5**number * np.sin(2 * np.pi * number * tone_hz * time + phase)
    return _fade_and_scale(sound, rate)


def _fade_and_scale(sound: np.ndarray, rate: int) -> Samples:
    """Fade in and out, so that the edges bring nothing outside the band, and set the level."""
    fade = min(int(FADE_S * rate), len(sound) // 4)
    ramp = np.sin((np.arange(fade) + 0.5) / max(fade, 1) * (np.pi / 2)) ** 2
    sound[:fade] *= ramp
    sound[len(sound) - fade :] *= ramp[::-1]
    level = np.sqrt(np.mean(sound**2))
    return np.asarray(sound / max(level, 1e-12), dtype=np.float32)
