"""Measure what each rule outside the network earns: those that mix guesses, and those of edges.

    python tools/measure_rules.py RECORDING… [--gaps 5,15,30,60,100,150,300] [--places 2]
        [--rules TEXT,…] [--order] [--rows ROWS.jsonl]

Gaps are cut at random places and repaired: by the engine that a rule is part of, as it is, and once
more without the rule, or with another value of it. `--order` lets the engines be tried on sound
nearby, too, which takes long: what becomes of their order without each part of its score, and how
far estimates are off. Printed is, as Markdown, by how much SNR, LSD, zimtohrli's MOS, the share of
gaps with a new onset at an edge, and the error of the level in bands change without the rule, over
all gaps that it concerns and, for LSD, over those in which it changes anything. Rows that are kept
are gone on from.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict
from unittest import mock

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting import exemplar, guesses, kind, mix, network, partials, router, splice
from uasrm_core.inpainting.condition import Conditioning
from uasrm_core.inpainting.job import CERTAIN_S, RepairJob
from uasrm_core.inpainting.trials import Trial
from uasrm_core.metrics.bands import level_distance_db
from uasrm_core.progress import Progress

MEASURED = ("snr", "lsd", "zimtohrli", "new_onsets")
METRICS = (*MEASURED, "level")
# The score of trials without each of its parts, and without the score bias of copies.
WORTHS = {
    "SNR in the order by trials": {"SNR_WORTH": 0.0},
    "level in the order by trials": {"LEVEL_WORTH": 0.0},
    "modulation in the order by trials": {"MODULATION_WORTH": 0.0},
}
ORDER, ALL = "order by trials: the network always first", "trials that agree: four of them"
# Score biases, by the engine that has one.
BIASES = {
    "score bias of copies in the order": "similarity",
    "score bias of prediction in the order": "ar",
}


@dataclass(frozen=True)
class Rule:
    """A rule, and what stands in its place where it is left out.

    Attributes
    ----------
    values
        Of names of `owner`, a module or a class.
    engine
        The engine that it is part of.
    from_s, to_s
        The lengths of the gaps that it concerns.
    """

    name: str
    owner: Any
    values: dict[str, Any]
    engine: str = "unet"
    from_s: float = 0.0
    to_s: float = math.inf


def never(*_: Any, **__: Any) -> bool:
    """Return False."""
    return False


def keep(samples: Any, *_: Any) -> Any:
    """Return the sound as it is."""
    return samples


def take_drawn(gap: Any, smooth: Any, take: Any) -> Any:
    """Return a take as it was drawn."""
    return take


def take_all(calm: Any, *_: Any) -> Any:
    """Return a share of 1 for every bin."""
    return np.ones(calm.shape[:2], dtype=np.float32)


RULES = (
    Rule("copy of the same sound again", guesses, {"is_repeat": never}),
    Rule("prediction in gaps to 220 frames", mix, {"PREDICTED_FRAMES": 0}, to_s=0.015),
    Rule(
        "prediction where both sides agree",
        guesses,
        {"is_predicted": lambda frames, **_: frames <= mix.PREDICTED_FRAMES},
        to_s=mix.TAKES_FROM_S,
    ),
    Rule(
        "prediction where both sides agree: in longer gaps, too",
        guesses,
        {"is_predicted": lambda frames, agreement_db, **_: mix.is_predictable(agreement_db)},
        from_s=mix.TAKES_FROM_S,
    ),
    Rule(
        "partials of the smooth fill in takes of music",
        network,
        {"join": take_drawn},
        from_s=kind.CALM_TAKES_FROM_S,
    ),
    Rule(
        "partials alone: all of the smooth fill, at the take's levels",
        partials,
        {"_find_partials": take_all},
        from_s=kind.CALM_TAKES_FROM_S,
    ),
    Rule(
        "93 ms to tell partials by: 46 ms",
        partials,
        {"WINDOW_S": 0.046},
        from_s=kind.CALM_TAKES_FROM_S,
    ),
    Rule("nothing copied where the prediction is sure", guesses, {"is_predictable": never}),
    Rule(
        "mean of prediction and network",
        network,
        {"weigh_guesses": lambda known, prediction, learnt: learnt},
        to_s=mix.TAKES_FROM_S,
    ),
    Rule(
        "nothing copied where the prediction is likely to be nearer",
        guesses,
        {"is_nearer_than_copy": never},
        to_s=mix.TAKES_FROM_S,
    ),
    Rule("copies in gaps to 15 ms", exemplar, {"is_repeat": never}, "auto", 0.004, CERTAIN_S),
    Rule(
        "copies that correlate by 0.97 go on by themselves",
        exemplar,
        {"CONTINUOUS_CORRELATION": 2.0},
        "similarity",
        0.02,
    ),
    Rule(
        "0.97 for copies that go on by themselves: 0.995",
        exemplar,
        {"CONTINUOUS_CORRELATION": mix.REPEAT_CORRELATION},
        "similarity",
        0.02,
    ),
    Rule(
        "crossing inside the edges",
        network.NetworkEngine,
        {"needs_crossfade": False},
        "unet",
        0.02,
    ),
    Rule("16 ms inside: 8 ms", splice, {"INNER_MOST_S": 0.008}, from_s=0.02),
    Rule("16 ms inside: 24 ms", splice, {"INNER_MOST_S": 0.024}, from_s=0.02),
    Rule("longer crossing where an onset begins", splice, {"LONGER_S": ()}, from_s=0.02),
    Rule("noise where an onset begins all the same", splice, {"_add_missing": keep}, from_s=0.02),
)


class Tried(TypedDict):
    """What trials say of an engine: means, what was added to its score, and its estimate of LSD."""

    snr: float
    lsd: float
    level: float
    modulation: float
    added: float
    estimate: float


class Agreed(TypedDict):
    """What a repair takes from trials that end once they agree."""

    engine: str
    trials: int
    estimate: float


@dataclass
class Row:
    """A gap, and the figures of its repairs: by engine as it is, and by rule without it.

    `tried` holds four trials of each engine.
    """

    file: str
    ms: float
    place: int
    done: dict[str, dict[str, float]] = field(default_factory=dict)
    tried: dict[str, Tried] = field(default_factory=dict)
    agreed: Agreed | None = None


def main() -> None:
    """Measure, or go on from what was measured before, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument(
        "--gaps", type=positives, default=(5.0, 15.0, 30.0, 60.0, 100.0, 150.0, 300.0)
    )
    parser.add_argument("--places", type=int, default=2)
    parser.add_argument("--rules", default="", help="those alone whose names hold one of these")
    parser.add_argument("--order", action="store_true", help="measure the order by trials, too")
    parser.add_argument("--rows", type=Path, help="keep what was measured here, and go on from it")
    args = parser.parse_args()
    rows: list[Row] = []
    if args.rows is not None and args.rows.exists():
        rows = [Row(**json.loads(line)) for line in args.rows.read_text().splitlines()]
    known = {(row.file, row.ms, row.place) for row in rows}
    rules = [rule for rule in RULES if any(text in rule.name for text in args.rules.split(","))]
    for path in args.recordings:
        clip = AudioClip(MonoSource(api.open_clip(path)))
        for cut in random_cuts(clip, args.gaps, count=args.places, rng=np.random.default_rng(0)):
            if (path.name, cut.length_ms, cut.start_frame) not in known:
                rows.append(measure(clip, cut, rules, with_order=args.order))
                if args.rows is not None:
                    with args.rows.open("a") as stream:
                        stream.write(json.dumps(asdict(rows[-1])) + "\n")
    print(format_markdown(table(rows)))  # noqa: T201
    tried = [row for row in rows if row.tried and row.done.get("trials")]
    if tried:
        print("", describe_estimates(tried), sep="\n")  # noqa: T201


