"""The entry point `uasrm`: finds the command, runs it, and turns its errors into exit statuses."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import textwrap
from collections.abc import Sequence
from typing import NoReturn

from uasrm_core.argparse_words import use_own_argparse_words
from uasrm_core.cli.arguments import OneLineParser, UsageError
from uasrm_core.cli.console import complain
from uasrm_core.cli.stopping import stop_by_signal, stop_status
from uasrm_core.errors import Cancelled, RegionError, UasrmError, is_out_of_memory
from uasrm_core.optional import TORCH
from uasrm_core.translation import environment_languages, mark, tr, use_languages
from uasrm_core.version import program_version

# Each command is the module of its name here, with `add_arguments(parser)`, `run(args) -> int`,
# `EXAMPLES` and perhaps a `NOTE`. Only the one that is asked for gets imported.
COMMANDS = {
    "repair": mark("repair regions of a recording"),
    "clean": mark("find and repair damage in one recording"),
    "batch": mark("find and repair damage in many recordings"),
    "detect": mark("find clicks, dropouts, clipping, thumps, coughs, tones and hum"),
    "edit": mark("change gain, silence, fade, copy or fill regions of a recording"),
    "export": mark("write a recording, or its regions, in another format, depth or rate"),
    "restore": mark("put every original sample back into a repaired recording"),
    "process": mark("go through a whole recording with a tool, such as de-click or de-hum"),
    "evaluate": mark("measure the engines on clean recordings"),
    "info": mark("tell what a recording or a model file holds"),
    "recover": mark("list work that a crash left, or save one"),
    "gui": mark("open the window"),
    "demo": mark("repair the bundled recording and show how well that goes"),
    "corpus": mark("fetch and index the training corpus"),
    "dataset": mark("write damaged and clean pairs to look at"),
    "train": mark("train a model"),
    "completion": mark("print what lets a shell complete these commands"),
}

HELP_WIDTH = 100
DONE, FAILED, WRONG_ARGUMENTS = 0, 1, 2
DEBUG_VARIABLE = "UASRM_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status.

    Parameters
    ----------
    argv
        The words after the program's name; None takes them from `sys.argv`.

    Returns
    -------
    0 done, 1 the work failed, 2 wrong arguments, 128 + N stopped by signal N (Ctrl-C: 130).
    """
    words = sys.argv[1:] if argv is None else list(argv)
    use_languages(environment_languages())
    use_own_argparse_words()
    # A file name that is no text in the terminal's encoding must not end the program.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    with stop_by_signal():
        return _run_command(words)


def _run_command(words: list[str]) -> int:
    """Run a command, tell what went wrong in one line, and return the exit status."""
    try:
        return _run(words)
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else DONE
    except (UsageError, RegionError) as error:
        complain(str(error))
        return WRONG_ARGUMENTS
    except UasrmError as error:
        complain(str(error))
    except (KeyboardInterrupt, Cancelled) as stop:
        complain(str(stop) or tr("Interrupted; nothing unfinished was kept."))
        return stop_status(stop)
    except BrokenPipeError:
        # Whoever read the output has left.
        _drop_output()
    except OSError as error:
        complain(tr("The system refused: {reason}.", reason=error.strerror or error))
        _drop_output()
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        if isinstance(error, ModuleNotFoundError) and error.name in TORCH:
            complain(tr("This needs PyTorch, which is not installed here: pip install uasrm."))
            return FAILED
        if is_out_of_memory(error):
            complain(tr("There is not enough memory for this."))
            return FAILED
        complain(
            tr(
                "Something unforeseen went wrong ({kind}: {error}); {variable}=1 in "
                "the environment shows where.",
                kind=type(error).__name__,
                error=error,
                variable=DEBUG_VARIABLE,
            )
        )
    return FAILED


def _drop_output() -> None:
    """Let what is still to be flushed go nowhere: at exit Python would fail on it once more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _TellVersion(argparse.Action):
    """Looks up the version only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        print(f"uasrm {program_version()}")  # noqa: T201
        parser.exit()


def build_parser(chosen: Sequence[str]) -> OneLineParser:
    """Return the parser of all commands, of which those chosen know their arguments."""
    parser = OneLineParser(
        prog="uasrm", description=tr("Repairs damaged audio; everything around it stays as it was.")
    )
    parser.add_argument(
        "--version", action=_TellVersion, nargs=0, help=tr("tell the version and exit")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=tr(summary),
            description=_as_sentence(tr(summary)),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in chosen:
            module = importlib.import_module(f"uasrm_core.cli.{name}")
            command.epilog = epilog(module.EXAMPLES, getattr(module, "NOTE", ""))
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser


def epilog(examples: str, note: str = "") -> str:
    """Return what the help of a command ends with."""
    text = f"{tr('examples:')}\n{examples.strip(chr(10))}\n"
    return f"{text}\n{textwrap.fill(tr(note), HELP_WIDTH)}\n" if note else text


def _as_sentence(summary: str) -> str:
    return tr("{sentence}.", sentence=summary[0].upper() + summary[1:])


def _run(words: list[str]) -> int:
    args = build_parser(words[:1]).parse_args(words)
    status: int = args.run(args)
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
