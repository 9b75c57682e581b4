"""The companded samples of telephony, A-law and µ-law (ITU-T G.711)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_FULL_SCALE = 32768.0


def decode(data: bytes, law: str) -> npt.NDArray[np.float64]:
    """Return the samples, one for each byte, full scale being 1; `law` is ``alaw`` or ``ulaw``."""
    values: npt.NDArray[np.float64] = _build_values(law)[np.frombuffer(data, np.uint8)]
    return values


def encode(values: npt.NDArray[np.float64], law: str) -> npt.NDArray[np.uint8]:
    """Return the code nearest to each sample; what is not a number becomes silence."""
    order = np.argsort(_build_values(law), kind="stable")
    known = _build_values(law)[order]
    finite = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=-1.0)
    above = np.searchsorted((known[1:] + known[:-1]) / 2, finite, side="right")
    return order[above].astype(np.uint8)


@cache
def _build_values(law: str) -> npt.NDArray[np.float64]:
    """Return the sample of each of the 256 codes."""
    codes = np.arange(256)
    codes = codes ^ 0x55 if law == "alaw" else ~codes & 0xFF
    segment, step = codes >> 4 & 7, codes & 15
    if law == "alaw":
        magnitude = np.where(
            segment, (16 * step + 264) << np.maximum(segment - 1, 0), 16 * step + 8
        )
        is_positive = codes & 0x80 != 0
    else:
        magnitude = ((8 * step + 132) << segment) - 132
        is_positive = codes & 0x80 == 0
    return np.where(is_positive, magnitude, -magnitude) / _FULL_SCALE
