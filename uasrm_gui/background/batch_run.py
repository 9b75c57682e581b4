"""A batch as a process of its own: the command line's, which goes on where it was interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTemporaryDir, Signal

from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.job_file import write_job
from uasrm_gui.background.command_run import CommandRun


class BatchRun(QObject):
    """Runs `uasrm batch`, and tells of each recording that is done.

    Signals
    -------
    queued
        The recordings that there are.
    worked
        A recording, and how far the work on it is, 0 to 1.
    row
        What came of one, as `uasrm_core.batch.rows.row_to_json` has it.
    ended
        A sentence on what stopped the batch, or empty where it came to its end.
    """

    queued = Signal(list)
    worked = Signal(str, float)
    row = Signal(object)
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = CommandRun(self)
        self._run.told.connect(self._take)
        # of recordings that failed, their rows have told
        self._run.ended.connect(self.ended)
        self._folder = QTemporaryDir()

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._run.is_running

    def start(self, inputs: Sequence[Path], output: Path, job: BatchJob) -> None:
        """Begin with some recordings and folders.

        Raises
        ------
        ExportError
            The job cannot be handed over.
        """
        job_path = Path(self._folder.path()) / "job.toml"
        write_job(job, job_path)
        words = ["batch", *map(str, inputs), "-o", str(output), "--job", str(job_path), "--json"]
        self._run.start(words)

    def stop(self) -> None:
        """Ask the process to end; what is finished is kept."""
        self._run.stop()

    def close(self) -> None:
        """End the process, and wait until it is gone."""
        self._run.close()

    def _take(self, told: dict[str, Any]) -> None:
        if "queue" in told:
            self.queued.emit(told["queue"])
        elif "working" in told:
            self.worked.emit(told["working"], told["fraction"])
        elif "source" in told:
            self.row.emit(told)
