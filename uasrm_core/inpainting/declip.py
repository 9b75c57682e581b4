"""The engine for clipping: it keeps the intact samples, and only raises clipped peaks."""

from __future__ import annotations

import numpy as np

from uasrm_core.detect.clipping import find_clipped
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.interpolation.declip import declip
from uasrm_core.progress import Progress
from uasrm_core.translation import tr


class DeclipEngine(Engine):
    """Restores cut peaks by the sparsest sound that fits (`interpolation.declip`)."""

    name = "declip"
    context_s = 0.1
    in_place = True

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with its cut peaks restored; see `Engine.fill`.

        Raises
        ------
        RepairError
            No peak of the region is cut off flat.
        """
        gap = known.gap
        inside = slice(gap.start, gap.end)
        marked = np.zeros(gap.samples.shape, dtype=np.bool_)
        for channel, row in enumerate(gap.samples):
            marked[channel, inside] = find_clipped(row[inside])
        if not marked.any():
            raise RepairError(
                tr("The region holds no peak that is cut off flat; choose another engine.")
            )
        filled = gap.samples.copy()
        for channel, cut_off in enumerate(marked):
            if cut_off.any():
                part = progress.part(channel / len(marked), (channel + 1) / len(marked))
                filled[channel] = declip(gap.samples[channel], cut_off, part)
        return Guess(filled)
