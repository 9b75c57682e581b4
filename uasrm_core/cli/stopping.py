"""Signals that end the program: work is cancelled, and nothing half-written is left behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from uasrm_core.errors import Cancelled

Handler = Callable[[int, FrameType | None], None]

INTERRUPTED = 128 + signal.SIGINT
_TERMINATING = (signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def stop_status(stop: BaseException) -> int:
    """Return the exit status that tells which signal an exception, or its cause, came from."""
    cause: BaseException | None = stop
    while cause is not None:
        if isinstance(cause, Stopped):
            return 128 + cause.number
        cause = cause.__cause__
    return INTERRUPTED


@contextmanager
def stop_by_signal() -> Iterator[None]:
    """Have SIGTERM and SIGHUP raise `Stopped`, as Ctrl-C raises `KeyboardInterrupt`.

    Only the first does: what unwinds then is not interrupted once more.
    """
    process = os.getpid()
    raised = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal raised
        if os.getpid() != process:
            _end_at_once(number)
        if not raised:
            raised = True
            raise Stopped(number)

    with _handle_signals({number: stop for number in _TERMINATING if _is_default(number)}):
        yield


@contextmanager
def note_signals() -> Iterator[Callable[[], bool]]:
    """Note the first signal to end without raising; the second raises.

    In a callback from C an exception would be lost. If the work ends as cancelled because of the
    signal, that comes out as `Stopped`.

    Yields
    ------
    Tells whether there was one.
    """
    process = os.getpid()
    noted: list[int] = []
    former: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        if os.getpid() != process:
            _end_at_once(number)
        noted.append(number)
        if len(noted) > 1:
            former[number](number, frame)

    for number in (signal.SIGINT, *_TERMINATING):
        # who ignores one, as after nohup, or handles it in other ways, is left alone
        if callable(signal.getsignal(number)):
            former[number] = signal.getsignal(number)
    with _handle_signals(dict.fromkeys(former, note)):
        try:
            yield lambda: bool(noted)
        except Cancelled as stop:
            if noted:
                raise Cancelled(*stop.args) from Stopped(noted[0])
            raise


def _is_default(number: int) -> bool:
    return signal.getsignal(number) == signal.SIG_DFL


@contextmanager
def _handle_signals(handlers: Mapping[int, Handler]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end_at_once(number: int) -> None:
    """End a process that was forked off to help: it has nothing to put in order."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
