"""Parsing times, bands and channels as people write them in arguments and tables.

* a time: ``62.5``, ``1:02.5``, ``1:01:02.5`` in seconds, or ``44100smp`` in samples
* a band: ``300-3000``, ``300-3k``, ``2k-`` up to the top
* channels: ``1,2``, ``L``, ``R``
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from uasrm_core.audio.kinds import parse_text
from uasrm_core.audio.region import Region
from uasrm_core.translation import tr

MOST_NUMBER = 1e9
_DECIMAL = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_CLOCK = re.compile(rf"(?:(?:([0-9]+):)?([0-9]+):)?({_DECIMAL})")
_SAMPLES = re.compile(r"([0-9]+)smp")
_HERTZ = re.compile(rf"({_DECIMAL})(k?)")
_NAMED_CHANNELS = {"L": 1, "R": 2}


@dataclass(frozen=True)
class Moment:
    """A time in a recording whose rate is not known yet: a number of seconds or of samples."""

    seconds: float | None = None
    samples: int | None = None

    def frame(self, rate: int) -> int:
        """Return the frame that is meant, at so many frames a second."""
        return self.samples if self.samples is not None else round((self.seconds or 0.0) * rate)


@dataclass(frozen=True)
class Spot:
    """A region of a recording whose rate is not known yet."""

    start: Moment
    end: Moment
    low_hz: float | None = None
    high_hz: float | None = None
    channels: tuple[int, ...] | None = None
    label: str = ""

    def region(self, rate: int) -> Region:
        """Return the region that is meant, at so many frames a second."""
        kind, label = parse_text(self.label)
        return Region(
            self.start.frame(rate),
            self.end.frame(rate),
            self.low_hz,
            self.high_hz,
            self.channels,
            label,
            kind=kind,
        )


def parse_time(text: str) -> Moment:
    """Read a time.

    Raises
    ------
    ValueError
        It is none; the message is a sentence for the user.
    """
    if match := _SAMPLES.fullmatch(text):
        return Moment(samples=int(_check_bounds(float(match[1]), text)))
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        return Moment(seconds=_check_bounds(3600 * hours + 60 * minutes + seconds, text))
    raise ValueError(
        tr("“{text}” is not a time like 62.5, 1:02.5 or 44100smp", text=_shorten(text))
    )


def parse_span(text: str) -> tuple[Moment, Moment]:
    """Read two times, such as ``1:02.5-1:03``; `ValueError` as of `parse_time`."""
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(
            tr(
                "“{text}” is not a start and an end like 1.5-2.25 or 1:02.5-1:03",
                text=_shorten(text),
            )
        )
    return parse_time(start), parse_time(end)


def parse_band(text: str) -> tuple[float, float | None]:
    """Read a band in Hz; the upper edge is None where it is left open.

    Raises
    ------
    ValueError
        It is none; the message is a sentence for the user.
    """
    low, dash, high = text.partition("-")
    if not dash or not _HERTZ.fullmatch(low) or (high and not _HERTZ.fullmatch(high)):
        raise ValueError(
            tr("“{text}” is not a band in Hz like 300-3000, 300-3k or 2k-", text=_shorten(text))
        )
    return _parse_hertz(low, text), _parse_hertz(high, text) if high else None


def parse_channels(text: str) -> tuple[int, ...]:
    """Read channels, counted from 1, and return them from 0, each once and in order.

    Raises
    ------
    ValueError
        It is no list of channels; the message is a sentence for the user.
    """
    numbers = {_parse_channel(word.strip()) for word in text.split(",")}
    if 0 in numbers:
        raise ValueError(
            tr("“{text}” is not a list of channels like 1,2 or L", text=_shorten(text))
        )
    return tuple(sorted(number - 1 for number in numbers))


def _parse_channel(word: str) -> int:
    if re.fullmatch(r"[0-9]{1,4}", word):
        return int(word)
    return _NAMED_CHANNELS.get(word.upper(), 0)


def _parse_hertz(text: str, whole: str) -> float:
    match = _HERTZ.fullmatch(text)
    assert match is not None
    return _check_bounds(float(match[1]) * (1000 if match[2] else 1), whole)


def _check_bounds(number: float, text: str) -> float:
    if number > MOST_NUMBER:
        raise ValueError(tr("“{text}” has a number that is too large", text=_shorten(text)))
    return number


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
