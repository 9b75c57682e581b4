"""Sentences for the user, on their way from where they arise to where they are shown."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A sentence for the user; `level` is ``info``, ``warning`` or ``error``."""

    text: str
    level: str = "info"
