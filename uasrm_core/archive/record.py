"""All that is kept of a restoration in an archive: log, report, difference and originals."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from uasrm_core.archive.difference import difference_format, write_difference
from uasrm_core.archive.originals import check_archivable, record_originals
from uasrm_core.archive.report import check_packages, write_pdf
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.hashing import hash_file
from uasrm_core.edit.history import EditHistory, utc_now
from uasrm_core.edit.log import log_bytes, log_export
from uasrm_core.progress import Progress
from uasrm_core.writing.gate import check_target, write_whole

LOG, REPORT, DIFFERENCE = ".log.json", ".report.pdf", ".difference"
_LIBRARIES = ("numpy", "scipy", "numba", "soundfile", "soxr", "torch")


@dataclass(frozen=True)
class Restoration:
    """Who restored a recording, and when.

    Attributes
    ----------
    operator
        A name, or empty.
    began_at
        ISO 8601 in UTC.
    """

    operator: str
    began_at: str


@dataclass(frozen=True)
class ArchiveFiles:
    """Where the records of a repaired recording belong."""

    log: Path
    report: Path
    difference: Path


def archive_files(output: Path, clip: AudioClip) -> ArchiveFiles:
    """Return the places of the records, beside the repaired recording."""
    suffix = DIFFERENCE + difference_format(clip).suffix
    return ArchiveFiles(
        Path(f"{output}{LOG}"), Path(f"{output}{REPORT}"), Path(f"{output}{suffix}")
    )


def check_records(output: Path, clip: AudioClip, chosen: ExportFormat, *, overwrite: bool) -> None:
    """Refuse before the work what `write_records` would refuse after it.

    Raises
    ------
    ExportError
        The export could not be taken back, or a record cannot be written.
    DataError
        The packages for the report are not installed.
    """
    check_archivable(chosen, clip)
    check_packages()
    files = archive_files(output, clip)
    check_target(files.log, overwrite=overwrite)
    check_target(files.report, overwrite=overwrite)
    check_target(files.difference, overwrite=overwrite, is_recording=True)


def write_records(
    original: AudioClip,
    history: EditHistory,
    exported: ExportReport,
    restoration: Restoration,
    *,
    extra: Mapping[str, Any],
    overwrite: bool,
    progress: Progress = Progress(),
) -> dict[str, Any]:
    """Write the records of a restoration beside the repaired recording; return the log.

    Parameters
    ----------
    original
        The recording as its file holds it.
    extra
        What else belongs in the log.

    Raises
    ------
    ExportError
        They cannot be written, or the export cannot be taken back.
    FileError
        The recording cannot be read any more.
    DataError
        The packages for the report are not installed.
    """
    repaired = original.with_patches(history.patches)
    files = archive_files(exported.path, original)
    write_difference(
        repaired,
        exported.path,
        files.difference,
        overwrite=overwrite,
        progress=progress.part(0.0, 0.4),
    )
    log = log_export(original, history, exported, progress.part(0.4, 0.9))
    log |= {
        **extra,
        "operator": restoration.operator,
        "began_at": restoration.began_at,
        "ended_at": utc_now(),
        "versions": _list_versions(),
        "difference": {
            "path": str(files.difference),
            "sha256": hash_file(files.difference),
        },
        "restore": record_originals(repaired, exported),
    }
    write_pdf(log, files.report, overwrite=overwrite)
    write_whole(files.log, log_bytes(log, files.log.suffix), overwrite=overwrite)
    return log


def _list_versions() -> dict[str, str]:
    """Return which versions did the work."""
    found = {"python": platform.python_version(), "system": platform.platform()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
