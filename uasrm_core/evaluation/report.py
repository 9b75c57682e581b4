"""The report of a benchmark: means with their uncertainty, and everything as JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from uasrm_core.evaluation.benchmark import Benchmark, Score
from uasrm_core.evaluation.measures import MEASURES

RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % bootstrap interval; all three NaN where nothing could be measured.

    Of a measure whose average is the median, it is that.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """One engine on damage of one kind and length.

    Attributes
    ----------
    metrics
        Mean over the gaps, by metric.
    against_first
        Mean difference to the run's first engine over the gaps that both filled, by metric, with
        the interval of the paired differences; empty for the first engine itself.
    """

    kind: str
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
    for kind, gap_ms in sorted({(score.cut.kind, score.cut.length_ms) for score in chosen}):
        alike = [s for s in chosen if (s.cut.kind, s.cut.length_ms) == (kind, gap_ms)]
        first = [score for score in alike if score.engine == settings.engines[0]]
        for engine in settings.engines:
            own = [score for score in alike if score.engine == engine]
            filled = [score for score in own if score.problem is None]
            pairs = [] if engine == settings.engines[0] else list(zip(own, first, strict=True))
            rows.append(
                Row(
                    kind=kind,
                    gap_ms=gap_ms,
                    engine=engine,
                    gaps=len(own),
                    failed=len(own) - len(filled),
                    seconds_per_gap=_average(score.seconds_taken for score in filled),
                    metrics=_group_by_metric(settings.metrics, filled, _round_value, settings.seed),
                    against_first=(
                        _group_by_metric(settings.metrics, pairs, _compare_means, settings.seed)
                        if pairs
                        else {}
                    ),
                )
            )
    return rows


def of_file(benchmark: Benchmark, file: str) -> list[Row]:
    """Return the rows of one recording alone."""
    return summarise(benchmark, [score for score in benchmark.scores if score.file == file])


def bootstrap(
    values: npt.NDArray[np.float64],
    rng: np.random.Generator,
    average: Callable[..., npt.NDArray[np.float64]] = np.mean,
) -> Interval:
    """Return the average of ``(n,)`` values with the 95 % percentile interval of its resamples.

    NaN values are left out. One value alone is its own interval.

    References
    ----------
    Efron & Tibshirani, "An Introduction to the Bootstrap", Chapman & Hall 1993, chapter 13.
    """
    values = values[~np.isnan(values)]
    if not values.size:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(average(values))
    if values.size == 1:
        return Interval(mean, mean, mean)
    found = stats.bootstrap((values,), average, n_resamples=RESAMPLES, method="percentile", rng=rng)
    low, high = found.confidence_interval
    return Interval(mean, float(low), float(high))


def as_json(
    benchmark: Benchmark, tell: Mapping[tuple[float, str], float] | None = None
) -> dict[str, Any]:
    """Return the whole benchmark as values that `json.dumps` takes; NaN becomes None.

    Parameters
    ----------
    tell
        What `tell.Tells.aucs` returned, if it was asked for.
    """
    settings = benchmark.settings
    report = {
        "settings": {
            **asdict(settings),
            "model": settings.model and str(settings.model),
            "places": str(settings.places),
        },
        "notes": list(benchmark.notes),
        "summary": [asdict(row) for row in summarise(benchmark)],
        "by_file": {
            file: [asdict(row) for row in of_file(benchmark, file)] for file in benchmark.files
        },
        "gaps": [asdict(score) for score in benchmark.scores],
        "tell": [
            {"gap_ms": gap_ms, "engine": engine, "auc": auc}
            for (gap_ms, engine), auc in (tell or {}).items()
        ],
    }
    cleaned: dict[str, Any] = _drop_nan(report)
    return cleaned


def _group_by_metric(
    metrics: Iterable[str],
    items: Sequence[Any],
    figure: Callable[[Any, str], float],
    seed: int,
) -> dict[str, Interval]:
    return {
        name: bootstrap(
            np.array([figure(item, name) for item in items], dtype=np.float64),
            np.random.default_rng(seed),
            MEASURES[name].average,
        )
        for name in metrics
    }


def _round_value(score: Score, metric: str) -> float:
    return score.values[metric]


def _compare_means(pair: tuple[Score, Score], metric: str) -> float:
    own, first = pair
    return own.values.get(metric, math.nan) - first.values.get(metric, math.nan)


def _average(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else math.nan


def _drop_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _drop_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_drop_nan(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