def measure(clip: AudioClip, cut: Cut, rules: list[Rule], *, with_order: bool) -> Row:
    """Return the figures of a gap, with every rule that concerns it and without."""
    path = clip.info.path
    row = Row("" if path is None else path.name, cut.length_ms, cut.start_frame)
    broken = apply_damage(clip, cut)
    if with_order and cut.length_ms > 1000 * CERTAIN_S:
        row.tried, row.agreed = try_engines(broken, cut)
        row.done |= {engine: repair(clip, broken, cut, engine) for engine in row.tried}
    with remember_guesses():
        for rule in rules:
            if rule.from_s <= cut.length_ms / 1000 <= rule.to_s:
                if rule.engine not in row.done:
                    row.done[rule.engine] = repair(clip, broken, cut, rule.engine)
                with mock.patch.multiple(rule.owner, **rule.values):
                    row.done[rule.name] = repair(clip, broken, cut, rule.engine)
    return row


def try_engines(broken: AudioClip, cut: Cut) -> tuple[dict[str, Tried], Agreed | None]:
    """Return what four trials near a gap say of each engine, and what a repair takes from fewer."""
    made: dict[str, Sequence[Trial]] = {}
    try_them = router.try_engines

    def note(clip: AudioClip, region: Region, job: RepairJob, engines: Any, *rest: Any) -> Any:
        found = try_them(clip, region, job, engines, *rest)
        made.update((engine.name, own.trials) for engine, own in zip(engines, found, strict=True))
        return found

    region = Region(cut.start_frame, cut.end_frame)
    rank = router._rank_routes
    job = RepairJob(broken, (region,))
    first = rank(broken, region, job, ("unet", "ar"), Progress())[0]
    agreed = None
    if first.estimate is not None:
        engine = first.load().name
        said = first.estimate
        agreed = Agreed(engine=engine, trials=said.trials, estimate=said.lsd_db)
    with mock.patch.object(router, "try_engines", note):
        routes = rank(broken, region, replace(job, compare=True), ("unet", "ar"), Progress())
    tried: dict[str, Tried] = {}
    for route in routes:
        name = route.load().name
        if made[name] and route.estimate is not None:
            names = ("snr_db", "lsd_db", "level_db", "modulation_db")
            means = [float(np.mean([getattr(each, own) for each in made[name]])) for own in names]
            tried[name] = Tried(
                snr=means[0],
                lsd=means[1],
                level=means[2],
                modulation=means[3],
                added=route.score - router.score_trials(made[name]),
                estimate=route.estimate.lsd_db,
            )
    return tried, agreed


