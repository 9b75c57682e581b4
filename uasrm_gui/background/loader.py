"""A thread that computes what a view asks for; the newest wish replaces all before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from uasrm_core.errors import Cancelled, UasrmError
from uasrm_core.progress import Progress


@dataclass(frozen=True)
class Task:
    """Something to compute, called with ``progress``; the same name means the same result."""

    name: Hashable
    work: Callable[..., object]


class Loader(QObject):
    """Runs tasks one after the other in a thread of its own.

    Signals arrive on the thread that owns the loader: `loaded` with the name and the result,
    `failed` with the name and a sentence.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wake = threading.Condition()
        self._tasks: list[Task] = []
        self._running: Task | None = None
        self._unwanted = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def request(self, tasks: Sequence[Task]) -> None:
        """Do these, in order, instead of whatever waits; stop what is no longer wanted."""
        with self._wake:
            names = [task.name for task in tasks]
            running = self._running.name if self._running is not None else None
            # Once told to stop it may have stopped already, so it is not waited for again.
            self._unwanted |= self._running is not None and running not in names
            self._tasks = [task for task in tasks if task.name != running or self._unwanted]
            self._wake.notify()

    def shutdown(self) -> None:
        """Stop, and wait for the thread to end."""
        with self._wake:
            self._stopping = True
            self._tasks = []
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        progress = Progress(is_cancelled=self._unheard)
        while (task := self._next()) is not None:
            try:
                result = task.work(progress=progress)
            except Cancelled:
                continue
            except (UasrmError, OSError, RuntimeError, MemoryError) as error:
                # RuntimeError too: soundfile tells of a file that vanished with one.
                if self._finish():
                    self.failed.emit(task.name, str(error))
                continue
            if self._finish():
                self.loaded.emit(task.name, result)

    def _finish(self) -> bool:
        """Return whether the running task is still waited for; whoever asks next gets it anew."""
        with self._wake:
            self._running = None
            return not self._unheard()

    def _next(self) -> Task | None:
        with self._wake:
            self._running = None
            self._unwanted = False
            self._wake.wait_for(lambda: self._tasks or self._stopping)
            if self._stopping:
                return None
            self._running = self._tasks.pop(0)
            return self._running

    def _unheard(self) -> bool:
        """Whether no one waits for the running task any more."""
        return self._stopping or self._unwanted
