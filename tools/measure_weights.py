"""Measure fills by other weights than those that ship: between the two networks, or earlier ones.

    python tools/measure_weights.py RECORDING… [--shares 0,0.25,0.5,0.75,1,1.25] [--gaps 300,500]
        [--count 2] [--speech] [--csv]
    python tools/measure_weights.py RECORDING… --ablation [--gaps 300,500] [--count 2] [--speech]

*Shares*: every weight is that of `hybrid.safetensors` plus so many times the way to
`takes.safetensors`: with 0 a smooth fill, with 1 a sample, beyond 1 farther on. *Ablation*: what
each step of training changed, with weights from the history of this repository, and with noise or
without. Each recording is measured by itself, so that its places do not depend on the others.
Printed are, as Markdown or CSV, by length and row: level and modulation in four bands (medians),
SNR, LSD and zimtohrli, with ``--speech`` PLCMOS and STOI as well (means).
"""

from __future__ import annotations

import argparse
import csv
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from uasrm_core.cli.arguments import positives
from uasrm_core.evaluation.benchmark import (
    Benchmark,
    BenchmarkSettings,
    Places,
    Score,
    run_benchmark,
)
from uasrm_core.evaluation.measures import GROUPS, MEASURES
from uasrm_core.evaluation.tables import format_markdown
from uasrm_core.model.checkpoint import load_model, save_model
from uasrm_core.resources import resource

BANDS = ("level", "modulation")
NEAR, SPEECH = ("snr", "lsd", "zimtohrli"), ("plcmos", "stoi")
MODELS = "resources/models"


@dataclass(frozen=True)
class Weights:
    """One row: weights, and the take that is made with them.

    Attributes
    ----------
    commit, file
        Where a model is in the history of this repository; none where `share` tells.
    share
        How far from `hybrid.safetensors` to `takes.safetensors`.
    """

    name: str
    commit: str = ""
    file: str = ""
    share: float = 0.0
    take: int = 1


ABLATION = (
    Weights("the loss asks for the middle; five voices", "2efa38d", "hybrid", take=0),
    Weights("energy distance, 138 voices", "dbe4483", "takes"),
    Weights("the same without noise", "dbe4483", "takes", take=0),
    Weights("second stage: levels are not pushed apart", "173d941", "takes"),
    Weights("the same without noise", "173d941", "takes", take=0),
    Weights("mean of the first and the last", share=0.5),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument(
        "--shares", type=read_shares, default=(0.0, 0.25, 0.5, 0.75, 1.0, 1.25), metavar="X,…"
    )
    parser.add_argument("--ablation", action="store_true", help="earlier weights, by steps")
    parser.add_argument("--gaps", type=positives, default=(300.0, 500.0), metavar="MS,…")
    parser.add_argument("--count", type=int, default=2, help="places a recording")
    parser.add_argument("--speech", action="store_true", help="measure as speech")
    parser.add_argument("--csv", action="store_true", help="print CSV")
    args = parser.parse_args()
    shares = tuple(Weights(f"{share:g}", share=share) for share in args.shares)
    others = (*NEAR, *SPEECH) if args.speech else NEAR
    metrics = (*(name for group in BANDS for name in GROUPS[group]), *others)
    scores: dict[tuple[float, int], list[Score]] = {}
    rows = ABLATION if args.ablation else shares
    for number, weights in enumerate(rows):
        for benchmark in measure(args, weights, metrics):
            for score in benchmark.scores:
                scores.setdefault((score.cut.length_ms, number), []).append(score)
    lines = [["gap ms", "weights", "gaps", *BANDS, *(MEASURES[name].title for name in others)]]
    for (length_ms, number), found in sorted(scores.items()):
        bands = (" ".join(average(found, name) for name in GROUPS[group]) for group in BANDS)
        rest = (average(found, name) for name in others)
        lines.append([f"{length_ms:g}", rows[number].name, str(len(found)), *bands, *rest])
    if args.csv:
        csv.writer(sys.stdout, lineterminator="\n").writerows(lines)
    else:
        print(format_markdown(lines))  # noqa: T201


def read_shares(text: str) -> tuple[float, ...]:
    """Return the numbers of a list such as 0,0.5."""
    return tuple(float(word) for word in text.split(","))


def measure(
    args: argparse.Namespace, weights: Weights, metrics: Sequence[str]
) -> Iterator[Benchmark]:
    """Yield what comes of some weights in each recording."""
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model.safetensors"
        if weights.commit:
            model.write_bytes(read_history(weights.commit, f"{MODELS}/{weights.file}.safetensors"))
        else:
            write_blend(weights.share, model)
        settings = BenchmarkSettings(
            gaps_ms=args.gaps,
            engines=("unet",),
            places=Places(count=args.count),
            metrics=tuple(metrics),
            model=model,
            take=weights.take,
        )
        for recording in args.recordings:
            yield run_benchmark([recording], settings)


def read_history(commit: str, path: str) -> bytes:
    """Return a file as it was at a commit of this repository."""
    command = ["git", "-C", str(Path(__file__).parent), "show", f"{commit}:{path}"]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def write_blend(share: float, path: Path) -> None:
    """Write a model file between the two that ship."""
    smooth, drawing = (
        load_model(resource("models", name)) for name in ("hybrid.safetensors", "takes.safetensors")
    )
    target = drawing.state_dict()
    with torch.no_grad():
        for name, value in smooth.state_dict().items():
            value.lerp_(target[name], share)
    save_model(smooth, path, {"licence": "MIT"})


def average(scores: Sequence[Score], name: str) -> str:
    """Return the average of a measure over the gaps that have it, as that measure is averaged."""
    measure_of = MEASURES[name]
    values = [score.values[name] for score in scores if name in score.values]
    known = [value for value in values if not math.isnan(value)]
    value = measure_of.average(known) if known else math.nan
    return f"{value:.{measure_of.decimals}f}"


if __name__ == "__main__":
    main()
