"""Parsers for argument values, with their error messages."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from uasrm_core.audio.parsing import Moment, parse_band, parse_channels, parse_span
from uasrm_core.batch.naming import check_template
from uasrm_core.cli.console import complaint
from uasrm_core.errors import UasrmError
from uasrm_core.inpainting.registry import ADAPTABLE
from uasrm_core.translation import tr

Value = TypeVar("Value")


class UsageError(UasrmError):
    """Arguments that are each well written but do not go together; exit status 2."""


class OneLineParser(argparse.ArgumentParser):
    """A parser that tells what is wrong in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Leave with status 2."""
        hint = tr("(“{program} --help” shows how it is used)", program=self.prog)
        self.exit(2, f"{complaint(message)} {hint}\n")


def time_span(text: str) -> tuple[Moment, Moment]:
    """Read ``1.5-2.25``, ``1:02.5-1:03`` or ``44100smp-45000smp``."""
    return _read(parse_span, text)


def band(text: str) -> tuple[float, float | None]:
    """Read ``300-3000``, ``300-3k`` or ``2k-``, in Hz."""
    return _read(parse_band, text)


def channel_numbers(text: str) -> tuple[int, ...]:
    """Read ``1,2`` or ``L``, as channels counted from 0, each once and in order."""
    return _read(parse_channels, text)


def name_template(text: str) -> str:
    """Read a name with fields, such as ``{folder}/{name}``."""
    try:
        return check_template(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            tr("“{text}” is not {error}", text=text, error=error)
        ) from error


def _read(parse: Callable[[str], Value], text: str) -> Value:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def positive(text: str) -> float:
    """Read a finite number above 0."""
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(tr("“{text}” is not a number above 0", text=text))
    return value


def seconds(text: str) -> float:
    """Read a finite number that is not below 0."""
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(tr("“{text}” is not a number of seconds", text=text))
    return value


def whole_from(least: int) -> Callable[[str], int]:
    """Return a reader of whole numbers that are not below the one given."""

    def whole(text: str) -> int:
        if not re.fullmatch(r"[0-9]+", text) or int(text) < least:
            raise argparse.ArgumentTypeError(
                tr("“{text}” is not a whole number from {least}", text=text, least=least)
            )
        return int(text)

    return whole


def share(text: str) -> float:
    """Read a number from 0 to 1."""
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(tr("“{text}” is not a number from 0 to 1", text=text))
    return value


def positives(text: str) -> tuple[float, ...]:
    """Read ``10,20,50``."""
    return tuple(positive(word) for word in text.split(","))


def quality(text: str) -> float:
    """Read a number from 0 to 10."""
    value = _number(text)
    if not 0 <= value <= 10:
        raise argparse.ArgumentTypeError(tr("“{text}” is not a number from 0 to 10", text=text))
    return value


def names_of(known: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of lists like ``ar,unet`` whose words must be among those known."""

    def names(text: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(text.split(",")))
        for word in words:
            if word not in known:
                raise argparse.ArgumentTypeError(
                    tr(
                        "“{word}” is unknown; choose from {names}",
                        word=word,
                        names=", ".join(known),
                    )
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
            tr(
                "--adapt goes with the engines {names}; {others} cannot learn.",
                names=" and ".join(ADAPTABLE),
                others=", ".join(engines),
            )
        )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
