"""Lets whoever has the focus have the keys that belong to it, before they mean a command."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QWidget

_PRESSING = frozenset({Qt.Key.Key_Space})
_CHOOSING = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End})


class KeyFocus(QObject):
    """Keeps Space for the button, and Space, Home and End for the list, that has the focus.

    Fields for text keep their keys by themselves. Only the widget with the focus is watched, as
    watching all events of a program from Python would make it slow.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._watched: QWidget | None = None
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow)

    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and old is self._watched:
            old.removeEventFilter(self)
        self._watched = None
        mine = new is not None and self._window.isAncestorOf(new)
        if mine and isinstance(new, QAbstractButton | QComboBox):
            self._watched = new
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = _PRESSING if isinstance(watched, QAbstractButton) else _CHOOSING
            if event.key() in keys and not event.modifiers():
                event.accept()
                return True
        return False
