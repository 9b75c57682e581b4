"""Gaps: some milliseconds of silence."""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig
from uasrm_core.training.damage.damaged import Damaged, Span, random_span

SHORTEST_S = 0.005
LONGEST_S = 1.0


def random_gap(
    frames: int,
    rate: int,
    rng: np.random.Generator,
    *,
    shortest_s: float = SHORTEST_S,
    longest_s: float = LONGEST_S,
) -> Span:
    """Draw the place and the length of a gap."""
    return random_span(frames, rate, rng, shortest_s=shortest_s, longest_s=longest_s)


def damage(clean: Samples, rate: int, config: StftConfig, rng: np.random.Generator) -> Damaged:
    """Silence a stretch of ``(channels, frames)`` in all channels."""
    gap = random_gap(clean.shape[1], rate, rng)
    samples = clean.copy()
    samples[:, gap.start_frame : gap.end_frame] = 0.0
    mask = np.repeat(gap.touched_columns(config)[None].astype(np.float32), config.bins, axis=0)
    return Damaged(samples, gap.start_frame, gap.end_frame, mask)
