"""Writing a file so that it is either whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from uasrm_core.errors import ExportError

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would be larger than this disk or account allows",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long",
}


def write_failure(target: Path, cause: Exception) -> ExportError:
    """Say in one sentence why `target` could not be written."""
    reason = str(cause)
    if isinstance(cause, OSError) and cause.errno is not None:
        reason = _CAUSES.get(cause.errno) or cause.strerror or reason
    return ExportError(f"“{target.name}” could not be written: {reason}.")


@contextmanager
def replacing(target: Path, *, overwrite: bool) -> Iterator[BinaryIO]:
    """Give a new file to write to, and put it in the target's place once it is complete.

    If anything goes wrong inside, it is removed and whatever stood at `target` stays as it was.

    Raises
    ------
    ExportError
        The folder is missing or not writable, the disk is full, or `target` exists and may not be
        overwritten.
    """
    _check_place(target, overwrite=overwrite)
    draft = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _check_place(target, overwrite=overwrite)
        draft.replace(target)
    except OSError as error:
        raise write_failure(target, error) from error
    finally:
        draft.unlink(missing_ok=True)


def _check_place(target: Path, *, overwrite: bool) -> None:
    try:
        if target.is_dir():
            raise ExportError(f"“{target}” is a folder; choose a file name.")
        if not target.parent.is_dir():
            raise ExportError(f"The folder “{target.parent}” does not exist.")
        if target.exists() and not overwrite:
            raise ExportError(f"“{target}” exists already.")
    except OSError as error:
        raise write_failure(target, error) from error
