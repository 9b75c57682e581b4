"""The rulers beside the panes: time below, frequency and channels to the left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import QLineF, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from uasrm_core.translation import tr
from uasrm_gui.display import AMPLITUDE_NAMES, SCALE_NAMES, AmplitudeUnit, Scale
from uasrm_gui.editor.fold_buttons import FoldButtons
from uasrm_gui.editor.navigation import WHEEL_NOTCH, ZOOM_STEP
from uasrm_gui.editor.ticks import amplitude_ticks, frequency_ticks, ruler_ticks
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import AmplitudeView, Lane, lane_at
from uasrm_gui.theme import COLORS, number_font

Choice = TypeVar("Choice", bound=str)

GUTTER = 52
RULER_HEIGHT = 26
LABEL_PIXELS = 11
LABEL_SPACING = 26.0
AMPLITUDE_SPACING = 13.0


class TimeRuler(QWidget):
    """Marks of time, as wide as the editor; a click puts the cursor there."""

    cursorMoved = Signal(int)

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedHeight(RULER_HEIGHT)
        self.setAccessibleName(tr("Time ruler"))
        state.viewChanged.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.window))
        clip = self._state.clip
        if clip is None:
            return
        painter.setFont(number_font(LABEL_PIXELS))
        longest = self._state.time_format.text(self._state.time.end_frame)
        if self._state.time_format.name == "clock":
            longest = "0:00:00.000000"[: _characters(self._state)]
        room = painter.fontMetrics().horizontalAdvance(longest)
        for tick in ruler_ticks(self._state.time, self._state.time_format, room + 28):
            if not 0 <= tick.position <= self._state.time.width:
                continue
            x = GUTTER + tick.position
            painter.setPen(QColor(COLORS.dim_text if tick.label else COLORS.border))
            painter.drawLine(QLineF(x, 0, x, 7 if tick.label else 4))
            if tick.label:
                box = QRectF(x - 60, 8, 120, 16)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, tick.label)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._state.clip is not None and event.button() == Qt.MouseButton.LeftButton:
            frame = round(self._state.time.frame_at(event.position().x() - GUTTER))
            self._state.set_cursor(frame)
            self.cursorMoved.emit(frame)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / WHEEL_NOTCH
        time = self._state.time.zoomed(ZOOM_STEP**notches, event.position().x() - GUTTER)
        self._state.set_time(time)
        event.accept()


def _characters(state: View) -> int:
    """Return how long the labels of a time ruler are, at most."""
    assert state.clip is not None
    seconds = state.time.span_frames / state.clip.rate
    return 8 if seconds > 60 else 14


class FrequencyRuler(QWidget):
    """Marks of frequency, once a lane; the wheel zooms, a double click shows all.

    Its menu chooses the scale.
    """

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedWidth(GUTTER)
        self.setAccessibleName(tr("Frequency ruler"))
        self._shown: object = None
        state.viewChanged.connect(self._follow)
        self._fold_buttons = FoldButtons(state, self, self._strips)

    def _follow(self) -> None:
        # most moves of the view are in time
        shown = self._state.frequency, self._state.folded, self._state.channel_names
        if shown != self._shown:
            self._shown = shown
            self.update()

    def _strips(self) -> list[Lane]:
        return self._state.strips(self.height(), self._state.lanes)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_buttons.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.window))
        if self._state.clip is None:
            return
        painter.setFont(number_font(LABEL_PIXELS))
        right = self.width()
        for lane, strip in enumerate(self._strips()):
            if strip.folded:
                continue
            for tick in frequency_ticks(self._state.frequency, strip.height, LABEL_SPACING):
                y = strip.top + tick.position
                painter.setPen(QColor(COLORS.dim_text if tick.label else COLORS.border))
                painter.drawLine(QLineF(right - (7 if tick.label else 4), y, right, y))
                box = QRectF(0, y - 8, right - 11, 16)
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                left = box.right() - painter.fontMetrics().horizontalAdvance(tick.label)
                if left > self._fold_buttons.room_at(lane, tick.position):
                    painter.drawText(box, align, tick.label)

    def wheelEvent(self, event: QWheelEvent) -> None:
        strips = self._strips()
        strip = strips[lane_at(strips, event.position().y())]
        y = event.position().y() - strip.top
        notches = event.angleDelta().y() / WHEEL_NOTCH
        frequency = self._state.frequency.zoomed(ZOOM_STEP**notches, y, strip.height)
        self._state.set_frequency(frequency)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _offer(self, SCALE_NAMES, self._state.frequency.scale, self._choose, event.globalPos())

    def _choose(self, scale: Scale) -> None:
        self._state.set_display(replace(self._state.display, scale=scale))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._state.set_frequency(self._state.frequency.fitted())


class ChannelRuler(QWidget):
    """The names of the channels beside their waveforms, and marks of amplitude.

    The wheel zooms, a double click shows full scale, and the menu chooses the unit.
    """

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setFixedWidth(GUTTER)
        self.setAccessibleName(tr("Channels and amplitude ruler"))
        self.setToolTip(tr("The wheel draws the waveform higher; a double click resets it"))
        self._shown: object = None
        state.viewChanged.connect(self._follow)
        self._fold_buttons = FoldButtons(state, self, self._strips)

    def _follow(self) -> None:
        unit = self._state.display.amplitude
        shown = self._state.amplitude, unit, self._state.folded, self._state.channel_names
        if shown != self._shown:
            self._shown = shown
            self.update()

    def _strips(self) -> list[Lane]:
        return self._state.strips(self.height(), self._state.channels)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold_buttons.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.window))
        if self._state.clip is None:
            return
        painter.setFont(number_font(LABEL_PIXELS))
        names = self._state.channel_names
        for channel, strip in enumerate(self._strips()):
            box = QRectF(4, strip.top, self.width() - 15, strip.height)
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(COLORS.text))
            if strip.height >= LABEL_PIXELS and len(names) > 1 and not self._state.can_fold:
                painter.drawText(box, align, names[channel])
            if not strip.folded:
                self._draw_amplitudes(painter, channel, strip)

    def _draw_amplitudes(self, painter: QPainter, channel: int, strip: Lane) -> None:
        unit = self._state.display.amplitude
        painter.setPen(QColor(COLORS.dim_text))
        right = self.width()
        for tick in amplitude_ticks(self._state.amplitude, strip.height, AMPLITUDE_SPACING, unit):
            y = strip.top + tick.position
            painter.drawLine(QLineF(right - 5, y, right, y))
            box = QRectF(0, y - 8, right - 8, 16)
            align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            left = box.right() - painter.fontMetrics().horizontalAdvance(tick.label)
            if left > self._fold_buttons.room_at(channel, tick.position):
                painter.drawText(box, align, tick.label)

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / WHEEL_NOTCH
        self._state.set_amplitude(self._state.amplitude.zoomed(ZOOM_STEP**notches))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._state.set_amplitude(AmplitudeView())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        chosen = self._state.display.amplitude
        _offer(self, AMPLITUDE_NAMES, chosen, self._choose, event.globalPos())

    def _choose(self, unit: AmplitudeUnit) -> None:
        self._state.set_display(replace(self._state.display, amplitude=unit))

    def sizeHint(self) -> QSize:
        return QSize(GUTTER, 80)


def _offer(
    ruler: QWidget,
    names: Mapping[Choice, str],
    chosen: Choice,
    choose: Callable[[Choice], object],
    place: QPoint,
) -> None:
    """Let the user choose from a menu what a ruler counts in."""
    menu = QMenu(ruler)
    for name, words in names.items():
        action = menu.addAction(tr(words))
        action.setCheckable(True)
        action.setChecked(name == chosen)
        action.triggered.connect(lambda checked, name=name: choose(name))
    menu.exec(place)
    menu.deleteLater()
