"""Recordings that are dropped on the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from uasrm_gui import commands

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow


class FileDrop(QObject):
    """Takes files that are dropped anywhere on a window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer what concerns a file that is being dragged."""
        if isinstance(event, QDragEnterEvent):
            if dropped(event) is not None:
                event.acceptProposedAction()
                self._window.welcome.show_drag(over=True)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self._window.welcome.show_drag(over=False)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self._window.welcome.show_drag(over=False)
            path = dropped(event)
            if path is not None:
                event.acceptProposedAction()
                commands.open_dropped(self._window, path)
            return True
        return False


def dropped(event: QDropEvent) -> Path | None:
    """Return the first local file that is being dropped."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if files else None
