"""Work that takes its time, done beside the window by one worker thread, one job after another.

A job tells how far it is and ends in exactly one of four ways: succeeded, failed, cancelled, or
dropped because the document that it was for is no longer open. Jobs live in the thread of the
window; what the worker has to say comes there through a single queued signal, that of the runner's
bell.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, Slot

from uasrm_core.progress import Progress
from uasrm_gui.background.worker import Report, Return, Task, Worker

log = logging.getLogger(__name__)

ABANDON_AFTER_MS = 800
# Far more than any step of the engines takes, on slow machines too.
STALLED_AFTER_MS = 60_000
END_WITHIN_S = 2.0
# A file that is being written may take longer, and is worth the wait.
WRITE_WITHIN_S = 8.0


@dataclass(eq=False)
class DocumentToken:
    """Which opened document something was asked for.

    Attributes
    ----------
    name
        What to call it in a sentence.
    is_open
        False once another document has taken its place.
    """

    name: str
    is_open: bool = True


class JobState(Enum):
    """Where a job stands."""

    WAITING = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELLED = auto()
    DROPPED = auto()


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.DROPPED})


class Job(QObject):
    """One piece of work, made by `JobRunner.submit`; gone soon after it has ended.

    `dropped` comes in place of `succeeded` and `failed` if the document is no longer open, with
    the sentence of the failure or None. `abandoned` comes before `cancelled` if the work does not
    hear that it is to stop. `stalled` comes with False where nothing is heard of it for long, and
    with True where it writes a file and does not hear that it is to stop.
    """

    started = Signal()
    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    dropped = Signal(object)
    abandoned = Signal()
    stalled = Signal(bool)
    ended = Signal()
    left = Signal(int)

    def __init__(
        self, task: Task, *, token: DocumentToken | None = None, writes: bool = False
    ) -> None:
        # The application is its parent, never something that the job's own connections may hold:
        # when the job goes and they with it, that would go too and delete the job a second time.
        super().__init__(QCoreApplication.instance())
        self._number = task.number
        self.title = task.title
        self.state = JobState.WAITING
        self.token = token
        self.writes = writes
        self._stop, self._once = task.stop, task.once
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self.abandon)
        self._silence = QTimer(self)
        self._silence.setSingleShot(True)
        self._silence.timeout.connect(self._on_silence)

    def cancel(self) -> None:
        """Ask the job to stop; if it does not answer within a second, it is left to itself.

        What writes is waited for: left to itself, it could put an old file over a newer one.
        """
        if self.state in ENDED or self._stop.is_set():
            return
        self._stop.set()
        if self._once.acquire(blocking=False):  # it has not begun, and never will
            self._end(JobState.CANCELLED)
        elif self.writes:
            self._silence.start(int(1000 * WRITE_WITHIN_S))
        else:
            self._patience.start(ABANDON_AFTER_MS)

    def on_report(self, report: Report) -> None:
        """Pass progress on."""
        if self._stop.is_set():
            return
        self._silence.start(STALLED_AFTER_MS)
        if self.state is JobState.WAITING:
            self.state = JobState.RUNNING
            self.started.emit()
        self.progressed.emit(report.fraction, report.words)

    def on_return(self, returned: Return) -> None:
        """End as the work did."""
        # a file that was written before the cancel was heard is there all the same
        unwanted = self._stop.is_set() and not (self.writes and returned.problem is None)
        if returned.cancelled or unwanted:
            self._end(JobState.CANCELLED)
        elif self.token is not None and not self.token.is_open:
            self._end(JobState.DROPPED, returned.problem)
        elif returned.problem is not None:
            self._end(JobState.FAILED, returned.problem)
        else:
            self._end(JobState.SUCCEEDED, returned.result)

    def abandon(self) -> None:
        """End as cancelled without waiting for the work."""
        if self.state in ENDED:
            return
        log.warning("left to itself after a cancel: %s", self.title)
        self.abandoned.emit()
        self._end(JobState.CANCELLED)

    def _on_silence(self) -> None:
        self.stalled.emit(self._stop.is_set())

    def _end(self, state: JobState, outcome: object = None) -> None:
        if self.state in ENDED:
            return
        self.state = state
        self._patience.stop()
        self._silence.stop()
        if state is JobState.SUCCEEDED:
            self.succeeded.emit(outcome)
        elif state is JobState.FAILED:
            self.failed.emit(outcome)
        elif state is JobState.DROPPED:
            self.dropped.emit(outcome)
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
    """Runs jobs one after another in a thread of its own.

    Work that hears no cancel keeps its thread; the jobs after it get a new one.
    """

    current_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._jobs: dict[int, Job] = {}
        # Kept until the worker has returned them, even when their jobs have long been left.
        self._tasks: dict[int, Task] = {}
        self._bell = bell = _Bell()
        bell.rung.connect(self._read, Qt.ConnectionType.QueuedConnection)
        self._ring = lambda: bell.rung.emit()
        self._workers = [Worker(self._ring)]
        self._closed = False

    @property
    def current(self) -> Job | None:
        """The job that runs or is next to run."""
        return next(iter(self._jobs.values()), None)

    @property
    def waiting(self) -> int:
        """How many jobs stand behind the current one."""
        return max(len(self._jobs) - 1, 0)

    def jobs_for(self, token: DocumentToken) -> tuple[Job, ...]:
        """Return the jobs for a document that have not ended, in their order."""
        return tuple(
            job for job in self._jobs.values() if job.token is token and job.state not in ENDED
        )

    def submit(
        self,
        title: str,
        work: Callable[[Progress], Any],
        *,
        token: DocumentToken | None = None,
        writes: bool = False,
    ) -> Job:
        """Queue some work; connect to the job's signals before returning to the event loop.

        Parameters
        ----------
        token
            The document that the work is for, if it is for one.
        writes
            Whether the work writes a file.
        """
        task = Task(next(self._numbers), title, work)
        job = Job(task, token=token, writes=writes)
        job.left.connect(self._forget)
        job.abandoned.connect(self._change_worker)
        self._tasks[task.number] = task
        self._jobs[task.number] = job
        self._workers[-1].do(task)
        self.current_changed.emit(self.current)
        return job

    def cancel_all(self, *, writes: bool = True) -> None:
        """Cancel the current job and those that wait, those that write a file only if asked to."""
        for job in reversed(list(self._jobs.values())):
            if writes or not job.writes:
                job.cancel()

    @property
    def has_ended(self) -> bool:
        """Whether no work goes on any more after `close`."""
        return self._closed and all(worker.has_ended for worker in self._workers)

    def close(self, timeout_s: float | None = None) -> None:
        """Cancel everything and wait a little for the worker to end."""
        if not self._closed:
            self._closed = True
            self.cancel_all()
            if timeout_s is None:
                is_writing = self.current is not None and self.current.writes
                timeout_s = WRITE_WITHIN_S if is_writing else END_WITHIN_S
            self._workers[-1].close(timeout_s)
            if not self.has_ended:
                _UNSILENCED.append((self._bell, list(self._tasks.values())))
            self._read()
            for job in list(self._jobs.values()):
                job.abandon()

    @Slot()
    def _read(self) -> None:
        # asked before the last messages are read, so that none is left behind
        gone = [worker for worker in self._workers[:-1] if worker.has_ended]
        for worker in list(self._workers):
            self._read_from(worker)
        self._workers = [worker for worker in self._workers if worker not in gone]

    def _read_from(self, worker: Worker) -> None:
        for message in worker.messages():
            job = self._jobs.get(message.number)
            if isinstance(message, Report):
                if job is not None:
                    job.on_report(message)
                continue
            if job is not None:
                job.on_return(message)
            del self._tasks[message.number]

    @Slot()
    def _change_worker(self) -> None:
        """Leave the present worker with the work that does not stop."""
        if self._closed:
            return
        left, new = self._workers[-1], Worker(self._ring)
        self._workers.append(new)
        for task in left.leave():
            new.do(task)

    @Slot(int)
    def _forget(self, number: int) -> None:
        del self._jobs[number]
        self.current_changed.emit(self.current)
