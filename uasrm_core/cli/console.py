"""What the commands write: results to stdout; errors and progress to stderr, a line each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from uasrm_core.progress import Progress


def say(text: str) -> None:
    """Write a line of results."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write one line about what went wrong, whatever the text contains."""
    sys.stderr.write(f"uasrm: {' '.join(text.split())}\n")


@contextmanager
def progress_line() -> Iterator[Progress]:
    """Show progress in one line that is rewritten and in the end wiped.

    Where stderr is no terminal nothing is shown, so that a log holds errors alone.
    """
    if not sys.stderr.isatty():
        yield Progress()
        return

    def show(fraction: float, message: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{f'{fraction:4.0%} {message}'[:width]}")
        sys.stderr.flush()

    try:
        yield Progress(show)
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
