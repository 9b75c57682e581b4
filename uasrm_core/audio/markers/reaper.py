"""Reaper's table of markers and regions: ``#,Name,Start,End,Length``, one a line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from uasrm_core.audio.kinds import format_text, parse_text
from uasrm_core.audio.parsing import parse_time
from uasrm_core.audio.region import Region
from uasrm_core.translation import tr

COLUMNS = ("#", "Name", "Start", "End", "Length")
MOST_ROWS = 100_000


def is_reaper_table(text: str) -> bool:
    """Tell by its first line whether a table is one of Reaper's."""
    first = text.split("\n", 1)[0].strip().lower().replace('"', "")
    return first.startswith("#,name,start,end")


def read_reaper(text: str, rate: int) -> tuple[Region, ...]:
    """Return the rows of a table as regions; markers become regions without a length.

    Times are those of Reaper's rulers for minutes, seconds and samples.

    Raises
    ------
    ValueError
        A row is not as it should be; the message says which, without a full stop.
    """
    regions = []
    rows = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in rows:
            if rows.line_num == 1 or not any(row):
                continue
            if rows.line_num > MOST_ROWS or len(row) < 3:
                raise ValueError(tr("it is no table of markers"))
            start = _parse_frame(row[2], rate)
            end = _parse_frame(row[3], rate) if len(row) > 3 and row[3].strip() else start
            kind, label = parse_text(row[1])
            regions.append(Region(start, end, label=label, kind=kind))
    except (ValueError, csv.Error) as error:
        raise ValueError(
            tr("line {number}: {problem}", number=rows.line_num, problem=error)
        ) from error
    return tuple(regions)


def reaper_table(regions: Sequence[Region], rate: int) -> str:
    """Return regions as a table with times in seconds."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, region in enumerate(regions, 1):
        times = [region.start_frame, region.end_frame, region.frames]
        seconds = [f"{frames / rate:.6f}" for frames in times]
        name = re.sub(r"[\r\n]+", " ", format_text(region.kind, region.label))
        writer.writerow([f"R{number}", name, *seconds])
    return text.getvalue()


def _parse_frame(text: str, rate: int) -> int:
    """Return the frame of a time; a whole number is one of samples, as in Reaper's ruler."""
    text = text.strip()
    if re.fullmatch(r"[0-9]+", text):
        return parse_time(f"{text}smp").frame(rate)
    return parse_time(text).frame(rate)
