"""A thin lane of ticks for the detections of a search, above the regions."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from uasrm_core.translation import tr
from uasrm_gui.editor.mark_buttons import SLACK_PIXELS, MarkButtons
from uasrm_gui.state.marks import DETECTION_WORDS, DetectionMark, DetectionState
from uasrm_gui.state.view import View
from uasrm_gui.theme import COLORS
from uasrm_gui.widgets.formats import format_span

HEIGHT = 8
# Told apart by their height as well as by their colour.
TICKS: dict[DetectionState, int] = {
    "open": 5,
    "accepted": HEIGHT,
    "rejected": 2,
    "repaired": 2,
    "unchanged": 2,
}
LEAST_PIXELS = 2.0
# More buttons cost frames, and nobody would go through them one by one.
MOST_BUTTONS = 200


class DetectionLane(QWidget):
    """Ticks for the detections in view; a click looks at one, as do the buttons over them."""

    detectionActivated = Signal(int)

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Finds in view"))
        state.viewChanged.connect(self.update)
        state.detectionsChanged.connect(self.update)
        self._buttons = MarkButtons(
            state, self, self._spans_in_view, self._name, self.detectionActivated.emit
        )
        state.detectionsChanged.connect(self._buttons.wait)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        drawn: tuple[int, str] | None = None
        marks = [self._state.detections[number] for number in self._in_view()]
        # the current one lies over those on the same pixel
        for mark in sorted(marks, key=lambda mark: mark.current):
            left, right = self._span(mark)
            # far out many lie on one pixel
            if drawn == (round(right), mark.state) and not mark.current:
                continue
            drawn = round(right), mark.state
            height = HEIGHT if mark.current else TICKS[mark.state]
            room = QRectF(max(left, -2.0), HEIGHT - height, right - max(left, -2.0), height)
            painter.fillRect(room, _color(mark))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self.find_at(event.position().x())
        self.setCursor(
            Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor
        )
        name = "" if number is None else self._name(number)
        QToolTip.showText(event.globalPosition().toPoint(), name, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.find_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and number is not None:
            self.detectionActivated.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        self.unsetCursor()
        super().leaveEvent(event)

    def find_at(self, x: float) -> int | None:
        """Return which detection lies at a pixel: the nearest of several."""
        near = []
        for number in self._in_view():
            left, right = self._span(self._state.detections[number])
            if left - SLACK_PIXELS <= x <= right + SLACK_PIXELS:
                near.append((abs(x - (left + right) / 2), number))
        return min(near)[1] if near else None

    def _in_view(self) -> list[int]:
        time = self._state.time
        return [
            number
            for number, mark in enumerate(self._state.detections)
            if mark.region.end_frame >= time.start_frame
            and mark.region.start_frame <= time.end_frame
        ]

    def _span(self, mark: DetectionMark) -> tuple[float, float]:
        time = self._state.time
        left = time.x_of(mark.region.start_frame)
        right = max(time.x_of(mark.region.end_frame), left + LEAST_PIXELS)
        return left, min(right, self.width() + LEAST_PIXELS)

    def _spans_in_view(self) -> list[tuple[int, tuple[float, float]]]:
        marks = self._state.detections
        return [(number, self._span(marks[number])) for number in self._in_view()[:MOST_BUTTONS]]

    def _name(self, number: int) -> str:
        mark, clip = self._state.detections[number], self._state.clip
        region = mark.region
        span = "" if clip is None else format_span(region.start_frame, region.end_frame, clip.rate)
        return ", ".join((str(number + 1), mark.title, span, tr(DETECTION_WORDS[mark.state])))


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
