"""The edits that there are, and what is asked of one. Importing this loads nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

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
        EditTraits("silence", mark("Silence"), mark("Take all sound out of the selection")),
        EditTraits(
            "fade-in", mark("Fade in"), mark("Fade the selection in from silence"), takes_band=False
        ),
        EditTraits(
            "fade-out",
            mark("Fade out"),
            mark("Fade the selection out to silence"),
            takes_band=False,
        ),
        EditTraits(
            "clone",
            mark("Copy from elsewhere"),
            mark("Copy the same frequencies from another time over the selection"),
            needs_source=True,
        ),
        EditTraits(
            "ambience",
            mark("Room tone"),
            mark("Fill the selection with room tone from a quiet stretch of the recording"),
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
