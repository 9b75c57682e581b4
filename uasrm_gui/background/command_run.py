"""A command of the command line as a process of its own, which tells what it does in rows."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from uasrm_core.translation import VARIABLE, current_language, tr

PROGRAM = "uasrm"
PATIENCE_MS = 3000


class CommandRun(QObject):
    """Runs `uasrm` with some words, and hands on every row of JSON that it prints.

    Signals
    -------
    told
        A row, as a dictionary.
    ended
        A sentence on what stopped the command, or empty where it came to its end.
    """

    told = Signal(object)
    ended = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._note_error)
        self._rest = b""

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    def start(self, words: Sequence[str]) -> None:
        """Begin."""
        self._rest = b""
        program, *before = command_line()
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        environment.insert(VARIABLE, current_language())
        self._process.setProcessEnvironment(environment)
        self._process.start(program, [*before, *words])

    def stop(self) -> None:
        """Ask the process to end; what it has finished is kept."""
        self._process.terminate()

    def close(self) -> None:
        """End the process, and wait until it is gone."""
        if self.is_running:
            self._process.terminate()
            if not self._process.waitForFinished(PATIENCE_MS):
                self._process.kill()
                self._process.waitForFinished()

    def _read(self) -> None:
        said = bytes(self._process.readAllStandardOutput().data())
        *lines, self._rest = (self._rest + said).split(b"\n")
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                self.told.emit(row)

    def _finish(self, status: int) -> None:
        self._read()
        said = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        lines = said.strip().splitlines()
        is_over = status == 0 or not lines
        self.ended.emit("" if is_over else lines[-1].removeprefix(f"{PROGRAM}: "))

    def _note_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.ended.emit(tr("The program “{name}” cannot be started.", name=PROGRAM))


def command_line() -> list[str]:
    """Return how the command line is started: beside this program, else with its Python."""
    found = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    return [found] if found else [sys.executable, "-m", "uasrm_core.cli.main"]
