"""Exports of the document: the whole recording or its regions, with an archive's records or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.excerpt import cut_piece
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.region import Region
from uasrm_core.batch.naming import fill_for_regions
from uasrm_core.edit.history import EditHistory
from uasrm_core.errors import ExportError, UasrmError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr


@dataclass(frozen=True)
class ExportOptions:
    """What an export is, beside its place and format.

    Attributes
    ----------
    coding_history, dither
        See `export_clip`.
    rate
        Frames a second, or None for the recording's own.
    by_region
        Each region becomes a file of its own; the name has the fields of `fill_for_regions`.
    is_archival, operator
        Write the records of an archive (`uasrm_core.archive.record`), and who restores.
    """

    coding_history: bool = False
    dither: bool = True
    rate: int | None = None
    by_region: bool = False
    is_archival: bool = False
    operator: str = ""


AS_IT_IS = ExportOptions()


@dataclass(frozen=True, eq=False)
class Exportable:
    """The document as it is when an export is asked for.

    Attributes
    ----------
    began_at
        When the recording was opened, as ISO 8601 in UTC.
    """

    original: AudioClip
    history: EditHistory
    began_at: str

    @property
    def clip(self) -> AudioClip:
        """The recording with its repairs."""
        return self.original.with_patches(self.history.patches)


def list_targets(target: Path, regions: Sequence[Region], *, by_region: bool) -> tuple[Path, ...]:
    """Return the files that an export writes.

    Raises
    ------
    ValueError
        Two regions would have one name; the message says so.
    """
    if not by_region:
        return (target,)
    return tuple(target.with_name(name) for name in fill_for_regions(target.name, regions))


def find_problem(
    api: Any,
    work: Exportable,
    target: Path,
    export_format: ExportFormat | None,
    options: ExportOptions,
    *,
    overwrite: bool,
) -> str:
    """Return why an export would be refused, as a sentence, or empty if it would not."""
    from uasrm_core.archive.record import check_records

    regions = work.history.regions
    try:
        if options.by_region and not regions:
            raise ExportError(tr("There are no regions to export."))
        for path in list_targets(target, regions, by_region=options.by_region):
            api.check_export(
                _stand_in(work.clip, options.rate),
                path,
                export_format=export_format,
                overwrite=overwrite,
                coding_history=options.coding_history,
            )
        if options.is_archival and export_format is not None:
            check_records(target, work.original, export_format, overwrite=overwrite)
    except (UasrmError, ValueError) as error:
        return str(error)
    return ""


def write_export(
    api: Any,
    work: Exportable,
    target: Path,
    export_format: ExportFormat | None,
    options: ExportOptions,
    *,
    overwrite: bool,
    progress: Progress,
) -> tuple[ExportReport, ...]:
    """Write all files of an export, and what was proven of each.

    Raises
    ------
    UasrmError
        One of them cannot be written; those before it are whole.
    """
    pieces: Sequence[Region | None] = work.history.regions if options.by_region else (None,)
    targets = list_targets(target, work.history.regions, by_region=options.by_region)
    reports = []
    exporting = progress.part(0.0, 0.7 if options.is_archival else 1.0)
    for number, (path, region) in enumerate(zip(targets, pieces, strict=True)):
        part = exporting.part(number / len(targets), (number + 1) / len(targets))
        report: ExportReport = api.export_clip(
            cut_piece(work.clip, region, options.rate, part.part(0.0, 0.5)),
            path,
            export_format=export_format,
            overwrite=overwrite,
            dither=options.dither,
            coding_history=options.coding_history,
            progress=part.part(0.5, 1.0),
        )
        reports.append(report)
        if options.is_archival:
            _write_records(work, report, options, overwrite, progress.part(0.7, 1.0))
    return tuple(reports)


def _write_records(
    work: Exportable,
    report: ExportReport,
    options: ExportOptions,
    overwrite: bool,
    progress: Progress,
) -> None:
    from uasrm_core.archive.record import Restoration, write_records

    write_records(
        work.original,
        work.history,
        report,
        Restoration(options.operator, work.began_at),
        extra={},
        overwrite=overwrite,
        progress=progress,
    )


def _stand_in(clip: AudioClip, rate: int | None) -> AudioClip:
    """Return what can be checked in place of a recording at another rate, which takes its time."""
    if rate in (None, clip.rate):
        return clip
    return AudioClip(MemorySource(np.zeros((clip.channels, 1), np.float32), rate))
