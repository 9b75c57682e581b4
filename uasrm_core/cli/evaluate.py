"""`uasrm evaluate`: engines side by side on damage done to clean recordings."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from uasrm_core.cli.arguments import (
    UsageError,
    check_adaptable,
    names_of,
    positives,
    whole_from,
)
from uasrm_core.cli.console import complain, progress_line, say_lines
from uasrm_core.cli.targets import check_new
from uasrm_core.errors import DataError
from uasrm_core.evaluation import report, tables
from uasrm_core.evaluation.benchmark import (
    ADAPTED,
    DEFAULT_BOX_METRICS,
    DEFAULT_BOXES_MS,
    DEFAULT_ENGINES,
    DEFAULT_GAPS_MS,
    DEFAULT_METRICS,
    TAKE,
    Benchmark,
    BenchmarkSettings,
    Places,
    run_benchmark,
)
from uasrm_core.evaluation.examples import Examples
from uasrm_core.evaluation.measures import GROUPS, MEASURES
from uasrm_core.evaluation.page import PAGE_NAME, make_ready, write_page
from uasrm_core.evaluation.tell import Tells
from uasrm_core.inpainting.registry import ADAPTABLE, ENGINES, REGISTRY
from uasrm_core.translation import tr
from uasrm_core.writing.text import json_text

KINDS = ("music", "speech", "sounds")
SPLITS = ("validation", "train")
FORMATS = ("text", "markdown", "json")
# A corpus has hundreds of recordings, of which many say the same.
MOST_NOTES = 5
# So that the choice of recordings has nothing to do with that of places in them.
CHOICE_SALT = 271

EXAMPLES = """
  uasrm evaluate concert.flac --gaps 10,20,50,100,300,500 --engines ar,unet
  uasrm evaluate speech/*.wav --metrics snr,lsd,pesq --json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = f"{parser.epilog}\n{_describe_metrics()}"
    parser.add_argument("clean", nargs="*", type=Path, metavar="CLEAN", help=tr("clean recordings"))
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help=tr("recordings of a corpus that “corpus” made")
    )
    parser.add_argument(
        "--split", choices=SPLITS, default="validation", help=tr("its part (validation)")
    )
    parser.add_argument(
        "--kind",
        type=names_of(KINDS),
        default=KINDS,
        metavar="NAME,…",
        help=tr("of what kind (all)"),
    )
    parser.add_argument(
        "--tracks",
        type=whole_from(1),
        metavar="N",
        help=tr("so many of its recordings, chosen by the seed"),
    )
    parser.add_argument(
        "--gaps",
        type=positives,
        metavar="MS,…",
        help=tr(
            "gap lengths in milliseconds ({gaps}; boxes {boxes}); random "
            "places leave room for the longest of them, so rows compare within one "
            "command, not between two that ask for other lengths",
            gaps=_join_lengths(DEFAULT_GAPS_MS),
            boxes=_join_lengths(DEFAULT_BOXES_MS),
        ),
    )
    parser.add_argument(
        "--engines",
        type=names_of(ENGINES),
        default=DEFAULT_ENGINES,
        metavar="NAME,…",
        help=tr(
            "from {engines}; the first is what the others are compared to, gap by gap ({names})",
            engines=", ".join(ENGINES),
            names=",".join(DEFAULT_ENGINES),
        ),
    )
    parser.add_argument(
        "--places",
        type=_parse_places,
        default=Places(),
        metavar="RULE",
        help=tr(
            "what is damaged: random:N gaps of each length a recording (random:16), rival (the "
            "places of published figures), labels:FILE (the file's regions, with their own "
            "lengths), losses:20%% (so many packets of 20 ms of speech, in bursts of two on "
            "average; recordings are measured as a whole), or boxes:N (at N places a cough of "
            "300-3000 Hz and a telephone of 400 and 450 Hz, both at twice the level of the "
            "programme, and a box with nothing in it)"
        ),
    )
    parser.add_argument(
        "--metrics",
        type=_parse_metrics,
        metavar="NAME,…",
        help=tr(
            "see below ({names}; boxes {boxes})",
            names=",".join(DEFAULT_METRICS),
            boxes=",".join(DEFAULT_BOX_METRICS),
        ),
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help=tr(
            "in place of the shipped model; with original among the engines, the one of original"
        ),
    )
    parser.add_argument(
        "--take",
        type=_parse_takes,
        metavar="N,…",
        help=tr("which of the network's fills for long gaps, as in “repair”; 0 is the smooth one"),
    )
    parser.add_argument(
        "--adapt",
        action="store_true",
        help=tr(
            "measure {names} a second time, adapted to each recording without the sound of "
            "its gaps",
            names=" and ".join(ADAPTABLE),
        ),
    )
    parser.add_argument(
        "--tell",
        action="store_true",
        help=tr(
            "also tell how well a classifier tells 0.5 s around the repairs from the same places "
            "when nothing was done (AUC, cross-validated over recordings; 0.5 is undetectable to "
            "it)"
        ),
    )
    parser.add_argument(
        "--all-channels",
        action="store_true",
        help=tr("measure every channel instead of their mix to one, as published figures do"),
    )
    parser.add_argument(
        "--seed", type=whole_from(0), default=0, metavar="N", help=tr("of random places (0)")
    )
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="DIR",
        help=tr(
            "also write index.html into this folder: curves, spectrograms and sound to listen to, "
            "all in the one file"
        ),
    )
    parser.add_argument("--force", action="store_true", help=tr("replace a page that exists"))
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--format", choices=FORMATS, default="text", help=tr("of the output (text)"))
    shape.add_argument(
        "--json",
        dest="format",
        action="store_const",
        const="json",
        help=tr("the same as --format json: every gap's figures"),
    )


def run(args: argparse.Namespace) -> int:
    """Measure and print; status 1 if an engine gave up on a gap."""
    if args.gaps and args.places.rule in ("labels", "losses"):
        raise UsageError(tr("--gaps and --places {places} exclude each other.", places=args.places))
    check_adaptable(args.adapt, args.engines)
    boxes = args.places.rule == "boxes"
    engines = _add_adapted(args.engines) if args.adapt else args.engines
    settings = BenchmarkSettings(
        gaps_ms=args.gaps or (DEFAULT_BOXES_MS if boxes else DEFAULT_GAPS_MS),
        engines=_add_takes(engines, args.take or ()),
        places=args.places,
        metrics=args.metrics or (DEFAULT_BOX_METRICS if boxes else DEFAULT_METRICS),
        model=args.model,
        take=args.take[0] if args.take and len(args.take) == 1 else None,
        mono=not args.all_channels,
        seed=args.seed,
    )
    recordings = _find_recordings(args)
    examples, tells = Examples(settings), Tells()
    if args.plot is not None:
        make_ready(args.plot)
        check_new(args.plot / PAGE_NAME, force=args.force)
    with progress_line() as progress:
        listeners = (examples.hear, *([tells.hear] if args.tell else []))
        benchmark = run_benchmark(recordings, settings, progress, listeners=listeners)
    if args.plot is not None:
        write_page(args.plot, benchmark, examples, overwrite=args.force)
    say_lines(_format(benchmark, tells.aucs() if args.tell else {}, args.format))
    for note in benchmark.notes[:MOST_NOTES]:
        complain(note)
    if len(benchmark.notes) > MOST_NOTES:
        complain(
            tr(
                "{count} more notes are in what --json prints.",
                count=len(benchmark.notes) - MOST_NOTES,
            )
        )
    problems = Counter((s.engine, s.problem) for s in benchmark.scores if s.problem is not None)
    for (engine, problem), count in problems.items():
        complain(
            tr(
                "{engine} gave up on {count} gaps: {problem}",
                engine=engine,
                count=count,
                problem=problem,
            )
        )
    return 1 if problems else 0


def _find_recordings(args: argparse.Namespace) -> list[Path]:
    """Return the recordings that are named, and those of the corpus that are asked for."""
    if args.corpus is None:
        if not args.clean:
            raise UsageError(tr("Name clean recordings, or a corpus with --corpus DIR."))
        return list(args.clean)
    from uasrm_core.training.corpus import read_index

    found = [
        track.path
        for track in read_index(args.corpus)
        if track.split == args.split and track.kind in args.kind
    ]
    if not found:
        kinds = " or ".join(args.kind)
        raise DataError(
            tr(
                "The corpus {corpus} holds no {split} recordings of {kinds}.",
                corpus=args.corpus,
                split=args.split,
                kinds=kinds,
            )
        )
    if args.tracks is not None and args.tracks < len(found):
        rng = np.random.default_rng([args.seed, CHOICE_SALT])
        found = [found[i] for i in sorted(rng.permutation(len(found))[: args.tracks])]
    return [*args.clean, *found]


def _add_adapted(engines: tuple[str, ...]) -> tuple[str, ...]:
    """Return each engine that can be adapted with itself adapted behind it, and the others."""
    pairs = ((name, name + ADAPTED) if name in ADAPTABLE else (name,) for name in engines)
    return tuple(name for pair in pairs for name in pair)


def _parse_takes(text: str) -> tuple[int, ...]:
    """Read ``0,1,2``."""
    read = whole_from(0)
    return tuple(dict.fromkeys(read(word) for word in text.split(",")))


def _add_takes(engines: tuple[str, ...], takes: tuple[int, ...]) -> tuple[str, ...]:
    """Return each engine that has takes once for each of several, and the others."""
    if len(takes) < 2:
        return engines
    each = [
        [f"{name}{TAKE}{take}" for take in takes]
        if name in REGISTRY and REGISTRY[name].has_takes
        else [name]
        for name in engines
    ]
    return tuple(name for names in each for name in names)


def _format(benchmark: Benchmark, tell: dict[tuple[float, str], float], shape: str) -> str:
    if shape == "json":
        return json_text(report.as_json(benchmark, tell), indent=2)
    settings = benchmark.settings
    mix = tr("mixed to mono") if settings.mono else tr("all channels")
    how = tr(
        "places {places}, {mix}, seed {seed}", places=settings.places, mix=mix, seed=settings.seed
    )
    table = tables.as_markdown if shape == "markdown" else tables.as_text
    parts = [table(benchmark)]
    if tell:
        layout = tables.format_markdown if shape == "markdown" else tables.align_columns
        parts.append(layout(tables.tell_cells(tell)))
    return "\n\n".join([*parts, how])


def _parse_places(text: str) -> Places:
    rule, _, rest = text.partition(":")
    if rule == "labels" and rest:
        return Places("labels", labels=Path(rest))
    if rule == "losses" and (share := rest.removesuffix("%")).isdecimal() and 0 < int(share) < 80:
        return Places("losses", share=int(share) / 100)
    if text in ("random", "rival", "boxes"):
        return Places(rule)
    if rule in ("random", "boxes") and rest.isdecimal() and int(rest) > 0:
        return Places(rule, count=int(rest))
    raise argparse.ArgumentTypeError(
        tr("“{text}” is none of random:16, rival, boxes:16, losses:20%, labels:FILE", text=text)
    )


def _parse_metrics(text: str) -> tuple[str, ...]:
    words = names_of((*MEASURES, *GROUPS))(text)
    return tuple(dict.fromkeys(name for word in words for name in GROUPS.get(word, (word,))))


def _describe_metrics() -> str:
    meanings = {name: tr(m.meaning) for name, m in MEASURES.items()}
    lines = [
        f"  {name:<13} {meanings[name]}"
        for name in MEASURES
        if not any(name in members for members in GROUPS.values())
    ]
    for name, members in GROUPS.items():
        lines += [f"  {name:<13} {'; '.join(meanings[m] for m in members if meanings[m])}"]
    return f"{tr('metrics:')}\n" + "\n".join(lines)


def _join_lengths(lengths_ms: tuple[float, ...]) -> str:
    return ",".join(f"{ms:g}" for ms in lengths_ms)
