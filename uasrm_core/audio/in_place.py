"""Writing repairs into the recording itself, for programs that hand it out to be repaired.

The file keeps its format, its length and its chunks; only the samples of the repairs differ. It is
replaced in one step, like every file, and an untouched copy is kept first.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.export import ExportReport, export_clip
from uasrm_core.audio.formats import can_be_exact, source_format
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.sources import FileSource
from uasrm_core.errors import ExportError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_core.writing.gate import make_folder, replace_file, write_failure
from uasrm_core.writing.recordings import give_back

_BLOCK_BYTES = 1 << 20


def check_in_place(clip: AudioClip) -> None:
    """Raise `ExportError` if a recording cannot be changed without changing all of it."""
    if not can_be_exact(source_format(clip.info), clip.info):
        raise ExportError(
            tr(
                "“{name}” is compressed: written in place, all of it would change; export to a "
                "new file.",
                name=_require_file_source(clip).path.name,
            )
        )


def find_kept_copy(clip: AudioClip, folder: Path, progress: Progress = Progress()) -> Path:
    """Return where the untouched copy of a recording is kept, below a folder."""
    source = _require_file_source(clip)
    return folder / f"{source.sha256(progress)[:16]} {source.path.name}"


def write_in_place(
    clip: AudioClip,
    *,
    copy: Path,
    written_sha256: str = "",
    coding_history: bool = False,
    progress: Progress = Progress(),
) -> ExportReport:
    """Write a recording as it now sounds in place of its own file.

    Parameters
    ----------
    copy
        Where the untouched file is kept; if it is there, it is kept already.
    written_sha256
        What an earlier call has left in the file, if there was one.

    Raises
    ------
    ExportError
        The file cannot be written or is compressed, another program has written to it, or no copy
        can be kept.
    FileError
        The recording cannot be read any more.
    """
    source = _require_file_source(clip)
    check_in_place(clip)
    if _hash_file(source.path) not in (source.sha256(progress.part(0.0, 0.1)), written_sha256):
        raise ExportError(
            tr(
                "“{name}” was changed by another program, so it is not written over; export to a "
                "new file.",
                name=source.path.name,
            )
        )
    if not copy.exists():
        _keep(source.file, copy, progress.part(0.1, 0.2))
    with give_back(source.path):
        return export_clip(
            clip,
            source.path,
            export_format=source_format(clip.info),
            overwrite=True,
            coding_history=coding_history,
            progress=progress.part(0.2, 1.0),
        )


def _require_file_source(clip: AudioClip) -> FileSource:
    if not isinstance(clip.source, FileSource):
        raise ExportError(tr("Only a recording that is a file can be written in place."))
    return clip.source


def _keep(original: OpenFile, copy: Path, progress: Progress) -> None:
    """Copy a recording as it was when it was opened."""
    make_folder(copy.parent)
    digest = hashlib.sha256()
    with replace_file(copy, overwrite=False, is_recording=True) as draft:
        for start in range(0, original.size, _BLOCK_BYTES):
            progress.report(start / original.size, tr("Keeping a copy of the original"))
            try:
                block = original.read_at(start, min(_BLOCK_BYTES, original.size - start))
            except OSError as error:
                raise original.unreadable(error) from error
            digest.update(block)
            draft.write(block)
        original.check_hash(digest.hexdigest())


def _hash_file(path: Path) -> str:
    try:
        return hash_file(path)
    except OSError as error:
        raise write_failure(path, error) from error
