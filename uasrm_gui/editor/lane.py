"""The lane above the picture: every region in view as a bar, with labels that never collide."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from uasrm_core.translation import tr
from uasrm_gui.editor.mark_buttons import SLACK_PIXELS, MarkButtons
from uasrm_gui.editor.overlays import GLYPHS, panel_color
from uasrm_gui.state.marks import STATE_WORDS, RegionMark
from uasrm_gui.state.view import View
from uasrm_gui.theme import COLORS, number_font
from uasrm_gui.widgets.formats import format_span

HEIGHT = 20
BAR = 5
QUIET_BAR = 2
LABEL_PIXELS = 11
LABEL_GAP = 3.0


class RegionLane(QWidget):
    """Bars for the regions; one that is pointed at is outlined in the picture, a click picks it."""

    regionActivated = Signal(int)

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Regions in view"))
        state.viewChanged.connect(self.update)
        state.marksChanged.connect(self.update)
        self._buttons = MarkButtons(
            state, self, self._spans_in_view, self._name, self.regionActivated.emit
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        state = self._state
        if state.clip is None or not state.shows_regions:
            return
        painter.setFont(number_font(LABEL_PIXELS))
        rows = [row for row, mark in enumerate(state.regions) if self._is_in_view(mark)]
        for row in rows:
            self._draw_bar(painter, row, state.regions[row])
        texts = [f"{row + 1}{GLYPHS[state.regions[row].state]}" for row in rows]
        widths = [float(painter.fontMetrics().horizontalAdvance(text)) for text in texts]
        lefts = [
            self._label_left(state.regions[row], w) for row, w in zip(rows, widths, strict=True)
        ]
        ranks = [self._rank(row) for row in rows]
        for index in fitting_labels(lefts, widths, ranks):
            row = rows[index]
            painter.setPen(self._label_color(row, state.regions[row]))
            place = QRectF(lefts[index], 0, widths[index] + 1, HEIGHT - BAR - 1)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, texts[index])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x())
        self._state.point_at_region(row)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if row is None else Qt.CursorShape.PointingHandCursor
        )
        label = "" if row is None else self._state.regions[row].region.label
        QToolTip.showText(event.globalPosition().toPoint(), label, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.regionActivated.emit(row)

    def leaveEvent(self, event: QEvent) -> None:
        self._state.point_at_region(None)
        super().leaveEvent(event)

    def row_at(self, x: float) -> int | None:
        """Return which region lies at a pixel: the shortest of several."""
        hits = []
        for row, mark in enumerate(self._state.regions):
            left, right = self._span(mark)
            if left - SLACK_PIXELS <= x <= right + SLACK_PIXELS:
                hits.append((mark.region.frames, row))
        return min(hits)[1] if hits and self._state.shows_regions else None

    def _spans_in_view(self) -> list[tuple[int, tuple[float, float]]]:
        marks = self._state.regions if self._state.shows_regions else ()
        rows = [row for row, mark in enumerate(marks) if self._is_in_view(mark)]
        rows.sort(key=lambda row: marks[row].region.start_frame)
        return [(row, self._span(marks[row])) for row in rows]

    def _name(self, row: int) -> str:
        mark, clip = self._state.regions[row], self._state.clip
        region = mark.region
        span = "" if clip is None else format_span(region.start_frame, region.end_frame, clip.rate)
        words = (str(row + 1), tr(STATE_WORDS[mark.state]), span, region.label)
        return ", ".join(word for word in words if word)

    def _span(self, mark: RegionMark) -> tuple[float, float]:
        time = self._state.time
        left = time.x_of(mark.region.start_frame)
        return left, max(time.x_of(mark.region.end_frame), left + 2.0)

    def _is_in_view(self, mark: RegionMark) -> bool:
        left, right = self._span(mark)
        return right >= 0 and left <= self.width()

    def _rank(self, row: int) -> int:
        mark = self._state.regions[row]
        if mark.selected or row == self._state.pointed:
            return 0
        return 1 if mark.state == "open" else 2

    def _label_left(self, mark: RegionMark, width: float) -> float:
        return min(max(self._span(mark)[0], 0.0), self.width() - width - 1)

    def _color(self, row: int, mark: RegionMark) -> QColor:
        color = panel_color(mark.state)
        if self._rank(row) == 2:
            color.setAlpha(150)
        return QColor(COLORS.text) if self._rank(row) == 0 else color

    def _label_color(self, row: int, mark: RegionMark) -> QColor:
        return QColor(COLORS.dim_text) if self._rank(row) == 2 else self._color(row, mark)

    def _draw_bar(self, painter: QPainter, row: int, mark: RegionMark) -> None:
        left, right = self._span(mark)
        left, right = max(left, -2.0), min(right, self.width() + 2.0)
        height = QUIET_BAR if self._rank(row) == 2 else BAR
        painter.fillRect(
            QRectF(left, HEIGHT - height, max(right - left, 2.0), height), self._color(row, mark)
        )


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
