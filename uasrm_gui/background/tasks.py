"""What a job does in the thread, and what it reports. Nothing here knows of Qt."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from uasrm_core.errors import Cancelled, UasrmError, is_out_of_memory
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_gui.notices import NO_MEMORY, UNEXPECTED

log = logging.getLogger(__name__)

REPORT_EVERY_S = 0.04


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
class Part:
    """A part of a task's result that can be used before the whole is there."""

    number: int
    value: object


@dataclass(frozen=True)
class Return:
    """How a task ended: with a result, with a sentence about what failed, or cancelled."""

    number: int
    result: object = None
    problem: str | None = None
    cancelled: bool = False


def perform(task: Task, send: Callable[[Report | Part], None]) -> Return:
    """Do a task and return how it ended; reports and parts of the result are sent on the way."""
    if not task.claim():
        return Return(task.number, cancelled=True)
    send(Report(task.number, 0.0, ""))
    tell = _make_reporter(task.number, send)
    try:
        progress = Progress(tell, task.stop.is_set, lambda value: send(Part(task.number, value)))
        return Return(task.number, task.work(progress))
    except Cancelled:
        return Return(task.number, cancelled=True)
    except UasrmError as error:
        return Return(task.number, problem=str(error))
    except BaseException as error:
        # whatever happens in here, the window must hear of it
        log.exception("job failed: %s", task.title)
        problem = NO_MEMORY if is_out_of_memory(error) else UNEXPECTED
        return Return(task.number, problem=tr(problem))


def _make_reporter(
    number: int, send: Callable[[Report | Part], None]
) -> Callable[[float, str], None]:
    """Return what takes reports of progress and passes on as many as an eye can follow.

    What was reached is never taken back, and each new step is told of.
    """
    last, known, reached = 0.0, "", 0.0

    def tell(fraction: float, words: str) -> None:
        nonlocal last, known, reached
        is_new = words not in ("", known)
        known, reached = words or known, max(fraction, reached)
        now = time.monotonic()
        if is_new or now - last >= REPORT_EVERY_S:
            last = now
            send(Report(number, reached, known))

    return tell
