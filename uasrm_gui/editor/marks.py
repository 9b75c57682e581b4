"""Small values that the editor exchanges with the rest of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uasrm_core.audio.region import Region

RegionState = Literal["open", "repaired"]
Tool = Literal["time", "box"]


@dataclass(frozen=True)
class RegionMark:
    """A region as the editor draws it."""

    region: Region
    state: RegionState = "open"
    selected: bool = False


@dataclass(frozen=True)
class PointerReadout:
    """What lies under the pointer.

    Attributes
    ----------
    frame
        Where in the recording.
    hz
        The frequency, or None over the waveform.
    level_db
        The level there (a full-scale sine reads 0 dB), or None while it is not known yet.
    channel
        The channel from 0, or None where channels are shown mixed.
    is_number
        False where the recording holds values that are no numbers or infinite.
    """

    frame: int
    hz: float | None
    level_db: float | None
    channel: int | None
    is_number: bool = True
