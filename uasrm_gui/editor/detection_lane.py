"""The lane of detections, above the regions: a thin tick for each find of a search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor, QPainter

from uasrm_core.translation import tr
from uasrm_gui.editor.lane import MarkLane
from uasrm_gui.state.marks import DETECTION_WORDS, DetectionMark, DetectionState
from uasrm_gui.theme import COLORS

HEIGHT = 8
# Told apart by their height as well as by their colour.
TICKS: dict[DetectionState, int] = {
    "open": 5,
    "accepted": HEIGHT,
    "rejected": 2,
    "repaired": 2,
    "unchanged": 2,
}


class DetectionLane(MarkLane):
    """Ticks for the detections; the current one reaches over all of the lane."""

    lane_height = HEIGHT

    @property
    def title(self) -> str:
        return tr("Finds in view")

    def marks(self) -> Sequence[DetectionMark]:
        return self._state.detections

    def describe(self, row: int, span: str) -> Sequence[str]:
        mark = self.marks()[row]
        return mark.title, span, tr(DETECTION_WORDS[mark.state])

    def draw(self, painter: QPainter, rows: Sequence[int]) -> None:
        marks = self.marks()
        drawn: tuple[int, str] | None = None
        # the current one lies over those on the same pixel
        for row in sorted(rows, key=lambda row: marks[row].current):
            mark, right = marks[row], round(self.span(row)[1])
            # far out many lie on one pixel
            if drawn == (right, mark.state) and not mark.current:
                continue
            drawn = right, mark.state
            height = HEIGHT if mark.current else TICKS[mark.state]
            painter.fillRect(self.bar(row, height), _color(mark))


def _color(mark: DetectionMark) -> QColor:
    if mark.current:
        return QColor(COLORS.text)
    names: dict[DetectionState, str] = {
        "open": COLORS.region_open,
        "accepted": COLORS.accent,
        "rejected": COLORS.dim_text,
        "repaired": COLORS.region_repaired,
        "unchanged": COLORS.region_unchanged,
    }
    return QColor(names[mark.state])
