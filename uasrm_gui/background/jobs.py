"""Work that takes its time, done beside the window in one thread, one job after another.

A job tells how far it is and ends in exactly one of four ways: succeeded, failed, cancelled, or
dropped because the document that it was for is no longer open. Jobs live in the thread of the
window; what the thread has to say comes there through the runner's mailbox.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal, Slot

from uasrm_core.progress import Progress
from uasrm_gui.background.executor import Executor
from uasrm_gui.background.mailbox import Mailbox
from uasrm_gui.background.tasks import Part, Report, Return, Task, perform
from uasrm_gui.process.memory import give_back_what_is_free

log = logging.getLogger(__name__)

ABANDON_AFTER_MS = 800
LOWER_BY = 5
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

    `handed_over` brings each part of the result that is there before the whole.
    `dropped` comes in place of `succeeded` and `failed` if the document is no longer open, with
    the sentence of the failure or None. `abandoned` comes before `cancelled` if the work does not
    hear that it is to stop. `stalled` comes with False where nothing is heard of it for long, and
    with True where it writes a file and does not hear that it is to stop.
    """

    started = Signal()
    progressed = Signal(float, str)
    handed_over = Signal(object)
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

    def on_part(self, part: Part) -> None:
        """Pass a part of the result on, unless nobody wants it any more."""
        if not self._stop.is_set() and (self.token is None or self.token.is_open):
            self.handed_over.emit(part.value)

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


class JobRunner(QObject):
    """Runs jobs one after another in a thread of its own.

    Work that hears no cancel keeps its thread; the jobs after it get a new one.
    """

    current_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count()
        self._jobs: dict[int, Job] = {}
        # Kept until the thread has returned them, even when their jobs have long been left.
        self._tasks: dict[int, Task] = {}
        self._mailbox = Mailbox(self)
        self._mailbox.arrived.connect(self._read)
        self._executor = _make_executor()
        # Those whose work hears no cancel.
        self._left: list[Executor] = []
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
        job.abandoned.connect(self._change_executor)
        self._tasks[task.number] = task
        self._jobs[task.number] = job
        self._executor.submit(partial(perform, task, self._mailbox.post), self._mailbox.post)
        self.current_changed.emit(self.current)
        return job

    def cancel_current(self) -> None:
        """Cancel the current job; those that wait come next."""
        if self.current is not None:
            self.current.cancel()

    def cancel_all(self, *, writes: bool = True) -> None:
        """Cancel the current job and those that wait, those that write a file only if asked to."""
        for job in reversed(list(self._jobs.values())):
            if writes or not job.writes:
                job.cancel()

    @property
    def has_ended(self) -> bool:
        """Whether no work goes on any more after `close`."""
        return self._closed and not any(one.is_busy for one in (self._executor, *self._left))

    def close(self, timeout_s: float | None = None) -> None:
        """Cancel everything and wait a little for the thread to end."""
        if not self._closed:
            self._closed = True
            self.cancel_all()
            if timeout_s is None:
                is_writing = self.current is not None and self.current.writes
                timeout_s = WRITE_WITHIN_S if is_writing else END_WITHIN_S
            self._executor.close(timeout_s)
            if not self.has_ended:
                _OUTLIVING.append(list(self._tasks.values()))
            self._read()
            for job in list(self._jobs.values()):
                job.abandon()

    @Slot()
    def _read(self) -> None:
        for message in self._mailbox.read():
            job = self._jobs.get(message.number)
            if isinstance(message, Report):
                if job is not None:
                    job.on_report(message)
                continue
            if isinstance(message, Part):
                if job is not None:
                    job.on_part(message)
                continue
            if job is not None:
                job.on_return(message)
            del self._tasks[message.number]
        self._left = [executor for executor in self._left if executor.is_busy]
        if not self._tasks and not self._closed:
            self._executor.submit(give_back_what_is_free)

    @Slot()
    def _change_executor(self) -> None:
        """Leave the present thread to the work that does not stop."""
        if self._closed:
            return
        left, self._executor = self._executor, _make_executor()
        for work in left.take_back():
            self._executor.submit(work, self._mailbox.post)
        left.close()
        self._left.append(left)

    @Slot(int)
    def _forget(self, number: int) -> None:
        del self._jobs[number]
        self.current_changed.emit(self.current)


# The tasks of work that did not end in time: it must not be the last to hold them.
_OUTLIVING: list[list[Task]] = []


def _make_executor() -> Executor:
    return Executor("jobs", lower_by=LOWER_BY)
