"""Progress reporting and cancellation for long jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uasrm_core.errors import Cancelled


def _ignore(fraction: float, message: str) -> None:
    pass


def _drop(value: object) -> None:
    pass


def _is_never_cancelled() -> bool:
    return False


@dataclass(frozen=True)
class Progress:
    """A line to whoever waits for a job.

    Parameters
    ----------
    on_report
        Called with the fraction done (0 to 1) and a few words for the user.
    is_cancelled
        Asked often; once it answers true, `check` raises.
    on_part
        Called with each part of the result that can be used before the whole is there.
    """

    on_report: Callable[[float, str], None] = _ignore
    is_cancelled: Callable[[], bool] = _is_never_cancelled
    on_part: Callable[[Any], None] = _drop

    def check(self) -> None:
        """Raise `Cancelled` if the user asked to stop."""
        if self.is_cancelled():
            raise Cancelled

    def report(self, fraction: float, message: str = "") -> None:
        """Tell how far the work is, and raise `Cancelled` if it should stop."""
        self.check()
        self.on_report(min(max(fraction, 0.0), 1.0), message)

    def part(self, start: float, end: float, words: str = "") -> Progress:
        """Return a line for a step that covers `start` to `end` of this work.

        Parameters
        ----------
        words
            What the user is told meanwhile, in place of the step's own words.
        """

        def report_part(fraction: float, message: str) -> None:
            self.on_report(start + (end - start) * fraction, words or message)

        return Progress(report_part, self.is_cancelled, self.on_part)
