"""Measure what each rule by which guesses are mixed and engines chosen earns.

    python tools/measure_rules.py RECORDING… [--gaps 20,60,150,300] [--places 2] [--rows ROWS.jsonl]

Gaps are cut at random places; the engines repair them, and the network's engine once more without
each rule of `uasrm_core.inpainting.mix`. The order of engines by trials is compared with the
network alone. Printed is, as Markdown, by how much LSD, SNR and zimtohrli's MOS
get worse without the rule, over all gaps and over those in which it changes anything.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.benchmark import MonoSource, apply_damage, compare, figures
from uasrm_core.evaluation.places import Cut, random_cuts
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.inpainting import guesses, router
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.progress import Progress

METRICS = ("snr", "lsd", "zimtohrli")
ENGINES = ("unet", "ar", "similarity")
Row = dict[str, Any]
Figures = Callable[[Row], dict[str, float]]
# What the rules of mixing are set to where they are left out.
RULES: dict[str, dict[str, Any]] = {
    "copy of the same sound again": {"is_repeat": lambda *_: False},
    "mean with the prediction": {"network_weight": lambda *_, **__: 1.0},
    "nothing copied where the prediction is sure": {"is_predictable": lambda *_: False},
}


def main() -> None:
    """Measure, or read what was measured before, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, nargs="+")
    parser.add_argument("--gaps", type=positives, default=(20.0, 60.0, 150.0, 300.0))
    parser.add_argument("--places", type=int, default=2)
    parser.add_argument("--rows", type=Path, help="keep the figures here, and use those kept")
    args = parser.parse_args()
    if args.rows is not None and args.rows.exists():
        rows = [json.loads(line) for line in args.rows.read_text().splitlines()]
    else:
        rows = []
        for path in args.recordings:
            for row in measure(path, args.gaps, args.places):
                rows.append(row)
                if args.rows is not None:
                    with args.rows.open("a") as stream:
                        stream.write(json.dumps(row) + "\n")
    print(format_markdown(table(rows)))  # noqa: T201


def measure(path: Path, gaps_ms: tuple[float, ...], places: int) -> Iterator[Row]:
    """Yield the figures of every gap, and what would be chosen without each rule."""
    clip = AudioClip(MonoSource(api.open_clip(path)))
    for cut in random_cuts(clip, gaps_ms, count=places, rng=np.random.default_rng(0)):
        broken, region = apply_damage(clip, cut), Region(cut.start_frame, cut.end_frame)
        row: Row = {"file": path.name, "ms": cut.length_ms, "chosen": first_of(broken, region)}
        for engine in ENGINES:
            row[engine] = of_engine(clip, broken, cut, engine)
        for rule, functions in RULES.items():
            with without(guesses, functions):
                row[rule] = of_engine(clip, broken, cut, "unet")
        yield row


def first_of(clip: AudioClip, region: Region) -> str:
    """Return the engine that the router puts first."""
    job = RepairJob(clip, (region,))
    return router.routes_for(clip, region, job, Progress())[0].load().name


def of_engine(clip: AudioClip, broken: AudioClip, cut: Cut, engine: str) -> dict[str, float]:
    """Return the figures of one engine's repair."""
    region = Region(cut.start_frame, cut.end_frame)
    (outcome,) = api.repair(RepairJob(broken, (region,), engine)).outcomes
    if not outcome.candidates:
        return {}
    mended = broken.with_patch(outcome.candidates[0].patch)
    return dict(figures(compare(clip, broken, mended, cut), METRICS))


@contextmanager
def without(module: Any, constants: dict[str, Any]) -> Iterator[None]:
    """Set names of a module to other values for a while."""
    before = {name: getattr(module, name) for name in constants}
    for name, value in constants.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def table(rows: list[Row]) -> list[list[str]]:
    """Return the cells, of which the first row is the head."""
    lines = [["rule", "gaps", "changed", "LSD dB", "SNR dB", "MOS", "LSD dB where changed"]]

    compared: list[tuple[str, Figures, Figures]] = [
        ("order of engines by trials", lambda row: row[row["chosen"]], lambda row: row["unet"])
    ]
    for rule in RULES:
        compared.append((rule, lambda row: row["unet"], lambda row, rule=rule: row[rule]))
    for rule, usual, left_out in compared:
        pairs = [(usual(row), left_out(row)) for row in rows]
        pairs = [(a, b) for a, b in pairs if a and b and not math.isnan(a["lsd"] + b["lsd"])]
        apart = np.array([[b[m] - a[m] for m in ("lsd", "snr", "zimtohrli")] for a, b in pairs])
        changed = np.any(np.abs(apart) > 1e-3, axis=1)
        means = np.nanmean(apart, axis=0)
        where = f"{np.mean(apart[changed, 0]):+.2f}" if changed.any() else "–"
        cells = [f"{mean:+.3f}" for mean in means]
        lines.append([rule, str(len(pairs)), str(int(changed.sum())), *cells, where])
    return lines


if __name__ == "__main__":
    main()
