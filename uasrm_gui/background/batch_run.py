"""A batch as a process of its own: the command line's, which goes on where it was interrupted."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTemporaryDir, Signal

from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.job_file import write_job
from uasrm_core.translation import VARIABLE, current_language, tr

PROGRAM = "uasrm"


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
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._note_error)
        self._folder = QTemporaryDir()
        self._rest = b""

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, inputs: Sequence[Path], output: Path, job: BatchJob) -> None:
        """Begin with some recordings and folders.

        Raises
        ------
        ExportError
            The job cannot be handed over.
        """
        job_path = Path(self._folder.path()) / "job.toml"
        write_job(job, job_path)
        self._rest = b""
        program, *words = command_line()
        words += ["batch", *map(str, inputs), "-o", str(output), "--job", str(job_path), "--json"]
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert(VARIABLE, current_language())
        self._process.setProcessEnvironment(environment)
        self._process.start(program, words)

    def stop(self) -> None:
        """Ask the process to end; what is finished is kept."""
        self._process.terminate()

    def close(self) -> None:
        """End the process, and wait until it is gone."""
        if self.is_running:
            self._process.terminate()
            if not self._process.waitForFinished(3000):
                self._process.kill()
                self._process.waitForFinished()

    def _read(self) -> None:
        said = bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        if "queue" in told:
            self.queued.emit(told["queue"])
        elif "working" in told:
            self.worked.emit(told["working"], told["fraction"])
        elif "source" in told:
            self.row.emit(told)

    def _finish(self, status: int) -> None:
        self._read()
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        lines = said.strip().splitlines()
        # of recordings that failed, their rows have told
        is_over = status == 0 or not lines
        self.ended.emit("" if is_over else lines[-1].removeprefix("uasrm: "))

    def _note_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(tr("The program “{name}” cannot be started.", name=PROGRAM))


def command_line() -> list[str]:
    """Return how the command line is started: beside this program, else with its Python."""
    found = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    return [found] if found else [sys.executable, "-m", "uasrm_core.cli.main"]
