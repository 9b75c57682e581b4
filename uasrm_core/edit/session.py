"""Sessions: the work on a recording saved in one file.

A session is a zip archive whose members are stored as they are: ``session.json`` with everything
that is text or numbers, and ``patches/<n>.f32`` with the repaired samples, float32, little-endian,
channel after channel. The recording itself stays where it is; the session knows its path, relative
and absolute, and the hash of the whole file as it was when it was opened.

Version 2 had ``.npy`` files and a fingerprint of parts of the recording
(`uasrm_core.edit.session_v2`), and until version 3 a region's kind stood in its label. Both are
read, and saved as version 4.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.edit import session_v2
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.locks import FileLock, HeldError, acquire, lock_path
from uasrm_core.edit.records import (
    MOST_TEXT_BYTES,
    ODD,
    RegionTable,
    ShapeBudget,
    check_inside,
    edit_from_json,
    edit_to_json,
    parse_json,
    patch_to_json,
    read_frame,
    read_index,
    region_from_json,
    region_to_json,
)
from uasrm_core.edit.source import open_source
from uasrm_core.edit.stamp import (
    Stamp,
    full_stamp,
    is_same,
    quick_stamp,
    stamp_from_json,
    stamp_to_json,
)
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.errors import ExportError, FileError, SessionError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.gate import replace_file

SUFFIX = ".uasrm"
_VERSION = 4
_READ_VERSIONS = (2, 3, _VERSION)
_KIND = "uasrm session"
_TEXT_NAME = "session.json"
# what zipfile raises on damaged input, and what a missing or odd value leads to
_DAMAGE = (zipfile.BadZipFile, EOFError, struct.error, RuntimeError, *ODD)


class SessionInUseError(SessionError):
    """A session is open in another window."""


@dataclass(frozen=True, eq=False)
class Session:
    """What a session file keeps.

    Attributes
    ----------
    stamp
        The recording, as it was when it was opened; its path is where it was found.
    history
        All steps, those undone included.
    view
        Where one looked and how it was shown: plain values, which mean something to the window.
    """

    stamp: Stamp
    history: EditHistory
    view: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class OpenedSession:
    """A session, and its recording as its file holds it."""

    session: Session
    clip: AudioClip


def lock_session(path: Path) -> FileLock | None:
    """Keep other windows from opening or saving a session; None where no locks are to be had.

    Raises
    ------
    SessionInUseError
        Another window has it; the message says whose.
    """
    try:
        return acquire(lock_path(path))
    except HeldError as error:
        holder = error.holder
        raise SessionInUseError(
            tr(
                "{name} is open in another window (on {host}, process {process}, since {since}).",
                name=path.name,
                host=holder.host or "?",
                process=holder.process or "?",
                since=holder.since or "?",
            )
        ) from error
    except OSError:
        return None


def save_session(session: Session, path: Path, *, held: FileLock | None = None) -> None:
    """Write a session; a session that stood at its place is replaced only by a whole one.

    The recording need not be there: what is to be known of it is in the stamp.

    Parameters
    ----------
    held
        The lock of the session that is open, if one is.

    Raises
    ------
    SessionError
        The place cannot be written to, or is in use.
    """
    source = session.stamp.path
    if os.path.realpath(path) == os.path.realpath(source):
        raise SessionError(
            tr("A session cannot take the place of its recording; choose another name.")
        )
    lock = None
    if held is None or held.path != lock_path(path):
        lock = lock_session(path)
    patches: list[Patch] = []
    text = json.dumps(_to_json(session, path, patches)).encode()
    if len(text) > MOST_TEXT_BYTES:
        raise SessionError(tr("There are too many steps and regions for one session."))
    try:
        _write_whole(path, text, patches)
    except ExportError as error:
        raise SessionError(str(error)) from error
    finally:
        if lock is not None:
            lock.release()


def open_session(
    path: Path, *, source: Path | None = None, progress: Progress | None = None
) -> OpenedSession:
    """Read a session, and open its recording after making sure that it is unchanged.

    Parameters
    ----------
    source
        Where the recording is now, if not where the session says.

    Raises
    ------
    SourceWantedError
        The recording is gone or has changed.
    SessionError
        The file is missing, no session, damaged or of another version.
    """
    with _reword_errors(path), _archive(path) as archive:
        data = parse_json(archive.read(_TEXT_NAME))
        version = _read_version(data, path)
        row, read = data["source"], _read_samples
        if version == 2:
            row, read = session_v2.source_row(data["source"]), session_v2.read_samples
        stamp = stamp_from_json(row)
        patches = [
            _read_patch(entry, read(archive, number, entry))
            for number, entry in enumerate(data["patches"])
        ]
        history = _read_history(data, patches)
        view = data.get("view")
        places = [source] if source else _list_places(row, path)

    def fits(clip: AudioClip) -> bool:
        if version == 2:
            return session_v2.is_same(clip, data["source"])
        return is_same(clip, stamp, progress)

    clip = open_source(places, fits, is_named=bool(source))
    with _reword_errors(path):
        for patch in (patch for edit in history.edits for patch in edit.patches):
            check_inside(patch, clip.info)
    known = replace(quick_stamp(clip), sha256=stamp.sha256)
    return OpenedSession(Session(known, history, view if isinstance(view, dict) else {}), clip)


def session_of(
    clip: AudioClip,
    history: EditHistory,
    view: Mapping[str, Any],
    progress: Progress | None = None,
) -> Session:
    """Return what is to be saved of the work on a recording, `clip` being as its file holds it.

    A recording that cannot be hashed any more is known by its size and date.

    Raises
    ------
    SessionError
        The recording is not a file.
    """
    stamp = quick_stamp(clip)
    with suppress(FileError):
        stamp = full_stamp(clip, progress)
    return Session(stamp, history, view)


@contextmanager
def _reword_errors(path: Path) -> Iterator[None]:
    """Tell in one sentence what is wrong with a session file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise SessionError(
            tr("The session {path} could not be read: {reason}.", path=path, reason=reason)
        ) from error
    except MemoryError as error:
        raise SessionError(
            tr("There is not enough memory to open the session {name}.", name=path.name)
        ) from error
    except ExportError as error:
        raise SessionError(str(error)) from error
    except _DAMAGE as error:
        raise SessionError(tr("{name} is no session, or it is damaged.", name=path.name)) from error


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a session's archive, whose members cannot unpack to more than the file's size."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a file")
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
        if packed or sum(member.file_size for member in members) > status.st_size:
            raise ValueError("members that are larger than the file")
        if archive.getinfo(_TEXT_NAME).file_size > MOST_TEXT_BYTES:
            raise ValueError("too long a text")
        yield archive


