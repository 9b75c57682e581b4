"""The progress of a batch, kept beside its results, so that it can be resumed.

For every recording there is a small file in the folder ``.uasrm-batch``, named by the place of its
repaired copy. Before the first result of a recording is written, the file says which files will be;
after the last one, what they were made of: the hashes of the source and of the job, and the version
of the program. So whatever the moment of an end, the next run knows which files are whole, which
are its own and may be written again, and which are somebody else's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.hashing import hash_file
from uasrm_core.batch.rows import Row, row_from_json, row_to_json
from uasrm_core.version import program_version
from uasrm_core.writing.gate import make_folder, write_whole

FOLDER = ".uasrm-batch"
_VERSION = 1
_MOST_BYTES = 1 << 24
_ODD = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Made:
    """What results are made of; the same makes the same."""

    source_sha256: str
    job_sha256: str
    program: str

    @classmethod
    def of(cls, source_sha256: str, job_sha256: str) -> Made:
        """Return what this version of the program makes of a source and a job."""
        return cls(source_sha256, job_sha256, program_version())


@dataclass(frozen=True)
class Kept:
    """What is known of a recording from earlier runs.

    Attributes
    ----------
    row
        What came of it, if it was finished.
    made
        What the results were made of, if they are whole.
    files
        Names of the files written, below the folder of the batch, with their hashes; empty hashes
        where the run ended before it could tell.
    """

    row: Row | None = None
    made: Made | None = None
    files: Mapping[str, str] | None = None


def read_kept(folder: Path, output: str) -> Kept:
    """Return what is known of a recording; nothing where its file is missing or damaged."""
    try:
        with open_regular(_place(folder, output)) as file:
            data = json.loads(file.read(_MOST_BYTES))
        if data["version"] != _VERSION or data["output"] != output:
            return Kept()
        files = {str(name): str(digest) for name, digest in data["files"].items()}
        if data["row"] is None:
            return Kept(files=files)
        return Kept(row_from_json(data["row"]), Made(**data["made"]), files)
    except (*_ODD, NotRegularError):
        return Kept()


def is_done(kept: Kept, made: Made, folder: Path) -> bool:
    """Tell whether a recording was finished from the same source, job and version."""
    return (
        kept.row is not None
        and kept.made == made
        and all(os.path.lexists(folder / name) for name in kept.files or {})
    )


def is_own(kept: Kept, folder: Path, name: str) -> bool:
    """Tell whether a file is as an earlier run wrote it, or was being written by one."""
    digest = (kept.files or {}).get(name)
    if digest is None:
        return False
    try:
        return not digest or hash_file(folder / name) == digest
    except OSError:
        return False


def note_begun(folder: Path, output: str, names: Sequence[str]) -> None:
    """Note that files are going to be written.

    Raises
    ------
    ExportError
        That cannot be noted.
    """
    _write(folder, output, dict.fromkeys(names, ""), None, None)


def note_done(folder: Path, output: str, names: Sequence[str], made: Made, row: Row) -> None:
    """Note that files were written, and what came of the recording.

    Raises
    ------
    ExportError
        That cannot be noted.
    """
    files = {name: hash_file(folder / name) for name in names}
    _write(folder, output, files, made, row)


def _write(
    folder: Path, output: str, files: Mapping[str, str], made: Made | None, row: Row | None
) -> None:
    data: dict[str, Any] = {
        "version": _VERSION,
        "output": output,
        "files": dict(files),
        "made": made and vars(made),
        "row": row and row_to_json(row),
    }
    place = _place(folder, output)
    make_folder(place.parent)
    write_whole(place, json.dumps(data).encode())


def _place(folder: Path, output: str) -> Path:
    name = hashlib.sha256(output.encode(errors="surrogateescape")).hexdigest()
    return folder / FOLDER / f"{name[:40]}.json"
