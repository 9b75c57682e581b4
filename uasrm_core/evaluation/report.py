"""What a benchmark says: means with their uncertainty, as a table or as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from uasrm_core.evaluation.benchmark import Benchmark, Score

RESAMPLES = 2000
DECIMALS = {"snr": 1, "lsd": 2, "zimtohrli": 2}
TITLES = {"snr": "SNR dB", "lsd": "LSD dB", "zimtohrli": "zimtohrli MOS"}


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % bootstrap interval; all three NaN where nothing could be measured."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One engine at one gap length.

    Attributes
    ----------
    metrics
        Mean over the gaps, by metric.
    against_first
        Mean difference to the run's first engine over the gaps that both filled, by metric; empty
        for the first engine itself.
    """

    gap_ms: float
    engine: str
    gaps: int
    failed: int
    seconds_per_gap: float
    metrics: dict[str, Interval]
    against_first: dict[str, Interval]


def summarise(benchmark: Benchmark, scores: Sequence[Score] | None = None) -> list[Row]:
    """Return one row for each gap length and engine, over all scores or only those given."""
    settings = benchmark.settings
    chosen = benchmark.scores if scores is None else scores
    rows = []
    for gap_ms in sorted({score.cut.length_ms for score in chosen}):
        of_length = [score for score in chosen if score.cut.length_ms == gap_ms]
        by_engine = {
            engine: [score for score in of_length if score.engine == engine]
            for engine in settings.engines
        }
        first = by_engine[settings.engines[0]]
        for engine, own in by_engine.items():
            filled = [score for score in own if score.problem is None]
            rows.append(
                Row(
                    gap_ms=gap_ms,
                    engine=engine,
                    gaps=len(own),
                    failed=len(own) - len(filled),
                    seconds_per_gap=_mean(score.seconds_taken for score in filled),
                    metrics=_by_metric(settings.metrics, filled, _value, settings.seed),
                    against_first=(
                        {}
                        if own is first
                        else _by_metric(
                            settings.metrics,
                            list(zip(own, first, strict=True)),
                            _difference,
                            settings.seed,
                        )
                    ),
                )
            )
    return rows


def bootstrap(values: npt.NDArray[np.float64], rng: np.random.Generator) -> Interval:
    """Return the mean of ``(n,)`` values with the 95 % percentile interval of its resamples.

    NaN values are left out. One value alone is its own interval.

    References
    ----------
    Efron & Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993, chapter 13.
    """
    values = values[~np.isnan(values)]
    if not values.size:
        return Interval(math.nan, math.nan, math.nan)
    picks = rng.integers(0, values.size, size=(RESAMPLES, values.size))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def as_json(benchmark: Benchmark) -> dict[str, Any]:
    """Return the whole benchmark as values that `json.dumps` takes; NaN becomes None."""
    settings = benchmark.settings
    files = sorted({score.file for score in benchmark.scores})
    report = {
        "settings": {
            **asdict(settings),
            "model": settings.model and str(settings.model),
            "places": str(settings.places),
        },
        "notes": list(benchmark.notes),
        "summary": [asdict(row) for row in summarise(benchmark)],
        "by_file": {
            file: [asdict(row) for row in summarise(benchmark, _of_file(benchmark, file))]
            for file in files
        },
        "gaps": [asdict(score) for score in benchmark.scores],
    }
    cleaned: dict[str, Any] = _without_nan(report)
    return cleaned


def as_table(benchmark: Benchmark) -> str:
    """Return the figures as lines of text, all recordings together and then each by itself."""
    parts = [_table(benchmark, summarise(benchmark))]
    files = sorted({score.file for score in benchmark.scores})
    for file in files if len(files) > 1 else ():
        rows = summarise(benchmark, _of_file(benchmark, file))
        parts.append(f"{file}\n{_table(benchmark, rows)}")
    return "\n\n".join(parts)


def _table(benchmark: Benchmark, rows: Sequence[Row]) -> str:
    metrics = benchmark.settings.metrics
    first = benchmark.settings.engines[0]
    head = ["gap ms", "engine", "gaps"]
    for name in metrics:
        head += [TITLES[name], "95 % interval"]
        if len(benchmark.settings.engines) > 1:
            head.append(f"to {first}")
    lines = [[*head, "s a gap"]]
    for row in rows:
        count = f"{row.gaps - row.failed}/{row.gaps}" if row.failed else f"{row.gaps}"
        cells = [f"{row.gap_ms:g}", row.engine, count]
        for name in metrics:
            own, decimals = row.metrics[name], DECIMALS[name]
            span = f"{_cell(own.low, decimals)} to {_cell(own.high, decimals)}"
            cells += [_cell(own.mean, decimals), span]
            if len(benchmark.settings.engines) > 1:
                against = row.against_first.get(name)
                cells.append("" if against is None else _cell(against.mean, decimals, sign="+"))
        lines.append([*cells, _cell(row.seconds_per_gap, 2)])
    return aligned(lines)


def _cell(value: float, decimals: int, *, sign: str = "-") -> str:
    return "?" if math.isnan(value) else f"{value:{sign}.{decimals}f}"


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as text with columns flush right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _of_file(benchmark: Benchmark, file: str) -> list[Score]:
    return [score for score in benchmark.scores if score.file == file]


def _by_metric(
    metrics: Iterable[str],
    items: Sequence[Any],
    figure: Callable[[Any, str], float],
    seed: int,
) -> dict[str, Interval]:
    return {
        name: bootstrap(
            np.array([figure(item, name) for item in items], dtype=np.float64),
            np.random.default_rng(seed),
        )
        for name in metrics
    }


def _value(score: Score, metric: str) -> float:
    return score.values[metric]


def _difference(pair: tuple[Score, Score], metric: str) -> float:
    own, first = pair
    return own.values.get(metric, math.nan) - first.values.get(metric, math.nan)


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else math.nan


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
