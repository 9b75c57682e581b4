"""Runs the tasks of a batch, one after the other in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.planning import Task
from uasrm_core.batch.rows import Row
from uasrm_core.batch.work import do_task
from uasrm_core.progress import Progress


class Watcher(Protocol):
    """Whoever shows how far a batch is."""

    def progress_of(self, task: Task) -> Progress:
        """Return the line on which the work on a recording tells how far it is."""
        ...

    def check(self) -> None:
        """Raise `Cancelled` if the user asked to stop."""
        ...


def run_here(
    tasks: Sequence[Task], job: BatchJob, job_sha256: str, watcher: Watcher, *, force: bool
) -> Iterator[tuple[Task, Row]]:
    """Do the tasks in their order, and yield what came of each as soon as it is done.

    Raises
    ------
    Cancelled
        The user asked to stop; what is finished stays finished.
    """
    for task in tasks:
        progress = watcher.progress_of(task)
        progress.report(0.0)
        yield task, do_task(task, job, job_sha256, force=force, progress=progress)
