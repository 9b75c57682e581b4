"""Boxes and softer outlines of time and frequency in which the sound is lost."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, istft, stft
from uasrm_core.training.damage.damaged import Damaged, random_span

SHORTEST_S = 0.05
LONGEST_S = 1.0
LOWEST_HZ = 40.0
LEAST_OCTAVES, MOST_OCTAVES = 0.3, 5.0
SOFT_SHARE = 0.5
SOFT_BINS, SOFT_COLUMNS = 6.0, 2.0


def damage(clean: Samples, rate: int, config: StftConfig, rng: np.random.Generator) -> Damaged:
    """Take a box out of the spectrum of ``(channels, frames)``; every other one has soft edges.

    The sound outside the box stays as it was, as far as a transform can part the two.
    """
    frames = clean.shape[1]
    span = random_span(frames, rate, rng, shortest_s=SHORTEST_S, longest_s=LONGEST_S)
    band_hz = random_band(rate, rng)
    hz = np.arange(config.bins) * config.bin_hz(rate)
    inside = (hz >= band_hz[0]) & (hz <= band_hz[1])
    inside[np.argmin(np.abs(hz - np.mean(band_hz)))] = True
    centres = np.arange(config.columns(frames)) * config.hop_frames
    during = (centres >= span.start_frame) & (centres < span.end_frame)
    during[np.argmin(np.abs(centres - (span.start_frame + span.end_frame) / 2))] = True
    mask = np.outer(inside, during).astype(np.float32)
    if rng.uniform() < SOFT_SHARE:
        mask = soften(mask)
    kept = istft((stft(clean, config) * (1.0 - mask)).astype(np.complex64), config, frames)
    columns = np.flatnonzero(mask.any(axis=0)) * config.hop_frames
    half = config.fft_size // 2
    start, end = max(int(columns[0]) - half, 0), min(int(columns[-1]) + half, frames)
    samples = clean.copy()
    samples[:, start:end] = kept[:, start:end]
    return Damaged(samples, start, end, mask, band_hz)


def random_band(rate: int, rng: np.random.Generator) -> tuple[float, float]:
    """Draw a band, its lower edge and its width spread evenly over the octaves."""
    top = rate / 2
    low = LOWEST_HZ * (top / 4 / LOWEST_HZ) ** rng.uniform()
    return float(low), float(min(low * 2.0 ** rng.uniform(LEAST_OCTAVES, MOST_OCTAVES), top))


def soften(mask: Samples) -> Samples:
    """Return a mask whose edges fall off over some bins and columns, still 1 at its peak."""
    soft = ndimage.gaussian_filter(mask, (SOFT_BINS / 2, SOFT_COLUMNS / 2))
    return np.asarray(soft / soft.max(), dtype=np.float32)
