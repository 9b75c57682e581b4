"""Times as the user wants to read and type them: clock, samples or timecode."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from uasrm_core.translation import mark, tr
from uasrm_gui.widgets.formats import format_time, parse_time

TIME_FORMATS = {
    "clock": mark("Hours, Minutes, Seconds"),
    "samples": mark("Samples"),
    "tc24": mark("Timecode 24"),
    "tc25": mark("Timecode 25"),
    "tc2997": mark("Timecode 29.97 Drop Frame"),
    "tc2997n": mark("Timecode 29.97 Non-Drop"),
    "tc30": mark("Timecode 30"),
}
_PICTURES = {
    "tc24": Fraction(24),
    "tc25": Fraction(25),
    "tc2997": Fraction(30000, 1001),
    "tc2997n": Fraction(30000, 1001),
    "tc30": Fraction(30),
}
# Of a region that is shorter, hundredths of a millisecond are written.
SHORT_S = 0.1
# Drop frame leaves out the names of two pictures a minute, but not in every tenth.
_DROPPED, _PICTURES_A_MINUTE = 2, 1798
_PICTURES_IN_TEN = 10 * _PICTURES_A_MINUTE + _DROPPED
_PICTURE_STEPS = (1, 2, 5, 10)
_SECOND_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000)


@dataclass(frozen=True)
class TimeFormat:
    """How the times of a recording are written.

    Attributes
    ----------
    name
        One of `TIME_FORMATS`.
    rate
        Frames a second of the recording.
    """

    name: str
    rate: int

    @property
    def unit_frames(self) -> Fraction:
        """What a ruler counts in: a sample, or a picture of the timecode."""
        pictures = _PICTURES.get(self.name)
        return Fraction(1) if pictures is None else Fraction(self.rate) / pictures

    def step(self, least: float) -> int:
        """Return the smallest round number of units that is at least so many."""
        pictures = _PICTURES.get(self.name)
        if pictures is not None:
            second = round(pictures)
            steps = (*_PICTURE_STEPS, *(seconds * second for seconds in _SECOND_STEPS))
            return next((step for step in steps if step >= least), steps[-1])
        power = 1
        while 10 * power < least:
            power *= 10
        return next(base * power for base in (1, 2, 5, 10) if base * power >= least)

    def text(self, frame: float, *, full: bool = False, span_frames: float = math.inf) -> str:
        """Return a place in the recording; `full` keeps leading zeros, so that it stands still.

        `span_frames` is how long what begins or ends there is: of what is short, a thousandth of a
        second would not tell one edge from the other.
        """
        if self.name == "samples":
            return f"{round(frame):,}".replace(",", "\u2009")
        pictures = _PICTURES.get(self.name)
        if pictures is None:
            decimals = 5 if span_frames < SHORT_S * self.rate else 3
            return format_time(frame / self.rate, full=full, decimals=decimals)
        return self._format_timecode(int(Fraction(round(frame), self.rate) * pictures))

    def parse(self, text: str) -> int:
        """Return the frame that is meant: in this format, or as a time in any of them.

        Raises
        ------
        ValueError
            It is no time; the message says what one looks like.
        """
        if self.name == "samples" and re.fullmatch(r"\s*[0-9][0-9\s]*", text):
            return int(re.sub(r"\D", "", text))
        code = re.fullmatch(r"\s*(\d+):(\d{1,2}):(\d{1,2})[:;](\d{1,2})\s*", text, re.ASCII)
        if code is not None and self.name in _PICTURES:
            return self._count_frames(*(int(part) for part in code.groups()))
        try:
            return round(parse_time(text) * self.rate)
        except ValueError as error:
            raise ValueError(self._hint) from error

    @property
    def _hint(self) -> str:
        if self.name == "samples":
            return tr("Type a number of samples, or a time such as 1:23.456.")
        if self.name in _PICTURES:
            return tr("Type a timecode such as 00:01:23:12, or a time such as 1:23.456.")
        return tr("Type a time such as 83.456 or 1:23.456.")

    def _format_timecode(self, picture: int) -> str:
        nominal, mark = round(_PICTURES[self.name]), ":"
        if self.name == "tc2997":
            mark = ";"
            tens, rest = divmod(picture, _PICTURES_IN_TEN)
            left_out = max(rest - _DROPPED, 0) // _PICTURES_A_MINUTE
            picture += _DROPPED * (9 * tens + left_out)
        seconds, within = divmod(picture, nominal)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        return f"{hours:02d}:{minute:02d}:{second:02d}{mark}{within:02d}"

    def _count_frames(self, hour: int, minute: int, second: int, picture: int) -> int:
        pictures = _PICTURES[self.name]
        minutes = 60 * hour + minute
        count = (60 * minutes + second) * round(pictures) + picture
        if self.name == "tc2997":
            count -= _DROPPED * (minutes - minutes // 10)
        # The first frame of that picture, or the time would read as that of the one before.
        return -int(-count * self.rate / pictures // 1)
