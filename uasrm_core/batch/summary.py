"""The summary of a batch: a table for programs, and a page for people to check the repairs."""

from __future__ import annotations

import base64
import csv
import io
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import soundfile

from uasrm_core import api
from uasrm_core.audio.clip import Samples
from uasrm_core.batch.planning import PAGE_NAME, REPORT, SESSION, TABLE_NAME
from uasrm_core.batch.rows import STATUSES, RepairRow, Row
from uasrm_core.errors import DataError, UasrmError
from uasrm_core.pictures import spectrograms_png
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import write_whole
from uasrm_core.writing.text import visible

MOST_PICTURES = 10
AROUND_S = 0.5
_COLUMNS = (
    "source",
    "output",
    "status",
    "sentence",
    "seconds",
    "found",
    "repaired",
    "unchanged",
    "samples_changed",
    "outside",
    "identical",
    "lufs",
    "true_peak_db",
    "seconds_taken",
)
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; }
th, td { padding: .2rem .6rem; text-align: right; vertical-align: top; }
th { border-bottom: 1px solid; } .words { text-align: left; overflow-wrap: anywhere; }
tr.bad td { font-weight: 600; } .wide { overflow-x: auto; }
.least { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); }
figure { margin: 0 1.5rem 1.5rem 0; } audio { width: 13rem; height: 2rem; margin-right: .6rem; }
img { max-width: 100%; background: #fff; border-radius: 4px; }
.quiet { opacity: .75; font-size: .85rem; }
"""


def write_summary(folder: Path, rows: Sequence[Row]) -> None:
    """Write both files of the summary, in place of earlier ones.

    Raises
    ------
    ExportError
        They cannot be written.
    """
    write_whole(folder / TABLE_NAME, _build_table(rows).encode(errors="backslashreplace"))
    write_whole(folder / PAGE_NAME, _build_page(folder, rows).encode(errors="backslashreplace"))


def count_by_status(rows: Sequence[Row]) -> str:
    """Return how many recordings have which status, in words."""
    counts = [(status, sum(row.status == status for row in rows)) for status in STATUSES]
    return ", ".join(f"{count} {tr(status)}" for status, count in counts if count)


def _build_table(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        values = (getattr(row, name) for name in _COLUMNS)
        writer.writerow(["" if value is None else visible(value) for value in values])
    return text.getvalue()


def _build_page(folder: Path, rows: Sequence[Row]) -> str:
    repaired, found = sum(row.repaired for row in rows), sum(row.found for row in rows)
    minutes = sum(row.seconds for row in rows) / 60
    about = tr(
        "{files} recordings, {minutes:.1f} minutes: {statuses}. {repaired} of {found} regions "
        "repaired.",
        files=len(rows),
        minutes=minutes,
        statuses=count_by_status(rows),
        repaired=repaired,
        found=found,
    )
    title = tr("Batch of repairs")
    doubtful = sorted(
        ((row, repair) for row in rows for repair in row.repairs), key=lambda p: -p[1].doubt
    )[:MOST_PICTURES]
    parts = [f"<h1>{escape(title)}</h1><p>{escape(about)}</p>"]
    if doubtful:
        parts.append(
            f"<h2>{escape(tr('The least sure repairs'))}</h2><p class=quiet>"
            + escape(tr("Listen to these first. Before is on the left, after on the right."))
            + "</p>"
        )
        figures = "".join(_build_figure(folder, row, repair) for row, repair in doubtful)
        parts.append(f"<div class=least>{figures}</div>")
    parts.append(f"<h2>{escape(tr('All recordings'))}</h2>{_build_rows(folder, rows)}")
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>"
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _build_figure(folder: Path, row: Row, repair: RepairRow) -> str:
    words = [
        f"{_time(repair.start_s)} – {_time(repair.end_s)}",
        repair.label,
        _describe_result(repair),
    ]
    if repair.confidence is not None:
        words.append(tr("damage {percent:.0f} % sure", percent=100 * repair.confidence))
    if repair.expected_db is not None:
        words.append(tr("trials nearby: {db:.1f} dB", db=repair.expected_db))
    caption = escape(visible(", ".join(filter(None, words))))
    name = escape(visible(Path(row.source).name))
    session = f"{row.output}{SESSION}"
    if row.output and os.path.lexists(session):
        name = _link(folder, Path(session), name)
    shown = _show_and_play(row, repair, caption)
    if not shown:
        shown = f"<p class=quiet>{escape(tr('It can be neither drawn nor played.'))}</p>"
    return f"<figure>{shown}<figcaption>{name}: {caption}</figcaption></figure>"


def _describe_result(repair: RepairRow) -> str:
    if not repair.engine:
        return tr("not repaired")
    if repair.is_unchanged:
        return tr("left as it was")
    return tr("repaired by {engine}", engine=repair.engine)


def _show_and_play(row: Row, repair: RepairRow, caption: str) -> str:
    """Return a region before and after, to look at and to listen to; empty where that cannot be.

    Without the package that draws, it can still be listened to.
    """
    try:
        source = api.open_clip(row.source)
        start, end = (round(edge * source.rate) for edge in (repair.start_s, repair.end_s))
        around = round(AROUND_S * source.rate)
        low, high = start - around, end + around
        states = {tr("before"): source.read_padded(low, high)}
        if row.output:
            written = api.open_clip(row.output)
            if written.rate == source.rate:
                states[tr("after")] = written.read_padded(low, high)
        band = None
        if repair.low_hz is not None or repair.high_hz is not None:
            band = (repair.low_hz or 0.0, repair.high_hz or source.rate / 2)
    except (UasrmError, OSError):
        return ""
    try:
        picture = spectrograms_png(states, source.rate, (start - low, end - low), band)
        drawn = f"<img alt='{caption}' src='{_embed('image/png', picture)}'>"
    except DataError:
        drawn = ""
    players = "".join(
        f"<audio controls preload=none title='{escape(title)}' src='{_embed('audio/wav', sound)}'>"
        "</audio>"
        for title, sound in (
            (t, _encode_wav(samples, source.rate)) for t, samples in states.items()
        )
    )
    return f"{drawn}<div>{players}</div>"


def _encode_wav(samples: Samples, rate: int) -> bytes:
    """Return sound as every browser plays it: 16 bits, and two channels at most."""
    content = io.BytesIO()
    soundfile.write(content, np.clip(samples[:2], -1.0, 1.0).T, rate, "PCM_16", format="WAV")
    return content.getvalue()


def _embed(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _build_rows(folder: Path, rows: Sequence[Row]) -> str:
    heads = (
        (mark("recording"), True),
        (mark("status"), True),
        (mark("length"), False),
        (mark("regions"), False),
        (mark("repaired"), False),
        (mark("left as they were"), False),
        (mark("unchanged outside"), False),
        ("LUFS", False),
        (mark("note"), True),
    )
    lines = ["".join(_build_cell(escape(tr(head)), is_text, "th") for head, is_text in heads)]
    for row in rows:
        name = escape(visible(row.source))
        if row.output:
            name = _link(folder, Path(row.output), name)
            report = Path(f"{row.output}{REPORT}")
            if report.exists():
                name += f" ({_link(folder, report, escape(tr('report')))})"
        is_exact = row.identical == row.outside
        unchanged = tr("all samples") if is_exact else f"{row.identical / row.outside:.4%}"
        cells = (
            (name, True),
            (escape(tr(row.status)), True),
            (_time(row.seconds), False),
            (str(row.found), False),
            (str(row.repaired), False),
            (str(row.unchanged), False),
            (escape(unchanged) if row.output else "", False),
            ("" if row.lufs is None else f"{row.lufs:.1f}", False),
            (escape(visible(row.sentence)), True),
        )
        lines.append("".join(_build_cell(cell, is_text, "td") for cell, is_text in cells))
    head, *others = lines
    marks = ["" if row.is_good else " class=bad" for row in rows]
    body = "".join(f"<tr{m}>{line}</tr>" for m, line in zip(marks, others, strict=True))
    return f"<div class=wide><table><tr>{head}</tr>{body}</table></div>"


def _build_cell(content: str, is_text: bool, tag: str) -> str:
    return f"<{tag}{' class=words' if is_text else ''}>{content}</{tag}>"


def _link(folder: Path, path: Path, content: str) -> str:
    """Return a link to a file, relative to the page where that is possible."""
    relative = os.path.relpath(path, folder).replace(os.sep, "/")
    return f"<a href='{escape(quote(relative.encode(errors='surrogateescape')))}'>{content}</a>"


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:06.3f}"
