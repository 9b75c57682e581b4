"""Recordings that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class FileDrop(QObject):
    """Takes files that are dropped anywhere on a window.

    `held` tells whether a file is held over it, `dropped` that one was let go.
    """

    held = Signal(bool)
    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer what concerns a file that is being dragged."""
        if isinstance(event, QDragEnterEvent):
            if first_file(event) is not None:
                event.acceptProposedAction()
                self.held.emit(True)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.held.emit(False)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.held.emit(False)
            path = first_file(event)
            if path is not None:
                event.acceptProposedAction()
                self.dropped.emit(path)
            return True
        return False


def first_file(event: QDropEvent) -> Path | None:
    """Return the first local file that is being dropped."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if files else None
