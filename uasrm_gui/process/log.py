"""The log file, where what goes wrong is written down in full while the user reads a sentence."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QStandardPaths

log = logging.getLogger(__name__)

_BYTES = 1_000_000
# Kept open for as long as the program runs: when it crashes, nothing can be opened any more.
_crash_files: list[TextIO] = []


def log_path() -> Path:
    """Return where the log is written."""
    place = QStandardPaths.StandardLocation.GenericStateLocation
    return Path(QStandardPaths.writableLocation(place)) / "uasrm" / "uasrm.log"


def crash_path(log: Path) -> Path:
    """Return where it is written at which place compiled code crashed, beside the log."""
    return log.with_name("crash.log")


def text_of(path: Path) -> str:
    """Return what a log holds, nothing if it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def start_log(path: Path) -> None:
    """Write the log to a file, and crashes to one beside it, if the place can be written to."""
    handlers: list[logging.Handler] = []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(
            RotatingFileHandler(
                path,
                maxBytes=_BYTES,
                backupCount=1,
                encoding="utf-8",
                errors="backslashreplace",  # names of files need not be UTF-8
                delay=True,
            )
        )
    except OSError:
        handlers.append(logging.StreamHandler(sys.stderr))
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO, format=form, handlers=handlers)
    _log_crashes(crash_path(path))


def _log_crashes(path: Path) -> None:
    try:
        is_large = path.exists() and path.stat().st_size > _BYTES
        file = path.open("w" if is_large else "a", encoding="utf-8")
    except OSError:
        if sys.stderr is not None:
            faulthandler.enable()
        return
    _crash_files.append(file)
    faulthandler.enable(file)


def catch_everything(tell: Callable[[], None]) -> None:
    """Have exceptions that nothing caught written to the log; `tell` tells the user."""

    def on_exception(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("unexpected", exc_info=(kind, error, trace))
        tell()

    def on_thread_exception(what: threading.ExceptHookArgs) -> None:
        error = what.exc_value
        if error is not None:
            log.critical("unexpected", exc_info=(what.exc_type, error, what.exc_traceback))

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
