"""The settings of edits and tools.

Importing this loads nothing heavy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from uasrm_core.edit.history import PUT_BACK
from uasrm_core.errors import RegionError
from uasrm_core.translation import mark, tr


@dataclass(frozen=True)
class EditTraits:
    """What is known of an edit before it is made.

    Attributes
    ----------
    title, tip
        The words that the window shows it under, and what it does.
    takes_band
        Whether it can be made in a part of the spectrum.
    needs_source
        Whether it must be told where in the recording to take sound from.
    """

    name: str
    title: str
    tip: str
    takes_band: bool = True
    needs_source: bool = False


# In the order in which they are offered.
EDITS = {
    traits.name: traits
    for traits in (
        EditTraits("gain", mark("Gain"), mark("Make the selection louder or quieter")),
        EditTraits(
            "fade-in", mark("Fade In"), mark("Fade the selection in from silence"), takes_band=False
        ),
        EditTraits(
            "fade-out",
            mark("Fade Out"),
            mark("Fade the selection out to silence"),
            takes_band=False,
        ),
        EditTraits("silence", mark("Silence"), mark("Take all sound out of the selection")),
        EditTraits(
            "clone",
            mark("Copy from the Source"),
            mark("Copy the same frequencies from the source over the selection"),
            needs_source=True,
        ),
        EditTraits(
            "ambience",
            mark("Room Tone"),
            mark("Fill the selection with room tone from a quiet stretch of the recording"),
        ),
        EditTraits(
            PUT_BACK,
            mark("Put Back the Original"),
            mark("Bring back the original in the selection, as it was before every step"),
        ),
    )
}


@dataclass(frozen=True)
class EditSettings:
    """Which edit is asked for, and how.

    Attributes
    ----------
    name
        A key of `EDITS`.
    gain_db
        Of ``gain``.
    source_frames
        Where ``clone`` and ``ambience`` take sound from, half-open. A copy begins at the first of
        them and is as long as the region; without them room tone is looked for nearby.
    """

    name: str
    gain_db: float = 0.0
    source_frames: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse an edit that there is not.

        Raises
        ------
        RegionError
            There is no edit of that name.
        """
        if self.name not in EDITS:
            raise RegionError(
                tr(
                    "There is no edit '{name}'; choose one of {names}.",
                    name=self.name,
                    names=", ".join(EDITS),
                )
            )


@dataclass(frozen=True)
class ToolTraits:
    """What is known of a tool for whole recordings.

    Attributes
    ----------
    title, tip
        The words that the window shows it under, and what it does.
    detectors
        Whose detections it repairs, keys of `uasrm_core.detect.registry.DETECTORS`.
    shortest_s, longest_s
        What it takes for its own of what they find.
    sensitivity
        What is usual for it.
    """

    name: str
    title: str
    tip: str
    detectors: tuple[str, ...] = ()
    shortest_s: float = 0.0
    longest_s: float = math.inf
    sensitivity: float = 0.5


# Of those tried on training voices the one that brought them nearest (docs/detection.md).
MOUTH_SENSITIVITY = 0.7

# In the order in which they are offered.
TOOLS = {
    traits.name: traits
    for traits in (
        ToolTraits(
            "declick", mark("De-click"), mark("Take out clicks and crackle"), detectors=("clicks",)
        ),
        ToolTraits(
            "mouth-declick",
            mark("Mouth De-click"),
            mark("Take out the clicks of a mouth, 1 to 15 ms long"),
            detectors=("clicks",),
            shortest_s=0.0008,
            longest_s=0.016,
            sensitivity=MOUTH_SENSITIVITY,
        ),
        ToolTraits(
            "dehum",
            mark("De-hum"),
            mark("Take out the hum of the mains and its harmonics, followed as it drifts"),
        ),
        ToolTraits(
            "declip",
            mark("De-clip"),
            mark("Rebuild peaks that were cut off flat"),
            detectors=("clipping",),
        ),
    )
}


@dataclass(frozen=True)
class ToolSettings:
    """Which tool is to go through a recording, and how.

    Attributes
    ----------
    name
        A key of `TOOLS`.
    sensitivity
        0 takes only what is certain, 1 everything that might be damage; None what is usual for the
        tool.
    strength
        0 to 1: how much of the hum is taken out.
    within
        The frames that are worked on, half-open, or None for all: for a preview of the part in
        view.
    """

    name: str
    sensitivity: float | None = None
    strength: float = 1.0
    within: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        """Refuse a tool that there is not.

        Raises
        ------
        RegionError
            There is no tool of that name.
        """
        if self.name not in TOOLS:
            raise RegionError(
                tr(
                    "There is no tool '{name}'; choose one of {names}.",
                    name=self.name,
                    names=", ".join(TOOLS),
                )
            )

    @property
    def used_sensitivity(self) -> float:
        """The sensitivity that is asked for, or the tool's usual one."""
        return TOOLS[self.name].sensitivity if self.sensitivity is None else self.sensitivity
