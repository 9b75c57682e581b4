"""The user's decision about a detection, as a value kept by steps and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uasrm_core.audio.region import Region

Verdict = Literal["accepted", "rejected"]


@dataclass(frozen=True)
class Decision:
    """What was decided about one place that a detection found.

    Attributes
    ----------
    found
        The place as it was found, with the kind of damage.
    verdict
        ``accepted`` if it is damage that is to be repaired, ``rejected`` if it belongs there.
    confidence
        How sure the detection was, 0 to 1.
    adjusted
        The place as the user corrected it, or None.
    low_hz, high_hz
        The band that holds the damage, or None where it is the whole spectrum.
    """

    found: Region
    verdict: Verdict
    confidence: float
    adjusted: Region | None = None
    low_hz: float | None = None
    high_hz: float | None = None
