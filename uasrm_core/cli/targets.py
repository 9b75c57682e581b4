"""Checks of a command's output files before it starts to work."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import chain, combinations
from pathlib import Path

from uasrm_core.cli.arguments import UsageError
from uasrm_core.errors import ExportError
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import check_target

# What commands call the files that they read and write.
FILES = (
    mark("output"),
    mark("report"),
    mark("backup"),
    mark("labels"),
    mark("recording"),
    mark("regions"),
    mark("model"),
    mark("log"),
    mark("model to start from"),
)


def check_distinct(outputs: Mapping[str, Path | None], inputs: Mapping[str, Path | None]) -> None:
    """Refuse to write two files to one place, or one over what is read; no option allows it.

    Parameters
    ----------
    outputs, inputs
        Paths by what they are to the user, such as ``"report"``.

    Raises
    ------
    UsageError
        Two names, of which one is to be written, lead to the same file.
    """
    pairs = chain(
        combinations(outputs.items(), 2),
        ((written, read) for written in outputs.items() for read in inputs.items()),
    )
    for (one, first), (other, second) in pairs:
        if first is not None and second is not None and _is_same(first, second):
            raise UsageError(
                tr(
                    "The {one} and the {other} must be different files.",
                    one=tr(one),
                    other=tr(other),
                )
            )


def check_new(
    target: Path, *, force: bool, is_recording: bool = False, bytes_needed: int = 0
) -> None:
    """Refuse to write where something stands, unless forced, and where nothing can be written.

    Raises
    ------
    ExportError
        The target is there and `force` was not asked for, or it cannot be written.
    """
    if not force and os.path.lexists(target) and not target.is_dir():
        raise ExportError(tr("“{target}” exists already; --force overwrites it.", target=target))
    check_target(target, overwrite=force, is_recording=is_recording, bytes_needed=bytes_needed)


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except (OSError, ValueError):
        return os.path.realpath(first) == os.path.realpath(second)
