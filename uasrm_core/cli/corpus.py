"""`uasrm corpus`: fetch, check, unpack and index the recordings that the shipped model learnt."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core.cli.console import progress_line, say
from uasrm_core.training import corpus
from uasrm_core.translation import tr
from uasrm_core.writing.gate import make_folder

EXAMPLES = """
  uasrm corpus recordings/
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", help=tr("where to keep it (about 6 GB)")
    )
    parser.add_argument(
        "--with",
        dest="speech",
        action="append",
        type=Path,
        default=[],
        metavar="FOLDER",
        help=tr("a folder of more speech, each file by one voice (may be given several times)"),
    )


def run(args: argparse.Namespace) -> int:
    """Build the corpus, print what it holds, and return the exit status."""
    make_folder(args.folder)
    with progress_line() as progress:
        tracks = corpus.build(args.folder, progress, speech=args.speech)
    for split in ("train", "validation"):
        for kind in corpus.SHORTEST_S:
            part = [t for t in tracks if t.split == split and t.kind == kind]
            hours = sum(t.duration_s for t in part) / 3600
            voices = len({t.voice for t in part} - {""})
            spoken = tr(", {count} voices", count=voices) if voices else ""
            say(
                tr(
                    "{split:10} {kind:7} {count:5} recordings {hours:6.2f} h{spoken}",
                    split=split,
                    kind=kind,
                    count=len(part),
                    hours=hours,
                    spoken=spoken,
                )
            )
    return 0
