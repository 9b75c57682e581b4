"""Sentences for the user, on their way from where they arise to where they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uasrm_core.translation import tr, tr_count
from uasrm_gui.widgets.formats import format_time


@dataclass(frozen=True)
class Notice:
    """A sentence for the user; `level` is ``info``, ``warning`` or ``error``."""

    text: str
    level: str = "info"


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
