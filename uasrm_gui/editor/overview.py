"""The strip that shows the whole recording, and where the view is in it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from uasrm_core.translation import tr
from uasrm_gui.editor.navigation import WHEEL_NOTCH, ZOOM_STEP
from uasrm_gui.editor.overlays import draw_line, region_color
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.wavepaint import draw_peaks
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import Lane, TimeView
from uasrm_gui.theme import COLORS, SPACING

HEIGHT = 52
GRAB_PIXELS = 5.0
TICK_HEIGHT = 6.0
PROGRESS_HEIGHT = 2.0

Hold = Literal["left", "right", "frame"]


class Overview(QWidget):
    """The whole waveform, regions as ticks, and the view as a frame to drag and resize."""

    def __init__(self, state: View, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._store = store
        self._picture: QPixmap | None = None
        self._hold: Hold | None = None
        self._offset = 0.0
        self.setFixedHeight(HEIGHT)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Overview of the whole recording"))
        state.viewChanged.connect(self.update)
        state.marksChanged.connect(self.update)
        state.playheadMoved.connect(lambda old, new: self.update())
        store.peaksChanged.connect(self.refresh)

    @property
    def whole(self) -> TimeView:
        """The mapping of this strip: all of the recording over its width."""
        return TimeView.whole(self._state.time.total_frames, self.width())

    def refresh(self) -> None:
        """Draw the waveform anew at the next paint."""
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._state.clip is None or self._store.overview_cache is None:
            painter.fillRect(self.rect(), QColor(COLORS.canvas))
            return
        scale = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != scale:
            self._picture = self._draw_picture(scale)
        painter.drawPixmap(0, 0, self._picture)
        self._draw_frame(painter)
        whole = self.whole
        self._draw_progress(painter, whole)
        for mark in self._state.regions:
            left = whole.x_of(mark.region.start_frame)
            width = max(whole.x_of(mark.region.end_frame) - left, 2.0)
            # Open ones hang from the top, repaired ones stand at the bottom.
            top = 0.0 if mark.state == "open" else HEIGHT - TICK_HEIGHT
            painter.fillRect(QRectF(left, top, width, TICK_HEIGHT), region_color(mark.state))
        if self._state.source is not None:
            self._draw_source(painter, whole, *self._state.source)
        if self._state.playhead is not None:
            x = whole.x_of(self._state.playhead)
            draw_line(painter, x, HEIGHT, COLORS.playhead, dashed=False)

    def _draw_source(self, painter: QPainter, whole: TimeView, start: int, end: int) -> None:
        """Draw a frame and a word beside it where a candidate was taken from."""
        left = whole.x_of(start)
        width = max(whole.x_of(end) - left, 3.0)
        color = QColor(COLORS.on_canvas)
        painter.setPen(QPen(color, 1.0, Qt.PenStyle.DashLine))
        color.setAlpha(60)
        painter.setBrush(color)
        painter.drawRect(QRectF(left, TICK_HEIGHT, width, HEIGHT - 2 * TICK_HEIGHT))
        words = tr("source")
        room = painter.fontMetrics().horizontalAdvance(words) + SPACING
        x = left + width + 3 if left + width + room < self.width() else left - room
        painter.drawText(QRectF(x, TICK_HEIGHT, room, 16), words)

    def _draw_picture(self, scale: float) -> QPixmap:
        assert self._store.overview_cache is not None
        picture = QPixmap(self.size() * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(QColor(COLORS.canvas))
        whole = self.whole
        width = round(self.width() * scale)
        peaks = self._store.overview_cache.peaks.query(whole.start_frame, whole.end_frame, width)
        joined = np.stack([peaks[0].min(axis=0), peaks[1].max(axis=0), peaks[2].max(axis=0)])
        painter = QPainter(picture)
        draw_peaks(painter, joined, Lane(TICK_HEIGHT, HEIGHT - 2 * TICK_HEIGHT), scale)
        painter.end()
        return picture

    def _draw_progress(self, painter: QPainter, whole: TimeView) -> None:
        """Draw a line under what is not read yet, so that a rough picture is known for one."""
        assert self._store.overview_cache is not None
        ready = self._store.overview_cache.ready_frames
        if ready < whole.total_frames:
            left = whole.x_of(ready)
            line = QRectF(left, HEIGHT - PROGRESS_HEIGHT, self.width() - left, PROGRESS_HEIGHT)
            painter.fillRect(line, QColor(COLORS.accent_on_canvas))

    def _frame_edges(self) -> tuple[float, float]:
        whole = self.whole
        time = self._state.time
        return whole.x_of(time.start_frame), whole.x_of(time.end_frame)

    def _draw_frame(self, painter: QPainter) -> None:
        left, right = self._frame_edges()
        # dark in both themes, as the canvas is
        shade = QColor(COLORS.canvas)
        shade.setAlpha(165)
        painter.fillRect(QRectF(0, 0, left, HEIGHT), shade)
        painter.fillRect(QRectF(right, 0, self.width() - right, HEIGHT), shade)
        painter.setPen(QPen(QColor(COLORS.accent_on_canvas), 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(left + 0.5, 0.5, max(right - left - 1, 2.0), HEIGHT - 1))

    def _hold_at(self, place: QPointF) -> Hold | None:
        left, right = self._frame_edges()
        if right - left > 3 * GRAB_PIXELS:
            if abs(place.x() - left) <= GRAB_PIXELS:
                return "left"
            if abs(place.x() - right) <= GRAB_PIXELS:
                return "right"
        return "frame" if left - GRAB_PIXELS <= place.x() <= right + GRAB_PIXELS else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._state.clip is None or event.button() != Qt.MouseButton.LeftButton:
            return
        place = event.position()
        hold = self._hold_at(place)
        time = self._state.time
        frame = self.whole.frame_at(place.x())
        if hold is None:
            # Beside the frame: it comes to the pointer, and can be dragged on from there.
            half = time.span_frames / 2
            self._state.set_time(time.between(frame - half, frame + half))
        self._hold = hold or "frame"
        self._offset = frame - self._state.time.start_frame

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._state.clip is None:
            return
        if self._hold is None:
            self.setCursor(_CURSORS[self._hold_at(event.position())])
            return
        frame = self.whole.frame_at(event.position().x())
        time = self._state.time
        if self._hold == "frame":
            start = frame - self._offset
            self._state.set_time(time.between(start, start + time.span_frames))
        elif self._hold == "left" and frame < time.end_frame:
            self._state.set_time(time.between(frame, time.end_frame))
        elif self._hold == "right" and frame > time.start_frame:
            self._state.set_time(time.between(time.start_frame, frame))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hold = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._state.set_time(self._state.time.fitted())

    def wheelEvent(self, event: QWheelEvent) -> None:
        time = self._state.time
        x = time.x_of(self.whole.frame_at(event.position().x()))
        notches = event.angleDelta().y() / WHEEL_NOTCH
        inside = min(max(x, 0.0), float(time.width))
        self._state.set_time(time.zoomed(ZOOM_STEP**notches, inside))
        event.accept()


_CURSORS = {
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "frame": Qt.CursorShape.OpenHandCursor,
    None: Qt.CursorShape.ArrowCursor,
}
