"""The engine for clicks: it keeps the sound under a click as far as it can be estimated."""

from __future__ import annotations

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess, fill_by_channel
from uasrm_core.inpainting.registry import LONGEST_CLICK_S
from uasrm_core.interpolation.declick import declick
from uasrm_core.interpolation.other_channel import choose_other
from uasrm_core.progress import Progress
from uasrm_core.translation import tr


class DeclickEngine(Engine):
    """Weighs interpolation against the damaged sound (see `uasrm_core.interpolation.declick`)."""

    name = "declick"
    context_s = 0.2
    looks_beside = True

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the click taken out; see `Engine.fill`.

        Raises
        ------
        RepairError
            The region is too long for a click, or has no sound on one of its sides.
        """
        gap = known.gap
        if gap.duration_s > LONGEST_CLICK_S:
            raise RepairError(tr("The region is too long for a click; choose another engine."))
        if gap.start == 0 or gap.end == gap.samples.shape[1]:
            raise RepairError(tr("A click at the very edge of the sound needs another engine."))

        def mend(channel: int, row: Samples) -> Samples:
            whole = row.copy()
            other = None
            if gap.beside is not None:
                other = choose_other(row, gap.beside, gap.start, gap.end)
            found = declick(row, gap.start, gap.end, gap.rate, other=other)
            whole[found.start : found.end] = found.samples
            return whole

        return Guess(fill_by_channel(gap, mend, progress))
