"""Starts the window: ``uasrm-gui [FILE]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from uasrm_core.argparse_words import use_own_argparse_words
from uasrm_core.errors import DataError
from uasrm_core.optional import check_window_packages
from uasrm_core.translation import environment_languages, tr, use_languages
from uasrm_core.version import program_version


def main(argv: list[str] | None = None) -> int:
    """Open the window and return when it is closed; 1 if it cannot be, 2 for wrong arguments."""
    use_languages(environment_languages())
    use_own_argparse_words()
    options = _make_parser().parse_args(argv)
    if options.external is not None:
        options.file = options.external
    try:
        check_window_packages()
    except DataError as error:
        sys.stderr.write(f"uasrm-gui: {error}\n")
        return 1
    from uasrm_gui.start import run

    return run(options.file, demo=options.demo, is_external=options.external is not None)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="uasrm-gui", description=tr("Repair damaged recordings in a window.")
    )
    parser.add_argument("file", nargs="?", type=Path, help=tr("a recording or a session to open"))
    parser.add_argument(
        "--demo", action="store_true", help=tr("open the bundled recording with its damage marked")
    )
    parser.add_argument(
        "--external",
        type=Path,
        metavar="FILE",
        help=tr("open a recording for another program: saving writes the repairs into FILE itself"),
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {program_version()}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
