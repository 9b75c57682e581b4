"""The work on one recording of a batch: find, repair, export, and record what was done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from uasrm_core import api
from uasrm_core.archive.difference import difference_format
from uasrm_core.archive.originals import check_archivable
from uasrm_core.archive.record import DIFFERENCE, Restoration, write_records
from uasrm_core.archive.report import check_packages
from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat, check_writable, format_for_target, least_bytes
from uasrm_core.audio.metadata.coding_history import HOLDERS
from uasrm_core.audio.region import Region
from uasrm_core.audio.sources import FileSource
from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.naming import fill_template
from uasrm_core.batch.planning import LABELS, LOG, REPORT, SESSION, Task
from uasrm_core.batch.rows import NOTHING, Row, build_failed_row, build_row
from uasrm_core.batch.sections import SectionResult, divide, repair_section
from uasrm_core.batch.state import Made, is_done, is_own, note_begun, note_done, read_kept
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.edit.history import Edit, EditHistory, utc_now
from uasrm_core.edit.log import log_bytes, log_export
from uasrm_core.errors import ExportError, UasrmError
from uasrm_core.metrics.loudness import Loudness
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_core.writing.gate import check_target, make_folder, write_whole

Clock = Callable[[], float]


@dataclass(frozen=True, eq=False)
class Opened:
    """A recording that is to be worked on.

    Attributes
    ----------
    task, job
        Which recording, where its results belong, and what is to be done.
    clip
        The recording as its file holds it.
    made
        What its results follow from.
    may_replace
        Whether what stands at the places of its results may be replaced.
    began_at
        When it was opened, as ISO 8601 in UTC.
    """

    task: Task
    job: BatchJob
    clip: AudioClip
    made: Made
    may_replace: bool
    began_at: str = field(default_factory=utc_now)


@dataclass(frozen=True, eq=False)
class Found:
    """The regions of a recording, in time's order.

    Attributes
    ----------
    confidences
        How sure each of them is damaged, or None where a person said so.
    """

    regions: tuple[Region, ...]
    confidences: tuple[float | None, ...]


def open_task(
    task: Task,
    job: BatchJob,
    job_sha256: str,
    *,
    force: bool,
    progress: Progress,
    is_dry: bool = False,
) -> Opened | Row:
    """Open a recording and settle whether there is work to do on it.

    Parameters
    ----------
    is_dry
        Do not look whether the results could be written, which makes folders.

    Returns
    -------
    The open recording, or the row of an earlier run that has finished it.

    Raises
    ------
    UasrmError
        It cannot be read, or its results cannot be written.
    """
    clip = api.open_clip(task.source.path, progress)
    assert isinstance(clip.source, FileSource)
    made = Made.of(clip.source.sha256(progress), job_sha256)
    kept = read_kept(task.folder, task.output)
    if kept.row is not None and is_done(kept, made, task.folder):
        return kept.row
    chosen = _choose_format(task, job, clip)
    check_writable(chosen, clip.info)
    if job.archive:
        check_archivable(chosen, clip)
        check_packages()
    if not is_dry:
        make_folder(task.target.parent)
    for name in _list_names(task, job, clip):
        path, is_recording = task.folder / name, not name.endswith(task.beside(job))
        may_replace = force or is_own(kept, task.folder, name)
        if not may_replace and path.exists():
            raise ExportError(
                tr(
                    "“{path}” exists and is not what a batch wrote there; --force replaces it.",
                    path=path,
                )
            )
        room = least_bytes(chosen, clip.info) if name == task.output else 0
        if not is_dry:
            check_target(path, overwrite=may_replace, is_recording=is_recording, bytes_needed=room)
    return Opened(task, job, clip, made, may_replace=force or kept.files is not None)


def find_regions(opened: Opened, progress: Progress) -> Found:
    """Return the regions that a table, a label file or a detection names.

    Raises
    ------
    UasrmError
        The label file, or the recording, cannot be read, or a region lies outside it.
    """
    task, job, clip = opened.task, opened.job, opened.clip
    if task.source.spots is not None:
        named = [spot.region(clip.rate) for spot in task.source.spots]
    elif job.regions:
        folder = task.source.path.parent.as_posix()
        labels = Path(fill_template(job.regions, task.source.path, folder))
        named = list(api.read_labels(labels, clip.rate))
    else:
        settings = DetectSettings(job.kinds, job.highest_sensitivity)
        detections = [
            (detection.region(clip.channels), detection.confidence)
            for detection in job.keep(api.detect(clip, settings, progress))
        ]
        kept = set(job.drop_skipped(clip, [region for region, _ in detections]))
        chosen = [(region, confidence) for region, confidence in detections if region in kept]
        return Found(tuple(r for r, _ in chosen), tuple(c for _, c in chosen))
    checked = job.drop_skipped(clip, [region.fit_to(clip.info) for region in named])
    ordered = sorted(dict.fromkeys(checked), key=lambda region: region.start_frame)
    return Found(tuple(ordered), (None,) * len(ordered))


def finish(
    opened: Opened,
    found: Found,
    results: Sequence[SectionResult],
    progress: Progress,
    *,
    elapsed: Clock,
) -> Row:
    """Export a repaired recording, write what belongs beside it, and note that it is done.

    Raises
    ------
    UasrmError
        Something cannot be written; what is whole by then stays, and is written again next time.
    """
    task, job, clip = opened.task, opened.job, opened.clip
    outcomes = tuple(outcome for result in results for outcome in result.outcomes)
    history = _build_history(found, results)
    confidences = dict(zip(found.regions, found.confidences, strict=True))
    row = build_row(task.source.path, clip, outcomes, confidences)
    if row.status == NOTHING and not job.copy_intact:
        row = replace(row, seconds_taken=round(elapsed(), 3))
        note_done(task.folder, task.output, (), opened.made, row)
        return row
    names = _list_names(task, job, clip)
    note_begun(task.folder, task.output, names)
    chosen = _choose_format(task, job, clip)
    exported = api.export_clip(
        clip.with_patches(history.patches),
        task.target,
        export_format=chosen,
        overwrite=opened.may_replace,
        dither=job.dither == "tpdf",
        coding_history=job.coding_history or (job.archive and chosen.container in HOLDERS),
        progress=progress.part(0.0, 0.6),
    )
    told = [text for o in outcomes for text in (*o.warnings, o.problem) if text is not None]
    warnings = tuple(dict.fromkeys(told))
    loudness = _write_beside(
        opened, found.regions, history, exported, progress.part(0.6, 1.0), warnings=warnings
    )
    row = replace(
        row,
        output=str(task.target),
        sentence=" ".join(filter(None, (row.sentence, *exported.notes))),
        samples_changed=exported.samples_changed,
        outside=exported.proof.outside,
        identical=exported.proof.identical,
        lufs=loudness.lufs,
        true_peak_db=loudness.true_peak_db,
        seconds_taken=round(elapsed(), 3),
    )
    note_done(task.folder, task.output, names, opened.made, row)
    return row


def do_task(
    task: Task,
    job: BatchJob,
    job_sha256: str,
    *,
    force: bool = False,
    progress: Progress = Progress(),
    clock: Clock = time.monotonic,
) -> Row:
    """Do all the work on a recording in this process; whatever goes wrong is told in its row.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    began = clock()
    try:
        opened = open_task(task, job, job_sha256, force=force, progress=progress.part(0.0, 0.05))
        if isinstance(opened, Row):
            return opened
        found = find_regions(opened, progress.part(0.05, 0.4))
        sections = divide(found.regions, opened.clip.rate)
        repairing = progress.part(0.4, 0.85)
        results = [
            repair_section(
                opened.clip,
                section,
                found.regions,
                job,
                repairing.part(number / len(sections), (number + 1) / len(sections)),
            )
            for number, section in enumerate(sections)
        ]
        return finish(
            opened,
            found,
            results,
            progress.part(0.85, 1.0),
            elapsed=lambda: clock() - began,
        )
    except (UasrmError, OSError, MemoryError, RuntimeError) as error:
        return build_failed_row(task.source.path, error, clock() - began)


