"""Work on a recording, kept in one file to go on with later.

A session is a zip archive: ``session.json`` with everything that is text or numbers, and
``patches/<n>.npy`` with the repaired samples, float32. The recording itself stays where it is; the
session knows its path, absolute and relative, its size and a quick fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import Patch, SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import shape_from_json
from uasrm_core.edit.history import Edit, EditHistory, RepairNote
from uasrm_core.errors import ExportError, SessionError
from uasrm_core.translation import tr
from uasrm_core.writing.gate import replacing

SUFFIX = ".uasrm"
_VERSION = 2
_KIND = "uasrm session"
_SAMPLED_BLOCKS = 32
_BLOCK_BYTES = 16384
# what zipfile, json and numpy raise on damaged input, and what a missing or odd value leads to
_DAMAGE = (
    zipfile.BadZipFile,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RuntimeError,
)


@dataclass(frozen=True, eq=False)
class Session:
    """What a session file keeps.

    Attributes
    ----------
    info
        The recording; its path is where it was found.
    history
        All steps, those undone included.
    view
        Where one looked and how it was shown: plain values, which mean something to the window.
    """

    info: SourceInfo
    history: EditHistory
    view: Mapping[str, Any] = field(default_factory=dict)


def save_session(session: Session, path: Path) -> None:
    """Write a session; a session that stood at its place is replaced only by a whole one.

    Raises
    ------
    SessionError
        The recording is not a file or is gone, or the place cannot be written to.
    """
    source = session.info.path
    if source is None:
        raise SessionError(tr("Only work on a recording that is a file can be saved."))
    if path.resolve() == source.resolve():
        raise SessionError(
            tr("A session cannot take the place of its recording; choose another name.")
        )
    patches: list[Patch] = []
    text = json.dumps(_to_json(session, source, path, patches), ensure_ascii=False, indent=1)
    try:
        _write_whole(path, text, patches)
    except ExportError as error:
        raise SessionError(str(error)) from error


def open_session(path: Path) -> Session:
    """Read a session and make sure that its recording is there and unchanged.

    Raises
    ------
    SessionError
        The file is missing, no session, damaged or of another version, or its recording is gone
        or has changed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data = json.loads(archive.read("session.json"))
            _check_version(data, path)
            source = _find_source(data["source"], path)
            patches = _read_patches(archive, data["patches"])
        info = _info_from(data["source"], source)
        view = data.get("view")
        history = _history_from(data, patches)
        session = Session(info, history, view if isinstance(view, dict) else {})
        _check_fit(session)
    except OSError as error:
        reason = error.strerror or error
        raise SessionError(
            tr("The session {path} could not be read: {reason}.", path=path, reason=reason)
        ) from error
    except _DAMAGE as error:
        raise SessionError(tr("{name} is no session, or it is damaged.", name=path.name)) from error
    return session


def _to_json(session: Session, source: Path, path: Path, patches: list[Patch]) -> dict[str, Any]:
    """Describe a session; the patches met on the way are appended to `patches`."""
    info = session.info
    regions = _Table()
    edits = []
    for edit in session.history.edits:
        edits.append(
            {
                "label": edit.label,
                "repairs": [_note_to_json(note) for note in edit.repairs],
                "patches": list(range(len(patches), len(patches) + len(edit.patches))),
                "repaired": regions.numbers(edit.repaired),
                "regions": None if edit.regions is None else regions.numbers(edit.regions),
                "accepted": regions.numbers(edit.accepted),
            }
        )
        patches.extend(edit.patches)
    return {
        "kind": _KIND,
        "version": _VERSION,
        "source": {
            "absolute": str(source.resolve()),
            "relative": _relative(source, path),
            "bytes": _size(source),
            "fingerprint": _fingerprint(source),
            "container": info.container,
            "subtype": info.subtype,
            "rate": info.rate,
            "channels": info.channels,
            "frames": info.frames,
        },
        "cursor": session.history.cursor,
        "view": dict(session.view),
        "first_regions": regions.numbers(session.history.first_regions),
        "edits": edits,
        "patches": [{"start_frame": p.start_frame, "channels": p.channels} for p in patches],
        "regions": [_region_to_json(region) for region in regions.rows],
    }


class _Table:
    """Numbers regions, each once, so that long histories do not repeat them."""

    def __init__(self) -> None:
        self._known: dict[Region, int] = {}

    @property
    def rows(self) -> list[Region]:
        return list(self._known)

    def numbers(self, regions: Iterable[Region]) -> list[int]:
        return [self._known.setdefault(region, len(self._known)) for region in regions]


def _region_to_json(region: Region) -> dict[str, Any]:
    return {
        "start_frame": region.start_frame,
        "end_frame": region.end_frame,
        "low_hz": region.low_hz,
        "high_hz": region.high_hz,
        "channels": region.channels,
        "label": region.label,
        "shape": None if region.shape is None else region.shape.to_json(),
    }


def _region_from(row: Mapping[str, Any]) -> Region:
    channels, shape = row["channels"], row.get("shape")
    return Region(
        start_frame=int(row["start_frame"]),
        end_frame=int(row["end_frame"]),
        low_hz=_number_or_none(row["low_hz"]),
        high_hz=_number_or_none(row["high_hz"]),
        channels=None if channels is None else tuple(int(channel) for channel in channels),
        label=str(row["label"]),
        shape=None if shape is None else shape_from_json(shape),
    )


