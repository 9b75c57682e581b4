"""`uasrm dataset`: damaged and clean pairs as sound, numbers and pictures."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from uasrm_core.cli.arguments import UsageError, names_of, positive, whole_from
from uasrm_core.cli.console import progress_line, say
from uasrm_core.training.pairs import KINDS, PairSettings, write_pairs
from uasrm_core.translation import tr

EXAMPLES = """
  uasrm dataset music/ -o pairs/ --pairs 100
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("audio", nargs="+", type=Path, metavar="AUDIO", help=tr("clean recordings"))
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help=tr(
            "a new folder: clean.wav, damaged.wav, pair.safetensors and picture.png of every pair"
        ),
    )
    parser.add_argument(
        "--segment", type=positive, default=5.0, metavar="S", help=tr("length of a pair (5)")
    )
    parser.add_argument(
        "--damage",
        type=names_of(tuple(KINDS)),
        default=tuple(KINDS),
        metavar="NAME,…",
        help=tr("kinds taken in turn, from {names} (all)", names=", ".join(KINDS)),
    )
    parser.add_argument(
        "--pairs", type=whole_from(1), metavar="N", help=tr("stop after so many (all there are)")
    )
    parser.add_argument("--no-pictures", action="store_true", help=tr("leave out the pictures"))
    parser.add_argument(
        "--seed", type=whole_from(0), default=0, metavar="N", help=tr("of the damage (0)")
    )


def run(args: argparse.Namespace) -> int:
    """Write the pairs and print how many of each kind."""
    if args.segment < 1.0:
        raise UsageError(tr("--segment is at least 1 second."))
    settings = PairSettings(
        segment_s=args.segment,
        kinds=args.damage,
        most=args.pairs,
        with_pictures=not args.no_pictures,
        seed=args.seed,
    )
    with progress_line() as progress:
        entries = write_pairs(args.audio, args.output, settings, progress)
    kinds = Counter(entry["kind"] for entry in entries)
    counts = ", ".join(
        tr("{count} with {kind}", count=count, kind=kind) for kind, count in kinds.items()
    )
    say(
        tr(
            "{count} pairs in {output}: {counts}",
            count=len(entries),
            output=args.output,
            counts=counts,
        )
    )
    return 0