def choose(row: Row, *, without: str = "") -> str:
    """Return the engine that trials put first, by the worths that are set.

    Parameters
    ----------
    without
        The engine whose score bias is left out.
    """

    def score(engine: str) -> float:
        found = row.tried[engine]
        own = mix.trial_score(found["snr"], found["lsd"], found["level"], found["modulation"])
        return own + found["added"] * (engine != without)

    return min(row.tried, key=score)


def note_orders(row: Row) -> None:
    """Add what is repaired first by the order of trials, and by it without each of its parts."""
    if not row.tried or not all(row.done.get(engine) for engine in row.tried):
        return
    row.done["trials"] = row.done[choose(row)]
    row.done[ORDER] = row.done["unet"]
    for name, engine in BIASES.items():
        row.done[name] = row.done[choose(row, without=engine)]
    if row.agreed is not None:
        row.done["agreed"] = row.done[row.agreed["engine"]]
        row.done[ALL] = row.done["trials"]
    for name, values in WORTHS.items():
        with mock.patch.multiple(mix, **values):
            row.done[name] = row.done[choose(row)]


def repair(clip: AudioClip, broken: AudioClip, cut: Cut, engine: str) -> dict[str, float]:
    """Return the figures of one engine's repair; none where it repairs nothing."""
    region = Region(cut.start_frame, cut.end_frame)
    (outcome,) = api.repair(RepairJob(broken, (region,), engine)).outcomes
    if not outcome.candidates:
        return {}
    mended = broken.with_patch(outcome.candidates[0].patch)
    heard = compare(clip, broken, mended, cut)
    level_db = level_distance_db(heard.clean, heard.repaired, heard.start, heard.end, heard.rate)
    return {**figures(heard, MEASURED), "level": level_db}


