r"""Audacity's label files: ``start<TAB>end<TAB>text`` in seconds, one label a line.

A second line, ``\<TAB>low<TAB>high`` in Hz, gives a label a band; a negative edge means none.
Words for a kind of damage, in any case, become the region's kind (`uasrm_core.audio.kinds`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.kinds import format_text, parse_text
from uasrm_core.audio.region import Region
from uasrm_core.errors import LabelError
from uasrm_core.translation import tr
from uasrm_core.writing.gate import write_whole

_NUMBER = re.compile(r"[+-]?(\d{1,15}\.?\d*|\.\d+)([eE][+-]?\d{1,2})?")
# Limits that no label file reaches which was made for a recording.
MOST_LINES = 200_000
MOST_CHARACTERS = 10_000
MOST_NUMBER = 1e9
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class _Place:
    """A line of a file, put into words where it is needed."""

    number: int
    name: str

    def __str__(self) -> str:
        return tr("Line {number} of “{name}”", number=self.number, name=self.name)


def read_labels(path: str | Path, rate: int) -> tuple[Region, ...]:
    """Read regions for a recording of `rate` frames a second.

    Point labels become regions without length, and nothing is compared with a recording:
    `Region.fit_to` does both.

    Raises
    ------
    LabelError
        The file is missing or unreadable, is far larger than a label file can be, or a line does
        not follow the format.
    """
    path = Path(path)
    try:
        with open_regular(path) as file, TextIOWrapper(file, encoding="utf-8-sig") as text:
            return _read_regions(text, rate, path.name)
    except FileNotFoundError as error:
        raise LabelError(tr("There is no label file “{path}”.", path=path)) from error
    except IsADirectoryError as error:
        raise LabelError(tr("“{path}” is a folder, not a label file.", path=path)) from error
    except NotRegularError as error:
        raise LabelError(
            tr("“{path}” is a device or a pipe, not a label file.", path=path)
        ) from error
    except UnicodeDecodeError as error:
        raise LabelError(tr("“{name}” is not a text file in UTF-8.", name=path.name)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise LabelError(
            tr("“{name}” cannot be read: {reason}.", name=path.name, reason=reason or error)
        ) from error


def _read_regions(file: TextIO, rate: int, name: str) -> tuple[Region, ...]:
    regions: list[Region] = []
    may_have_band = False
    for number in range(1, MOST_LINES + 1):
        # a line ends where universal newlines say so; str.splitlines knows more
        line = file.readline(MOST_CHARACTERS + 1)
        if not line:
            return tuple(regions)
        where = _Place(number, name)
        if len(line) > MOST_CHARACTERS:
            raise LabelError(
                tr("{where} is longer than {count} characters.", where=where, count=MOST_CHARACTERS)
            )
        line = line.removesuffix("\n")
        if line.startswith("\\"):
            if not may_have_band:
                raise LabelError(
                    tr("{where} gives frequencies, but there is no label above it.", where=where)
                )
            regions[-1] = _add_band(regions[-1], line, where)
            may_have_band = False
        elif line.strip():
            regions.append(_label(line, rate, where))
            may_have_band = True
    raise LabelError(tr("“{name}” has more than {count} lines.", name=name, count=MOST_LINES))


def write_labels(
    path: str | Path, regions: Sequence[Region], rate: int, *, overwrite: bool = True
) -> None:
    """Write regions as labels, replacing the file if there is one and that is allowed.

    The format has no place for channels and for drawn shapes: the channels are left out, and of a
    shape its band is written.

    Raises
    ------
    ExportError
        The file cannot be written, or is there and may not be replaced; whatever stood there is
        untouched.
    """
    lines = []
    for region in regions:
        text = re.sub(r"[\t\r\n]+", " ", format_text(region.kind, region.label))
        start_s, end_s = region.start_frame / rate, region.end_frame / rate
        lines.append(f"{start_s:.6f}\t{end_s:.6f}\t{text}\n")
        if region.has_band:
            low, high = (-1.0 if edge is None else edge for edge in (region.low_hz, region.high_hz))
            lines.append(f"\\\t{low:.6f}\t{high:.6f}\n")
    write_whole(Path(path), "".join(lines).encode(errors="backslashreplace"), overwrite=overwrite)


def _label(line: str, rate: int, where: _Place) -> Region:
    start_text, tab, rest = line.partition("\t")
    if not tab:
        raise LabelError(tr("{where} is not “start, tab, end, tab, text”.", where=where))
    end_text, _, text = rest.partition("\t")
    start_s, end_s = _number(start_text, where), _number(end_text, where)
    kind, label = parse_text(text)
    return Region(round(start_s * rate), round(end_s * rate), label=label, kind=kind)


def _add_band(region: Region, line: str, where: _Place) -> Region:
    fields = line.split("\t")
    if len(fields) < 3:
        raise LabelError(
            tr("{where} is not “\\, tab, low frequency, tab, high frequency”.", where=where)
        )
    low, high = (_number(field, where) for field in fields[1:3])
    return replace(region, low_hz=low if low >= 0 else None, high_hz=high if high >= 0 else None)


def _number(text: str, where: _Place) -> float:
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
        hint = tr("; use a point, not a comma") if "," in text else ""
        raise LabelError(
            tr(
                "{where} has “{text}” where a number belongs{hint}.",
                where=where,
                text=shown,
                hint=hint,
            )
        )
    number = float(text)
    if abs(number) > MOST_NUMBER:
        raise LabelError(tr("{where} has a number that is too large.", where=where))
    return number
