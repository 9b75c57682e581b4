"""Drafts: temporary files beside their targets, renamed into place when complete.

A draft is named ``.NAME.uasrm-PID-RANDOM.part`` and locked for as long as it is written. The system
lets go of the lock when a process ends, however it ends: a draft without a lock is one that nobody
will finish, and the next write into its folder removes it.
"""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from uasrm_core.writing import system

LONGEST_NAME_BYTES = 255
_DRAFT = re.compile(r"\..*\.uasrm-[0-9]+-[0-9a-f]{8}\.part", re.DOTALL)
_TRIES = 10
_PRIVATE, _COMMON = 0o600, 0o666

# Those of this process, for file systems on which a process does not lock itself out.
_own: set[Path] = set()


@dataclass(frozen=True, eq=False)
class Draft:
    """A file that is being written."""

    path: Path
    file: io.BufferedRandom


@contextmanager
def make_draft(place: Path, *, is_private: bool) -> Iterator[Draft]:
    """Give a new file beside `place`; unless it is renamed meanwhile, it is removed in the end.

    Parameters
    ----------
    is_private
        Nobody else may read it yet.

    Raises
    ------
    OSError
        It cannot be made.
    """
    mode = _PRIVATE if is_private else _COMMON
    for _ in range(_TRIES):
        path, file = _choose_path(place), None
        # A signal may raise at any moment: there is none at which the draft would be forgotten.
        try:
            _own.add(path)
            file = system.create(path, mode)
            if _is_ours(path, file.fileno()):
                yield Draft(path, file)
                return
        finally:
            try:
                _discard(path, file)
            except KeyboardInterrupt:
                _discard(path, file)  # a signal may come in here, too; the next one does not raise
                raise
    raise _build_vanished_error(place)


@contextmanager
def make_draft_folder(place: Path) -> Iterator[Path]:
    """Give a new folder beside `place`; unless it is renamed meanwhile, it is removed in the end.

    Raises
    ------
    OSError
        It cannot be made.
    """
    for _ in range(_TRIES):
        path, descriptor = _choose_path(place), None
        try:
            _own.add(path)
            system.create_folder(path)
            descriptor = os.open(path, os.O_RDONLY)
            if _is_ours(path, descriptor):
                yield path
                return
        finally:
            if descriptor is not None:
                os.close(descriptor)
            shutil.rmtree(path, ignore_errors=True)
            _own.discard(path)
    raise _build_vanished_error(place)


def sweep(folder: Path) -> None:
    """Remove the drafts in a folder that processes which have ended left behind."""
    with suppress(OSError), os.scandir(folder) as entries:
        stale = [Path(entry.path) for entry in entries if _DRAFT.fullmatch(entry.name)]
        for path in stale:
            if path not in _own:
                with suppress(OSError):
                    _remove_if_left(path)


def _is_ours(path: Path, descriptor: int) -> bool:
    """Lock a new draft; another process may have swept it away before."""
    return system.lock(descriptor) is not False and _is_still_there(path, descriptor)


def _discard(path: Path, file: io.BufferedRandom | None) -> None:
    try:
        if file is not None:
            # Without flushing: what could not be written before would fail once more.
            with suppress(OSError):
                file.raw.close()
        with suppress(OSError):
            system.unlink(path)
    finally:
        _own.discard(path)


def _build_vanished_error(place: Path) -> OSError:
    return FileNotFoundError(errno.ENOENT, f"drafts of “{place.name}” vanish")


def _choose_path(place: Path) -> Path:
    """Return a new draft's path, whose name is no longer than names may be."""
    tail = f".uasrm-{os.getpid()}-{secrets.token_hex(4)}.part"
    name = os.fsencode(place.name)[: LONGEST_NAME_BYTES - 1 - len(tail)]
    # Half a character at the end would be no name on some systems.
    kept = name.decode(errors="ignore") if _is_utf8(place.name) else os.fsdecode(name)
    return place.with_name(f".{kept}{tail}")


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_still_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove_if_left(path: Path) -> None:
    kind = stat.S_IFMT(path.lstat().st_mode)
    if kind not in (stat.S_IFREG, stat.S_IFDIR):
        return
    access = os.O_RDONLY if kind == stat.S_IFDIR else os.O_RDWR
    descriptor = os.open(path, access | getattr(os, "O_NOFOLLOW", 0))
    try:
        if system.lock(descriptor) and _is_still_there(path, descriptor):
            if kind == stat.S_IFDIR:
                shutil.rmtree(path, ignore_errors=True)
            else:
                system.unlink(path)
    finally:
        os.close(descriptor)
