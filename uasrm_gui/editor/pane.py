"""What the two panes have in common: the pointer, the keys, and marks over a kept picture."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from uasrm_core.audio.region import Region
from uasrm_gui.editor import overlays
from uasrm_gui.editor.keys import handle_key
from uasrm_gui.editor.marks import PointerReadout
from uasrm_gui.editor.navigation import handle_wheel
from uasrm_gui.editor.selecting import Edge, Limits, Point, drawn, refusal, region_at, resized
from uasrm_gui.editor.state import EditorState
from uasrm_gui.editor.viewport import FrequencyView, Lane, lanes
from uasrm_gui.theme import COLORS

CLICK_PIXELS = 3.0
GRAB_PIXELS = 5.0


class Pane(QWidget):
    """A picture of the recording over the shared time axis, with the marks over it.

    The picture is kept as pixels and drawn anew only when view, tiles or colours change, so
    that a moving playhead or a growing selection costs next to nothing.
    """

    selectionRefused = Signal(str)
    regionActivated = Signal(int)
    cursorMoved = Signal(int)
    pointerMoved = Signal(object)

    def __init__(self, state: EditorState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = state
        self._picture: QPixmap | None = None
        self._press: QPointF | None = None
        self._anchor = Point(0.0)
        self._pan_from: QPointF | None = None
        self._grabbed: frozenset[Edge] = frozenset()
        self._before: Region | None = None
        self._dragging = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 48)
        state.viewChanged.connect(self.refresh)
        state.marksChanged.connect(self.update)
        state.playheadMoved.connect(self._playhead_moved)

    # What a kind of pane says of itself.

    @property
    def frequency(self) -> FrequencyView | None:
        """The frequency axis, or None when heights are amplitudes."""
        return None

    @property
    def lane_strips(self) -> list[Lane]:
        """Where the channels are drawn."""
        clip = self.state.clip
        return lanes(self.height(), clip.channels if clip is not None else 1)

    def draw_picture(self, painter: QPainter, scale: float) -> None:
        """Draw everything but the marks; `scale` is device pixels per pixel."""
        raise NotImplementedError

    def readout(self, place: QPointF) -> PointerReadout | None:
        """Return what lies under the pointer."""
        raise NotImplementedError

    # Painting.

    def refresh(self) -> None:
        """Draw the picture anew at the next paint."""
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.state.clip is None:
            painter.fillRect(self.rect(), QColor(COLORS.canvas))
            return
        scale = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != scale:
            self._picture = QPixmap(self.size() * scale)
            self._picture.setDevicePixelRatio(scale)
            self._picture.fill(QColor(COLORS.canvas))
            inner = QPainter(self._picture)
            self.draw_picture(inner, scale)
            inner.end()
        painter.drawPixmap(0, 0, self._picture)
        self._draw_marks(painter)

    def _draw_marks(self, painter: QPainter) -> None:
        state = self.state
        strips = self.lane_strips
        overlays.draw_regions(painter, state.regions, state.time, self.frequency, strips)
        if state.selection is not None:
            boxed = state.selection.has_band and self.frequency is not None
            handles: overlays.Handles = "all" if boxed else "sides"
            if self._dragging:
                handles = "none"
            for rect in self.selection_rects():
                overlays.draw_selection(painter, rect, handles=handles)
        elif state.cursor is not None:
            x = state.time.x_of(state.cursor)
            overlays.draw_line(painter, x, self.height(), COLORS.on_canvas, dashed=True)
        if state.playhead is not None:
            x = state.time.x_of(state.playhead)
            overlays.draw_line(painter, x, self.height(), COLORS.playhead, dashed=False)
        if self.hasFocus():
            painter.setPen(QColor(COLORS.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1))

    def selection_rects(self) -> list[QRectF]:
        """Return where the selection lies, one rectangle a lane it means."""
        selection = self.state.selection
        if selection is None:
            return []
        return [
            overlays.region_rect(selection, self.state.time, self.frequency, lane)
            for lane in self.lane_strips
        ]

    def _playhead_moved(self, old: int | None, new: int | None) -> None:
        for frame in (old, new):
            if frame is not None:
                x = int(self.state.time.x_of(frame))
                if -2 <= x <= self.width() + 2:
                    self.update(QRect(x - 2, 0, 5, self.height()))

    # The pointer.

    @property
    def limits(self) -> Limits:
        """What the recording allows."""
        clip = self.state.clip
        assert clip is not None
        return Limits(clip.frames, clip.rate / 2)

    def lane_at(self, y: float) -> int:
        """Return the lane at a height; outside all of them, the nearest."""
        strips = self.lane_strips
        return min(max(int(y / (self.height() / len(strips))), 0), len(strips) - 1)

    def point_at(self, place: QPointF, lane: int | None = None) -> Point:
        """Return what a place means, read in a lane (the one under it unless told)."""
        frame = self.state.time.frame_at(place.x())
        if self.frequency is None:
            return Point(frame)
        strip = self.lane_strips[self.lane_at(place.y()) if lane is None else lane]
        return Point(frame, self.frequency.hz_at(place.y() - strip.top, strip.height))

    def edges_at(self, place: QPointF) -> frozenset[Edge]:
        """Return which edges of the selection a press here takes hold of."""
        selection = self.state.selection
        for rect in self.selection_rects():
            reach = rect.adjusted(-GRAB_PIXELS, -GRAB_PIXELS, GRAB_PIXELS, GRAB_PIXELS)
            if not reach.contains(place):
                continue
            edges: set[Edge] = set()
            # In a narrow selection the nearer edge is meant, not both.
            side: Edge = "left" if place.x() <= rect.center().x() else "right"
            if abs(place.x() - (rect.left() if side == "left" else rect.right())) <= GRAB_PIXELS:
                edges.add(side)
            if selection is not None and selection.has_band and self.frequency is not None:
                end: Edge = "top" if place.y() <= rect.center().y() else "bottom"
                y = rect.top() if end == "top" else rect.bottom()
                if abs(place.y() - y) <= GRAB_PIXELS:
                    edges.add(end)
            if edges:
                return frozenset(edges)
        return frozenset()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.state.clip is None:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press = event.position()
            self._anchor = self.point_at(self._press)
            self._grabbed = self.edges_at(self._press)
            self._before = self.state.selection
            self._dragging = False
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.state.clip is None:
            return
        place = event.position()
        if self._pan_from is not None:
            moved = self._pan_from - place
            self._pan_from = place
            self.pan(moved.x(), -moved.y())
        elif self._press is not None:
            self._drag_to(place)
        else:
            self.setCursor(_cursor_for(self.edges_at(place)))
        self.pointerMoved.emit(
            self.readout(place) if self.rect().contains(place.toPoint()) else None
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton and self._pan_from is not None:
            self._pan_from = None
            self.unsetCursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._press is not None:
            if self._dragging:
                self._finish_drag(self._press, event.position())
            elif not self._grabbed:
                self._click(self._press)
            self._press = None
            self._dragging = False
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointerMoved.emit(None)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.state.clip is not None:
            handle_wheel(self.state, event, self)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state.clip is None or not handle_key(self.state, event, self.limits):
            super().keyPressEvent(event)

    def pan(self, right: float, up: float) -> None:
        """Move the view by pixels; upwards means nothing without a frequency axis."""
        self.state.set_time(self.state.time.scrolled(right))

    def _drag_to(self, place: QPointF) -> None:
        assert self._press is not None
        moved = place - self._press
        if not self._dragging and max(abs(moved.x()), abs(moved.y())) < CLICK_PIXELS:
            return
        self._dragging = True
        beyond = min(place.x(), 0.0) + max(place.x() - self.width(), 0.0)
        if beyond:
            self.state.set_time(self.state.time.scrolled(beyond / 4))
        region = self._dragged(place)
        # While it grows it is shown even where its end would be refused.
        if region.frames:
            self.state.set_selection(region)

    def _dragged(self, place: QPointF) -> Region:
        assert self._press is not None
        point = self.point_at(place, self.lane_at(self._press.y()))
        if self._grabbed and self._before is not None:
            return resized(self._before, self._grabbed, point, self.limits)
        return drawn(self.state.tool, self._anchor, point, self.limits)

    def _finish_drag(self, press: QPointF, place: QPointF) -> None:
        region = self._dragged(place)
        is_box = region.has_band and not self._grabbed
        flat = is_box and abs(press.y() - place.y()) < CLICK_PIXELS
        reason = refusal(region, flat=flat)
        if reason is None:
            self.state.set_selection(region)
        else:
            self.state.set_selection(self._before if self._grabbed else None)
            self.selectionRefused.emit(reason)

    def _click(self, place: QPointF) -> None:
        point = self.point_at(place)
        slack = CLICK_PIXELS * self.state.time.frames_per_pixel
        hit = region_at(self.state.regions, point, slack_frames=slack, limits=self.limits)
        self.state.set_selection(None)
        frame = round(point.frame)
        self.state.set_cursor(frame)
        self.cursorMoved.emit(frame)
        if hit is not None:
            self.regionActivated.emit(hit)


def _cursor_for(edges: frozenset[Edge]) -> Qt.CursorShape:
    if edges in (frozenset(("left", "top")), frozenset(("right", "bottom"))):
        return Qt.CursorShape.SizeFDiagCursor
    if len(edges) == 2:
        return Qt.CursorShape.SizeBDiagCursor
    if edges & {"left", "right"}:
        return Qt.CursorShape.SizeHorCursor
    if edges:
        return Qt.CursorShape.SizeVerCursor
    return Qt.CursorShape.IBeamCursor
