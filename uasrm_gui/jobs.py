"""Work that takes its time, done beside the window by one worker thread, one job after another.

A job tells how far it is and ends in exactly one of three ways: succeeded, failed, cancelled. All
its signals arrive in the thread of the window.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from uasrm_core.errors import Cancelled, UasrmError
from uasrm_core.progress import Progress

log = logging.getLogger(__name__)

ABANDON_AFTER_MS = 800
_REPORT_EVERY_S = 0.04
UNEXPECTED = "Something went wrong that should not have; the details are in the log file."


class JobState(Enum):
    """Where a job stands."""

    WAITING = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    CANCELLED = auto()


_KEPT_JOBS = 8
ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class Job(QObject):
    """One piece of work, made by `JobRunner.submit`."""

    started = Signal()
    progressed = Signal(float, str)
    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, title: str, work: Callable[[Progress], Any], runner: JobRunner) -> None:
        super().__init__(runner)
        self._runner = runner
        self.title = title
        self.state = JobState.WAITING
        self._work = work
        self._stop_wanted = threading.Event()
        self._last_report = 0.0
        self._words = ""
        # a child, so that it goes with the job: a timer that outlives it would call into nothing
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._abandon)

    def cancel(self) -> None:
        """Ask the job to stop; if it does not answer within a second, its result is dropped."""
        if self.state in ENDED or self._stop_wanted.is_set():
            return
        self._stop_wanted.set()
        if self.state is JobState.WAITING:
            self._end(JobState.CANCELLED)
        else:
            self._patience.start(ABANDON_AFTER_MS)

    def run(self) -> None:
        """Do the work; called once, in the worker thread."""
        if self._stop_wanted.is_set():
            return
        self._runner.reported.emit(self, 0.0, "")
        try:
            result = self._work(Progress(self._report, self._stop_wanted.is_set))
        except Cancelled as stop:
            self._runner.returned.emit(self, None, stop)
        except UasrmError as error:
            self._runner.returned.emit(self, None, error)
        except MemoryError:
            log.exception("out of memory: %s", self.title)
            self._runner.returned.emit(
                self, None, UasrmError("There is not enough memory for this.")
            )
        except BaseException:
            # whatever happens in here, the window must hear of it
            log.exception("job failed: %s", self.title)
            self._runner.returned.emit(self, None, UasrmError(UNEXPECTED))
        else:
            self._runner.returned.emit(self, result, None)

    def _report(self, fraction: float, message: str) -> None:
        self._words = message or self._words
        now = time.monotonic()
        if now - self._last_report >= _REPORT_EVERY_S:
            self._last_report = now
            self._runner.reported.emit(self, fraction, self._words)

    def on_reported(self, fraction: float, message: str) -> None:
        """Pass progress on; called in the thread of the window."""
        if self.state is JobState.WAITING:
            self.state = JobState.RUNNING
            self.started.emit()
        if self.state is JobState.RUNNING and not self._stop_wanted.is_set():
            self.progressed.emit(fraction, message)

    def on_returned(self, result: object, error: Exception | None) -> None:
        """End as the work did; called in the thread of the window."""
        if self.state in ENDED:
            return
        if isinstance(error, Cancelled) or self._stop_wanted.is_set():
            self._end(JobState.CANCELLED)
        elif error is not None:
            self._end(JobState.FAILED, str(error))
        else:
            self._end(JobState.SUCCEEDED, result)

    def _abandon(self) -> None:
        if self.state not in ENDED:
            log.warning("left to itself after a cancel: %s", self.title)
            self._end(JobState.CANCELLED)

    def _end(self, state: JobState, outcome: object = None) -> None:
        self.state = state
        if state is JobState.SUCCEEDED:
            self.succeeded.emit(outcome)
        elif state is JobState.FAILED:
            self.failed.emit(outcome)
        else:
            self.cancelled.emit()
        self.ended.emit()


class JobRunner(QObject):
    """Runs jobs one after another in a thread of its own."""

    current_changed = Signal(object)
    # The worker speaks through the runner, which outlives it, and never through a job, which the
    # window may delete while the worker is still speaking.
    reported = Signal(object, float, str)
    returned = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: list[Job] = []
        self._spent: deque[Job] = deque()
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self.reported.connect(self._on_reported)
        self.returned.connect(self._on_returned)
        # A daemon, so that a job that hears no cancel cannot keep the program from ending.
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    @property
    def current(self) -> Job | None:
        """The job that runs or is next to run."""
        return self._jobs[0] if self._jobs else None

    @property
    def waiting(self) -> int:
        """How many jobs stand behind the current one."""
        return max(len(self._jobs) - 1, 0)

    def submit(self, title: str, work: Callable[[Progress], Any]) -> Job:
        """Queue some work; connect to the job's signals before returning to the event loop."""
        job = Job(title, work, self)
        self._jobs.append(job)
        job.ended.connect(lambda: self._forget(job))
        self._queue.put(job)
        self.current_changed.emit(self.current)
        return job

    def cancel_all(self) -> None:
        """Cancel the current job and those that wait."""
        for job in reversed(self._jobs[:]):
            job.cancel()

    def close(self, timeout_s: float = 2.0) -> None:
        """Cancel everything and wait a little for the worker to end."""
        if not self._closed:
            self._closed = True
            self.cancel_all()
            self._queue.put(None)
            self._thread.join(timeout_s)

    def _on_reported(self, job: Job, fraction: float, words: str) -> None:
        job.on_reported(fraction, words)

    def _on_returned(self, job: Job, result: object, error: Exception | None) -> None:
        job.on_returned(result, error)

    def _forget(self, job: Job) -> None:
        self._jobs.remove(job)
        # The worker may still hold the job. Were it the last to let go, Qt's object would be taken
        # apart in its thread, so a job is kept until the worker has long gone on to others.
        self._spent.append(job)
        if len(self._spent) > _KEPT_JOBS:
            self._spent.popleft().deleteLater()
        self.current_changed.emit(self.current)

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                job.run()
            except RuntimeError:
                # Qt has already deleted the runner because the window is gone
                log.debug("a job outlived its window")


class EngineLoader:
    """Loads the repair engines once, in the background, after the window has been painted.

    It has its own thread so that opening a file does not wait for it.
    """

    def __init__(self, load: Callable[[], None]) -> None:
        self._load = load
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless that was done before."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="engines", daemon=True)
            self._thread.start()

    def wait(self, progress: Progress) -> None:
        """Wait in a job until loading is over, or raise `Cancelled` when the job is unwanted."""
        self.start()
        while not self._done.wait(0.05):
            progress.report(0.0, "Preparing the repair engines")

    def _run(self) -> None:
        try:
            self._load()
        except Exception:
            # the repair that needs the missing engine will say so in its own words
            log.exception("the engines could not be loaded")
        finally:
            self._done.set()
