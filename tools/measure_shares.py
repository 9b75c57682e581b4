"""Measure how much of the network's guess a short gap should get, and how much of the prediction.

    python tools/measure_shares.py [CORPUS] [--split train] [--tracks 24] [--recordings FILE…]
        [--gaps 5,10,15,20,30,60] [--places 1] [--model FILE] [--rows ROWS.jsonl] [--csv TABLE.csv]

Gaps are cut into speech and music of a corpus, and into other recordings ("solo"). Each is repaired
with five weights of the network's guess. Gaps whose very same sound is found elsewhere are left
out: they are copied. From these figures follows what each rule would make of the gaps: that of
`uasrm_core.inpainting.mix`, each part of it alone, the mean by length that was taken before, and
none at all. Printed are, as Markdown, SNR / LSD in dB / MOS of zimtohrli by kind and length, the
means of all, and the means with other limits. Rows that are kept are gone on from.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.errors import UasrmError
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting import mix
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, Conditioning
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.guesses import copy_repeat, measure_weight, predict, run_network
from uasrm_core.inpainting.network import NetworkEngine
from uasrm_core.inpainting.registry import load_engine
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.interpolation.fills import agreement_db
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import choose_tracks, read_index

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
METRICS = ("snr", "lsd", "zimtohrli")
SHORTEST_S = {"speech": 3.0, "music": 20.0}
# Those of the mean that was taken until decision 038: frames, at the network's rate, and dB.
LENGTH_LIMITS = (220.0, 1760.0)
AGREEMENT_LIMITS = (8.0, 13.0)
# What the limits could be.
FRAMES = (0.0, 80.0, 110.0, 160.0, 220.0, 320.0, 440.0, 660.0, 880.0)
DECIBELS = (6.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 16.0, 20.0)


@dataclass(frozen=True)
class Row:
    """A gap, and `METRICS` of what each of `WEIGHTS` made of it; none where it is copied.

    Attributes
    ----------
    weight
        What the network's guess gets by what prediction and network are likely to be off.
    """

    file: str
    kind: str
    rate: int
    ms: float
    place: int
    frames: int
    agreement_db: float
    weight: float
    figures: tuple[tuple[float, ...], ...]


Rule = Callable[[Row], float]


class WeightedEngine(Engine):
    """The network's engine with a weight of the network's guess that is set from outside.

    What it makes of a gap is made once, and mixed as often as asked for.
    """

    name = "unet"
    needs_crossfade = True
    context_s, reach_s = CONTEXT_S, REACH_S
    weight = 0.0

    def __init__(self, engine: NetworkEngine) -> None:
        self._engine = engine
        self._guesses: tuple[Guess, Guess] | None = None
        self.is_copied = False
        self.frames, self.agreement_db, self.own_weight = 0, math.nan, math.nan

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the mean of prediction and network; see `Engine.fill`."""
        if self._guesses is None:
            seen = known.for_network(self._engine.config)
            self.is_copied = copy_repeat(seen) is not None
            self.frames = seen.view.end - seen.view.start
            self.agreement_db = agreement_db([own.fills for own in seen.channels.values()])
            self._guesses = predict(seen), run_network(seen, self._engine.network, progress)
            self.own_weight = measure_weight(seen, *self._guesses)
        prediction, learnt = self._guesses
        mean = prediction.samples + self.weight * (learnt.samples - prediction.samples)
        return replace(prediction, samples=mean)


def main() -> None:
    """Measure, or go on from what was measured before, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, nargs="?")
    parser.add_argument("--split", choices=("train", "validation"), default="train")
    parser.add_argument("--tracks", type=int, default=24, help="of each kind")
    parser.add_argument("--recordings", type=Path, nargs="+", default=())
    parser.add_argument("--gaps", type=positives, default=(5.0, 10.0, 15.0, 20.0, 30.0, 60.0))
    parser.add_argument("--places", type=int, default=1)
    parser.add_argument("--model", type=Path, help="another than the one that ships")
    parser.add_argument("--rows", type=Path, help="keep what was measured here, and go on from it")
    parser.add_argument("--csv", type=Path, help="write the table of all rules here as well")
    args = parser.parse_args()
    if max(args.gaps) >= 1000 * mix.TAKES_FROM_S:
        parser.error(f"gaps from {1000 * mix.TAKES_FROM_S:g} ms on have takes, which are not mixed")
    rows: list[Row] = []
    if args.rows is not None and args.rows.exists():
        rows = [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    done = {(row.file, row.ms, row.place) for row in rows}
    for path, kind in choose_recordings(args):
        for row in measure(path, kind, args, done):
            rows.append(row)
            if args.rows is not None:
                with args.rows.open("a") as stream:
                    stream.write(json.dumps(asdict(row)) + "\n")
    rows = [row for row in rows if row.figures]
    lines = table(rows)
    print(format_markdown(lines), "", format_markdown(fit_limits(rows)), sep="\n")  # noqa: T201
    if args.csv is not None:
        with args.csv.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(lines)


def choose_recordings(args: argparse.Namespace) -> Iterator[tuple[Path, str]]:
    """Yield the recordings to measure in, with their kinds."""
    if args.corpus is not None:
        tracks = [track for track in read_index(args.corpus) if track.split == args.split]
        for kind, shortest_s in SHORTEST_S.items():
            rng = np.random.default_rng(len(kind))
            found = [t for t in tracks if t.kind == kind and t.duration_s > shortest_s]
            for track in choose_tracks(found, args.tracks, rng):
                yield track.path, kind
    for path in args.recordings:
        yield path, "solo"


def measure(
    path: Path, kind: str, args: argparse.Namespace, done: set[tuple[str, float, int]]
) -> Iterator[Row]:
    """Yield what the weights make of the gaps of a recording that are not measured yet."""
    clip = AudioClip(MonoSource(api.open_clip(path)))
    try:
        cuts = random_cuts(clip, args.gaps, count=args.places, rng=np.random.default_rng(0))
    except UasrmError:
        return
    for cut in cuts:
        if (path.name, cut.length_ms, cut.start_frame) in done:
            continue
        engine = WeightedEngine(load_engine("unet", args.model))
        found = tuple(repair(clip, cut, engine, weight) for weight in WEIGHTS)
        if engine.is_copied or not np.isfinite(found).all():
            found = ()
        own = engine.frames, engine.agreement_db, engine.own_weight
        yield Row(path.name, kind, clip.rate, cut.length_ms, cut.start_frame, *own, found)


def repair(clip: AudioClip, cut: Cut, engine: WeightedEngine, weight: float) -> tuple[float, ...]:
    """Return the figures of a repair with a weight of the network's guess."""
    broken, region = apply_damage(clip, cut), Region(cut.start_frame, cut.end_frame)
    engine.weight = weight
    made = repair_region(
        broken, region, (), engine, context_s=None, strength=1.0, take=None, progress=Progress()
    )
    values = figures(compare(clip, broken, broken.with_patch(made.patch), cut), METRICS)
    return tuple(values[name] for name in METRICS)


