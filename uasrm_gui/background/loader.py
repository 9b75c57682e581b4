"""Computes beside the window what a view asks for; the newest wish replaces all before it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from uasrm_core.errors import Cancelled, UasrmError
from uasrm_core.progress import Progress
from uasrm_gui.background.executor import Executor
from uasrm_gui.background.mailbox import Mailbox


@dataclass(frozen=True)
class Task:
    """Something to compute, called with ``progress``; the same name means the same result."""

    name: Hashable
    work: Callable[..., object]


@dataclass(frozen=True, eq=False)
class _Order:
    """A task that was given to the thread; setting `stop` asks it to end."""

    future: Future[None]
    stop: threading.Event


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What came of a task: a result, a sentence about what failed, or neither if it was stopped."""

    name: Hashable
    stop: threading.Event
    result: object = None
    problem: str | None = None
    has_stopped: bool = field(default=False)


class Loader(QObject):
    """Does tasks one after another in a thread of its own, `lower_by` behind the window.

    Signals arrive on the thread that owns the loader: `loaded` with the name and the result,
    `failed` with the name and a sentence.
    """

    loaded = Signal(object, object)
    failed = Signal(object, str)

    def __init__(self, name: str, parent: QObject | None = None, *, lower_by: int = 0) -> None:
        super().__init__(parent)
        self._executor = Executor(name, lower_by=lower_by)
        self._mailbox = Mailbox(self)
        self._mailbox.arrived.connect(self._read)
        self._orders: dict[Hashable, _Order] = {}
        self._is_shut = False

    def request(self, tasks: Sequence[Task]) -> None:
        """Do these, in order, instead of whatever waits; stop what is no longer wanted."""
        if self._is_shut:
            # a timer of whoever asks may fire once more
            return
        self._executor.take_back()
        wanted = {task.name for task in tasks}
        for name, order in list(self._orders.items()):
            if order.future.cancelled():
                del self._orders[name]
            elif name not in wanted and not order.future.done():
                # Told to stop it is not waited for again, so it can be asked for anew at once.
                order.stop.set()
                del self._orders[name]
        for task in tasks:
            if task.name not in self._orders:
                stop = threading.Event()
                work = partial(_compute, task, stop)
                self._orders[task.name] = _Order(
                    self._executor.submit(work, self._mailbox.post), stop
                )

    def shutdown(self) -> None:
        """Stop, and wait for the thread to end; what is asked for later is not done."""
        self._is_shut = True
        self._executor.take_back()
        for order in self._orders.values():
            order.stop.set()
        self._executor.close(None)

    @Slot()
    def _read(self) -> None:
        for outcome in self._mailbox.read():
            order = self._orders.get(outcome.name)
            if order is None or order.stop is not outcome.stop:
                continue
            del self._orders[outcome.name]
            if outcome.problem is not None:
                self.failed.emit(outcome.name, outcome.problem)
            elif not outcome.has_stopped:
                self.loaded.emit(outcome.name, outcome.result)


def _compute(task: Task, stop: threading.Event) -> Any:
    try:
        result = task.work(progress=Progress(is_cancelled=stop.is_set))
    except Cancelled:
        return _Outcome(task.name, stop, has_stopped=True)
    except (UasrmError, OSError, RuntimeError, MemoryError) as error:
        # RuntimeError too: soundfile tells of a file that vanished with one.
        return _Outcome(task.name, stop, problem=str(error))
    return _Outcome(task.name, stop, result)
