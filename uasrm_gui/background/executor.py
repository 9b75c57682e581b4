"""The threads of the window's work, by `concurrent.futures`. Nothing here knows of Qt.

Qt's objects must be taken apart in the thread they live in, and whoever lets go of one last takes
it apart. So a thread gets its work in a box, takes it out, and lets go of it before it tells what
came of it; until then whoever gave the work keeps what it refers to.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from weakref import WeakSet

log = logging.getLogger(__name__)

Work = Callable[[], Any]
Tell = Callable[[Any], object]

_executors: WeakSet[Executor] = WeakSet()


class Executor:
    """Does one piece of work after another in a thread, which begins with the first of them.

    Parameters
    ----------
    name
        What the thread is called.
    lower_by
        How far it stands back behind playback and the window.
    """

    def __init__(self, name: str, *, lower_by: int = 0) -> None:
        self._pool = ThreadPoolExecutor(
            1, thread_name_prefix=name, initializer=_step_back, initargs=(lower_by,)
        )
        self._submitted: list[tuple[Future[None], list[Work]]] = []
        self._closed = False
        _executors.add(self)

    def submit(self, work: Work, tell: Tell | None = None) -> Future[None]:
        """Queue some work; `tell` is called in the thread with what it returns.

        After `close` nothing is done any more, and the future is a cancelled one.
        """
        if self._closed:
            never: Future[None] = Future()
            never.cancel()
            return never
        self._submitted = [each for each in self._submitted if not each[0].done()]
        box = [work]
        future = self._pool.submit(_do, box, tell)
        self._submitted.append((future, box))
        return future

    def take_back(self) -> list[Work]:
        """Return the work that has not begun, and never will here."""
        waiting = [box.pop() for future, box in self._submitted if future.cancel()]
        self._submitted = [each for each in self._submitted if not each[0].done()]
        return waiting

    @property
    def is_busy(self) -> bool:
        """Whether some work has not ended."""
        return not all(future.done() for future, _ in self._submitted)

    def close(self, timeout_s: float | None = 0.0) -> bool:
        """Take no more work, wait so long (None: for ever), and return whether all has ended."""
        self._closed = True
        self._pool.shutdown(wait=timeout_s is None)
        return self.wait(timeout_s)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait so long (None: for ever) for all that was given, and return whether it has ended."""
        wait([future for future, _ in self._submitted], timeout_s)
        return not self.is_busy


def is_any_busy() -> bool:
    """Return whether some work goes on in any thread of this program's executors."""
    return any(executor.is_busy for executor in _executors)


def _do(box: list[Work], tell: Tell | None) -> None:
    try:
        told = _do_first(box)
    except Exception:
        log.exception("work beside the window failed")
        return
    if tell is not None:
        tell(told)


def _do_first(box: list[Work]) -> Any:
    return box.pop()()


def _step_back(lower_by: int) -> None:
    """Let playback and the window go before this thread and those that it starts.

    Only Linux gives each thread a rank of its own, and there it is enough: PyTorch's helpers take
    on that of the thread which first needs them.
    """
    if lower_by and sys.platform == "linux":
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + lower_by)
