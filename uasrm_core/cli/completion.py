"""`uasrm completion`: a script that lets a shell complete commands, options and file names."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import shtab

from uasrm_core.cli.main import COMMANDS, build_parser
from uasrm_core.translation import tr

EXAMPLES = """
  uasrm completion bash > ~/.local/share/bash-completion/completions/uasrm
  uasrm completion zsh > ~/.zfunc/_uasrm
"""
_NAMES_OF_FILES = ("output", "inputs")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help=tr("the shell"))


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    parser = build_parser(tuple(COMMANDS))
    for action in _list_actions(parser):
        if action.type is Path or action.dest in _NAMES_OF_FILES:
            setattr(action, "complete", shtab.FILE)  # noqa: B010 - shtab looks for it
    # a script keeps its tabs
    sys.stdout.write(f"{shtab.complete(parser, shell=args.shell)}\n")
    return 0


def _list_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _list_actions(command)
