"""`uasrm edit`: gain, silence, fades, copies and room tone in regions, written to a new file."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core import api
from uasrm_core.cli.arguments import UsageError, seconds, time_span
from uasrm_core.cli.exporting import (
    add_format_arguments,
    add_output_argument,
    add_report_argument,
    make_and_export,
    output_path,
)
from uasrm_core.cli.regions import add_region_arguments, choose_regions, say_no_region
from uasrm_core.edit.history import EditHistory
from uasrm_core.processing.settings import EditSettings
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

AUTOMATIC = "auto"
EXAMPLES = """
  uasrm edit tape.wav -o edited.wav -r 1:02.5-1:03 --gain -6
  uasrm edit tape.wav -o edited/ --regions marks.txt --ambience
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    add_output_argument(parser)
    add_region_arguments(parser)
    edits = parser.add_mutually_exclusive_group(required=True)
    edits.add_argument("--gain", type=float, metavar="DB", help=tr("make it so much louder"))
    edits.add_argument("--silence", action="store_true", help=tr("take the sound out"))
    edits.add_argument("--fade-in", action="store_true", help=tr("fade in from silence"))
    edits.add_argument("--fade-out", action="store_true", help=tr("fade out to silence"))
    edits.add_argument(
        "--copy-from", type=seconds, metavar="S", help=tr("copy what begins at this second over it")
    )
    edits.add_argument(
        "--ambience",
        nargs="?",
        const=AUTOMATIC,
        metavar="START-END",
        help=tr("fill it with room tone from there, or from the quietest stretch nearby"),
    )
    add_report_argument(parser)
    add_format_arguments(parser)
    parser.add_argument("--force", action="store_true", help=tr("overwrite files that exist"))


def run(args: argparse.Namespace) -> int:
    """Edit the regions one after the other and export."""
    clip = api.open_clip(args.input)
    args.output = output_path(args.output, args.input)
    settings = read_edit(args, clip.rate)
    regions = choose_regions(args, clip.info, may_be_all=True)
    if not regions:
        say_no_region(args.regions)
        return 0

    def edit_regions(progress: Progress) -> EditHistory:
        history, edited = EditHistory(), clip
        for region in regions:
            history = history.apply(api.make_edit(edited, region, settings).step())
            edited = clip.with_patches(history.patches)
        return history

    make_and_export(args, clip, edit_regions, share=0.0)
    return 0


def read_edit(args: argparse.Namespace, rate: int) -> EditSettings:
    """Return what the arguments ask for.

    Raises
    ------
    UsageError
        The room tone is not given as START-END.
    """
    if args.gain is not None:
        return EditSettings("gain", gain_db=args.gain)
    if args.copy_from is not None:
        first = round(args.copy_from * rate)
        return EditSettings("clone", source_frames=(first, first))
    if args.ambience is None:
        chosen = {"silence": args.silence, "fade-in": args.fade_in, "fade-out": args.fade_out}
        return EditSettings(next(name for name, wanted in chosen.items() if wanted))
    if args.ambience == AUTOMATIC:
        return EditSettings("ambience")
    try:
        first, last = time_span(args.ambience)
    except argparse.ArgumentTypeError as error:
        raise UsageError(tr("--ambience: {error}.", error=error)) from error
    return EditSettings("ambience", source_frames=(first.frame(rate), last.frame(rate)))
