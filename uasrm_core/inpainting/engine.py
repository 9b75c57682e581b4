"""The protocol of repair engines, and the `Guess` that they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.gap import Gap, silence_gap, sounding_channels
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

if TYPE_CHECKING:
    from uasrm_core.inpainting.condition import Conditioning


@dataclass(frozen=True, eq=False)
class Guess:
    """A way the gap may have sounded.

    Attributes
    ----------
    samples
        `Gap.samples` with the damage replaced, float32 ``(channels, frames)``.
    source
        First frame, counted from the first of the damage, of the exemplar that was taken over, if
        one was.
    source_correlation
        How well its surroundings correlate with those of the gap, -1 to 1.
    is_continuous
        Whether it goes on by itself from the sound at the edges, although the engine's fills need a
        crossfade (`Engine.needs_crossfade`).
    predictions
        How the sound before the gap would go on through it, and that after it backwards in time,
        float32 ``(channels, gap frames)`` each, where the engine knows.
    take
        Which of its takes the engine made, or None where it has one fill only.
    is_sure
        Whether a prediction is taken without asking the network (`mix.mix`).
    is_uncovered
        Whether it is the damaged sound with noise taken off it.
    """

    samples: Samples
    source: int | None = None
    source_correlation: float | None = None
    is_continuous: bool = False
    predictions: tuple[Samples, Samples] | None = None
    take: int | None = None
    is_sure: bool = False
    is_uncovered: bool = False


class Engine(Protocol):
    """A way to fill a gap; engines derive from it and state where they differ from the usual.

    Attributes
    ----------
    reach_s
        Seconds of the recording that the engine searches on each side; 0 if it does not.
    in_place
        Whether it mends the damaged sound itself, for which surroundings are not needed.
    looks_beside
        Whether it also looks at the channels that are not repaired (`Gap.beside`).
    needs_crossfade
        Whether its fills do not go on by themselves from the sound at the edges; see also
        `Guess.is_continuous`.
    model_id
        Which model it uses, by name and fingerprint; empty for engines that were not learnt.
    """

    reach_s: float = 0.0
    in_place: bool = False
    looks_beside: bool = False
    needs_crossfade: bool = False
    model_id: str = ""

    @property
    def name(self) -> str:
        """The word that chooses this engine on the command line."""
        ...

    @property
    def context_s(self) -> float:
        """Seconds of intact surroundings that the engine makes use of on each side."""
        ...

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the gap's sound with the damage replaced.

        Everything that the engine looks at is a part of `known`. Only frames inside the gap and at
        most `splice.CROSSFADE_S` beyond it are made use of.

        Raises
        ------
        RepairError
            The engine cannot fill this gap; the message says why.
        Cancelled
            The user asked to stop.
        """
        ...


def refuse_longer(gap: Gap, longest_s: float) -> None:
    """Say so where a gap is longer than an engine can fill.

    Raises
    ------
    RepairError
        It is.
    """
    if gap.duration_s > longest_s:
        raise RepairError(
            tr(
                "The region is {seconds:.1f} s long; this engine fills at most {longest_s:.0f} s.",
                seconds=gap.duration_s,
                longest_s=longest_s,
            )
        )


def fill_by_channel(
    gap: Gap, fill_row: Callable[[int, Samples], Samples], progress: Progress
) -> Samples:
    """Fill channel by channel; one that is silent all around stays silent.

    Parameters
    ----------
    fill_row
        Takes the number of a channel and its ``(frames,)`` and returns them filled.
    """
    filled = silence_gap(gap)
    for channel in sounding_channels(gap):
        progress.report(channel / len(filled))
        filled[channel] = fill_row(channel, gap.samples[channel])
    return filled
