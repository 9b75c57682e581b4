"""Reading small files that others made: regular files only, and never more than was allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO


class NotRegularError(OSError):
    """A pipe, a device or a socket, from which reading might never end."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading; a pipe without a writer is not waited for.

    Raises
    ------
    NotRegularError
        There is something else under that name.
    OSError, ValueError
        What the system, or Python for an impossible name, has to say.
    """
    # Looked at before as well, since opening alone may move a tape or start a service.
    _check_regular(path.stat().st_mode)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _check_regular(os.fstat(descriptor).st_mode)
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check_regular(mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    if not stat.S_ISREG(mode):
        raise NotRegularError
