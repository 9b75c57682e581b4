"""A line to type a number into; what makes no sense is marked and told, never taken."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from uasrm_gui.theme import number_font


class NumberField(QLineEdit):
    """Takes a value on Return or when it is left; Escape brings the old one back.

    Parameters
    ----------
    name
        What is typed in, for those who cannot see the caption.
    commit
        Called with the text; raises ValueError with a sentence when it makes no sense.
    """

    refused = Signal(str)
    taken = Signal()

    def __init__(
        self, name: str, commit: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._commit = commit
        self._shown = ""
        self.setObjectName("number")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFont(number_font())
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._take)

    def show_value(self, text: str) -> None:
        """Show a value, unless the user is typing one."""
        self._shown = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)
            self._mark(wrong=False)

    def event(self, event: QEvent) -> bool:
        """Keep Escape for this field while it has the keyboard."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.property("wrong"):
            # or the next key that means a command would be typed into this field
            self.taken.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._restore()

    def _take(self) -> None:
        text = self.text()
        if not self.isModified() or text == self._shown:
            return
        self.setModified(False)
        try:
            self._commit(text)
        except ValueError as error:
            self.setModified(True)
            self._mark(wrong=True)
            self.refused.emit(str(error))
        else:
            self._mark(wrong=False)
            self.setText(self._shown)

    def _restore(self) -> None:
        self.setModified(False)
        self.setText(self._shown)
        self._mark(wrong=False)

    def _mark(self, *, wrong: bool) -> None:
        if self.property("wrong") is not wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
