"""Choosing the output files of every recording of a batch before the first is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from uasrm_core.batch.inputs import Source
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.naming import output_name
from uasrm_core.batch.rows import Row
from uasrm_core.translation import tr

LABELS, LOG, REPORT, SESSION, PDF = (
    ".labels.txt",
    ".log.json",
    ".report.txt",
    ".uasrm",
    ".report.pdf",
)

TABLE_NAME, PAGE_NAME = "summary.csv", "summary.html"


@dataclass(frozen=True)
class Task:
    """One recording, and where its results belong.

    Attributes
    ----------
    folder
        The folder of the batch.
    output
        Name of the repaired recording below it, with slashes.
    """

    source: Source
    folder: Path
    output: str

    @property
    def target(self) -> Path:
        """The repaired recording."""
        return self.folder / self.output

    def beside(self, job: BatchJob) -> tuple[str, ...]:
        """Return the names of what a job has written beside the repaired recording."""
        wanted = {
            LABELS: job.labels,
            LOG: job.log or job.archive,
            REPORT: job.report,
            SESSION: job.session,
            PDF: job.archive,
        }
        return tuple(f"{self.output}{ending}" for ending, is_on in wanted.items() if is_on)


def plan_tasks(
    sources: Sequence[Source], job: BatchJob, folder: Path
) -> tuple[tuple[Task, ...], tuple[Row, ...]]:
    """Return what is to be done, and a row for each recording that has no place of its own.

    Names that differ in capital letters alone are the same on some disks, and count as the same.
    """
    tasks: dict[str, Task] = {}
    refused: list[Row] = []
    for source in sources:
        try:
            output = output_name(job.name, source.path, source.folder, job.suffix)
        except ValueError as error:
            refused.append(Row(str(source.path), sentence=str(error)))
            continue
        key = os.path.normpath(output).casefold()
        if (other := tasks.get(key)) is not None:
            refused.append(
                Row(
                    str(source.path),
                    sentence=tr(
                        "It would be written to “{output}”, and so would “{other}”; rename one, "
                        "or give --name a template.",
                        output=output,
                        other=other.source.path,
                    ),
                )
            )
            continue
        tasks[key] = Task(source, folder, output)
    return tuple(tasks.values()), tuple(refused)
