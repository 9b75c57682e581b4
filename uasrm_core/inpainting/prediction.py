"""The classical engine: interpolation through short gaps, extrapolation into long ones."""

from __future__ import annotations

from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.progress import Progress


class PredictionEngine(Engine):
    """Fills a gap by autoregressive models of its surroundings (`interpolation.ar`)."""

    name = "ar"
    context_s = 0.2

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`."""
        gap = known.gap
        filled = gap.samples.copy()
        for channel, row in enumerate(filled):
            progress.report(channel / len(filled))
            row[gap.start : gap.end] = known.best_fill(channel)
        return Guess(filled)
