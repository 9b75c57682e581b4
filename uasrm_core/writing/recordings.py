"""Which files are open recordings: nothing may be written over them, whatever name leads there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class _Protected:
    """A file by its identity, and by where it was, should something else have come there."""

    device: int
    inode: int
    place: str


# By tokens, since single steps on a dictionary need no lock: releases come from the garbage
# collector, at any moment.
_protected: dict[object, _Protected] = {}

# The one place whose recording may be replaced while it is open, by the work that set it.
_given_back: ContextVar[str] = ContextVar("given_back", default="")

_HEAD_BYTES = 12
_MAGIC = (b"RF64", b"BW64", b"RIFX", b"fLaC", b"OggS", b"riff\x2e\x91\xcf\x11", b"ID3", b".snd")
_CHUNKED = {b"RIFF": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC"), b"caff": (b"",)}


def protect(path: Path, status: os.stat_result) -> Callable[[], None]:
    """Let nothing be written over an open recording until the function returned is called.

    Parameters
    ----------
    path
        Where it was opened.
    status
        What the system says of the file that was opened.
    """
    token = object()
    _protected[token] = _Protected(status.st_dev, status.st_ino, os.path.realpath(path))

    def release() -> None:
        _protected.pop(token, None)

    return release


@contextmanager
def give_back(path: Path) -> Iterator[None]:
    """Let an open recording be replaced, for a program that handed it out to have it repaired.

    Whoever has it open goes on reading what it was.
    """
    token = _given_back.set(os.path.realpath(path))
    try:
        yield
    finally:
        _given_back.reset(token)


def is_protected(place: Path, status: os.stat_result | None) -> bool:
    """Tell whether a file is an open recording, or stands where one was opened.

    Parameters
    ----------
    status
        What the system says of the file; None if there is none.
    """
    where = os.path.realpath(place)
    if where == _given_back.get():
        return False
    identity = None if status is None else (status.st_dev, status.st_ino)
    return any(
        where == known.place or identity == (known.device, known.inode)
        for known in list(_protected.values())
    )


def begins_as_audio(path: Path) -> bool:
    """Tell by its first bytes whether a file is a recording.

    Raises
    ------
    OSError
        It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    form = head[8:12]
    return head.startswith(_MAGIC) or form.startswith(_CHUNKED.get(head[:4], ())) or _is_mpeg(head)


def _is_mpeg(head: bytes) -> bool:
    """Tell whether an MPEG audio frame of layer II or III begins here (ISO 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, bitrate, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2
    return version != 1 and layer in (1, 2) and bitrate not in (0, 15) and rate & 3 != 3
