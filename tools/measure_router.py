"""Compare the router's choices and estimates with what came true, on a corpus.

    python tools/measure_router.py CORPUS [--split validation] [--gaps 30,50,100,300,1000]

Gaps are cut into recordings; every engine repairs each of them, and the router orders the engines
and estimates the quality of each. Printed are, as Markdown: the mean LSD of its choices beside
that of the best engine of each gap in hindsight (the oracle) and of one engine always; the
estimates beside the truth; and new onsets at the edges, in per cent of the gaps, beside those that
the clean recordings have there.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import names_of, positives
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.measures import GROUPS
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.router import choose_routes
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import read_index

ENGINES = ("unet", "ar", "similarity")
METRICS = ("snr", "lsd", *GROUPS["seam"])
GAPS_MS = (30.0, 50.0, 100.0, 300.0, 1000.0)
PROMISED_LSD = (0.0, 2.0, 3.0, 4.0, 5.0, 7.0, np.inf)

Row = dict[str, Any]


def main() -> None:
    """Measure, or read what was measured before, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("validation", "train"), default="validation")
    parser.add_argument("--kind", type=names_of(("music", "speech")), default=("music", "speech"))
    parser.add_argument("--tracks", type=int, default=60, help="so many of its recordings")
    parser.add_argument("--gaps", type=positives, default=GAPS_MS, metavar="MS,…")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=Path, help="keep the figures here, and use those kept")
    args = parser.parse_args()
    if args.rows is not None and args.rows.exists():
        rows = [json.loads(line) for line in args.rows.read_text().splitlines()]
    else:
        rows = list(measure(args))
    print(format_rows(rows))  # noqa: T201


def measure(args: argparse.Namespace) -> Iterable[Row]:
    """Yield what the router said of every gap and what each engine made of it."""
    found = [t for t in read_index(args.corpus) if t.split == args.split and t.kind in args.kind]
    rng = np.random.default_rng(args.seed)
    chosen = [found[i] for i in rng.permutation(len(found))[: args.tracks]]
    for number, track in enumerate(chosen):
        print(f"{number}/{len(chosen)} {track.path.name}", file=sys.stderr)  # noqa: T201
        clip = AudioClip(MonoSource(api.open_clip(track.path)))
        for cut in random_cuts(clip, args.gaps, count=1, rng=rng):
            row = {"file": track.path.name, "kind": track.kind, **of_gap(clip, cut)}
            if args.rows is not None:
                with args.rows.open("a") as stream:
                    stream.write(json.dumps(row) + "\n")
            yield row


def of_gap(clip: AudioClip, cut: Cut) -> Row:
    """Return the figures of one gap, by engine, and the engines in the router's order."""
    broken = apply_damage(clip, cut)
    region = Region(cut.start_frame, cut.end_frame)
    routes = choose_routes(broken, region, RepairJob(broken, (region,)), Progress())
    estimates = {route.load().name: route.estimate for route in routes}
    untried = [name for name in ENGINES if name not in estimates]
    row: Row = {"ms": cut.length_ms, "order": [*estimates, *untried]}
    for name in row["order"]:
        (outcome,) = api.repair(RepairJob(broken, (region,), engine=name), Progress()).outcomes
        if not outcome.candidates:
            continue
        comparison = compare(clip, broken, broken.with_patch(outcome.candidates[0].patch), cut)
        row[name] = figures(comparison, METRICS)
        estimate = estimates.get(name)
        if estimate is not None:
            row[name] |= {"estimated_snr": estimate.snr_db, "estimated_lsd": estimate.lsd_db}
    return row


def format_rows(rows: Sequence[Row]) -> str:
    """Return the tables."""
    whole = [row for row in rows if all(row.get(engine) for engine in row["order"])]
    whole = [row for row in whole if not np.isnan([row[e]["lsd"] for e in row["order"]]).any()]
    return "\n\n".join([_choices(whole), _tabulate_estimates(whole), _seams(whole)])


def _choose(row: Row) -> Row:
    figures: Row = row[row["order"][0]]
    return figures


def _oracle(row: Row) -> Row:
    figures: Row = min((row[engine] for engine in row["order"]), key=lambda f: f["lsd"])
    return figures


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    lengths = sorted({row["ms"] for row in rows})
    groups = [(f"{ms:g}", [row for row in rows if row["ms"] == ms]) for ms in lengths]
    return [*groups, ("all", list(rows))]


def _choices(rows: Sequence[Row]) -> str:
    lines = [
        "| gap ms | gaps | router | oracle | above it | as the oracle | always "
        + " | always ".join(ENGINES)
        + " |",
        "|---" * (6 + len(ENGINES)) + "|",
    ]
    for name, group in _groups(rows):
        router = np.mean([_choose(row)["lsd"] for row in group])
        oracle = np.mean([_oracle(row)["lsd"] for row in group])
        same = np.mean([_choose(row)["lsd"] == _oracle(row)["lsd"] for row in group])
        cells = [name, f"{len(group)}", f"{router:.2f}", f"{oracle:.2f}"]
        cells += [f"{100 * (router / oracle - 1):.1f} %", f"{100 * same:.0f} %"]
        cells += [f"{np.mean([row[e]['lsd'] for row in group]):.2f}" for e in ENGINES]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _tabulate_estimates(rows: Sequence[Row]) -> str:
    kept = [_choose(row) for row in rows if "estimated_lsd" in _choose(row)]
    lines = [
        "| estimated LSD | gaps | estimated | came true | off by | not worse "
        "| estimated SNR | came true | off by | not worse |",
        "|---" * 10 + "|",
    ]
    for low, high in pairwise(PROMISED_LSD):
        group = [f for f in kept if low <= f["estimated_lsd"] < high]
        if group:
            lines.append(
                _tabulate_estimate(f"{low:g}–{high:g}".replace("–inf", " and more"), group)
            )
    return "\n".join([*lines, _tabulate_estimate("all", kept)])


def _tabulate_estimate(name: str, group: Sequence[Row]) -> str:
    cells = [name, f"{len(group)}"]
    for metric, sign in (("lsd", 1), ("snr", -1)):
        said = np.array([f[f"estimated_{metric}"] for f in group])
        true = np.array([f[metric] for f in group])
        cells += [f"{said.mean():.1f}", f"{true.mean():.1f}", f"{np.abs(true - said).mean():.1f}"]
        cells.append(f"{100 * np.mean(sign * true <= sign * said):.0f} %")
    return f"| {' | '.join(cells)} |"


def _seams(rows: Sequence[Row]) -> str:
    lines = [
        "| gap ms | clean | router | " + " | ".join(ENGINES) + " |",
        "|---" * (3 + len(ENGINES)) + "|",
    ]
    for name, group in _groups(rows):
        clean = np.nanmean([_choose(row)["clean_onsets"] for row in group])
        cells = [name, f"{clean:.0f} %"]
        for pick in (_choose, *(lambda row, e=e: row[e] for e in ENGINES)):
            all_of = np.nanmean([pick(row)["onsets"] for row in group])
            new = np.nanmean([pick(row)["new_onsets"] for row in group])
            cells.append(f"{all_of:.0f} % ({new:.0f} % new)")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
