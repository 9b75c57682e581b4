"""How threads tell the window something: a queue, and one signal that says there is more in it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

log = logging.getLogger(__name__)


class _Bell(QObject):
    """All that threads know of Qt.

    There is one for the whole program and it is never let go: a thread that ends late must not be
    the last to hold it.
    """

    rung = Signal()


_bells: list[_Bell] = []


def _find_bell() -> _Bell:
    if not _bells:
        _bells.append(_Bell())
    return _bells[0]


class Mailbox(QObject):
    """Messages of threads for the thread that it was made in, in their order.

    Attributes
    ----------
    post
        Called in any thread with a message; it refers to nothing of the window.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._messages: SimpleQueue[Any] = SimpleQueue()
        bell = _find_bell()
        bell.rung.connect(self._on_rung, Qt.ConnectionType.QueuedConnection)
        self.post = _make_poster(self._messages, bell)

    def read(self) -> Iterator[Any]:
        """Take the messages that have come."""
        while True:
            try:
                yield self._messages.get_nowait()
            except Empty:
                return

    @Slot()
    def _on_rung(self) -> None:
        # it may have rung for another, or for what was read already
        if not self._messages.empty():
            self.arrived.emit()


def _make_poster(messages: SimpleQueue[Any], bell: _Bell) -> Callable[[Any], None]:
    def post(message: Any) -> None:
        messages.put(message)
        try:
            bell.rung.emit()
        except RuntimeError:
            # Qt has taken the bell apart because the program ends, and nobody reads any more
            log.debug("some work outlived its window")

    return post
