"""The names of the channels beside their lanes; pressed, one is folded away or unfolded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from uasrm_core.translation import mark, tr
from uasrm_gui.editor.button_row import ButtonRow, RowButton, keep_buttons
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import Lane
from uasrm_gui.theme import number_font

SIZE = QSize(32, 16)
SIGN = 7.0
"""Width of the triangle."""
GAP = 2.0
NAME_PIXELS = 11


class FoldButtons(ButtonRow):
    """Keeps a button for each channel at the upper left of its lane.

    Parameters
    ----------
    ruler
        What the buttons lie in, beside the lanes.
    strips_of
        Asked where the lanes are.
    """

    def __init__(self, state: View, ruler: QWidget, strips_of: Callable[[], list[Lane]]) -> None:
        super().__init__(ruler)
        self._state = state
        self._strips_of = strips_of
        self.buttons: list[FoldButton] = []
        self._shown: tuple[tuple[str, ...], list[Lane]] = ((), [])
        state.viewChanged.connect(self.refresh)

    def refresh(self) -> None:
        """Put the buttons beside the lanes as they are now."""
        names = self._state.channel_names if self._state.can_fold else ()
        strips = self._strips_of()
        # every move of the view asks; hundreds of calls would cost frames
        if (names, strips) == self._shown:
            return
        self._shown = names, strips
        keep_buttons(self.buttons, len(names), self._make)
        alone = len(self._state.folded) == len(names) - 1
        for button, name, strip in zip(self.buttons, names, strips, strict=False):
            button.show_channel(name, strip, is_last=alone and not strip.folded)

    def room_at(self, channel: int, y: float) -> float:
        """Return how far to the right what stands at a height in a lane would meet a button."""
        if not self._state.can_fold or y >= SIZE.height() + NAME_PIXELS / 2:
            return 0.0
        name = self._state.channel_names[channel]
        return SIGN + GAP + QFontMetricsF(number_font(NAME_PIXELS)).horizontalAdvance(name)

    def _make(self, channel: int) -> FoldButton:
        button = FoldButton(self)
        button.clicked.connect(lambda: self._turn(channel))
        return button

    def _turn(self, channel: int) -> None:
        self._state.fold(self._state.folded ^ {channel})


class FoldButton(RowButton):
    """A triangle that points down, or to the right where the channel is folded, and a name."""

    def __init__(self, row: FoldButtons) -> None:
        super().__init__(row)
        self._is_folded = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_channel(self, name: str, strip: Lane, *, is_last: bool) -> None:
        """Stand beside a lane; the last that is unfolded stays so."""
        self._is_folded = strip.folded
        self.setText(name)
        words = mark("Unfold channel {name}") if strip.folded else mark("Fold channel {name}")
        self.setAccessibleName(tr(words, name=name))
        self.setToolTip(self.accessibleName())
        self.setEnabled(not is_last)
        height = min(SIZE.height(), max(round(strip.height), 1))
        self.setGeometry(0, round(strip.top), SIZE.width(), height)
        self.update()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self.palette().windowText().color()
        half, middle = SIGN / 2, QPointF(SIGN / 2, self.height() / 2)
        corners = [QPointF(-half, -half / 2), QPointF(half, -half / 2), QPointF(0, half / 2)]
        if self._is_folded:
            corners = [QPointF(-half / 2, -half), QPointF(-half / 2, half), QPointF(half / 2, 0)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color if self.isEnabled() else Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF(corners).translated(middle))
        painter.setPen(color)
        painter.setFont(number_font(min(NAME_PIXELS, self.height())))
        room = QRectF(SIGN + GAP, 0, self.width() - SIGN - GAP, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()
        super().paintEvent(event)
