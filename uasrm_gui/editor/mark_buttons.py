"""The marks in view, regions or detections, as buttons: for screen readers, Tab and the arrow keys.

They lie over the bars of the lane and draw nothing but the focus; the pointer goes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QWidget

from uasrm_gui.editor.button_row import ButtonRow, RowButton, keep_buttons

# While the view moves the buttons wait; moving hundreds of them would cost frames.
REST_MS = 150
# So far beside a mark it is still meant; a button reaches as far.
SLACK_PIXELS = 3.0
# More buttons cost frames, and nobody would go through them one by one.
MOST_BUTTONS = 200


class MarkButtons(ButtonRow):
    """Keeps a button for each mark in view, up to `MOST_BUTTONS`.

    Parameters
    ----------
    lane
        What the buttons lie in.
    spans_of
        Asked for the rows in view, from left to right, with the left and right edge of each.
    name_of
        Asked what a screen reader says of a row.
    activate
        Called with the row of a button that was pressed.
    """

    def __init__(
        self,
        lane: QWidget,
        spans_of: Callable[[], Sequence[tuple[int, tuple[float, float]]]],
        name_of: Callable[[int], str],
        activate: Callable[[int], None],
    ) -> None:
        super().__init__(lane)
        self._spans_of = spans_of
        self._name_of = name_of
        self._activate = activate
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.refresh)
        self.buttons: list[MarkButton] = []

    def wait(self) -> None:
        """Lay the buttons anew once nothing moves any more."""
        self._timer.start()

    def refresh(self) -> None:
        """Lay the buttons over the marks that are in view now."""
        spans = self._spans_of()[:MOST_BUTTONS]
        keep_buttons(self.buttons, len(spans), self._make)
        for button, (row, span) in zip(self.buttons, spans, strict=False):
            button.show_mark(row, self._name_of(row), self._rect(*span))

    def _make(self, number: int) -> MarkButton:
        button = MarkButton(self)
        button.clicked.connect(lambda: self._activate(button.row))
        return button

    def _rect(self, left: float, right: float) -> QRect:
        first = round(max(left - SLACK_PIXELS, 0.0))
        last = round(min(right + SLACK_PIXELS, self.holder.width()))
        return QRect(first, 0, max(last - first, 1), self.holder.height())


class MarkButton(RowButton):
    """One mark: Space picks it."""

    def __init__(self, group: MarkButtons) -> None:
        super().__init__(group)
        self.row = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # those without the focus are not painted at all: hundreds of calls would cost frames
        self.setUpdatesEnabled(False)

    def show_mark(self, row: int, name: str, rect: QRect) -> None:
        """Stand for another mark."""
        self.row = row
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        self.setGeometry(rect)
        self.show()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setUpdatesEnabled(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setUpdatesEnabled(False)
