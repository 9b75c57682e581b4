"""The lane of regions: those that are picked or open stand out, and labels never collide."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from uasrm_core.translation import tr
from uasrm_gui.editor.lane import MarkLane
from uasrm_gui.editor.overlays import GLYPHS, panel_color
from uasrm_gui.state.marks import STATE_WORDS, RegionMark
from uasrm_gui.theme import COLORS, number_font

HEIGHT = 20
BAR = 5
QUIET_BAR = 2
LABEL_PIXELS = 11
LABEL_GAP = 3.0


class RegionLane(MarkLane):
    """Bars and labels for the regions; one that is pointed at is outlined in the picture."""

    lane_height = HEIGHT

    @property
    def title(self) -> str:
        return tr("Regions in view")

    def marks(self) -> Sequence[RegionMark]:
        return self._state.regions

    def describe(self, row: int, span: str) -> Sequence[str]:
        mark = self.marks()[row]
        return tr(STATE_WORDS[mark.state]), span, mark.region.label

    def point_at(self, row: int | None) -> None:
        self._state.point_at_region(row)

    def draw(self, painter: QPainter, rows: Sequence[int]) -> None:
        marks = self.marks()
        for row in rows:
            height = QUIET_BAR if self._rank(row) == 2 else BAR
            painter.fillRect(self.bar(row, height), self._bar_color(row))
        painter.setFont(number_font(LABEL_PIXELS))
        texts = [f"{row + 1}{GLYPHS[marks[row].state]}" for row in rows]
        widths = [float(painter.fontMetrics().horizontalAdvance(text)) for text in texts]
        lefts = [
            min(max(self.span(row)[0], 0.0), self.width() - width - 1)
            for row, width in zip(rows, widths, strict=True)
        ]
        ranks = [self._rank(row) for row in rows]
        for index in fitting_labels(lefts, widths, ranks):
            painter.setPen(self._label_color(rows[index]))
            place = QRectF(lefts[index], 0, widths[index] + 1, HEIGHT - BAR - 1)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, texts[index])

    def _rank(self, row: int) -> int:
        mark = self.marks()[row]
        if mark.selected or row == self._state.pointed:
            return 0
        return 1 if mark.state == "open" else 2

    def _bar_color(self, row: int) -> QColor:
        rank = self._rank(row)
        color = QColor(COLORS.text) if rank == 0 else panel_color(self.marks()[row].state)
        if rank == 2:
            color.setAlpha(150)
        return color

    def _label_color(self, row: int) -> QColor:
        return QColor(COLORS.dim_text) if self._rank(row) == 2 else self._bar_color(row)


def fitting_labels(
    lefts: Sequence[float], widths: Sequence[float], ranks: Sequence[int]
) -> list[int]:
    """Return which labels can be drawn without touching one another; lower ranks come first."""
    taken: list[tuple[float, float]] = []
    chosen = []
    for index in sorted(range(len(lefts)), key=lambda n: (ranks[n], lefts[n])):
        left, right = lefts[index] - LABEL_GAP, lefts[index] + widths[index] + LABEL_GAP
        after = bisect_left(taken, (lefts[index], 0.0))
        is_free = (after == len(taken) or right <= taken[after][0]) and (
            after == 0 or taken[after - 1][1] <= left
        )
        if is_free:
            insort(taken, (lefts[index], lefts[index] + widths[index]))
            chosen.append(index)
    return chosen