def _number_or_none(value: object) -> float | None:
    return None if value is None else float(str(value))


def _note_to_json(note: RepairNote) -> dict[str, Any]:
    """Describe a repair but for its region."""
    row = asdict(note)
    del row["region"]
    return row


def _note_from(row: Mapping[str, Any], region: Region) -> RepairNote:
    source = row["source_frames"]
    return RepairNote(
        region,
        engine=str(row["engine"]),
        model=str(row["model"]),
        context_s=_number_or_none(row["context_s"]),
        strength=float(row["strength"]),
        seconds_taken=float(row["seconds_taken"]),
        source_frames=None if source is None else (int(source[0]), int(source[1])),
    )


def _history_from(data: Mapping[str, Any], patches: list[Patch]) -> EditHistory:
    rows = [_region_from(row) for row in data["regions"]]
    edits = tuple(
        Edit(
            label=str(edit["label"]),
            patches=tuple(patches[number] for number in edit["patches"]),
            repairs=tuple(
                _note_from(row, rows[number])
                for row, number in zip(edit["repairs"], edit["repaired"], strict=True)
            ),
            regions=None
            if edit["regions"] is None
            else tuple(rows[number] for number in edit["regions"]),
            accepted=tuple(rows[number] for number in edit.get("accepted", ())),
        )
        for edit in data["edits"]
    )
    first = tuple(rows[number] for number in data["first_regions"])
    return EditHistory(edits, 0, first).moved_to(int(data["cursor"]))


def _read_patches(archive: zipfile.ZipFile, rows: list[Mapping[str, Any]]) -> list[Patch]:
    patches = []
    for number, row in enumerate(rows):
        samples = np.load(BytesIO(archive.read(_patch_name(number))), allow_pickle=False)
        channels = tuple(int(channel) for channel in row["channels"])
        if samples.dtype != np.float32 or samples.ndim != 2 or len(samples) != len(channels):
            raise ValueError(f"patch {number} has another shape than the session says")
        patches.append(Patch(int(row["start_frame"]), channels, samples))
    return patches


def _check_version(data: object, path: Path) -> None:
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise ValueError("not a session")
    if data["version"] != _VERSION:
        raise SessionError(
            tr(
                "{name} was saved by another version of this program (session version "
                "{version}, this one reads {known}).",
                name=path.name,
                version=data["version"],
                known=_VERSION,
            )
        )


def _check_fit(session: Session) -> None:
    """Make sure that no patch reaches outside the recording."""
    info = session.info
    for edit in session.history.edits:
        for patch in edit.patches:
            inside = 0 <= patch.start_frame <= patch.end_frame <= info.frames
            if not inside or not all(0 <= channel < info.channels for channel in patch.channels):
                raise ValueError("a patch lies outside the recording")


def _info_from(row: Mapping[str, Any], source: Path) -> SourceInfo:
    return SourceInfo(
        path=source,
        container=str(row["container"]),
        subtype=str(row["subtype"]),
        rate=int(row["rate"]),
        channels=int(row["channels"]),
        frames=int(row["frames"]),
    )


def _find_source(row: Mapping[str, Any], session_path: Path) -> Path:
    """Return where the recording is: beside the session as before, else where it was."""
    places = [Path(row["absolute"])]
    if row["relative"] is not None:
        places.insert(0, (session_path.resolve().parent / row["relative"]).resolve())
    found = [candidate for candidate in places if candidate.is_file()]
    if not found:
        raise SessionError(
            tr(
                "The recording of this session, {path}, is not there any more; put it back or "
                "beside the session file.",
                path=places[-1],
            )
        )
    for candidate in found:
        if _size(candidate) == row["bytes"] and _fingerprint(candidate) == row["fingerprint"]:
            return candidate
    raise SessionError(
        tr(
            "The recording {path} has changed since this session was saved, so its repairs "
            "no longer fit.",
            path=found[0],
        )
    )


def _relative(source: Path, session_path: Path) -> str | None:
    # two drives of a Windows machine have no path from one to the other
    with suppress(ValueError):
        return Path(os.path.relpath(source.resolve(), session_path.resolve().parent)).as_posix()
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise SessionError(
            tr("The recording {path} cannot be read: {reason}.", path=path, reason=error.strerror)
        ) from error


def _fingerprint(path: Path) -> str:
    """Return a SHA-256 of blocks spread over the file, which is quick at any length."""
    size = _size(path)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for number in range(_SAMPLED_BLOCKS):
                file.seek(max(size - _BLOCK_BYTES, 0) * number // (_SAMPLED_BLOCKS - 1))
                digest.update(file.read(_BLOCK_BYTES))
    except OSError as error:
        raise SessionError(
            tr("The recording {path} cannot be read: {reason}.", path=path, reason=error.strerror)
        ) from error
    return digest.hexdigest()


def _patch_name(number: int) -> str:
    return f"patches/{number:05d}.npy"


def _write_whole(path: Path, text: str, patches: list[Patch]) -> None:
    with replacing(path, overwrite=True) as file, zipfile.ZipFile(file, "w") as archive:
        archive.writestr("session.json", text)
        for number, patch in enumerate(patches):
            block = BytesIO()
            np.save(block, patch.samples.astype(np.float32), allow_pickle=False)
            archive.writestr(_patch_name(number), block.getvalue())
