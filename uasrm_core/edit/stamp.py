"""Stamps of a recording's file, by which a session knows it again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.sources import FileSource
from uasrm_core.errors import SessionError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Stamp:
    """A recording's file, as it was when it was opened.

    Attributes
    ----------
    info
        What it holds; its path is where it was found.
    size_bytes, modified_ns
        What the file system said of it.
    sha256
        Of the whole file, or empty while that is not known.
    """

    info: SourceInfo
    size_bytes: int
    modified_ns: int
    sha256: str = ""

    @property
    def path(self) -> Path:
        """Where the file was."""
        assert self.info.path is not None
        return self.info.path


def quick_stamp(clip: AudioClip) -> Stamp:
    """Return the stamp of an open recording without reading all of it.

    Raises
    ------
    SessionError
        It is no file.
    """
    source = clip.source
    if not isinstance(source, FileSource):
        raise SessionError(tr("Only work on a recording that is a file can be saved."))
    return Stamp(source.info, source.file.size, source.file.modified_ns)


def full_stamp(clip: AudioClip, progress: Progress | None = None) -> Stamp:
    """Return the stamp of an open recording with the hash of its whole file.

    Raises
    ------
    SessionError
        It is no file.
    FileError
        It cannot be read any more.
    """
    quick = quick_stamp(clip)
    assert isinstance(clip.source, FileSource)
    sha256 = clip.source.sha256(progress or Progress())
    return Stamp(quick.info, quick.size_bytes, quick.modified_ns, sha256)


def stamp_to_json(stamp: Stamp) -> dict[str, Any]:
    """Describe a stamp."""
    info = stamp.info
    return {
        "path": str(stamp.path.absolute()),
        "bytes": stamp.size_bytes,
        "modified_ns": stamp.modified_ns,
        "sha256": stamp.sha256,
        "container": info.container,
        "subtype": info.subtype,
        "rate": info.rate,
        "channels": info.channels,
        "frames": info.frames,
    }


def stamp_from_json(row: Mapping[str, Any]) -> Stamp:
    """Read what `stamp_to_json` wrote.

    Raises
    ------
    ValueError, LookupError, TypeError
        It makes no sense.
    """
    info = SourceInfo(
        path=Path(str(row["path"])),
        container=str(row["container"]),
        subtype=str(row["subtype"]),
        rate=int(row["rate"]),
        channels=int(row["channels"]),
        frames=int(row["frames"]),
    )
    if info.rate < 1 or info.channels < 1 or info.frames < 0:
        raise ValueError("a recording that cannot be")
    return Stamp(info, int(row["bytes"]), int(row["modified_ns"]), str(row["sha256"]))


def state_of_source(stamp: Stamp, progress: Progress = Progress()) -> str:
    """Return ``there``, ``changed`` or ``gone``; the file is read only if its date differs."""
    try:
        status = stamp.path.stat()
        if status.st_size != stamp.size_bytes:
            return "changed"
        if status.st_mtime_ns == stamp.modified_ns:
            return "there"
        is_same_file = stamp.sha256 and _hash_file(stamp.path, progress) == stamp.sha256
        return "there" if is_same_file else "changed"
    except (OSError, ValueError):
        return "gone"


def is_same(clip: AudioClip, stamp: Stamp, progress: Progress | None = None) -> bool:
    """Tell whether an open recording is the one that a stamp was taken of.

    Where the stamp has no hash, its size and date decide.

    Raises
    ------
    FileError
        It cannot be read.
    """
    found = quick_stamp(clip)
    if found.size_bytes != stamp.size_bytes:
        return False
    if stamp.sha256:
        return full_stamp(clip, progress).sha256 == stamp.sha256
    return found.modified_ns == stamp.modified_ns


def _hash_file(path: Path, progress: Progress) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            progress.check()
            digest.update(block)
    return digest.hexdigest()
