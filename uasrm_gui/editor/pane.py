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

from uasrm_core.translation import tr
from uasrm_gui.editor import overlays
from uasrm_gui.editor.drag import CLICK_PIXELS, Drag
from uasrm_gui.editor.keys import handle_key
from uasrm_gui.editor.navigation import handle_wheel
from uasrm_gui.editor.selecting import Edge, Limits, Point, band_of, region_at
from uasrm_gui.state.marks import PointerReadout
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import FrequencyView, Lane, lane_at
from uasrm_gui.theme import COLORS
from uasrm_gui.widgets.formats import format_channels, format_span

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
    wandPointed = Signal(object)

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._picture: QPixmap | None = None
        self._drag: Drag | None = None
        self._pan_from: QPointF | None = None
        self._hover: QPointF | None = None
        self._pointer: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(120, 48)
        state.viewChanged.connect(self.refresh)
        state.viewChanged.connect(self._tell_pointer)
        state.marksChanged.connect(self.update)
        state.playheadMoved.connect(self._playhead_moved)
        state.selection.history.changed.connect(self._describe)
        self._describe()

    # What a kind of pane says of itself.

    MANNER = ""
    """How it is to be read, for screen readers."""

    @property
    def state(self) -> View:
        """The view, and what is marked in it."""
        return self._state

    @property
    def frequency(self) -> FrequencyView | None:
        """The frequency axis, or None when heights are amplitudes."""
        return None

    @property
    def lane_strips(self) -> list[Lane]:
        """Where the channels are drawn."""
        return self.state.strips(self.height(), self.state.channels)

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
        if state.shows_regions:
            overlays.draw_regions(
                painter, state.regions, state.time, self.frequency, strips, state.pointed
            )
        if state.selection.region is not None:
            self._draw_selection(painter)
        elif state.cursor is not None:
            x = state.time.x_of(state.cursor)
            overlays.draw_line(painter, x, self.height(), COLORS.on_canvas, dashed=True)
        if state.playhead is not None:
            x = state.time.x_of(state.playhead)
            overlays.draw_line(painter, x, self.height(), COLORS.playhead, dashed=False)
        if self._drag is not None and self._drag.moving:
            overlays.draw_outline(painter, self._drag.outline())
        if self._hover is not None:
            overlays.draw_brush(painter, self._hover, state.options.brush_pixels)
        if self.hasFocus():
            painter.setPen(QColor(COLORS.accent_on_canvas))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1))

    def _draw_selection(self, painter: QPainter) -> None:
        state, selection = self.state, self.state.selection.region
        assert selection is not None
        if selection.shape is not None:
            for lane in self.meant_lanes():
                overlays.draw_shape_selection(
                    painter, selection.shape, state.time, self.frequency, lane
                )
            return
        is_dragged = self._drag is not None and self._drag.moving
        for lane, rect in zip(self.meant_lanes(), self.selection_rects(), strict=True):
            boxed = selection.has_band and self.frequency is not None and not lane.folded
            handles: overlays.Handles = "all" if boxed else "sides"
            overlays.draw_selection(painter, rect, handles="none" if is_dragged else handles)

    def meant_lanes(self) -> list[Lane]:
        """Return the lanes of the channels that the selection means."""
        selection, strips = self.state.selection.region, self.lane_strips
        if selection is None or selection.channels is None or len(strips) == 1:
            return strips
        return [strip for channel, strip in enumerate(strips) if channel in selection.channels]

    def selection_rects(self) -> list[QRectF]:
        """Return where the selection lies, one rectangle a lane it means."""
        selection = self.state.selection.region
        if selection is None:
            return []
        return [
            overlays.region_rect(selection, self.state.time, self.frequency, lane)
            for lane in self.meant_lanes()
        ]

    def _playhead_moved(self, old: int | None, new: int | None) -> None:
        for frame in (old, new):
            if frame is not None:
                x = int(self.state.time.x_of(frame))
                if -2 <= x <= self.width() + 2:
                    self.update(QRect(x - 2, 0, 5, self.height()))

    def _describe(self) -> None:
        """Let screen readers say what is selected."""
        selection, clip = self.state.selection.region, self.state.clip
        words = [tr(self.MANNER)]
        if selection is not None and clip is not None:
            what = [format_span(selection.start_frame, selection.end_frame, clip.rate)]
            if selection.has_band:
                low, high = band_of(selection, self.limits)
                what.append(f"{low:.0f}–{high:.0f} Hz")
            if selection.channels is not None:
                what.append(format_channels(selection, self.state.channel_names))
            words.append(tr("Selected: {what}.", what=", ".join(what)))
        self.setAccessibleDescription(" ".join(words))

    # The pointer.

    @property
    def limits(self) -> Limits:
        """What the recording allows."""
        clip = self.state.clip
        assert clip is not None
        return Limits(clip.frames, clip.rate / 2)

    def lane_at(self, y: float) -> int:
        """Return the lane at a height; outside all of them, the nearest."""
        return lane_at(self.lane_strips, y)

    def point_at(self, place: QPointF, lane: int | None = None) -> Point:
        """Return what a place means, read in a lane (the one under it unless told)."""
        frame = self.state.time.frame_at(place.x())
        strip = self.lane_strips[self.lane_at(place.y()) if lane is None else lane]
        if self.frequency is None or strip.folded:
            return Point(frame)
        return Point(frame, self.frequency.hz_at(place.y() - strip.top, strip.height))

    def edges_at(self, place: QPointF) -> frozenset[Edge]:
        """Return which edges of the selection a press here takes hold of."""
        selection = self.state.selection.region
        if selection is None or selection.shape is not None:
            return frozenset()
        for lane, rect in zip(self.meant_lanes(), self.selection_rects(), strict=True):
            reach = rect.adjusted(-GRAB_PIXELS, -GRAB_PIXELS, GRAB_PIXELS, GRAB_PIXELS)
            if not reach.contains(place):
                continue
            edges: set[Edge] = set()
            # In a narrow selection the nearer edge is meant, not both.
            side: Edge = "left" if place.x() <= rect.center().x() else "right"
            if abs(place.x() - (rect.left() if side == "left" else rect.right())) <= GRAB_PIXELS:
                edges.add(side)
            banded = selection.has_band and self.frequency is not None
            if banded and not lane.folded:
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
            self._drag = Drag(self, event.position(), event.modifiers())
            if self._drag.start():
                self._drag_to(event.position())
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
        elif self._drag is not None:
            self._drag_to(place)
        else:
            self.setCursor(self._cursor_at(place))
            self.state.point_at_region(self._region_at(place))
        self._hover_at(place)
        self._pointer = place if self.rect().contains(place.toPoint()) else None
        self._tell_pointer()
        if self._pointer is None:
            self.pointerMoved.emit(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton and self._pan_from is not None:
            self._pan_from = None
            self.unsetCursor()
        elif event.button() == Qt.MouseButton.LeftButton and self._drag is not None:
            drag, self._drag = self._drag, None
            if drag.moving:
                self._finish_drag(drag, event.position())
            elif drag.tool == "wand":
                self.wandPointed.emit(drag.wand())
            elif not drag.grabbed and drag.mode == "replace":
                self._click(event.position())
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.pointerMoved.emit(None)
        self.state.point_at_region(None)
        self._hover_at(None)
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
        assert self._drag is not None
        if not self._drag.has_moved(place):
            return
        beyond = min(place.x(), 0.0) + max(place.x() - self.width(), 0.0)
        if beyond:
            self.state.set_time(self.state.time.scrolled(beyond / 4))
        region = self._drag.preview(place)
        # While it grows it is shown even where its end would be refused.
        if region is None or region.frames:
            self.state.selection.preview(region)
        # a lasso's line grows while nothing is selected yet
        self.update()

    def _finish_drag(self, drag: Drag, place: QPointF) -> None:
        reason = drag.problem(place)
        if reason is None:
            self.state.selection.preview(drag.region(place))
        else:
            kept = drag.grabbed or drag.mode != "replace"
            self.state.selection.preview(drag.before if kept else None)
            self.selectionRefused.emit(reason)
        self.state.selection.settle()

    def _click(self, place: QPointF) -> None:
        point, hit = self.point_at(place), self._region_at(place)
        self.state.selection.select(None)
        frame = round(point.frame)
        self.state.set_cursor(frame)
        self.cursorMoved.emit(frame)
        if hit is not None:
            self.regionActivated.emit(hit)

    def _region_at(self, place: QPointF) -> int | None:
        if not self.state.shows_regions:
            return None
        slack = CLICK_PIXELS * self.state.time.frames_per_pixel
        point = self.point_at(place)
        return region_at(self.state.regions, point, slack_frames=slack, limits=self.limits)

    def _cursor_at(self, place: QPointF) -> Qt.CursorShape:
        edges = self.edges_at(place)
        if edges or self.frequency is None or self.state.tool == "time":
            return _cursor_for(edges)
        return Qt.CursorShape.CrossCursor

    def _tell_pointer(self) -> None:
        """Tell what lies under the pointer, which may stand still while the view moves."""
        if self._pointer is not None and self.state.clip is not None:
            self.pointerMoved.emit(self.readout(self._pointer))

    def _hover_at(self, place: QPointF | None) -> None:
        """Show the size of the brush under the pointer."""
        painting = self.state.tool == "brush" and self.frequency is not None
        if place is not None and self.lane_strips[self.lane_at(place.y())].folded:
            painting = False
        shown = place if painting else None
        if shown != self._hover:
            self._hover = shown
            self.update()


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