def _to_json(session: Session, path: Path, patches: list[Patch]) -> dict[str, Any]:
    """Describe a session; the patches met on the way are appended to `patches`."""
    regions = RegionTable()
    edits = []
    for edit in session.history.edits:
        edits.append(edit_to_json(edit, regions, len(patches)))
        patches.extend(edit.patches)
    first = regions.numbers(session.history.first_regions)
    source = session.stamp.path
    return {
        "kind": _KIND,
        "version": _VERSION,
        "source": stamp_to_json(session.stamp) | {"relative": _find_relative(source, path)},
        "cursor": session.history.cursor,
        "view": dict(session.view),
        "first_regions": first,
        "edits": edits,
        "patches": [patch_to_json(patch) for patch in patches],
        "regions": [region_to_json(region) for region in regions.rows],
    }


def _read_history(data: Mapping[str, Any], patches: list[Patch]) -> EditHistory:
    budget = ShapeBudget()
    regions = [region_from_json(row, budget) for row in data["regions"]]
    first = tuple(regions[read_index(number)] for number in data["first_regions"])
    history = EditHistory(first_regions=first)
    for row in data["edits"]:
        own = [patches[read_index(number)] for number in row["patches"]]
        history = history.apply(keep_within_budget(history, edit_from_json(row, regions, own)))
    return history.moved_to(read_index(data["cursor"]))


def _read_samples(archive: zipfile.ZipFile, number: int, row: Mapping[str, Any]) -> Samples:
    data = archive.read(_name_patch(number))
    return np.frombuffer(data, dtype="<f4").reshape(len(row["channels"]), read_index(row["frames"]))


def _read_patch(row: Mapping[str, Any], samples: Samples) -> Patch:
    channels = tuple(read_index(channel) for channel in row["channels"])
    if len(samples) != len(channels):
        raise ValueError("a patch has another shape than the session says")
    return Patch(read_frame(row["start_frame"]), channels, samples)


def _read_version(data: object, path: Path) -> int:
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise ValueError("not a session")
    version = data["version"]
    if version not in _READ_VERSIONS:
        raise SessionError(
            tr(
                "{name} was saved by another version of this program (session version "
                "{version}, this one reads {known}).",
                name=path.name,
                version=str(version)[:20],
                known=_VERSION,
            )
        )
    return int(version)


def _list_places(row: Mapping[str, Any], session_path: Path) -> list[Path]:
    """Return where the recording may be: beside the session as before, else where it was."""
    places = [Path(str(row["path"]))]
    if row["relative"] is not None:
        places.insert(0, (session_path.resolve().parent / str(row["relative"])).resolve())
    return places


def _find_relative(source: Path, session_path: Path) -> str | None:
    folder = Path(os.path.realpath(session_path)).parent
    # two drives of a Windows machine have no path from one to the other
    with suppress(ValueError):
        return Path(os.path.relpath(os.path.realpath(source), folder)).as_posix()
    return None


def _name_patch(number: int) -> str:
    return f"patches/{number:05d}.f32"


def _write_whole(path: Path, text: bytes, patches: list[Patch]) -> None:
    with replace_file(path, overwrite=True) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr(_TEXT_NAME, text)
        for number, patch in enumerate(patches):
            archive.writestr(_name_patch(number), np.asarray(patch.samples, dtype="<f4").tobytes())
