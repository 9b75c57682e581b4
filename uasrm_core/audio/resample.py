"""Changing the rate of samples with soxr, at its highest quality."""

from __future__ import annotations

import numpy as np
import soxr

from uasrm_core.audio.clip import Samples


def resample(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """Resample ``(channels, frames)`` to ``(channels, round(frames * rate_out / rate_in))``."""
    if rate_in == rate_out:
        return samples
    frames = round(samples.shape[1] * rate_out / rate_in)
    out = np.zeros((samples.shape[0], frames), dtype=np.float32)
    made = soxr.resample(samples.T, rate_in, rate_out, quality="VHQ").T[:, :frames]
    out[:, : made.shape[1]] = made
    return out
