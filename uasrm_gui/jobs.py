"""Work that takes its time, done beside the window by one worker thread, one job after another.

A job tells how far it is and ends in exactly one of three ways: succeeded, failed, cancelled. Jobs
live in the thread of the window; what the worker has to say comes there through a single queued
signal, that of the runner's bell.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot

from uasrm_core.progress import Progress
from uasrm_gui.worker import Report, Return, Task, Worker

log = logging.getLogger(__name__)

ABANDON_AFTER_MS = 800


class JobState(Enum):
    """Where a job stands."""

    WAITING = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELLED = auto()


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class Job(QObject):
    """One piece of work, made by `JobRunner.submit`; gone soon after it has ended."""

    started = Signal()
    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    ended = Signal()
    left = Signal(int)

    def __init__(self, task: Task) -> None:
        # The application is its parent, never something that the job's own connections may hold:
        # when the job goes and they with it, that would go too and delete the job a second time.
        super().__init__(QCoreApplication.instance())
        self._number = task.number
        self.title = task.title
        self.state = JobState.WAITING
        self._stop = task.stop
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self.abandon)

    def cancel(self) -> None:
        """Ask the job to stop; if it does not answer within a second, its result is dropped."""
        if self.state in ENDED or self._stop.is_set():
            return
        self._stop.set()
        if self.state is JobState.WAITING:
            self._end(JobState.CANCELLED)
        else:
            self._patience.start(ABANDON_AFTER_MS)

    def on_report(self, report: Report) -> None:
        """Pass progress on."""
        if self._stop.is_set():
            return
        if self.state is JobState.WAITING:
            self.state = JobState.RUNNING
            self.started.emit()
        self.progressed.emit(report.fraction, report.words)

    def on_return(self, returned: Return) -> None:
        """End as the work did."""
        if returned.cancelled or self._stop.is_set():
            self._end(JobState.CANCELLED)
        elif returned.problem is not None:
            self._end(JobState.FAILED, returned.problem)
        else:
            self._end(JobState.SUCCEEDED, returned.result)

    def abandon(self) -> None:
        """End as cancelled without waiting for the work."""
        log.warning("left to itself after a cancel: %s", self.title)
        self._end(JobState.CANCELLED)

    def _end(self, state: JobState, outcome: object = None) -> None:
        if self.state in ENDED:
            return
        self.state = state
        self._patience.stop()
        if state is JobState.SUCCEEDED:
            self.succeeded.emit(outcome)
        elif state is JobState.FAILED:
            self.failed.emit(outcome)
        else:
            self.cancelled.emit()
        self.ended.emit()
        self.left.emit(self._number)
        self.deleteLater()


class _Bell(QObject):
    """What the worker rings when it has something to say: all it knows of Qt."""

    rung = Signal()


# Bells of workers that did not end in time. Such a worker may ring at any later time, and must not
# be the last to hold its bell.
_UNSILENCED: list[tuple[_Bell, list[Task]]] = []


class JobRunner(QObject):
    """Runs jobs one after another in a thread of its own."""

    current_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._jobs: dict[int, Job] = {}
        # Kept until the worker has returned them, even when their jobs have long been left.
        self._tasks: dict[int, Task] = {}
        self._bell = bell = _Bell()
        bell.rung.connect(self._read, Qt.ConnectionType.QueuedConnection)
        self._worker = Worker(lambda: bell.rung.emit())
        self._closed = False

    @property
    def current(self) -> Job | None:
        """The job that runs or is next to run."""
        return next(iter(self._jobs.values()), None)

    @property
    def waiting(self) -> int:
        """How many jobs stand behind the current one."""
        return max(len(self._jobs) - 1, 0)

    def submit(self, title: str, work: Callable[[Progress], Any]) -> Job:
        """Queue some work; connect to the job's signals before returning to the event loop."""
        task = Task(next(self._numbers), title, work)
        job = Job(task)
        job.left.connect(self._forget)
        self._tasks[task.number] = task
        self._jobs[task.number] = job
        self._worker.do(task)
        self.current_changed.emit(self.current)
        return job

    def cancel_all(self) -> None:
        """Cancel the current job and those that wait."""
        for job in reversed(list(self._jobs.values())):
            job.cancel()

    @property
    def has_ended(self) -> bool:
        """Whether no work goes on any more after `close`."""
        return self._closed and self._worker.has_ended

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel everything and wait a little for the worker to end."""
        if not self._closed:
            self._closed = True
            self.cancel_all()
            if not self._worker.close(timeout_s):
                _UNSILENCED.append((self._bell, list(self._tasks.values())))
            self._read()
            for job in list(self._jobs.values()):
                job.abandon()

    @Slot()
    def _read(self) -> None:
        for message in self._worker.messages():
            job = self._jobs.get(message.number)
            if isinstance(message, Report):
                if job is not None:
                    job.on_report(message)
                continue
            if job is not None:
                job.on_return(message)
            del self._tasks[message.number]

    @Slot(int)
    def _forget(self, number: int) -> None:
        del self._jobs[number]
        self.current_changed.emit(self.current)