def _build_history(found: Found, results: Sequence[SectionResult]) -> EditHistory:
    patches = tuple(patch for result in results for patch in result.patches)
    notes = tuple(note for result in results for note in result.notes)
    history = EditHistory(first_regions=found.regions)
    if not patches:
        return history
    label = tr_count("Repair {count} region", "Repair {count} regions", len(notes))
    return history.apply(Edit(label, patches=patches, repairs=notes))


def _choose_format(task: Task, job: BatchJob, clip: AudioClip) -> ExportFormat:
    return format_for_target(clip.info, task.target, depth=job.bits, quality=job.quality)


def _list_names(task: Task, job: BatchJob, clip: AudioClip) -> tuple[str, ...]:
    """Return the names of all results below the folder of the batch."""
    names = (task.output, *task.beside(job))
    if not job.archive:
        return names
    return (*names, f"{task.output}{DIFFERENCE}{difference_format(clip).suffix}")


def _write_beside(
    opened: Opened,
    regions: Sequence[Region],
    history: EditHistory,
    exported: ExportReport,
    progress: Progress,
    *,
    warnings: Sequence[str],
) -> Loudness:
    """Write what belongs beside the repaired recording, and return how loud that is."""
    task, job, clip = opened.task, opened.job, opened.clip
    if job.labels:
        api.write_labels(Path(f"{task.target}{LABELS}"), regions, clip.rate)
    facts = {"warnings": list(warnings), "engine": job.engine}
    log: dict[str, Any] | None = None
    if job.archive:
        log = write_records(
            clip,
            history,
            exported,
            Restoration(job.operator, opened.began_at),
            extra=facts,
            overwrite=True,
            progress=progress,
        )
    elif job.log or job.report:
        log = log_export(clip, history, exported, progress) | facts
    for ending, is_on in ((LOG, job.log and not job.archive), (REPORT, job.report)):
        if is_on and log is not None:
            path = Path(f"{task.target}{ending}")
            write_whole(path, log_bytes(log, path.suffix))
    if job.session:
        session = api.session_of(clip, history, {}, progress)
        api.save_session(session, Path(f"{task.target}{SESSION}"))
    measured = (log or {}).get("loudness")
    return Loudness(**measured) if measured else Loudness(None, None)
