"""The original bytes that a log keeps, so that a repaired file can be turned back.

Where the repaired file is a copy of the original with some samples overwritten, the log keeps the
bytes that differ, and the restored file is the original, byte for byte. Where it was written anew
in a format that holds every sample, the log keeps the samples under the repairs, and the restored
file has every sample of the original.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat, can_be_exact
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.repaired import list_patched_stretches
from uasrm_core.audio.sources import FileSource
from uasrm_core.edit.log import hash_untouched
from uasrm_core.errors import ExportError, FileError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.gate import replace_file

BYTES, SAMPLES = "bytes", "samples"
_BLOCK_BYTES = 1 << 20
# Runs of bytes this near are kept as one: each costs some text of its own.
_JOIN_BYTES = 64
# Samples finer than 32-bit float cannot be laid over a recording as patches.
_TOO_FINE = ("PCM_32", "DOUBLE")
_ODD = (ValueError, LookupError, TypeError, AttributeError, OverflowError, zlib.error)


def check_archivable(chosen: ExportFormat, clip: AudioClip) -> None:
    """Make sure that an export in a format can be taken back.

    Raises
    ------
    ExportError
        It would not hold every sample as it was.
    """
    if not can_be_exact(chosen, clip.info):
        raise ExportError(
            tr(
                "An archive's copy must hold every sample as it was, which {name} cannot; choose "
                "another format.",
                name=chosen.name,
            )
        )


def record_originals(clip: AudioClip, exported: ExportReport) -> dict[str, Any]:
    """Return what makes the written file the original again, for its log.

    Parameters
    ----------
    clip
        The recording with the repairs over it that were written.

    Raises
    ------
    ExportError
        It cannot be taken back.
    FileError
        One of the files cannot be read any more.
    """
    source = clip.source
    assert isinstance(source, FileSource)
    if exported.same_format:
        return {
            "kind": BYTES,
            "size": source.file.size,
            "sha256": source.sha256(),
            "runs": [
                {"start": start, "bytes": len(data), "data": _pack(data)}
                for start, data in _find_differences(source.file, exported.path)
            ],
        }
    if clip.info.subtype in _TOO_FINE or exported.proof.identical != exported.proof.outside:
        raise ExportError(
            tr("This export cannot be taken back; export an archive's copy in the same format.")
        )
    original = AudioClip(source)
    return {
        "kind": SAMPLES,
        "subtype": clip.info.subtype,
        "sha256": hash_untouched(original, ()),
        "runs": [
            {
                "start_frame": start,
                "frames": end - start,
                "data": _pack(np.asarray(original.read(start, end), "<f4").tobytes()),
            }
            for start, end in list_patched_stretches(clip)
        ],
    }


def restore(
    fixed: Path,
    log: Mapping[str, Any],
    target: Path,
    *,
    overwrite: bool = False,
    progress: Progress = Progress(),
) -> str:
    """Write the original that a repaired file was made of, and return what was proven.

    Raises
    ------
    FileError
        The file is not the one that the log tells of, or the log keeps no originals.
    ExportError
        The target cannot be written.
    """
    try:
        kept = log["restore"]
        digest, kind = str(log["output"]["sha256"]), str(kept["kind"])
    except _ODD as error:
        raise FileError(
            tr("The log keeps no originals; only repairs with --archive can be taken back.")
        ) from error
    if _hash_file(fixed) != digest:
        raise FileError(
            tr(
                "“{name}” is not the file that the log tells of, or it has changed.",
                name=fixed.name,
            )
        )
    try:
        if kind == BYTES:
            return _restore_bytes(fixed, kept, target, overwrite, progress)
        return _restore_samples(fixed, kept, target, overwrite, progress)
    except _ODD as error:
        raise FileError(tr("The log is damaged: its originals make no sense.")) from error


def _restore_bytes(
    fixed: Path, kept: Mapping[str, Any], target: Path, overwrite: bool, progress: Progress
) -> str:
    size = int(kept["size"])
    if not 0 <= size <= fixed.stat().st_size:
        raise ValueError("a size that cannot be")
    with replace_file(target, overwrite=overwrite, is_recording=True) as draft:
        with fixed.open("rb") as file:
            _copy(file, draft, size, progress)
        for run in kept["runs"]:
            start, data = int(run["start"]), _unpack(run["data"], int(run["bytes"]))
            if not 0 <= start <= start + len(data) <= size:
                raise ValueError("a run outside the file")
            draft.seek(start)
            draft.write(data)
        if _hash_draft(draft, size) != str(kept["sha256"]):
            raise FileError(tr("The log is damaged: what it restores is not the original."))
    return tr("It is the original, byte for byte: SHA-256 {sha256}.", sha256=kept["sha256"])


def _restore_samples(
    fixed: Path, kept: Mapping[str, Any], target: Path, overwrite: bool, progress: Progress
) -> str:
    clip = api.open_clip(fixed)
    patches = []
    for run in kept["runs"]:
        start, frames = int(run["start_frame"]), int(run["frames"])
        if not 0 <= start < start + frames <= clip.frames:
            raise ValueError("a run outside the recording")
        data = _unpack(run["data"], 4 * frames * clip.channels)
        samples = np.frombuffer(data, "<f4").reshape(clip.channels, frames)
        patches.append(Patch(start, tuple(range(clip.channels)), samples.astype(np.float32)))
    restored = clip.with_patches(patches)
    if hash_untouched(restored, (), progress.part(0.0, 0.3)) != str(kept["sha256"]):
        raise FileError(tr("The log is damaged: what it restores is not the original."))
    exported = api.export_clip(
        restored, target, overwrite=overwrite, dither=False, progress=progress.part(0.3, 1.0)
    )
    if not exported.exact_outside:
        target.unlink()
        raise ExportError(
            tr("“{name}” cannot hold every sample; choose another format.", name=target.name)
        )
    return tr("Every sample is that of the original: SHA-256 {sha256}.", sha256=kept["sha256"])


def _find_differences(source: OpenFile, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the places of a file's bytes that another file has differently, with those bytes."""
    waiting: tuple[int, bytes] | None = None
    with path.open("rb") as file:
        for block_start in range(0, source.size, _BLOCK_BYTES):
            ours = source.read_at(block_start, min(_BLOCK_BYTES, source.size - block_start))
            theirs = file.read(len(ours)).ljust(len(ours), b"\0")
            if ours == theirs:
                continue
            differs = np.flatnonzero(
                np.frombuffer(ours, np.uint8) != np.frombuffer(theirs, np.uint8)
            )
            breaks = np.flatnonzero(np.diff(differs) > _JOIN_BYTES)
            firsts = differs[np.concatenate([[0], breaks + 1])]
            lasts = differs[np.concatenate([breaks, [len(differs) - 1]])]
            for first, last in zip(firsts, lasts, strict=True):
                start, data = block_start + int(first), ours[int(first) : int(last) + 1]
                if waiting is not None and waiting[0] + len(waiting[1]) == start:
                    waiting = (waiting[0], waiting[1] + data)
                    continue
                if waiting is not None:
                    yield waiting
                waiting = (start, data)
    if waiting is not None:
        yield waiting


def _copy(file: BinaryIO, draft: BinaryIO, size: int, progress: Progress) -> None:
    for start in range(0, size, _BLOCK_BYTES):
        progress.report(start / size, tr("Copying the recording"))
        draft.write(file.read(min(_BLOCK_BYTES, size - start)))


def _hash_draft(draft: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    draft.seek(0)
    for start in range(0, size, _BLOCK_BYTES):
        digest.update(draft.read(min(_BLOCK_BYTES, size - start)))
    return digest.hexdigest()


def _pack(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def _unpack(text: object, size: int) -> bytes:
    """Return packed bytes, of which there must be exactly so many."""
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(base64.b64decode(str(text), validate=True), size + 1)
    if len(data) != size:
        raise ValueError("as many bytes as were promised")
    return data


def _hash_file(path: Path) -> str:
    try:
        return hash_file(path)
    except OSError as error:
        raise FileError(
            tr("“{path}” cannot be read: {reason}.", path=path, reason=error.strerror)
        ) from error
