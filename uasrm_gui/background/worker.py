"""The thread in which work is done that takes its time. It knows nothing of Qt.

Qt's objects must be taken apart in the thread they live in, and whoever lets go of one last takes
it apart. So this thread holds tasks, which are plain Python, and lets go of each before it tells
that it is done; whoever gave the task keeps it until then, and with it whatever its work refers to.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from uasrm_core.errors import Cancelled, UasrmError, is_out_of_memory
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr
from uasrm_gui.process.memory import give_back_what_is_free

log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.04
LOWER_BY = 5
UNEXPECTED = mark("Something went wrong that should not have; the details are in the log file.")
NO_MEMORY = mark("There is not enough memory for this.")


@dataclass(frozen=True)
class Task:
    """Some work, by its number; setting `stop` asks it to end.

    Whoever gets hold of `once` first decides: the worker does the work, or it is never begun.
    """

    number: int
    title: str
    work: Callable[[Progress], Any]
    stop: threading.Event = field(default_factory=threading.Event)
    once: threading.Lock = field(default_factory=threading.Lock)

    def claim(self) -> bool:
        """Get hold of the task; return whether nobody did before."""
        return self.once.acquire(blocking=False)


@dataclass(frozen=True)
class Report:
    """How far a task is, from 0 to 1, and what it is doing."""

    number: int
    fraction: float
    words: str


@dataclass(frozen=True)
class Return:
    """How a task ended: with a result, with a sentence about what failed, or cancelled."""

    number: int
    result: object = None
    problem: str | None = None
    cancelled: bool = False


class Worker:
    """Does tasks one after another in a thread of its own.

    Parameters
    ----------
    ring
        Called in the worker's thread whenever there are new messages.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._inbox: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Report | Return] = queue.SimpleQueue()
        # A daemon, so that work that hears no cancel cannot keep the program from ending.
        self._thread = threading.Thread(
            target=_serve, args=(self._inbox, self._outbox, ring), name="jobs", daemon=True
        )
        self._thread.start()

    def do(self, task: Task) -> None:
        """Queue a task; keep it until its `Return` comes."""
        self._inbox.put(task)

    def messages(self) -> Iterator[Report | Return]:
        """Take what the worker has told since, in order."""
        while True:
            try:
                yield self._outbox.get_nowait()
            except queue.Empty:
                return

    def leave(self) -> list[Task]:
        """End the thread after the task at hand, and return the tasks that it will not do."""
        waiting: list[Task] = []
        while True:
            try:
                task = self._inbox.get_nowait()
            except queue.Empty:
                break
            if task is not None:
                waiting.append(task)
        self._inbox.put(None)
        return waiting

    @property
    def has_ended(self) -> bool:
        """Whether the thread is gone."""
        return not self._thread.is_alive()

    def close(self, timeout_s: float) -> bool:
        """End the thread after the task at hand, and return whether it ended in time."""
        self._inbox.put(None)
        self._thread.join(timeout_s)
        return self.has_ended


def perform(task: Task, tell: Callable[[float, str], None]) -> Return:
    """Do a task and return how it ended, whatever happens in it."""
    if not task.claim():
        return Return(task.number, cancelled=True)
    try:
        return Return(task.number, task.work(Progress(tell, task.stop.is_set)))
    except Cancelled:
        return Return(task.number, cancelled=True)
    except UasrmError as error:
        return Return(task.number, problem=str(error))
    except BaseException as error:
        # whatever happens in here, the window must hear of it
        log.exception("job failed: %s", task.title)
        problem = NO_MEMORY if is_out_of_memory(error) else UNEXPECTED
        return Return(task.number, problem=tr(problem))


def _serve(
    inbox: queue.SimpleQueue[Task | None],
    outbox: queue.SimpleQueue[Report | Return],
    ring: Callable[[], None],
) -> None:
    def send(message: Report | Return) -> None:
        outbox.put(message)
        try:
            ring()
        except RuntimeError:
            # Qt has taken the bell apart because the program ends
            log.debug("a job outlived its window")

    _step_back()
    while (task := inbox.get()) is not None:
        if not task.stop.is_set():
            send(Report(task.number, 0.0, ""))
        returned = perform(task, _reporter(task.number, send))
        del task  # before it is told, see above
        send(returned)
        del returned
        if inbox.empty():
            give_back_what_is_free()


def _step_back() -> None:
    """Let playback and the window go before this thread and those that it starts.

    Only Linux gives each thread a rank of its own, and there it is enough: PyTorch's helpers take
    on that of the thread which first needs them.
    """
    if sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + LOWER_BY)


def _reporter(number: int, send: Callable[[Report], None]) -> Callable[[float, str], None]:
    """Return what takes reports of progress and passes on as many as an eye can follow."""
    last, known = 0.0, ""

    def tell(fraction: float, words: str) -> None:
        nonlocal last, known
        known = words or known
        now = time.monotonic()
        if now - last >= REPORT_EVERY_S:
            last = now
            send(Report(number, fraction, known))

    return tell
