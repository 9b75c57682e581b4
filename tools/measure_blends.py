"""Measure takes that are drawn by something between the two networks that ship.

    python tools/measure_blends.py RECORDING… [--shares 0,0.25,0.5,0.75,1,1.25] [--gaps 300,500]
        [--count 2] [--speech]

Every weight is that of `hybrid.safetensors` plus so many times the way to `takes.safetensors`: with
0 a smooth fill, with 1 a sample, beyond 1 farther on. Each recording is measured by itself, so that
its places do not depend on the others. Printed are, as Markdown, by length and share: level and
modulation in four bands (medians), SNR, LSD and zimtohrli, with ``--speech`` PLCMOS and STOI as
well (means).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument(
        "--shares", type=read_shares, default=(0.0, 0.25, 0.5, 0.75, 1.0, 1.25), metavar="X,…"
    )
    parser.add_argument("--gaps", type=positives, default=(300.0, 500.0), metavar="MS,…")
    parser.add_argument("--count", type=int, default=2, help="places a recording")
    parser.add_argument("--speech", action="store_true", help="measure as speech")
    args = parser.parse_args()
    others = (*NEAR, *SPEECH) if args.speech else NEAR
    scores: dict[tuple[float, float], list[Score]] = {}
    for share, benchmark in measure(args, (*(n for g in BANDS for n in GROUPS[g]), *others)):
        for score in benchmark.scores:
            scores.setdefault((score.cut.length_ms, share), []).append(score)
    lines = [["gap ms", "share", "gaps", *BANDS, *(MEASURES[name].title for name in others)]]
    for (length_ms, share), found in sorted(scores.items()):
        bands = (" ".join(average(found, name) for name in GROUPS[group]) for group in BANDS)
        rest = (average(found, name) for name in others)
        lines.append([f"{length_ms:g}", f"{share:g}", str(len(found)), *bands, *rest])
    print(format_markdown(lines))  # noqa: T201


def read_shares(text: str) -> tuple[float, ...]:
    """Return the numbers of a list such as 0,0.5."""
    return tuple(float(word) for word in text.split(","))


def measure(args: argparse.Namespace, metrics: Sequence[str]) -> Iterator[tuple[float, Benchmark]]:
    """Yield what comes of each share in each recording."""
    with tempfile.TemporaryDirectory() as folder:
        for share in args.shares:
            model = write_blend(share, Path(folder) / f"{share:g}.safetensors")
            settings = BenchmarkSettings(
                gaps_ms=args.gaps,
                engines=("unet",),
                places=Places(count=args.count),
                metrics=tuple(metrics),
                model=model,
                take=1,
            )
            for recording in args.recordings:
                yield share, run_benchmark([recording], settings)


def write_blend(share: float, path: Path) -> Path:
    """Write a model file between the two that ship, and return its name."""
    smooth, drawing = (
        load_model(resource("models", name)) for name in ("hybrid.safetensors", "takes.safetensors")
    )
    target = drawing.state_dict()
    with torch.no_grad():
        for name, value in smooth.state_dict().items():
            value.lerp_(target[name], share)
    save_model(smooth, path, {"licence": "MIT"})
    return path


def average(scores: Sequence[Score], name: str) -> str:
    """Return the average of a measure, as that measure is averaged."""
    measure_of = MEASURES[name]
    value = measure_of.average([score.values.get(name, float("nan")) for score in scores])
    return f"{value:.{measure_of.decimals}f}"


if __name__ == "__main__":
    main()
