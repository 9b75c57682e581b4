"""Recordings that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget


class FileDrop(QObject):
    """Takes files that are dropped anywhere on a window.

    `held` tells whether a file is held over it, `dropped` which were let go.
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
            if local_files(event):
                event.acceptProposedAction()
                self.held.emit(True)
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.held.emit(False)
            return True
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            self.held.emit(False)
            paths = local_files(event)
            if paths:
                event.acceptProposedAction()
                self.dropped.emit(paths)
            return True
        return False


def local_files(event: QDropEvent) -> list[Path]:
    """Return the files of this computer that are being dropped."""
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
