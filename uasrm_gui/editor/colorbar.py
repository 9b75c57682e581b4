"""The bar that shows which level has which colour, and lets the range be dragged."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from uasrm_core.overview.tiles import FLOOR_DB
from uasrm_core.overview.tiles import STEP_DB as TILE_STEP_DB
from uasrm_core.translation import tr
from uasrm_gui.display import LEAST_RANGE_DB, DbRange
from uasrm_gui.editor.colors import color_map, color_table
from uasrm_gui.editor.rulers import LABEL_PIXELS
from uasrm_gui.state.view import View
from uasrm_gui.theme import COLORS, number_font

WIDTH = 60
BAR_LEFT = 8.0
BAR_WIDTH = 14.0
MARGIN = 8.0
TOP_DB = 0.0
LABEL_STEP_DB = 20
KEY_STEP_DB = 5.0

Hold = Literal["low", "high", "both"]


class ColorBar(QWidget):
    """Colours over levels: drag an end to set it, the middle to move both, double-click to reset.

    Up and Down move the range, with Shift its upper end, with Alt its lower end.
    """

    def __init__(self, state: View, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._hold: Hold | None = None
        self._press_db = 0.0
        self._before = state.levels
        self.setFixedWidth(WIDTH)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Colour range in decibels"))
        self.setToolTip(
            tr(
                "Level in dB: drag the ends to set the range, the middle to move it, "
                "double-click to reset"
            )
        )
        state.colorsChanged.connect(self.update)

    def y_of(self, level_db: float) -> float:
        """Return the height of a level."""
        part = (TOP_DB - level_db) / (TOP_DB - FLOOR_DB)
        return MARGIN + part * (self.height() - 2 * MARGIN)

    def db_at(self, y: float) -> float:
        """Return the level at a height."""
        part = (y - MARGIN) / max(self.height() - 2 * MARGIN, 1.0)
        return min(max(TOP_DB - part * (TOP_DB - FLOOR_DB), FLOOR_DB), TOP_DB)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.window))
        table = color_table(color_map(self._state.display.colors), self._state.levels)
        # The table's 256 levels reach a little above full scale, which the bar leaves out.
        shown = table[: round((TOP_DB - FLOOR_DB) / TILE_STEP_DB) + 1]
        image = QImage(1, len(shown), QImage.Format.Format_RGB32)
        for row, color in enumerate(shown[::-1]):
            image.setPixel(0, row, int(color))
        bar = QRectF(BAR_LEFT, MARGIN, BAR_WIDTH, self.height() - 2 * MARGIN)
        painter.drawImage(bar, image)
        painter.setFont(number_font(LABEL_PIXELS))
        for level in range(int(FLOOR_DB), int(TOP_DB) + 1, LABEL_STEP_DB):
            y = self.y_of(level)
            painter.setPen(QColor(COLORS.border))
            painter.drawLine(QLineF(bar.right() + 2, y, bar.right() + 6, y))
            painter.setPen(QColor(COLORS.dim_text))
            box = QRectF(bar.right() + 8, y - 8, WIDTH - bar.right() - 8, 16)
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, align, f"{level}" if level else "0 dB")
        self._draw_grips(painter, bar)

    def _draw_grips(self, painter: QPainter, bar: QRectF) -> None:
        levels = self._state.levels
        painter.setPen(QColor(COLORS.canvas))
        painter.setBrush(QColor(COLORS.accent if self.hasFocus() else COLORS.on_canvas))
        for level in (levels.low_db, levels.high_db):
            y = self.y_of(level)
            painter.drawRect(QRectF(bar.left() - 3, y - 2, bar.width() + 6, 4))

    def _hold_at(self, place: QPointF) -> Hold:
        low, high = self.y_of(self._state.levels.low_db), self.y_of(self._state.levels.high_db)
        if abs(place.y() - high) <= 8:
            return "high"
        return "low" if abs(place.y() - low) <= 8 else "both"

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold = self._hold_at(event.position())
            self._press_db = self.db_at(event.position().y())
            self._before = self._state.levels

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._hold is None:
            both = self._hold_at(event.position()) == "both"
            shape = Qt.CursorShape.OpenHandCursor if both else Qt.CursorShape.SizeVerCursor
            self.setCursor(shape)
            return
        self._move(self._before, self._hold, self.db_at(event.position().y()) - self._press_db)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hold = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._state.set_levels(DbRange())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: KEY_STEP_DB, Qt.Key.Key_Down: -KEY_STEP_DB}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        held = event.modifiers()
        hold: Hold = "both"
        if held & Qt.KeyboardModifier.ShiftModifier:
            hold = "high"
        elif held & Qt.KeyboardModifier.AltModifier:
            hold = "low"
        self._move(self._state.levels, hold, step)

    def _move(self, levels: DbRange, hold: Hold, by_db: float) -> None:
        low, high = levels.low_db, levels.high_db
        if hold == "both":
            by_db = min(max(by_db, FLOOR_DB - low), TOP_DB - high)
            low, high = low + by_db, high + by_db
        elif hold == "low":
            low = min(max(low + by_db, FLOOR_DB), high - LEAST_RANGE_DB)
        else:
            high = max(min(high + by_db, TOP_DB), low + LEAST_RANGE_DB)
        self._state.set_levels(DbRange(low, high))
