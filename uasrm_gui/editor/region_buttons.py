"""The regions in view as buttons: for screen readers, and for Tab and the arrow keys.

They lie over the bars of the lane and draw nothing but the focus; the pointer goes through them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QRect, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from uasrm_core.translation import tr
from uasrm_gui.state.marks import STATE_WORDS, RegionMark
from uasrm_gui.state.view import View
from uasrm_gui.widgets.formats import format_span

# While the view moves the buttons wait; moving hundreds of them would cost frames.
REST_MS = 150
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class RegionButtons(QObject):
    """Keeps a button for each region in view.

    Parameters
    ----------
    lane
        What the buttons lie in.
    spans_of
        Asked for the rows in view, from left to right, with the rectangle of each.
    activate
        Called with the row of a button that was pressed.
    """

    def __init__(
        self,
        state: View,
        lane: QWidget,
        spans_of: Callable[[], Sequence[tuple[int, QRect]]],
        activate: Callable[[int], None],
    ) -> None:
        super().__init__(lane)
        self._state = state
        self._lane = lane
        self._spans_of = spans_of
        self._activate = activate
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.refresh)
        self.buttons: list[RegionButton] = []
        state.viewChanged.connect(self._timer.start)
        state.marksChanged.connect(self._timer.start)

    def refresh(self) -> None:
        """Lay the buttons over the regions that are in view now."""
        spans = self._spans_of()
        while len(self.buttons) < len(spans):
            button = RegionButton(self, self._lane)
            button.clicked.connect(lambda _=False, made=button: self._activate(made.row))
            self.buttons.append(button)
        for button in self.buttons[len(spans) :]:
            button.hide()
        for button, (row, rect) in zip(self.buttons, spans, strict=False):
            button.show_region(row, self._name(row, self._state.regions[row]), rect)

    def move_focus(self, button: RegionButton, step: int) -> None:
        """Give the focus to a neighbour, if there is one."""
        shown = [other for other in self.buttons if other.isVisible()]
        place = shown.index(button) + step
        if 0 <= place < len(shown):
            shown[place].setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self, forward: bool) -> bool:
        """Give the focus to what comes before or after all buttons; return whether that exists."""
        next_of = QWidget.nextInFocusChain if forward else QWidget.previousInFocusChain
        widget = next_of(self._lane)
        while widget is not None and widget is not self._lane:
            takes_focus = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
            is_met = takes_focus and widget.isVisibleTo(self._lane.window()) and widget.isEnabled()
            if is_met and widget not in self.buttons:
                reason = Qt.FocusReason.TabFocusReason
                widget.setFocus(reason if forward else Qt.FocusReason.BacktabFocusReason)
                return True
            widget = next_of(widget)
        return False

    def _name(self, row: int, mark: RegionMark) -> str:
        region = mark.region
        clip = self._state.clip
        span = "" if clip is None else format_span(region.start_frame, region.end_frame, clip.rate)
        words = (str(row + 1), tr(STATE_WORDS[mark.state]), span, region.label)
        return ", ".join(word for word in words if word)


class RegionButton(QAbstractButton):
    """One region: Space picks it, Left and Right go to its neighbours, Tab leaves them all."""

    def __init__(self, group: RegionButtons, lane: QWidget) -> None:
        super().__init__(lane)
        self.row = 0
        self._group = group
        self._lane = lane
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setUpdatesEnabled(False)

    def show_region(self, row: int, name: str, rect: QRect) -> None:
        """Stand for another region."""
        self.row = row
        if self.accessibleName() != name:
            self.setAccessibleName(name)
        self.setGeometry(rect)
        self.show()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self._group.leave(forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._group.move_focus(self, step)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setUpdatesEnabled(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setUpdatesEnabled(False)
        self._lane.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # the others are not painted at all: hundreds of calls would cost frames
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().windowText().color(), 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