def weigh_by_length(row: Row, limits: tuple[float, float]) -> float:
    """Return the weight that grows with the logarithm of the frames between two limits."""
    low, high = limits
    return float(np.clip(math.log(row.frames / low) / math.log(high / low), 0.0, 1.0))


def weigh_by_agreement(row: Row, limits: tuple[float, float]) -> float:
    """Return the weight that falls with the agreement between two limits."""
    low, high = limits
    return float(np.clip((high - row.agreement_db) / (high - low), 0.0, 1.0))


def weigh_as_done(row: Row) -> float:
    """Return the weight that repairs have."""
    options = {"rate": row.rate, "agreement_db": row.agreement_db}
    return 0.0 if mix.is_predicted(row.frames, **options) else row.weight


def interpolate(row: Row, weight: float) -> np.ndarray:
    """Return the figures of a gap with a weight between those that were measured."""
    return np.array(
        [np.interp(weight, WEIGHTS, column) for column in zip(*row.figures, strict=True)]
    )


def mean(rows: Sequence[Row], rule: Rule) -> np.ndarray:
    """Return the mean figures of gaps with a rule for the weight."""
    return np.mean([interpolate(row, rule(row)) for row in rows], axis=0)


def table(rows: Sequence[Row]) -> list[list[str]]:
    """Return the figures of each rule by kind and length; the first row is the head."""
    rules: dict[str, Rule] = {
        "prediction alone": lambda row: 0.0,
        "network alone": lambda row: 1.0,
        "mean by length": lambda row: weigh_by_length(row, LENGTH_LIMITS),
        "mean by length and agreement": lambda row: (
            weigh_by_length(row, LENGTH_LIMITS) * weigh_by_agreement(row, AGREEMENT_LIMITS)
        ),
        "one by agreement": lambda row: float(row.agreement_db < mix.AGREEING_DB),
        "mean by likely errors": lambda row: row.weight,
        "one by frames or agreement": lambda row: float(
            row.agreement_db < mix.AGREEING_DB and row.frames > mix.PREDICTED_FRAMES
        ),
        "one by frames": lambda row: float(row.frames > mix.PREDICTED_FRAMES),
        "as it is done": weigh_as_done,
    }
    groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.kind, "low" if row.rate < 32000 else "high", f"{row.ms:g}"].append(row)
    lines = [["kind", "rate", "ms", "gaps", *rules]]
    for (kind, rate, ms), own in [*sorted(groups.items(), key=_order), (("all", "", ""), [*rows])]:
        cells = ["{:.2f} / {:.2f} / {:.3f}".format(*mean(own, rule)) for rule in rules.values()]
        lines.append([kind, rate, ms, str(len(own)), *cells])
    return lines


def _order(group: tuple[tuple[str, str, str], list[Row]]) -> tuple[str, str, float]:
    kind, rate, ms = group[0]
    return kind, rate, float(ms)


def fit_limits(rows: Sequence[Row]) -> list[list[str]]:
    """Return the figures with other limits of frames and of agreement, the best first."""
    found = []
    for frames, agreement in product(FRAMES, DECIBELS):
        snr, lsd, mos = mean(
            rows,
            lambda row, f=frames, a=agreement: float(row.frames > f and row.agreement_db < a),
        )
        found.append((mix.trial_score(snr, lsd), frames, agreement, snr, lsd, mos))
    lines = [["frames", "agreement dB", "SNR dB", "LSD dB", "MOS", "score"]]
    for score, frames, agreement, snr, lsd, mos in sorted(found):
        own = f"{snr:.2f}", f"{lsd:.2f}", f"{mos:.3f}", f"{score:.3f}"
        lines.append([f"{frames:g}", f"{agreement:g}", *own])
    return lines


if __name__ == "__main__":
    main()
