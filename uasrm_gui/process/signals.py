"""Signals of the system that ask the program to end, brought into the window's event loop.

Python runs its handlers between two of its own instructions, and there are none while Qt waits for
events. So the signal's number is written to a socket, which Qt watches.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier

NAMES = ("SIGTERM", "SIGHUP", "SIGINT")


class EndSignals(QObject):
    """Calls `end` with the number of the first signal that asks the program to end.

    A second signal ends the program at once.
    """

    def __init__(self, end: Callable[[int], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._numbers = []
        for name in NAMES:
            number = getattr(signal, name, None)
            # what started the program may have made it deaf to a signal, as nohup does
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, _ignore)
                self._numbers.append(number)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)

    def stop(self) -> None:
        """Let signals end the program at once again."""
        signal.set_wakeup_fd(-1)
        for number in self._numbers:
            signal.signal(number, signal.SIG_DFL)
        self._numbers.clear()
        self._notifier.setEnabled(False)

    def _read(self) -> None:
        wanted = [number for number in self._reader.recv(64) if number in self._numbers]
        if wanted:
            self.stop()
            self._end(wanted[0])


def _ignore(number: int, frame: object) -> None:
    """Stand in for a handler: only with one is the number written to the socket."""
