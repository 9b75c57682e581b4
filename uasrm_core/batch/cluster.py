"""Runs the tasks of a batch on the workers of a Dask cluster, here or on many machines.

Workers read the sources and write the results themselves, by the same paths, so all of them need
the same folders. A recording whose regions make up several sections (`uasrm_core.batch.sections`)
is divided: its sections are repaired by whoever is free, and one worker puts them together.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from uasrm_core import api
from uasrm_core.audio.region import Region
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.planning import Task
from uasrm_core.batch.rows import Row, build_failed_row
from uasrm_core.batch.run import Watcher
from uasrm_core.batch.sections import SectionResult, divide, repair_section
from uasrm_core.batch.work import Found, find_regions, finish, open_task
from uasrm_core.errors import ClusterError, UasrmError
from uasrm_core.optional import optional_package
from uasrm_core.progress import Progress
from uasrm_core.translation import mark, tr

TOPIC = "uasrm-progress"
# So many tasks are handed out for each thread of the cluster: nobody waits, and little is lost.
AHEAD = 3
_POLL_S = 0.5
_REPORT_S = 0.5
_CONNECT_S = 20


@contextmanager
def connect(*, workers: int = 0, scheduler: str = "") -> Iterator[Any]:
    """Give the client of a cluster: of one that is there, or of one started for the while.

    Parameters
    ----------
    workers
        How many processes to start on this machine.
    scheduler
        The address of a cluster's scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    ClusterError
        The scheduler does not answer.
    DataError
        The packages for it are not installed.
    """
    distributed = optional_package("distributed", "batch", mark("--workers and --scheduler need"))
    silence_dask()
    if scheduler:
        try:
            client = distributed.Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(
                tr("The scheduler “{address}” does not answer.", address=scheduler)
            ) from error
        with suppress(OSError, TimeoutError), client:
            yield client
        return
    dask = optional_package("dask", "batch", mark("--workers needs"))
    with (
        dask.config.set({"logging.distributed": "critical"}),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            # whatever port is free, for this machine alone
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


def silence_dask() -> None:
    """Keep Dask's own words from the user, who is told in a sentence what matters.

    Its parts have levels and handlers of their own, which do not follow what is above them.
    """
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def run_on_cluster(
    client: Any,
    tasks: Sequence[Task],
    job: BatchJob,
    job_sha256: str,
    watcher: Watcher,
    *,
    force: bool,
) -> Iterator[tuple[Task, Row]]:
    """Do the tasks on a cluster, and yield what came of each as soon as it is done.

    Raises
    ------
    ClusterError
        The scheduler went away; what is finished stays finished.
    Cancelled
        The user asked to stop.
    """
    if job.model is not None:
        job = replace(job, model=job.model.absolute())
    run = _Run(client, job, job_sha256, force, watcher)
    with _forward_progress(client, run.lines):
        waiting = deque(tasks)
        while waiting or run.pending:
            run.check()
            while waiting and len(run.pending) < AHEAD * max(run.threads(), 1):
                run.begin(waiting.popleft())
            yield from run.collect_rows()


@dataclass(frozen=True, eq=False)
class Divided:
    """A recording whose sections are repaired by several workers."""

    found: Found
    sections: tuple[tuple[Region, ...], ...]
    seconds_taken: float


@dataclass
class _Parts:
    """What came of the sections of a recording so far, by their numbers."""

    divided: Divided
    results: dict[int, SectionResult] = field(default_factory=dict)


@dataclass
class _Run:
    """The tasks that a cluster has in work."""

    client: Any
    job: BatchJob
    job_sha256: str
    force: bool
    watcher: Watcher
    pending: dict[Any, tuple[Task, int | None]] = field(default_factory=dict)
    parts: dict[str, _Parts] = field(default_factory=dict)
    lines: dict[str, Progress] = field(default_factory=dict)

    def check(self) -> None:
        """Raise where the user asked to stop, or the cluster is gone."""
        self.watcher.check()
        if self.client.status in ("closed", "closing"):
            raise _build_gone_error()

    def threads(self) -> int:
        """Return how many threads the cluster has at present."""
        try:
            return sum(self.client.nthreads().values())
        except (OSError, TimeoutError):
            return 0

    def begin(self, task: Task) -> None:
        """Hand a recording out."""
        self.lines[task.output] = self.watcher.progress_of(task)
        # a worker may have been started elsewhere
        source = replace(task.source, path=task.source.path.absolute())
        task = replace(task, source=source, folder=task.folder.absolute())
        work = partial(start, task, self.job, self.job_sha256, force=self.force)
        self._submit(task, None, work)

    def collect_rows(self) -> Iterator[tuple[Task, Row]]:
        """Wait for a moment, and yield what came of the recordings that are done."""
        distributed: Any = optional_package("distributed", "batch", mark("--workers needs"))
        try:
            with self.client.as_current():
                done = distributed.wait(
                    list(self.pending), timeout=_POLL_S, return_when="FIRST_COMPLETED"
                ).done
        except TimeoutError:
            return
        except distributed.client.FuturesCancelledError as error:
            raise _build_gone_error() from error
        for future in done:
            task, number = self.pending.pop(future)
            row = self._take(task, number, future)
            if row is not None:
                self.parts.pop(task.output, None)
                self.lines.pop(task.output, None)
                yield task, row

    def _take(self, task: Task, number: int | None, future: Any) -> Row | None:
        """Return the row that a future brings, or hand out what follows from it."""
        if future.status in ("cancelled", "lost"):
            raise _build_gone_error()
        if future.status == "error":
            self._forget(task)
            return build_failed_row(task.source.path, _find_cause(future.exception()))
        made = future.result()
        if isinstance(made, Row):
            return made
        if isinstance(made, Divided):
            self.parts[task.output] = _Parts(made)
            for place, section in enumerate(made.sections):
                part = partial(repair_part, task, self.job, section, made.found.regions)
                self._submit(task, place, part)
            return None
        parts = self.parts[task.output]
        assert number is not None
        parts.results[number] = made
        if len(parts.results) == len(parts.divided.sections):
            results = [parts.results[place] for place in range(len(parts.results))]
            work = partial(
                put_together,
                task,
                self.job,
                self.job_sha256,
                parts.divided,
                results,
                force=self.force,
            )
            self._submit(task, None, work)
        return None

    def _forget(self, task: Task) -> None:
        """Let go of the other parts of a recording that has failed."""
        for future, (other, _) in list(self.pending.items()):
            if other is task:
                del self.pending[future]
                future.cancel()

    def _submit(self, task: Task, number: int | None, work: Any) -> None:
        self.pending[self.client.submit(_on_worker, work, task.output, pure=False)] = task, number


def start(task: Task, job: BatchJob, job_sha256: str, *, force: bool, progress: Progress) -> Any:
    """Do all the work on a recording, or of one with several sections what comes before them."""
    began = time.monotonic()
    opened = open_task(task, job, job_sha256, force=force, progress=progress.part(0.0, 0.05))
    if isinstance(opened, Row):
        return opened
    found = find_regions(opened, progress.part(0.05, 0.4))
    sections = divide(found.regions, opened.clip.rate)
    if len(sections) > 1 and not job.adapt:
        return Divided(found, sections, time.monotonic() - began)
    results = [
        repair_section(opened.clip, section, found.regions, job, progress.part(0.4, 0.85))
        for section in sections
    ]
    return finish(
        opened,
        found,
        results,
        progress.part(0.85, 1.0),
        elapsed=lambda: time.monotonic() - began,
    )


def repair_part(
    task: Task,
    job: BatchJob,
    section: Sequence[Region],
    every: Sequence[Region],
    *,
    progress: Progress,
) -> SectionResult:
    """Repair one section of a recording."""
    return repair_section(api.open_clip(task.source.path, progress), section, every, job, progress)


def put_together(
    task: Task,
    job: BatchJob,
    job_sha256: str,
    divided: Divided,
    results: Sequence[SectionResult],
    *,
    force: bool,
    progress: Progress,
) -> Row:
    """Export a recording whose sections were repaired."""
    began = time.monotonic()
    opened = open_task(task, job, job_sha256, force=force, progress=progress.part(0.0, 0.1))
    if isinstance(opened, Row):
        return opened
    repairing = sum(note.seconds_taken for result in results for note in result.notes)
    return finish(
        opened,
        divided.found,
        results,
        progress.part(0.1, 1.0),
        elapsed=lambda: divided.seconds_taken + repairing + time.monotonic() - began,
    )


def _on_worker(work: Any, name: str) -> Any:
    """Do some work on a worker, and let the client hear how far it is."""
    from distributed import get_worker

    worker = get_worker()
    last = 0.0

    def report(fraction: float, message: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_S:
            last = now
            worker.log_event(TOPIC, {"name": name, "fraction": fraction})

    return work(progress=Progress(report))


@contextmanager
def _forward_progress(client: Any, lines: dict[str, Progress]) -> Iterator[None]:
    """Show what workers report."""

    def show(event: tuple[float, Any]) -> None:
        message = event[1]
        line = lines.get(message["name"])
        if line is not None:
            line.on_report(message["fraction"], "")

    client.subscribe_topic(TOPIC, show)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            client.unsubscribe_topic(TOPIC)


def _build_gone_error() -> ClusterError:
    return ClusterError(
        tr("The scheduler went away; what is finished is kept. Run it again to go on.")
    )


def _find_cause(error: BaseException) -> Exception:
    """Return what to tell of an error that ended the work on a worker."""
    if type(error).__name__ == "KilledWorker":
        return ClusterError(tr("Workers died while they worked on it; is there enough memory?"))
    return error if isinstance(error, Exception) else UasrmError(str(error))
