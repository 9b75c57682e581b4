"""A lane above the picture: marks in view as bars that are pointed at, clicked, and read aloud."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from uasrm_core.audio.region import Region
from uasrm_gui.editor.mark_buttons import SLACK_PIXELS, MarkButtons
from uasrm_gui.state.marks import DetectionMark, RegionMark
from uasrm_gui.state.view import View
from uasrm_gui.widgets.formats import format_span

LEAST_PIXELS = 2.0


class MarkLane(QWidget):
    """Bars for marks of one kind; a click activates one, as does the button that lies over it.

    A kind of marks is a class that says which there are, how each is drawn, and what is said of it.

    Attributes
    ----------
    lane_height
        In pixels.
    """

    lane_height: ClassVar[int]
    markActivated = Signal(int)

    def __init__(self, state: View) -> None:
        super().__init__()
        self._state = state
        self.setFixedHeight(self.lane_height)
        self.setMouseTracking(True)
        self.setAccessibleName(self.title)
        buttons = MarkButtons(
            self, self._spans_from_left, self._describe_row, self.markActivated.emit
        )
        for changed in (state.viewChanged, state.marksChanged, state.detectionsChanged):
            changed.connect(self.update)
            changed.connect(buttons.wait)

    @property
    @abstractmethod
    def title(self) -> str:
        """What a screen reader calls the lane."""

    @abstractmethod
    def marks(self) -> Sequence[RegionMark | DetectionMark]:
        """Return the marks, in view or not; their places here are their rows."""

    @abstractmethod
    def draw(self, painter: QPainter, rows: Sequence[int]) -> None:
        """Draw the marks of these rows, which are in view."""

    @abstractmethod
    def describe(self, row: int, span: str) -> Sequence[str]:
        """Return what is said of a mark after its number, part by part; `span` is its time."""

    def point_at(self, row: int | None) -> None:
        """Take notice of what is pointed at, if that is one of the marks."""

    def row_at(self, x: float) -> int | None:
        """Return which mark lies at a pixel: of several the narrowest, then the nearest."""
        hits = []
        for row in self._rows_in_view():
            left, right = self.span(row)
            if left - SLACK_PIXELS <= x <= right + SLACK_PIXELS:
                hits.append((round(right - left), abs(x - (left + right) / 2), row))
        return min(hits)[2] if hits else None

    def span(self, row: int) -> tuple[float, float]:
        """Return the left and right edge of a mark in pixels, some pixels apart."""
        time, region = self._state.time, self.marks()[row].region
        left = time.x_of(region.start_frame)
        return left, max(time.x_of(region.end_frame), left + LEAST_PIXELS)

    def bar(self, row: int, height: int) -> QRectF:
        """Return the rectangle of a mark's bar, which stands on the lane's lower edge."""
        left, right = self.span(row)
        left, right = max(left, -LEAST_PIXELS), min(right, self.width() + LEAST_PIXELS)
        return QRectF(left, self.height() - height, max(right - left, LEAST_PIXELS), height)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._state.clip is not None:
            painter = QPainter(self)
            self.draw(painter, self._rows_in_view())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x())
        self.point_at(row)
        self.setCursor(
            Qt.CursorShape.ArrowCursor if row is None else Qt.CursorShape.PointingHandCursor
        )
        text = "" if row is None else self._describe_row(row)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.markActivated.emit(row)

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(None)
        super().leaveEvent(event)

    def _rows_in_view(self) -> list[int]:
        if not self._state.shows_regions:
            return []
        start, end = self._state.time.start_frame, self._state.time.end_frame
        return [
            row
            for row, mark in enumerate(self.marks())
            if mark.region.end_frame >= start and mark.region.start_frame <= end
        ]

    def _spans_from_left(self) -> list[tuple[int, tuple[float, float]]]:
        marks = self.marks()
        rows = sorted(self._rows_in_view(), key=lambda row: marks[row].region.start_frame)
        return [(row, self.span(row)) for row in rows]

    def _describe_row(self, row: int) -> str:
        clip = self._state.clip
        region: Region = self.marks()[row].region
        span = "" if clip is None else format_span(region.start_frame, region.end_frame, clip.rate)
        return ", ".join(word for word in (str(row + 1), *self.describe(row, span)) if word)
