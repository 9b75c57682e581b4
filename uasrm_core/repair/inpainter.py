"""What every repair engine is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from uasrm_core.audio.clip import Samples
from uasrm_core.progress import Progress


@dataclass(frozen=True, eq=False)
class Gap:
    """A damaged stretch with its surroundings.

    Attributes
    ----------
    samples
        float32 ``(channels, frames)``: context, damage, context. The channels have been made
        independent of one another (see `uasrm_core.repair.channels`).
    start, end
        The damaged frames within `samples`, half-open.
    rate
        Frames a second.
    band_hz
        Low and high edge where only a band is damaged, else None.
    strength
        0 leaves the damage, 1 repairs it fully; only engines that keep part of the damaged sound
        (`attenuate`) look at it.
    """

    samples: Samples
    start: int
    end: int
    rate: int
    band_hz: tuple[float, float] | None = None
    strength: float = 1.0

    @property
    def frames(self) -> int:
        """Length of the damage in frames."""
        return self.end - self.start

    @property
    def duration_s(self) -> float:
        """Length of the damage in seconds."""
        return self.frames / self.rate


class Inpainter(Protocol):
    """A way to fill a gap."""

    @property
    def name(self) -> str:
        """The word that chooses this engine on the command line."""
        ...

    @property
    def context_s(self) -> float:
        """Seconds of surroundings that the engine makes use of on each side."""
        ...

    def fill(self, gap: Gap, progress: Progress) -> Samples:
        """Return `gap.samples` with the damage replaced, float32 ``(channels, frames)``.

        Only frames inside the gap and at most `seams.CROSSFADE_S` beyond it are made use of.

        Raises
        ------
        RepairError
            The engine cannot fill this gap; the message says why.
        Cancelled
            The user asked to stop.
        """
        ...
