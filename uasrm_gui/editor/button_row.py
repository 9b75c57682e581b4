"""Buttons over a painted widget, so that screen readers and the keyboard reach what it shows.

Tab comes to the row as to one thing and leaves it again; the arrow keys go along it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class ButtonRow(QObject):
    """Keeps the buttons over a widget, from first to last, and moves the focus between them."""

    buttons: Sequence[RowButton]

    def __init__(self, holder: QWidget) -> None:
        super().__init__(holder)
        self.holder = holder

    def move_focus(self, button: RowButton, step: int) -> None:
        """Give the focus to a neighbour, if there is one."""
        shown = [other for other in self.buttons if other.isVisible()]
        place = shown.index(button) + step
        if 0 <= place < len(shown):
            shown[place].setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self, button: RowButton, forward: bool) -> bool:
        """Give the focus to what comes before or after all buttons; return whether that exists.

        From the button on: from the holder, which stands before the picture, Tab would come back
        to that, and never to the bars.
        """
        next_of = QWidget.nextInFocusChain if forward else QWidget.previousInFocusChain
        widget = next_of(button)
        while widget is not None and widget is not button:
            takes_focus = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            is_met = takes_focus and widget.isVisible() and widget.isEnabled()
            # whom another stands for is met in that one's place
            if is_met and widget.focusProxy() is None and widget not in self.buttons:
                reason = Qt.FocusReason.TabFocusReason
                widget.setFocus(reason if forward else Qt.FocusReason.BacktabFocusReason)
                return True
            widget = next_of(widget)
        return False


class RowButton(QAbstractButton):
    """One of them: Space presses it, the arrow keys go to its neighbours, Tab leaves them all."""

    def __init__(self, row: ButtonRow) -> None:
        super().__init__(row.holder)
        self._row = row
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self._row.leave(self, forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._row.move_focus(self, step)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._row.holder.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().windowText().color(), 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))


Button = TypeVar("Button", bound=RowButton)


def keep_buttons(buttons: list[Button], count: int, make: Callable[[int], Button]) -> None:
    """Make the buttons of a row that are missing, by their number, and hide those left over."""
    while len(buttons) < count:
        buttons.append(make(len(buttons)))
    for button in buttons[count:]:
        button.hide()
