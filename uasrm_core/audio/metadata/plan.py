"""What an export decided about a recording's metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO


def _leave_as_is(file: BinaryIO) -> None:
    pass


@dataclass(frozen=True)
class Plan:
    """How what a file says goes along into another format.

    Attributes
    ----------
    lost
        What cannot go along, as a user would call it.
    strings
        Texts that libsndfile writes, by its names.
    added_bytes
        About how much the file grows.
    complete
        Adds the rest to the written file.
    """

    lost: tuple[str, ...] = ()
    strings: dict[str, str] = field(default_factory=dict)
    added_bytes: int = 0
    complete: Callable[[BinaryIO], None] = _leave_as_is
