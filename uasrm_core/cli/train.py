"""`uasrm train`: learn a model from recordings."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from uasrm_core.cli.arguments import UsageError, positive, whole_from
from uasrm_core.cli.console import progress_line, progress_rows, say, say_lines
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.errors import Cancelled
from uasrm_core.progress import Progress
from uasrm_core.training.corpus import Track, tracks_of
from uasrm_core.translation import tr

PRESETS = ("hybrid", "original")
DEFAULT_RECIPE, SHORT_RECIPE = "hybrid", "short"

EXAMPLES = """
  uasrm train music/ -o own.safetensors --minutes 60
  uasrm train music/ -o own.safetensors --resume
  uasrm train voices/ --recipe own-speech --dry-run
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "data",
        nargs="+",
        type=Path,
        metavar="DATA",
        help=tr("recordings, folders of them, or a corpus that “uasrm corpus” made"),
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="MODEL",
        help=tr("the model file to write"),
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help=tr("learn nothing; tell what the recordings hold, and how long it would take"),
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help=tr("print progress, and what recordings hold, as rows of JSON"),
    )
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default="hybrid",
        help=tr("which network: hybrid, or original, that of the notebook this program comes from"),
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help=tr(
            "data, damages, stages and settings: a recipe that ships, in "
            "resources/recipes/, or a file that ends in .toml ({default_recipe}, which "
            "makes the models that ship from nothing in 15 hours; with --minutes "
            "{short_recipe}, which has one stage)",
            default_recipe=DEFAULT_RECIPE,
            short_recipe=SHORT_RECIPE,
        ),
    )
    parser.add_argument(
        "--width",
        type=whole_from(1),
        default=64,
        metavar="N",
        help=tr(
            "feature maps of the first of original's seven levels; with the notebook's 64 it has "
            "252 million parameters and needs 7 GB of memory, with 4 a million (64)"
        ),
    )
    parser.add_argument(
        "--rate",
        type=positive,
        default=2e-4,
        metavar="X",
        help=tr("learning rate of original; a narrow one stands more than the notebook's (0.0002)"),
    )
    parser.add_argument(
        "--minutes",
        type=positive,
        metavar="N",
        help=tr(
            "time to spend on learning, over all stages and sittings (what the recipe says; of "
            "original 60)"
        ),
    )
    parser.add_argument(
        "--examples",
        type=whole_from(1),
        metavar="N",
        help=tr(
            "gaps to prepare, of the short and of the long kind each (85 a minute of learning, at "
            "least 320 and at most 5120)"
        ),
    )
    parser.add_argument(
        "--from",
        dest="start",
        metavar="MODEL",
        default="",
        help=tr("a model whose weights to start from, in place of random ones"),
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help=tr("go on with the run that stopped at this model file"),
    )
    parser.add_argument("--force", action="store_true", help=tr("replace a model that exists"))
    parser.add_argument(
        "--seed",
        type=whole_from(0),
        metavar="N",
        help=tr("for another run (what the recipe says; 0)"),
    )


def run(args: argparse.Namespace) -> int:
    """Train, print the last validation, and return the exit status."""
    if args.dry_run:
        return _tell_data(args)
    if args.output is None:
        raise UsageError(tr("Say where the model is to go: -o MODEL."))
    start = Path(args.start) if args.start else None
    check_distinct({"model": args.output}, {"model to start from": start})
    check_new(args.output, force=args.force or args.resume)
    tracks = tracks_of(args.data)
    origin = {"data": ", ".join(sorted({t.package or t.path.name for t in tracks}))}
    preset = _train_original if args.preset == "original" else _train_hybrid
    try:
        with progress_rows() if args.json else progress_line() as progress:
            told = preset(args, tracks, origin, progress)
    except (KeyboardInterrupt, Cancelled) as stop:
        raise Cancelled(
            tr("Interrupted; the same command with --resume goes on from where it was.")
        ) from stop
    # of several processes that train together, the first one tells
    if told and not args.json:
        say_lines(told)
        say(tr("wrote {output}", output=args.output))
    return 0


