"""Bursts: noise or a telephone over the programme."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.synthetic_noises import RING_BAND_HZ, band_noise, ring
from uasrm_core.spectral.stft import StftConfig
from uasrm_core.training.damage.boxes import random_band
from uasrm_core.training.damage.damaged import Damaged, random_span

SHORTEST_S = 0.02
LONGEST_S = 1.0
RING_SHARE = 0.3
QUIETEST, LOUDEST = 0.5, 4.0


def damage(clean: Samples, rate: int, config: StftConfig, rng: np.random.Generator) -> Damaged:
    """Lay noise or a telephone over a stretch of ``(channels, frames)``.

    Its level is between half and four times that of the programme there, which is at least a
    thousandth of full scale.
    """
    span = random_span(clean.shape[1], rate, rng, shortest_s=SHORTEST_S, longest_s=LONGEST_S)
    frames = span.end_frame - span.start_frame
    if rng.uniform() < RING_SHARE and RING_BAND_HZ[1] < rate / 2:
        band_hz, sound = RING_BAND_HZ, ring(frames, rate, rng)
    else:
        band_hz = random_band(rate, rng)
        sound = band_noise(frames, rate, band_hz, rng)
    samples = clean.copy()
    stretch = samples[:, span.start_frame : span.end_frame]
    programme = max(float(np.sqrt(np.mean(np.square(stretch, dtype=np.float64)))), 1e-3)
    level = programme * QUIETEST * (LOUDEST / QUIETEST) ** rng.uniform()
    stretch += np.float32(level) * sound
    hz = np.arange(config.bins) * config.bin_hz(rate)
    inside = ((hz >= band_hz[0]) & (hz <= band_hz[1])).astype(np.float32)
    mask = np.outer(inside, span.touched_columns(config)).astype(np.float32)
    return Damaged(samples, span.start_frame, span.end_frame, mask, band_hz)
