"""Measure what a choice among several takes would earn: ``python tools/measure_takes.py FILE…``.

Gaps are cut into recordings, and the network draws several takes of each. Of the first few of them
one is chosen without the lost sound: the nearest to the others by the spectra (*spectra*) or by the
levels of bands over time (*bands*), or the nearest to the mean power of four bands (*levels*). It
is printed beside the mean of all takes, which is what a take that is not chosen comes to, the
smooth fill, and the takes that were nearest to the lost sound in hindsight. Levels are medians,
the rest means. Each recording is measured by itself, so that its places do not depend on the
others; with ``--rows`` their figures are kept there, and those kept are used.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.benchmark import (
    TAKE,
    BenchmarkSettings,
    Places,
    Score,
    run_benchmark,
)
from uasrm_core.evaluation.measures import GROUPS, MEASURES, Comparison
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.metrics.bands import BANDS_HZ
from uasrm_core.spectral.stft import StftConfig, stft

ENGINE = "unet"
NEAR, SPEECH = ("snr", "lsd", "zimtohrli"), ("plcmos", "stoi")
# Windows of about this length, and bands between so many edges.
WINDOW_S = 0.024
BAND_EDGES, LOWEST_HZ = 25, 80.0
FLOOR = 1e-9

Row = dict[str, Any]


def main() -> None:
    """Draw, choose, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--gaps", type=positives, default=(100.0, 200.0, 300.0, 500.0))
    parser.add_argument("--count", type=int, default=3, help="places a recording")
    parser.add_argument("--takes", type=int, default=8, help="so many are drawn")
    parser.add_argument("--speech", action="store_true", help="measure as speech")
    parser.add_argument("--rows", type=Path, metavar="DIR", help="keep figures here")
    args = parser.parse_args()
    rows = [row for file in args.recordings for row in load_rows(file, args)]
    print(format_rows(rows, args))  # noqa: T201


def load_rows(file: Path, args: argparse.Namespace) -> list[Row]:
    """Return the figures of a recording's gaps, from before or measured now."""
    kept = None if args.rows is None else args.rows / f"{file.name}.json"
    if kept is not None and kept.exists():
        found: list[Row] = json.loads(kept.read_text(encoding="utf-8"))
        return [row for row in found if row["ms"] in args.gaps]
    rows = list(measure(file, args))
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(rows), encoding="utf-8")
    return rows


def measure(file: Path, args: argparse.Namespace) -> Iterator[Row]:
    """Yield for each gap the figures of each take, the smooth one first, and their distances."""
    others = (*NEAR, *SPEECH) if args.speech else NEAR
    settings = BenchmarkSettings(
        gaps_ms=args.gaps,
        engines=tuple(f"{ENGINE}{TAKE}{take}" for take in range(args.takes + 1)),
        places=Places(count=args.count),
        metrics=(*GROUPS["level"], *GROUPS["modulation"], *others),
    )
    drawn: dict[tuple[int, float], list[tuple[Score, Comparison]]] = {}

    def keep(score: Score, sound: Comparison) -> None:
        cut = score.cut
        drawn.setdefault((cut.start_frame, cut.length_ms), []).append((score, sound))

    run_benchmark([file], settings, listeners=[keep])
    for (_, length_ms), found in drawn.items():
        sounds = [sound for _, sound in found[1:]]
        yield {
            "ms": length_ms,
            "figures": [score.values for score, _ in found],
            "spectra": measure_distances([look_at(sound)[0] for sound in sounds]),
            "bands": measure_distances([look_at(sound)[1] for sound in sounds]),
            "levels": [measure_levels(sound) for sound in sounds],
        }


def look_at(sound: Comparison) -> tuple[Samples, Samples]:
    """Return log magnitudes and the levels of bands in dB of a gap, both ``(…, columns)``."""
    size = 2 ** round(np.log2(sound.rate * WINDOW_S))
    config = StftConfig(fft_size=size, hop_frames=size // 4)
    power = np.square(np.abs(stft(sound.repaired[:, sound.start : sound.end], config)[0]))
    edges = np.geomspace(LOWEST_HZ, sound.rate / 2, BAND_EDGES) / config.bin_hz(sound.rate)
    places = np.unique(np.round(edges).astype(int))
    bands = np.add.reduceat(power, places[:-1], axis=0)
    return 5.0 * np.log10(power + FLOOR * power.max()), 10.0 * np.log10(bands + FLOOR)


def measure_distances(takes: list[Samples]) -> list[list[float]]:
    """Return the mean difference of each take from each."""
    return [[float(np.mean(np.abs(one - other))) for other in takes] for one in takes]


def measure_levels(sound: Comparison) -> list[float]:
    """Return the levels of a gap in dB, by band."""
    power = np.square(np.abs(np.fft.rfft(sound.repaired[0, sound.start : sound.end])))
    hz = np.fft.rfftfreq(sound.end - sound.start, 1 / sound.rate)
    inside = [(hz >= low) & (hz < high) for low, high in BANDS_HZ]
    return [float(10.0 * np.log10(power[band].sum() + FLOOR)) for band in inside]


def choose_nearest(row: Row, name: str, count: int) -> int:
    """Return which of the first takes is nearest to the others; 0 is the first."""
    if name == "levels":
        levels = np.array(row["levels"][:count])
        mean = 10.0 * np.log10(np.mean(10.0 ** (levels / 10.0), axis=0))
        return int(np.argmin(np.abs(levels - mean).sum(axis=1)))
    return int(np.argmin(np.array(row[name])[:count, :count].sum(axis=1)))


def list_choices(takes: int) -> dict[str, Callable[[Row], list[int]]]:
    """Return what is printed: names, and which takes of a row it averages; 0 is the smooth one."""
    counts = [count for count in (3, 4, 6, 8) if count <= takes]
    choices: dict[str, Callable[[Row], list[int]]] = {
        "smooth": lambda _: [0],
        "any take": lambda _: list(range(1, takes + 1)),
        "take 1": lambda _: [1],
    }
    for name in ("spectra", "bands", "levels"):
        for count in counts:
            choices[f"{name}, of {count}"] = lambda row, name=name, count=count: [
                1 + choose_nearest(row, name, count)
            ]
    choices["loudest"] = lambda row: [1 + int(np.argmax(np.sum(row["levels"], axis=1)))]
    choices["best zimtohrli, in hindsight"] = lambda row: [
        1 + int(np.argmax([figures["zimtohrli"] for figures in row["figures"][1:]]))
    ]
    return choices


def format_rows(rows: list[Row], args: argparse.Namespace) -> str:
    """Return a line for each length and choice."""
    others = (*NEAR, *SPEECH) if args.speech else NEAR
    titles = [MEASURES[name].title for name in others]
    lines = [["gap ms", "gaps", "choice", "level", "modulation", *titles]]
    for length_ms in sorted({row["ms"] for row in rows}):
        own = [row for row in rows if row["ms"] == length_ms]
        for choice, choose in list_choices(args.takes).items():
            chosen = [row["figures"][take] for row in own for take in choose(row)]
            bands = (
                " ".join(f"{np.nanmedian([each[name] for each in chosen]):.1f}" for name in group)
                for group in (GROUPS["level"], GROUPS["modulation"])
            )
            rest = (f"{np.mean([each[name] for each in chosen]):.3f}" for name in others)
            lines.append([f"{length_ms:g}", str(len(own)), choice, *bands, *rest])
    return format_markdown(lines)


if __name__ == "__main__":
    main()
