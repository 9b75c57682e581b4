"""How the values of arguments are written, and what is said when they are not."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from typing import NoReturn

from uasrm_core.cli.console import complaint
from uasrm_core.errors import UasrmError
from uasrm_core.inpainting.registry import ADAPTABLE

_NUMBER = r"(\d+\.?\d*|\.\d+)"
MOST_NUMBER = 1e9
_RANGE = re.compile(f"{_NUMBER}-{_NUMBER}")


class UsageError(UasrmError):
    """Arguments that are each well written but do not go together; exit status 2."""


class OneLineParser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        hint = f"(“{self.prog} --help” shows how it is used)"
        self.exit(2, f"{complaint(message)} {hint}\n")


def number_range(text: str) -> tuple[float, float]:
    """Read ``1.5-2.25``."""
    match = _RANGE.fullmatch(text)
    if not match:
        raise argparse.ArgumentTypeError(f"“{text}” is not two numbers like 1.5-2.25")
    low, high = float(match[1]), float(match[2])
    if max(low, high) > MOST_NUMBER:
        raise argparse.ArgumentTypeError(f"“{match[0][:40]}” has a number that is too large")
    return low, high


def channel_numbers(text: str) -> tuple[int, ...]:
    """Read ``1,2``, counted from 1, as channels counted from 0, each once and in order."""
    try:
        numbers = {int(word) for word in text.split(",")}
    except ValueError:
        numbers = {0}
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a list of channels like 1,2")
    return tuple(sorted(number - 1 for number in numbers))


def positive(text: str) -> float:
    """Read a finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number above 0")
    return value


def seconds(text: str) -> float:
    """Read a finite number that is not below 0."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return value


def whole_from(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers that are not below the one given."""

    def whole(text: str) -> int:
        if not re.fullmatch(r"[0-9]+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(f"“{text}” is not a whole number from {least}")
        return int(text)

    return whole


def share(text: str) -> float:
    """Read a number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number from 0 to 1")
    return value


def positives(text: str) -> tuple[float, ...]:
    """Read ``10,20,50``."""
    return tuple(positive(word) for word in text.split(","))


def names_of(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of lists like ``ar,unet`` whose words must be among those known."""

    def names(text: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(text.split(",")))
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(
                    f"“{word}” is unknown; choose from {', '.join(known)}"
                )
        return words

    return names


def check_adaptable(adapt: bool, engines: Sequence[str]) -> None:
    """Refuse to adapt engines of which none has anything to learn.

    Raises
    ------
    UsageError
        That was asked for.
    """
    if adapt and not set(engines) & set(ADAPTABLE):
        raise UsageError(
            f"--adapt goes with the engines {' and '.join(ADAPTABLE)}; "
            f"{', '.join(engines)} cannot learn."
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
