"""`uasrm export`: a recording, or each of its regions, in another format, depth or rate."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.excerpt import cut_piece
from uasrm_core.audio.export import describe_loss
from uasrm_core.audio.files import HIGHEST_HZ, LOWEST_HZ
from uasrm_core.audio.region import Region
from uasrm_core.batch.naming import REGION_FIELDS, fill_for_regions
from uasrm_core.cli.arguments import UsageError, whole_from
from uasrm_core.cli.console import complain, progress_line, say
from uasrm_core.cli.exporting import add_format_arguments, check_format, output_path
from uasrm_core.cli.regions import add_region_arguments, choose_regions
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.translation import mark, tr

EXAMPLES = """
  uasrm export tape.wav -o tape.flac
  uasrm export tape.wav -o cd.wav --rate 44100 --bits 16
  uasrm export session.wav -o "songs/{number} {label}.flac" --regions session.wav
  uasrm export talk.wav -o talk.mp3 --quality 4
"""
NOTE = mark(
    "With regions, each becomes a file of its own; the name then needs {number} or {label}."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="OUT",
        help=tr("a file, a folder, or a name with {folder}, {name}, {ext}, {number} and {label}"),
    )
    add_region_arguments(parser)
    parser.add_argument(
        "--rate", type=whole_from(LOWEST_HZ), metavar="HZ", help=tr("frames a second (as they are)")
    )
    add_format_arguments(parser)
    parser.add_argument("--force", action="store_true", help=tr("overwrite files that exist"))


def run(args: argparse.Namespace) -> int:
    """Write the recording, or a file for each region."""
    if args.band is not None or args.channels is not None:
        raise UsageError(tr("--band and --channels do not go with an export."))
    if args.rate is not None and args.rate > HIGHEST_HZ:
        raise UsageError(tr("--rate is {highest_hz} at most.", highest_hz=HIGHEST_HZ))
    clip = api.open_clip(args.input)
    wanted = tuple(_list_wanted(args, clip))
    for target, _ in wanted:
        check_distinct({"output": target}, {"recording": args.input, "regions": args.regions})
        check_new(target, force=args.force, is_recording=True)
    with progress_line() as progress:
        for number, (target, region) in enumerate(wanted):
            part = progress.part(number / len(wanted), (number + 1) / len(wanted))
            piece = cut_piece(clip, region, args.rate, part.part(0.0, 0.5))
            chosen = check_format(args, piece.info, target)
            lost = api.list_lost_metadata(clip, chosen) if piece is clip else ()
            if sentence := describe_loss(target.name, lost):
                complain(sentence)
            report = api.export_clip(
                piece,
                target,
                export_format=chosen,
                overwrite=args.force,
                dither=args.dither == "tpdf",
                coding_history=args.coding_history,
                progress=part.part(0.5, 1.0),
            )
            notes = " ".join(("", *report.notes))
            say(
                tr(
                    "Wrote {target}: {name}, {duration_s:.3f} s.{notes}",
                    target=target,
                    name=chosen.name,
                    duration_s=piece.info.duration_s,
                    notes=notes,
                )
            )
    return 0


def _list_wanted(args: argparse.Namespace, clip: AudioClip) -> Iterator[tuple[Path, Region | None]]:
    """Yield the files to write, each with its region, or None for the whole recording."""
    if not args.ranges and args.regions is None:
        yield output_path(args.output, args.input), None
        return
    if not any(f"{{{name}}}" in args.output for name in REGION_FIELDS):
        raise UsageError(tr("For regions, the output's name needs {number} or {label}."))
    regions = choose_regions(args, clip.info, may_be_all=True)
    try:
        names = fill_for_regions(args.output, regions)
    except ValueError as error:
        raise UsageError(str(error)) from error
    for text, region in zip(names, regions, strict=True):
        yield _fill_template(text, args.input), region


def _fill_template(text: str, source: Path) -> Path:
    """Return the file that a name means once its number and label are filled in."""
    if "{" in text and "{name}" not in text:
        text = text.replace("{folder}", source.parent.as_posix())
        text = text.replace("{ext}", source.suffix.removeprefix("."))
    target = output_path(text, source) if "{" in text else Path(text)
    return target if target.suffix else target.with_name(target.name + source.suffix)
