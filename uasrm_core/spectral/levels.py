"""Spectrograms as pictures of levels: 1 is the reference, 0 is 80 dB under it and all below."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples

RANGE_DB = 80.0


def to_levels(magnitudes: npt.NDArray[np.floating], reference: float) -> Samples:
    """Return the levels of magnitudes against a reference, float32 of the same shape, at least 0.

    ``1 + 20 log10(magnitude / reference) / RANGE_DB``; louder than the reference is above 1.
    """
    floor = reference * 10 ** (-RANGE_DB / 20)
    decibels = 20.0 * np.log10(np.maximum(magnitudes, floor) / reference)
    return np.asarray(1.0 + decibels / RANGE_DB, dtype=np.float32)


def to_magnitudes(levels: npt.NDArray[np.floating], reference: float) -> Samples:
    """Undo `to_levels`; what is at 0 or below becomes silence."""
    found = np.where(levels > 0, 10.0 ** (RANGE_DB * (levels - 1.0) / 20.0), 0.0)
    return np.asarray(reference * found, dtype=np.float32)
