"""A benchmark's figures as tables to read: as text, or as Markdown for a document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from uasrm_core.evaluation.benchmark import Benchmark
from uasrm_core.evaluation.measures import GROUPS, MEASURES
from uasrm_core.evaluation.report import Interval, Row, of_file, summarise

# More recordings than this are only shown together.
MOST_FILES = 12
CLOSENESS_CLAIMS = (
    "The notebook that UASRM comes from claims, in its “exact and close-to-exact” sense, for 0.5 s "
    "lost in 5 s: simple tones 65–75 %, compound sounds (drums) 60–67 %, complex sounds (music, "
    "voice, effects) 52–61 %; for 0.15 s up to 95 %."
)

_Layout = Callable[[Sequence[Sequence[str]]], str]


def as_text(benchmark: Benchmark) -> str:
    """Return the figures as lines of text, all recordings together and then each by itself."""
    return _build_document(benchmark, align_columns, "{}")


def as_markdown(benchmark: Benchmark) -> str:
    """Return the same figures as Markdown, with a heading over each recording's own."""
    return _build_document(benchmark, format_markdown, "## {}\n")


def align_columns(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as text with columns flush right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def format_markdown(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells, of which the first is the head, as a table in Markdown."""
    marks = ["---:" for _ in lines[0]]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], marks, *lines[1:]))


def _build_document(benchmark: Benchmark, layout: _Layout, heading: str) -> str:
    parts = [layout(cells_of(benchmark, summarise(benchmark)))]
    files = benchmark.files
    for file in files if 1 < len(files) <= MOST_FILES else ():
        table = layout(cells_of(benchmark, of_file(benchmark, file)))
        parts.append(f"{heading.format(file)}\n{table}")
    if set(GROUPS["closeness"]) & set(benchmark.settings.metrics):
        parts.append(CLOSENESS_CLAIMS)
    return "\n\n".join(parts)


def cells_of(benchmark: Benchmark, rows: Sequence[Row]) -> list[list[str]]:
    """Return the cells of a table, its heads first; intervals hold 95 %."""
    metrics = benchmark.settings.metrics
    compared = len(benchmark.settings.engines) > 1
    kinds = any(row.kind != "gap" for row in rows)
    head = [*(["damage"] if kinds else []), "gap ms", "engine", "gaps"]
    for name in metrics:
        head += [MEASURES[name].title, "95 % interval"]
        if compared:
            head.append(f"to {benchmark.settings.engines[0]}")
    lines = [[*head, "s a gap"]]
    for row in rows:
        count = f"{row.gaps - row.failed}/{row.gaps}" if row.failed else f"{row.gaps}"
        cells = [*([row.kind] if kinds else []), f"{row.gap_ms:g}", row.engine, count]
        for name in metrics:
            own, decimals = row.metrics[name], MEASURES[name].decimals
            cells += [_format_cell(own.mean, decimals), _format_span(own, decimals)]
            if compared:
                cells.append(_format_difference(row.against_first.get(name), decimals))
        lines.append([*cells, _format_cell(row.seconds_per_gap, 2)])
    return lines


def tell_cells(aucs: Mapping[tuple[float, str], float]) -> list[list[str]]:
    """Return the cells of a table of `tell.Tells.aucs`, its heads first."""
    lines = [["gap ms", "engine", "tell AUC"]]
    for (gap_ms, engine), auc in aucs.items():
        lines.append([f"{gap_ms:g}", engine, _format_cell(auc, 2)])
    return lines


def _format_difference(difference: Interval | None, decimals: int) -> str:
    if difference is None:
        return ""
    mean = _format_cell(difference.mean, decimals, sign="+")
    return f"{mean} ({_format_span(difference, decimals, sign='+')})"


def _format_span(interval: Interval, decimals: int, *, sign: str = "-") -> str:
    low, high = (_format_cell(edge, decimals, sign=sign) for edge in (interval.low, interval.high))
    return f"{low} to {high}"


def _format_cell(value: float, decimals: int, *, sign: str = "-") -> str:
    return "?" if math.isnan(value) else f"{value:{sign}.{decimals}f}"