@contextmanager
def remember_guesses() -> Iterator[None]:
    """Let what is made of a gap before any rule be made once; for one gap and model."""
    found: dict[Any, Any] = {}
    build, run = Conditioning.for_network, network.run_network

    def build_once(known: Conditioning, *args: Any, **options: Any) -> Any:
        key = known.gap.samples.tobytes(), known.gap.start
        if key not in found:
            found[key] = build(known, *args, **options)
        return found[key]

    def run_once(seen: Any, own: Any, progress: Progress, *, take: int | None) -> Any:
        if (id(seen), take) not in found:
            found[id(seen), take] = run(seen, own, progress, take=take)
        return found[id(seen), take]

    with (
        mock.patch.object(Conditioning, "for_network", build_once),
        mock.patch.object(network, "run_network", run_once),
    ):
        yield


def table(rows: list[Row]) -> list[list[str]]:
    """Return the cells, of which the first row is the head."""
    head = [
        "rule",
        "engine",
        "gaps",
        "changed",
        "SNR dB",
        "LSD dB",
        "MOS",
        "new onsets",
        "level dB",
    ]
    lines = [[*head, "LSD dB where changed"]]
    orders = [Rule(name, router, {}, "trials") for name in (ORDER, *BIASES, *WORTHS)]
    orders.append(Rule(ALL, router, {}, "agreed"))
    for row in rows:
        note_orders(row)
    for rule in (*orders, *RULES):
        pairs = [(row.done.get(rule.engine), row.done.get(rule.name)) for row in rows]
        own = [(a, b) for a, b in pairs if a and b and not math.isnan(a["lsd"] + b["lsd"])]
        if not own:
            continue
        apart = np.array(
            [[b.get(name, math.nan) - a.get(name, math.nan) for name in METRICS] for a, b in own]
        )
        changed = np.any(np.abs(np.nan_to_num(apart)) > 1e-3, axis=1)
        snr, lsd, mos, onsets, level = np.nanmean(apart, axis=0)
        where = f"{np.mean(apart[changed, 1]):+.2f}" if changed.any() else "–"
        cells = [
            f"{snr:+.3f}",
            f"{lsd:+.3f}",
            f"{mos:+.4f}",
            f"{onsets:+.1f} %",
            f"{level:+.3f}",
            where,
        ]
        lines.append([rule.name, rule.engine, str(len(own)), str(int(changed.sum())), *cells])
    return lines


def describe_estimates(rows: list[Row]) -> str:
    """Return how far estimates of LSD are off: of four trials, and of those that agree."""
    off, agreed = [], []
    for row in rows:
        name = choose(row)
        true, found = row.done[name]["lsd"], row.tried[name]
        off.append((abs(true - found["estimate"]), abs(true - found["lsd"])))
        if row.agreed is not None:
            apart = row.done[row.agreed["engine"]]["lsd"] - row.agreed["estimate"]
            agreed.append((abs(apart), row.agreed["trials"]))
    corrected, plain = np.nanmean(off, axis=0)
    sentence = (
        f"Estimates of LSD in {len(off)} gaps are off by {corrected:.3f} dB, means by {plain:.3f}"
    )
    if agreed:
        fewer, count = np.nanmean(agreed, axis=0)
        sentence += f"; estimates by {count:.1f} trials, that agree, are off by {fewer:.3f}"
    return sentence + "."


if __name__ == "__main__":
    main()
