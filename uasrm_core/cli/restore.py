"""`uasrm restore`: put every original sample back into a repaired recording."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from uasrm_core.archive.originals import restore
from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.cli.console import progress_line, say
from uasrm_core.cli.exporting import add_output_argument, output_path
from uasrm_core.cli.targets import check_distinct, check_new
from uasrm_core.errors import FileError
from uasrm_core.translation import mark, tr

EXAMPLES = """
  uasrm restore fixed.wav --log fixed.wav.log.json -o original.wav
"""
NOTE = mark(
    "The log must be that of a repair with --archive. A file in the format of its original "
    "becomes the original again, byte for byte; any other gets every sample of it."
)
OUTPUT_HELP = mark(
    "the original recording: a file, a folder, or a name with {folder}, {name} and {ext}"
)
MOST_LOG_BYTES = 1 << 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("input", type=Path, metavar="FIXED", help=tr("the repaired recording"))
    parser.add_argument(
        "--log", type=Path, required=True, metavar="LOG", help=tr("its log (.json)")
    )
    add_output_argument(parser, meaning=OUTPUT_HELP)
    parser.add_argument("--force", action="store_true", help=tr("overwrite files that exist"))


def run(args: argparse.Namespace) -> int:
    """Restore, or refuse where the log is not that of the recording."""
    target = output_path(args.output, args.input)
    check_distinct({"output": target}, {"recording": args.input, "log": args.log})
    check_new(target, force=args.force, is_recording=True)
    log = _read_log(args.log)
    with progress_line() as progress:
        proof = restore(args.input, log, target, overwrite=args.force, progress=progress)
    say(tr("Wrote {target}. {proof}", target=target, proof=proof))
    return 0


def _read_log(path: Path) -> Any:
    try:
        with open_regular(path) as file:
            content = file.read(MOST_LOG_BYTES + 1)
        if len(content) > MOST_LOG_BYTES:
            raise ValueError("too long")
        return json.loads(content)
    except FileNotFoundError as error:
        raise FileError(tr("There is no log “{path}”.", path=path)) from error
    except (OSError, NotRegularError, ValueError, RecursionError) as error:
        raise FileError(tr("“{name}” is no log that can be read.", name=path.name)) from error
