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
    """Something to compute; two tasks of the same name give the same result."""

    name: Hashable
    work: Callable[[Progress], object]


class Loader(QObject):
    """Runs tasks one after the other in a thread of its own.

    Signals arrive on the thread that owns the loader: `loaded` with the name and the result,
    `failed` with the name and a sentence, `advanced` while a task reports progress.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)
    advanced = Signal(float)

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
            self._unwanted = self._running is not None and running not in names
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
        progress = Progress(
            on_report=lambda fraction, _: self.advanced.emit(fraction),
            is_cancelled=lambda: self._stopping or self._unwanted,
        )
        while (task := self._next()) is not None:
            try:
                result = task.work(progress)
            except Cancelled:
                continue
            except (UasrmError, OSError, RuntimeError, MemoryError) as error:
                # RuntimeError too: soundfile tells of a file that vanished with one.
                self._tell(lambda t=task, e=error: self.failed.emit(t.name, str(e)))
                continue
            self._tell(lambda t=task, r=result: self.loaded.emit(t.name, r))

    def _next(self) -> Task | None:
        with self._wake:
            self._running = None
            self._unwanted = False
            self._wake.wait_for(lambda: self._tasks or self._stopping)
            if self._stopping:
                return None
            self._running = self._tasks.pop(0)
            return self._running

    def _tell(self, emit: Callable[[], None]) -> None:
        if not (self._stopping or self._unwanted):
            emit()
