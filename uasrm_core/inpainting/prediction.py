"""The classical engine: interpolation through short gaps, extrapolation into long ones."""

from __future__ import annotations

from uasrm_core.inpainting.gap import Engine, Gap, Guess
from uasrm_core.interpolation.fills import best_fill
from uasrm_core.progress import Progress


class PredictionEngine(Engine):
    """Fills a gap by autoregressive models of its surroundings (`interpolation.ar`)."""

    name = "ar"
    context_s = 0.2

    def fill(self, gap: Gap, progress: Progress) -> Guess:
        """Return the window with the gap filled; see `Engine.fill`."""
        filled = gap.samples.copy()
        for channel, row in enumerate(filled):
            progress.report(channel / len(filled))
            row[gap.start : gap.end] = best_fill(row, gap.start, gap.end, gap.rate)
        return Guess(filled)
