"""`uasrm recover`: work that a crash of the window left, listed, saved as a session or removed."""

from __future__ import annotations

import argparse
from pathlib import Path

from uasrm_core import api
from uasrm_core.cli.arguments import UsageError, whole_from
from uasrm_core.cli.console import complain, say
from uasrm_core.edit.journal import journal_folder
from uasrm_core.edit.recovery import Leftover
from uasrm_core.edit.session import SUFFIX, Session
from uasrm_core.errors import SessionError
from uasrm_core.translation import mark, tr, tr_count

_STATES = {
    "there": mark("recording there"),
    "changed": mark("recording changed"),
    "gone": mark("recording moved or deleted"),
}

EXAMPLES = """
  uasrm recover
  uasrm recover 1 -o work.uasrm
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "number", nargs="?", type=whole_from(1), metavar="N", help=tr("which work, as it is listed")
    )
    parser.add_argument(
        "-o",
        dest="output",
        type=Path,
        metavar=f"WORK{SUFFIX}",
        help=tr("the session to save it as"),
    )
    parser.add_argument(
        "--delete", type=whole_from(1), metavar="N", help=tr("remove a work from the list for good")
    )
    parser.add_argument("--force", action="store_true", help=tr("replace WORK if it exists"))


def run(args: argparse.Namespace) -> int:
    """List, save or remove."""
    if args.delete is not None and (args.number, args.output) != (None, None):
        raise UsageError(tr("--delete stands alone: it removes a work and saves none."))
    if (args.number is None) != (args.output is None):
        raise UsageError(tr("Saving a work takes its number and “-o WORK{suffix}”.", suffix=SUFFIX))
    leftovers = api.find_leftovers(journal_folder())
    if args.delete is not None:
        api.delete_leftover(_choose(leftovers, args.delete).path)
    elif args.number is not None:
        _save(_choose(leftovers, args.number), args.output, force=args.force)
    else:
        for number, leftover in enumerate(leftovers, 1):
            say(f"{number}  {_describe_leftover(leftover)}")
        if not leftovers:
            say(tr("No work was left by a crash."))
    return 0


def _choose(leftovers: tuple[Leftover, ...], number: int) -> Leftover:
    if number > len(leftovers):
        raise UsageError(
            tr(
                "There is no work number {number}; “uasrm recover” lists what there is.",
                number=number,
            )
        )
    return leftovers[number - 1]


def _describe_leftover(leftover: Leftover) -> str:
    when = f"{leftover.changed:%Y-%m-%d %H:%M:%S}"
    if leftover.problem:
        return f"{when}  {leftover.problem}"
    return "  ".join(
        [
            when,
            tr_count("{count} repair", "{count} repairs", leftover.repairs),
            tr_count("{count} region", "{count} regions", leftover.regions),
            tr(_STATES[leftover.source_state]),
            str(leftover.source),
        ]
    )


def _save(leftover: Leftover, output: Path, *, force: bool) -> None:
    if output.suffix.lower() != SUFFIX:
        raise UsageError(tr("The session's name must end in {suffix}.", suffix=SUFFIX))
    if output.exists() and not force:
        raise SessionError(tr("“{output}” exists already; --force replaces it.", output=output))
    recovered = api.recover(leftover.path)
    try:
        work = recovered.work
        api.save_session(Session(work.stamp, work.history, work.view), output)
    finally:
        recovered.lock.release()
    if recovered.problem:
        complain(recovered.problem)
