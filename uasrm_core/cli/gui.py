"""`uasrm gui`: start the window's own program, so that the command line never loads Qt."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from uasrm_core.cli.stopping import Stopped
from uasrm_core.errors import FileError
from uasrm_core.optional import check_window_packages
from uasrm_core.translation import tr

PROGRAM = "uasrm-gui"

EXAMPLES = """
  uasrm gui
  uasrm gui tape.wav
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", nargs="?", metavar="FILE", help=tr("a recording to open"))


def run(args: argparse.Namespace) -> int:
    """Start the window and wait until it is closed."""
    check_window_packages()
    words = [_find_program()] if args.file is None else [_find_program(), args.file]
    try:
        status = _window_status(words)
    except OSError as error:
        raise FileError(
            tr("The window cannot be started: {reason}.", reason=error.strerror)
        ) from error
    if status:
        raise FileError(tr("The window ended with status {status}.", status=status))
    return 0


def _window_status(words: list[str]) -> int:
    """Run the window until it ends; a signal to end is passed on, since it may have questions."""
    with subprocess.Popen(words) as window:
        try:
            return window.wait()
        except Stopped as stop:
            window.send_signal(stop.number)
            window.wait()
            raise


def _find_program() -> str:
    """Return the window's program: beside this one (also in the packaged app) or on the path."""
    beside = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    found = beside or shutil.which(PROGRAM)
    if found is None:
        raise FileError(
            tr("The program “{program}” is missing from this installation.", program=PROGRAM)
        )
    return found
