"""`uasrm train`: learn a model from recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core.cli.arguments import positive
from uasrm_core.cli.console import progress_line, say
from uasrm_core.errors import DataError
from uasrm_core.training.corpus import tracks_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "data",
        nargs="+",
        type=Path,
        metavar="DATA",
        help="recordings, folders of them, or a corpus that “uasrm corpus” made",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="MODEL", help="the model file to write"
    )
    parser.add_argument(
        "--preset", choices=("hybrid",), default="hybrid", help="which network (hybrid)"
    )
    parser.add_argument(
        "--minutes",
        type=positive,
        default=60.0,
        metavar="N",
        help="time to spend on learning, over all sittings (60)",
    )
    parser.add_argument(
        "--examples",
        type=int,
        default=5120,
        metavar="N",
        help="gaps to prepare, of the short and of the long kind each (5120)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with the run that stopped at this model file"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="for a repeatable run (0)")


def run(args: argparse.Namespace) -> int:
    """Train, print the last validation, and return the exit status."""
    # Only who trains waits for torch.
    from uasrm_core.training.train import TrainSettings, train

    if not args.output.parent.is_dir():
        raise DataError(f"There is no folder {args.output.parent} to write the model into.")
    tracks = tracks_of(args.data)
    settings = TrainSettings(
        minutes=args.minutes,
        examples=args.examples,
        validation_examples=max(args.examples // 40, 32),
        seed=args.seed,
    )
    origin = {"data": ", ".join(sorted({t.package or t.path.name for t in tracks}))}
    with progress_line() as progress:
        last = train(
            tracks, args.output, settings, resume=args.resume, origin=origin, progress=progress
        )
    _tell(last)
    say(f"wrote {args.output}")
    return 0


def _tell(last: dict[str, object]) -> None:
    say(f"{last['step']} steps in {last['minutes']} minutes; validation, network and classical:")
    say(f"{'gap ms':>10} {'gaps':>5} {'SNR':>6} {'LSD':>6} {'SNR':>6} {'LSD':>6}")
    figures = last["figures"]
    assert isinstance(figures, dict)
    for length, row in figures.items():
        say(
            f"{length:>10} {row['gaps']:5.0f} {row['snr']:6.2f} {row['lsd']:6.2f} "
            f"{row['classical_snr']:6.2f} {row['classical_lsd']:6.2f}"
        )
