"""Metadata kept when a file's content is replaced: owner, permissions, extended attributes."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from uasrm_core.writing import system

# The system's own attributes, such as capabilities, belong to the content that is no more.
_KEPT = ("user.", "system.posix_acl_access")
_SAME = -1


def keep_attributes(descriptor: int, former: Path, status: os.stat_result) -> None:
    """Give an open file what a former one had, as far as this user may.

    Where the group cannot be kept, it gets no more than everybody has: the file would be open to
    people who could not read the former one.

    Parameters
    ----------
    status
        What the system says of the former file.
    """
    mode = stat.S_IMODE(status.st_mode)
    if not _can_own(descriptor, status.st_uid, status.st_gid):
        mode &= ~(stat.S_ISUID | stat.S_ISGID)
        if not _can_own(descriptor, _SAME, status.st_gid):
            mode = mode & ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(former):
                if name.startswith(_KEPT):
                    with suppress(OSError):
                        system.set_attribute(descriptor, name, os.getxattr(former, name))
    # Some file systems know no permissions; the draft is then as open as everything there.
    with suppress(OSError):
        system.set_mode(descriptor, mode)


def _can_own(descriptor: int, user: int, group: int) -> bool:
    try:
        system.set_owner(descriptor, user, group)
    except OSError:
        return False
    return True
