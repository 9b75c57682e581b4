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
from uasrm_core.translation import mark, tr

_CAUSES = {
    errno.ENOSPC: mark("the disk is full"),
    errno.EDQUOT: mark("your share of the disk is used up"),
    errno.EFBIG: mark("the file would be larger than this disk or account allows"),
    errno.EACCES: mark("permission denied"),
    errno.EPERM: mark("permission denied"),
    errno.EROFS: mark("the disk is read-only"),
    errno.ENAMETOOLONG: mark("the name is too long"),
}


def write_failure(target: Path, cause: Exception) -> ExportError:
    """Say in one sentence why `target` could not be written."""
    reason = str(cause)
    if isinstance(cause, OSError) and cause.errno is not None:
        reason = tr(_CAUSES.get(cause.errno, "")) or cause.strerror or reason
    return ExportError(
        tr("“{name}” could not be written: {reason}.", name=target.name, reason=reason)
    )


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
            raise ExportError(tr("“{target}” is a folder; choose a file name.", target=target))
        if not target.parent.is_dir():
            raise ExportError(tr("The folder “{folder}” does not exist.", folder=target.parent))
        if target.exists() and not overwrite:
            raise ExportError(tr("“{target}” exists already.", target=target))
    except OSError as error:
        raise write_failure(target, error) from error
