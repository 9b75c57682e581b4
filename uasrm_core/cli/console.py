"""What the commands write: results to stdout; errors and progress to stderr, a line each.

Whatever names, labels and tags contain, no control character of theirs reaches the terminal.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uasrm_core.cli.stopping import note_signals
from uasrm_core.progress import Progress
from uasrm_core.writing.text import visible, visible_lines


def say(line: str) -> None:
    """Write a line of results."""
    sys.stdout.write(f"{visible(line)}\n")


def say_lines(text: str) -> None:
    """Write several lines of results, such as a table or JSON."""
    sys.stdout.write(f"{visible_lines(text)}\n")


def complain(text: str) -> None:
    """Write one line about what went wrong, whatever the text contains."""
    sys.stderr.write(f"{complaint(text)}\n")


def complaint(text: str) -> str:
    """Return the one line that `complain` writes."""
    return f"uasrm: {' '.join(visible_lines(text).split())}"


@contextmanager
def progress_line() -> Iterator[Progress]:
    """Show progress in one line that is rewritten and in the end wiped.

    Where stderr is no terminal nothing is shown, so that a log holds errors alone. Ctrl-C and other
    signals to end stop the work where it next reports; given again, at once.
    """
    with note_signals() as is_interrupted:
        yield from _show(is_interrupted)


@contextmanager
def progress_rows() -> Iterator[Progress]:
    """Write progress as rows of JSON to stdout, for another program; see `progress_line`."""
    told = ""

    def tell(share: float, message: str) -> None:
        nonlocal told
        row = json.dumps({"share": round(share, 4), "message": message})
        if row != told:
            told = row
            say(row)
            sys.stdout.flush()

    with note_signals() as is_interrupted:
        yield Progress(tell, is_interrupted)


def _show(is_interrupted: Callable[[], bool]) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield Progress(is_cancelled=is_interrupted)
        return

    def show(fraction: float, message: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{f'{fraction:4.0%} {visible(message)}'[:width]}")
        sys.stderr.flush()

    try:
        yield Progress(show, is_interrupted)
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
