"""`uasrm process`: go through a whole recording with a tool, such as de-click or de-hum."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip
from uasrm_core.cli.arguments import names_of, share, time_span
from uasrm_core.cli.console import complain
from uasrm_core.cli.exporting import (
    add_format_arguments,
    add_output_argument,
    add_report_argument,
    make_and_export,
    output_path,
)
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY
from uasrm_core.edit.history import EditHistory
from uasrm_core.processing.settings import MOUTH_SENSITIVITY, TOOLS, ToolSettings
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

TOOLS_SHARE = 0.9
EXAMPLES = """
  uasrm process podcast.wav -o clean.wav --tool mouth-declick,dehum
  uasrm process tape.wav -o preview.wav --tool dehum --within 1:00-1:20
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="IN", help=tr("the recording; it is only read"))
    add_output_argument(parser)
    parser.add_argument(
        "--tool",
        dest="tools",
        type=names_of(tuple(TOOLS)),
        required=True,
        metavar="NAME,…",
        help=tr("one after the other, from {names}", names=", ".join(TOOLS)),
    )
    parser.add_argument(
        "--sensitivity",
        type=share,
        metavar="X",
        help=tr(
            "0 to 1, the higher the more is taken for damage ({usual:g}, for {tool} {own:g})",
            usual=DEFAULT_SENSITIVITY,
            tool="mouth-declick",
            own=MOUTH_SENSITIVITY,
        ),
    )
    parser.add_argument(
        "--strength",
        type=share,
        default=1.0,
        metavar="X",
        help=tr("0 to 1, how much of the hum is taken out (1)"),
    )
    parser.add_argument(
        "--within",
        type=time_span,
        metavar="START-END",
        help=tr("work on this part only, as a preview"),
    )
    add_report_argument(parser)
    add_format_arguments(parser)
    parser.add_argument("--force", action="store_true", help=tr("overwrite files that exist"))


def run(args: argparse.Namespace) -> int:
    """Run the tools one after the other and export."""
    clip = api.open_clip(args.input)
    args.output = output_path(args.output, args.input)
    make_and_export(
        args, clip, lambda progress: _apply_tools(args, clip, progress), share=TOOLS_SHARE
    )
    return 0


def _apply_tools(args: argparse.Namespace, clip: AudioClip, progress: Progress) -> EditHistory:
    """Return the history with a step for each tool."""
    history, edited = EditHistory(), clip
    span = None
    if args.within is not None:
        start, end = args.within
        span = start.frame(clip.rate), end.frame(clip.rate)
    for number, name in enumerate(args.tools):
        part = progress.part(number / len(args.tools), (number + 1) / len(args.tools))
        settings = ToolSettings(name, args.sensitivity, args.strength, span)
        result = api.run_tool(edited, settings, part)
        for problem in result.problems:
            complain(problem)
        history = history.apply(result.step())
        edited = clip.with_patches(history.patches)
    return history
