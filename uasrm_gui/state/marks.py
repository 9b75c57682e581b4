"""Small values that the editor exchanges with the rest of the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from uasrm_core.audio.region import Region
from uasrm_core.select.reshape import Mode
from uasrm_core.translation import mark

RegionState = Literal["open", "repaired", "unchanged", "accepted"]
STATE_WORDS: dict[RegionState, str] = {
    "open": mark("Open"),
    "repaired": mark("Repaired"),
    "unchanged": mark("Left as it was"),
    "accepted": mark("Accepted"),
}
DetectionState = Literal["open", "accepted", "rejected", "repaired", "unchanged"]
DETECTION_WORDS: dict[DetectionState, str] = {
    "open": mark("Open"),
    "accepted": mark("Accepted"),
    "rejected": mark("Rejected"),
    "repaired": mark("Repaired"),
    "unchanged": mark("Left as it was"),
}
ChannelChoice = Literal["all", "pointer"] | int
"""The channels that tools select in: all, the one under the pointer, or one by its number."""
Tool = Literal["time", "band", "box", "brush", "lasso", "wand"]


@dataclass(frozen=True)
class ToolOptions:
    """How the tools draw.

    Attributes
    ----------
    brush_pixels
        The brush's diameter.
    hardness
        The part of the brush that paints fully, 0 to 1.
    tolerance_db
        How much quieter than the place pointed at the wand still takes.
    contiguous
        Whether the wand takes only what hangs together.
    """

    brush_pixels: int = 24
    hardness: float = 0.8
    tolerance_db: float = 12.0
    contiguous: bool = True


@dataclass(frozen=True)
class WandRequest:
    """A place pointed at with the wand.

    Attributes
    ----------
    frame, hz
        The place.
    within
        The stretch in view, half-open in frames.
    channels
        The channels meant, or None for all.
    mode
        What becomes of the selection there is.
    """

    frame: int
    hz: float
    within: tuple[int, int]
    channels: tuple[int, ...] | None
    mode: Mode


@dataclass(frozen=True)
class RegionMark:
    """A region as the editor draws it."""

    region: Region
    state: RegionState = "open"
    selected: bool = False


@dataclass(frozen=True)
class DetectionMark:
    """A detection as the editor draws it.

    Attributes
    ----------
    title
        The kind of damage in the user's language.
    current
        Whether it is the one that is looked at.
    """

    region: Region
    title: str
    state: DetectionState = "open"
    current: bool = False


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
