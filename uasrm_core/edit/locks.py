"""Locks that end with their process, and who holds them.

A lock is a small file beside what it protects, locked with the system's own file locks: when the
process dies, however it dies, the system lets go. What the file says is only for people to read.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import sys
import weakref
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NOTE_BYTES = 1024
_LONGEST_NAME = 200
# Windows keeps others from reading what is locked, so a byte beyond the note is locked there.
_LOCKED_BYTE = 1 << 20


@dataclass(frozen=True)
class Holder:
    """Who holds a lock; what is not known is empty or 0.

    Attributes
    ----------
    process
        The number that the system gave the process.
    since
        Local time, to be read by people.
    """

    host: str = ""
    process: int = 0
    since: str = ""


class HeldError(Exception):
    """Another process, or another part of this one, holds the lock."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"held by {holder}")
        self.holder = holder


class FileLock:
    """A lock that is held until `release`, or until the process ends."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._end = weakref.finalize(self, _release_file, path, file)

    @property
    def is_held(self) -> bool:
        """Whether nobody has let go of it yet."""
        return self._end.alive

    def release(self) -> None:
        """Let go, and remove the file; doing so twice is no harm."""
        self._end()


def lock_path(target: Path) -> Path:
    """Return where the lock of a file lies: beside the file that a link stands for."""
    # Links that lead in a circle are for whoever opens the file to tell of.
    target = Path(os.path.realpath(target))
    name = target.name
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return target.with_name(f".{name}.lock")


def acquire(path: Path) -> FileLock:
    """Take the lock whose file is `path`.

    Raises
    ------
    HeldError
        Somebody holds it.
    OSError
        The folder cannot be written to, or knows no locks.
    """
    while True:
        file = _open(path)
        try:
            if not _try_lock(file):
                raise HeldError(_read_note(path))
            if _is_current(path, file):
                _write_note(file)
                return FileLock(path, file)
        except BaseException:
            file.close()
            raise
        # The last holder removed the file between our opening and our locking it.
        file.close()


def _open(path: Path) -> BinaryIO:
    try:
        # Opened for appending: whoever only asks must not wipe what the holder wrote.
        return path.open("a+b")
    except PermissionError:
        # Another user's, who may hold it all the same.
        return path.open("rb")


def _try_lock(file: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            file.seek(_LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_current(path: Path, file: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _write_note(file: BinaryIO) -> None:
    if not file.writable():
        return
    now = datetime.now().isoformat(sep=" ", timespec="seconds")
    holder = Holder(socket.gethostname(), os.getpid(), now)
    file.truncate(0)
    file.write(json.dumps(asdict(holder)).encode()[:_NOTE_BYTES])
    file.flush()


def _read_note(path: Path) -> Holder:
    try:
        with path.open("rb") as file:
            row = json.loads(file.read(_NOTE_BYTES))
        return Holder(str(row["host"]), int(row["process"]), str(row["since"]))
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return Holder()


def _release_file(path: Path, file: BinaryIO) -> None:
    with suppress(OSError):
        if sys.platform == "win32":
            # what is open cannot be removed there
            file.close()
            path.unlink(missing_ok=True)
        else:
            path.unlink(missing_ok=True)
    file.close()
