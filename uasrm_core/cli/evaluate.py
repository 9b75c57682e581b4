"""`uasrm evaluate`: engines side by side on gaps cut into clean recordings."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from uasrm_core.cli.arguments import UsageError, names_of, positives
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.dsp.metrics import METRICS
from uasrm_core.evaluation import report
from uasrm_core.evaluation.benchmark import (
    DEFAULT_ENGINES,
    DEFAULT_GAPS_MS,
    DEFAULT_METRICS,
    Benchmark,
    BenchmarkSettings,
    Places,
    run_benchmark,
)
from uasrm_core.repair.job import ENGINES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("clean", nargs="+", type=Path, metavar="CLEAN", help="clean recordings")
    parser.add_argument(
        "--gaps",
        type=positives,
        metavar="MS,…",
        help=f"gap lengths in milliseconds ({','.join(f'{ms:g}' for ms in DEFAULT_GAPS_MS)})",
    )
    parser.add_argument(
        "--engines",
        type=names_of(ENGINES),
        default=DEFAULT_ENGINES,
        metavar="NAME,…",
        help=f"from {', '.join(ENGINES)}; the first is what the others are compared to "
        f"({','.join(DEFAULT_ENGINES)})",
    )
    parser.add_argument(
        "--places",
        type=_places,
        default=Places(),
        metavar="RULE",
        help="where the gaps are cut: random:N places a recording (random:16), rival (the places "
        "of published figures), or labels:FILE (the file's regions, with their own lengths)",
    )
    parser.add_argument(
        "--metrics",
        type=names_of(tuple(METRICS)),
        default=DEFAULT_METRICS,
        metavar="NAME,…",
        help=f"from {', '.join(METRICS)} ({','.join(DEFAULT_METRICS)})",
    )
    parser.add_argument("--model", type=Path, metavar="FILE", help="in place of the shipped model")
    parser.add_argument(
        "--all-channels",
        action="store_true",
        help="measure every channel instead of their mix to one, as published figures do",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of random places (0)")
    parser.add_argument("--json", action="store_true", help="print JSON with every gap's figures")


def run(args: argparse.Namespace) -> int:
    """Measure and print; status 1 if an engine gave up on a gap."""
    if args.seed < 0:
        raise UsageError("--seed is a number from 0.")
    if args.gaps and args.places.rule == "labels":
        raise UsageError("--gaps and --places labels:FILE exclude each other.")
    settings = BenchmarkSettings(
        gaps_ms=args.gaps or DEFAULT_GAPS_MS,
        engines=args.engines,
        places=args.places,
        metrics=args.metrics,
        model=args.model,
        mono=not args.all_channels,
        seed=args.seed,
    )
    with progress_line() as progress:
        benchmark = run_benchmark(args.clean, settings, progress)
    say(json.dumps(report.as_json(benchmark), indent=2) if args.json else _text(benchmark))
    for note in benchmark.notes:
        complain(note)
    problems = Counter((s.engine, s.problem) for s in benchmark.scores if s.problem is not None)
    for (engine, problem), count in problems.items():
        complain(f"{engine} gave up on {count} gaps: {problem}")
    return 1 if problems else 0


def _text(benchmark: Benchmark) -> str:
    settings = benchmark.settings
    mix = "mixed to mono" if settings.mono else "all channels"
    return f"{report.as_table(benchmark)}\n\nplaces {settings.places}, {mix}, seed {settings.seed}"


def _places(text: str) -> Places:
    rule, _, rest = text.partition(":")
    if rule == "labels" and rest:
        return Places("labels", labels=Path(rest))
    if text in ("random", "rival"):
        return Places(rule)
    if rule == "random" and rest.isdecimal() and int(rest) > 0:
        return Places("random", count=int(rest))
    raise argparse.ArgumentTypeError(f"“{text}” is none of random:16, rival, labels:FILE")