def _tell_data(args: argparse.Namespace) -> int:
    """Tell what recordings hold, and what a training on them would do."""
    from uasrm_core.training.recipes import read_recipe

    tracks = tracks_of(args.data)
    recipe = read_recipe(_choose_recipe(args)).changed(minutes=args.minutes, examples=args.examples)
    rates = Counter[int]()
    for track in tracks:
        rates[track.rate] += track.frames
    aside = [track for track in tracks if track.split == "validation"]
    facts = {
        "recordings": len(tracks),
        "minutes": round(sum(track.duration_s for track in tracks) / 60, 2),
        "rates": {str(rate): round(frames / rate / 60, 2) for rate, frames in rates.items()},
        "kept_aside": len(aside),
        "gaps": sum(s.examples * len(s.damage.bands) for s in recipe.stages),
        "learning_minutes": round(recipe.minutes, 2),
    }
    if args.json:
        say(json.dumps(facts))
        return 0
    say(
        tr(
            "{recordings} recordings of {minutes:.1f} minutes, {kept_aside} of them kept aside to "
            "measure on; {gaps} gaps to prepare, then {learning_minutes:.0f} minutes of learning",
            **facts,
        )
    )
    return 0


def _choose_recipe(args: argparse.Namespace) -> str:
    return args.recipe or (DEFAULT_RECIPE if args.minutes is None else SHORT_RECIPE)


def _train_hybrid(
    args: argparse.Namespace, tracks: tuple[Track, ...], origin: dict[str, str], progress: Progress
) -> str:
    # Only who trains waits for torch.
    from uasrm_core.training.recipes import read_recipe, train_recipe

    recipe = read_recipe(_choose_recipe(args)).changed(
        minutes=args.minutes, examples=args.examples, seed=args.seed, start=args.start
    )
    for path in recipe.models(args.output):
        check_new(path, force=args.force or args.resume)
    last = train_recipe(
        tracks, args.output, recipe, resume=args.resume, origin=origin, progress=progress
    )
    return _format(last) if last else ""


def _train_original(
    args: argparse.Namespace, tracks: tuple[Track, ...], origin: dict[str, str], progress: Progress
) -> str:
    from uasrm_core.model.original import OriginalConfig
    from uasrm_core.training.original import NOTEBOOK_FIT, OriginalSettings, train_original
    from uasrm_core.training.train import RunFiles

    settings = OriginalSettings(
        minutes=args.minutes or 60.0,
        seed=args.seed or 0,
        model=OriginalConfig(channels=args.width),
        fit=replace(NOTEBOOK_FIT, peak_rate=args.rate, final_rate=args.rate),
    )
    last = train_original(
        tracks,
        RunFiles(args.output),
        settings,
        resume=args.resume,
        origin=origin,
        progress=progress,
    )
    figures = last["figures"]
    assert isinstance(figures, dict)
    shares = ", ".join(
        tr("{share:.1f} % within {db} dB", share=figures[f"within_{db}_db"], db=db)
        for db in (1, 3, 6)
    )
    return tr(
        "{steps} steps in {minutes} minutes; in the holes of the validation: error {db:.1f} dB, "
        "{shares}",
        steps=last["step"],
        minutes=last["minutes"],
        db=figures["error_db"],
        shares=shares,
    )


def _format(last: dict[str, object]) -> str:
    lines = [
        tr(
            "{steps} steps in {minutes} minutes; validation, network and classical:",
            steps=last["step"],
            minutes=last["minutes"],
        ),
        f"{'gap ms':>10} {'gaps':>5} {'SNR':>6} {'LSD':>6} {'SNR':>6} {'LSD':>6}",
    ]
    figures = last["figures"]
    assert isinstance(figures, dict)
    for length, row in figures.items():
        lines.append(
            f"{length:>10} {row['gaps']:5.0f} {row['snr']:6.2f} {row['lsd']:6.2f} "
            f"{row['classical_snr']:6.2f} {row['classical_lsd']:6.2f}"
        )
    return "\n".join(lines)
