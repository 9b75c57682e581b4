"""Sentences for the user, on their way from where they arise to where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uasrm_core.translation import mark, tr, tr_count
from uasrm_gui.widgets.formats import format_time

UNEXPECTED = mark("Something went wrong that should not have; the details are in the log file.")
NO_MEMORY = mark("There is not enough memory for this.")
CRASHED = mark("The program crashed when it last ran; a report helps to mend that.")
FAULTS = (UNEXPECTED, NO_MEMORY, CRASHED)
"""What is said where the log holds more than the sentence tells."""


@dataclass(frozen=True)
class Notice:
    """A sentence for the user; `level` is ``info``, ``warning`` or ``error``."""

    text: str
    level: str = "info"

    @property
    def is_fault(self) -> bool:
        """Whether a report says more of it, as the program failed and not a file or a setting."""
        return any(tr(sentence) in self.text for sentence in FAULTS)


def odd_notice(frames: Sequence[int], rate: int) -> Notice:
    """Return what is said about stretches of values that are no numbers, by their first frames."""
    first = format_time(frames[0] / rate)
    where = tr_count("in one place", "in {count} places", len(frames))
    text = tr(
        "The recording holds values that are not numbers {where}, first at {first}; "
        "they are drawn red and heard as silence.",
        where=where,
        first=first,
    )
    return Notice(text, "warning")
