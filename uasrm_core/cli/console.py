"""What the commands write: results to stdout; errors and progress to stderr, a line each."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

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

    Where stderr is no terminal nothing is shown, so that a log holds errors alone. Ctrl-C stops the
    work where it next reports; pressed again, at once.
    """
    with _interruptible() as is_interrupted:
        yield from _shown(is_interrupted)


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Note the first Ctrl-C without raising: in a callback from C an exception would be lost."""
    pressed = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    # who ignores it, as after nohup, or handles it in other ways, is left alone
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _shown(is_interrupted: Callable[[], bool]) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield Progress(is_cancelled=is_interrupted)
        return

    def show(fraction: float, message: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write(f"\r\x1b[K{f'{fraction:4.0%} {message}'[:width]}")
        sys.stderr.flush()

    try:
        yield Progress(show, is_interrupted)
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
