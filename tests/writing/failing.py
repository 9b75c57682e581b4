"""Writing that is told to fail or to crash at a call of the system."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from uasrm_core.writing import system


class Crash(BaseException):
    """The process is gone: nothing that it would have called is called any more."""


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def calls_of(write: Callable[[], None]) -> list[str]:
    """Return what the system is asked for while something is written."""
    calls: list[str] = []
    with system.announce_calls(calls.append):
        write()
    return calls


def fail_at(number: int, error: BaseException, *, forever: bool = False) -> system.Listener:
    """Return a listener that makes one call fail, or all from it on."""
    count = 0

    def listen(_: str) -> None:
        nonlocal count
        count += 1
        if count == number + 1 or (forever and count > number):
            raise error

    return listen
