"""The operating system's calls that writing a file is made of, each announced before it is made.

A test, or a script that injects faults, hears of every call by `announce_calls` and makes it fail
by raising in its place: an `OSError` for a full disk, anything else for a crash.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Listener = Callable[[str], None]
BUFFER_BYTES = 1 << 18
# What a file system says that knows no second names, or no more of them.
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EINVAL)

_listeners: list[Listener] = []


@contextmanager
def announce_calls(listener: Listener) -> Iterator[None]:
    """Call `listener` with the name of each call, such as ``"rename"``, before it is made."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def _announce(call: str) -> None:
    for listener in _listeners:
        listener(call)


class _AnnouncedFile(io.FileIO):
    """A file whose writes are announced, and which remembers that one has failed.

    Some encoders swallow what a write raises, or raise something else in its place.
    """

    error: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            _announce("write")
            return super().write(data)
        except OSError as error:
            self.error = self.error or error
            raise

    def truncate(self, size: int | None = None, /) -> int:
        _announce("truncate")
        return super().truncate(size)


def create(path: Path, mode: int) -> io.BufferedRandom:
    """Open a new file to write and read; the umask takes its part of `mode`."""
    _announce("create")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(path, flags, mode)
    return io.BufferedRandom(_AnnouncedFile(descriptor, "r+b"), BUFFER_BYTES)


def failed_write(file: io.BufferedRandom) -> OSError | None:
    """Return what the first write that failed has raised, if one has, to a file of `create`."""
    return file.raw.error if isinstance(file.raw, _AnnouncedFile) else None


def create_folder(path: Path) -> None:
    """Make a new folder in a folder that exists."""
    _announce("create folder")
    path.mkdir()


def lock(descriptor: int) -> bool | None:
    """Take the lock of an open file: whether it was free; None where there are none."""
    try:
        _announce("lock")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def set_owner(descriptor: int, user: int, group: int) -> None:
    """Give an open file to a user and a group; -1 leaves either as it is."""
    _announce("owner")
    os.fchown(descriptor, user, group)


def set_mode(descriptor: int, mode: int) -> None:
    """Set the permissions of an open file."""
    _announce("mode")
    os.fchmod(descriptor, mode)


def set_attribute(descriptor: int, name: str, value: bytes) -> None:
    """Set an extended attribute of an open file."""
    _announce("attribute")
    os.setxattr(descriptor, name, value)


def sync(descriptor: int) -> None:
    """Wait until an open file or folder is on the disk."""
    _announce("sync")
    os.fsync(descriptor)


def rename(path: Path, target: Path) -> None:
    """Give a file or folder another name, in place of what has it."""
    _announce("rename")
    path.replace(target)


def link(path: Path, target: Path) -> bool:
    """Give a file a second name that nothing has; return whether the file system can do that.

    Raises
    ------
    FileExistsError
        Something has the name.
    """
    _announce("link")
    try:
        os.link(path, target, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINKS:
            return False
        raise
    return True


def unlink(path: Path) -> None:
    """Remove a file."""
    _announce("unlink")
    path.unlink()
