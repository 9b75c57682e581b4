"""The recording being worked on: the one owner of its clip, regions, selection and history.

What is done with it that takes its time is done here, each as a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core import api as core_api
from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.region import Region, region_of, separated
from uasrm_core.audio.shape import Shape
from uasrm_core.audio.sources import FileSource
from uasrm_core.detect.finds import DetectSettings
from uasrm_core.edit.history import place
from uasrm_core.edit.locks import FileLock
from uasrm_core.edit.recovery import Recovered
from uasrm_core.edit.storage import within_budget
from uasrm_core.errors import ExportError, RegionError
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairJob, RepairResult
from uasrm_core.inpainting.registry import ADAPTABLE
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_gui.document_jobs import DocumentJobs
from uasrm_gui.editor.marks import ToolOptions, WandRequest
from uasrm_gui.editor.selecting import Limits, combined
from uasrm_gui.engine_loader import EngineLoader
from uasrm_gui.jobs import Job, JobRunner
from uasrm_gui.notices import Notice
from uasrm_gui.opening import Opened, Question, Request, read_work
from uasrm_gui.outcomes import (
    fitting_notice,
    notice_of,
    problems_of,
    repair_step,
    warning_notice,
)
from uasrm_gui.proposals import Proposals, proposals_of
from uasrm_gui.session_locks import SessionLocks
from uasrm_gui.work import Work


class Document(Work):
    """The work, and the jobs that read, write and repair it.

    Parameters
    ----------
    runner
        Where everything that takes its time is done.
    api
        The calls of `uasrm_core.api`.

    Attributes
    ----------
    describe_view
        Asked what a session is to keep of the view, as plain values.
    adapts
        Asked whether the network is to be fitted to the recording.
    opened_view
        What the session that was opened last had kept of it.
    metadata_lost
        What an export in each format would leave out of what the file says.
    recovered
        What a crash had left of the open work, if it comes from there.
    jobs
        Starts the jobs, and binds what comes later to the document it was asked for.
    """

    repaired = Signal(object)
    noticed = Signal(object)
    asked = Signal(object)

    def __init__(
        self, runner: JobRunner, *, api: Any = core_api, parent: QObject | None = None
    ) -> None:
        self.jobs = DocumentJobs(runner)
        super().__init__(lambda: not self.jobs.refuse(), parent)
        self.jobs.noticed.connect(self.noticed)
        self._api = api
        self._engines = EngineLoader(api.load_engines)
        self._last_engine, self._last_strength = "auto", 1.0
        self.describe_view: Callable[[], Mapping[str, Any]] = dict
        self.adapts: Callable[[], bool] = lambda: False
        self.opened_view: Mapping[str, Any] = {}
        self.metadata_lost: Mapping[ExportFormat, tuple[str, ...]] = {}
        self.recovered: Recovered | None = None
        self._locks = SessionLocks(lambda path: self._api.lock_session(path))

    # opening and keeping

    def load_engines(self) -> None:
        """Begin to load the repair engines in the background."""
        self._engines.start()

    def open(self, path: Path, *, labels: Path | None = None) -> Job:
        """Open a recording or a session in place of what is open; what is open stays until then."""
        return self.open_as(Request(path, labels))

    def recover(self, journal: Path) -> Job:
        """Open work that a crash left, like `open`; it counts as not saved."""
        return self.open_as(Request(journal, is_journal=True))

    def open_as(self, request: Request) -> Job:
        """Open what is asked for; `asked` comes where something has to be known first."""

        def work(progress: Progress) -> Opened | Question:
            return read_work(self._api, request, self._locks.find(request.path), progress)

        job = self.jobs.replace_document(request.path.name, work, self._on_opened)
        return self._locks.hold_during(job)

    def release(self) -> None:
        """Let other windows open the session."""
        self._locks.release()

    def save_session(self, path: Path) -> Job | None:
        """Save the work to go on with later."""
        assert self._original is not None
        original, history, view = self._original, self._history, self.describe_view()

        def work(progress: Progress) -> FileLock | None:
            lock = self._locks.take(path)
            session = self._api.session_of(original, history, view, progress)
            self._api.save_session(session, path, held=lock)
            return lock

        def done(lock: FileLock | None) -> None:
            self._locks.keep(lock)
            self._session_path = path
            self.jobs.rename_document(self.name)
            self._keep(self._safe.with_saved(history))
            self._say(tr("Saved {name}.", name=path.name))

        job = self.jobs.submit(tr("Saving {name}", name=path.name), work, done, writes=True)
        return None if job is None else self._locks.hold_during(job)

    def export(
        self,
        target: Path,
        export_format: ExportFormat | None,
        *,
        overwrite: bool,
        coding_history: bool = False,
    ) -> Job | None:
        """Write the repaired recording to a new file; None keeps the original's format."""
        assert self._clip is not None
        clip = self._clip

        def work(progress: Progress) -> ExportReport:
            report: ExportReport = self._api.export_clip(
                clip,
                target,
                export_format=export_format,
                overwrite=overwrite,
                coding_history=coding_history,
                progress=progress,
            )
            return report

        def done(report: ExportReport) -> None:
            self._keep(self._safe.with_exported(clip.patches))
            exported = tr("Exported {name}.", name=target.name)
            self._say(f"{exported} {report.sentences}")

        return self.jobs.submit(tr("Exporting {name}", name=target.name), work, done, writes=True)

    def find_export_problem(
        self,
        target: Path,
        export_format: ExportFormat,
        *,
        overwrite: bool,
        coding_history: bool = False,
    ) -> str:
        """Return why an export would be refused, as a sentence, or empty if it would not."""
        try:
            self._api.check_export(
                self._clip,
                target,
                export_format=export_format,
                overwrite=overwrite,
                coding_history=coding_history,
            )
        except ExportError as error:
            return str(error)
        return ""

    # labels

    def import_labels(self, path: Path) -> Job | None:
        """Add the regions of a label file to the list."""
        assert self._clip is not None
        rate = self._clip.rate

        def done(regions: tuple[Region, ...]) -> None:
            new = tuple(region for region in regions if region not in self.regions)
            self._safe = self._safe.with_regions(new)
            step = tr_count("Import {count} label", "Import {count} labels", len(new))
            self._set_regions(step, (*self.regions, *new))
            self._say(
                tr_count(
                    "Imported {count} region from {name}.",
                    "Imported {count} regions from {name}.",
                    len(new),
                    name=path.name,
                )
            )

        return self.jobs.submit(
            tr("Reading {name}", name=path.name),
            lambda progress: self._api.read_labels(path, rate),
            done,
        )

    def export_labels(self, path: Path) -> Job | None:
        """Write the list of regions as a label file."""
        assert self._clip is not None
        regions, rate = self.regions, self._clip.rate

        def done(result: object) -> None:
            self._keep(self._safe.with_regions(regions))
            self._say(
                tr_count(
                    "Wrote {count} region to {name}.",
                    "Wrote {count} regions to {name}.",
                    len(regions),
                    name=path.name,
                )
            )

        return self.jobs.submit(
            tr("Writing {name}", name=path.name),
            lambda progress: self._api.write_labels(path, regions, rate),
            done,
            writes=True,
        )

    # finding damage

    def detect(self, kinds: tuple[str, ...]) -> Job | None:
        """Look for damage of some kinds; the job's result holds all finds, for any sensitivity."""
        assert self._clip is not None
        clip, settings = self._clip, DetectSettings(kinds, sensitivity=1.0)
        return self.jobs.submit(
            tr("Finding damage"), lambda progress: self._api.detect(clip, settings, progress)
        )

    # repairs

    @property
    def last_engine(self) -> str:
        """The engine of the last repair that was asked for."""
        return self._last_engine

    @property
    def last_strength(self) -> float:
        """How much of the damage the last repair was to take away, from 0 to 1."""
        return self._last_strength

    def repair(
        self, regions: Sequence[Region], engine: str, *, strength: float = 1.0
    ) -> Job | None:
        """Repair some places; the first candidate of each is applied when all are done.

        What cannot be repaired is told in a sentence; None if that is all of it.
        """
        assert self._clip is not None
        wanted: list[Region] = []
        problems: list[str] = []
        for region in regions:
            try:
                wanted += separated(region.checked(self._clip.info), self._clip.rate)
            except RegionError as error:
                problems.append(str(error))
        if not wanted:
            self._tell(notice_of(problems, len(regions)))
            return None
        self._last_engine, self._last_strength = engine, strength
        repair_job = self._told(RepairJob(self._clip, tuple(wanted), engine, strength=strength))

        def work(progress: Progress) -> RepairResult:
            if repair_job.needs_model:
                self._engines.wait(progress)
            result: RepairResult = self._api.repair(repair_job, progress)
            return result

        count = len(wanted)
        what = self._span(wanted[0])
        if count > 1:
            what = tr_count("{count} region", "{count} regions", count)
        return self.jobs.submit(
            tr("Repairing {what}", what=what),
            work,
            lambda result: self._on_repaired(result, problems),
        )

    def propose(self, repair_job: RepairJob) -> Job | None:
        """Repair the one region of a job without applying it; the job's result is `Proposals`."""
        repair_job = self._told(repair_job)

        def work(progress: Progress) -> Proposals:
            if repair_job.needs_model:
                self._engines.wait(progress)
            return proposals_of(repair_job, self._api.repair(repair_job, progress))

        what = self._span(repair_job.regions[0])
        return self.jobs.submit(
            tr("Making candidates for {what}", what=what),
            work,
            lambda made: self._tell(fitting_notice(made.adaptation)),
        )

    def apply(self, region: Region, candidate: Candidate) -> None:
        """Apply a candidate for a region, as it is."""
        assert self._clip is not None
        outcome = RegionOutcome(region, (candidate,))
        self._take_step(RepairResult((outcome,)))

    def export_log(self, path: Path) -> Job | None:
        """Write what was done: as a report to read for ``.txt``, else as JSON."""
        assert self._original is not None
        original, history = self._original, self._history
        return self.jobs.submit(
            tr("Writing {name}", name=path.name),
            lambda progress: self._api.write_log(path, original, history, progress),
            lambda result: self._say(tr("Wrote the edit log {name}.", name=path.name)),
            writes=True,
        )

    # what the sound itself helps to select

    def point_wand(self, request: WandRequest, options: ToolOptions) -> Job | None:
        """Select what is as loud as the place that the wand was pointed at."""
        assert self._clip is not None
        clip, before = self._clip, self._selection

        def work(progress: Progress) -> Shape:
            shape: Shape = self._api.point_wand(
                clip,
                request.frame,
                request.hz,
                tolerance_db=options.tolerance_db,
                contiguous=options.contiguous,
                within=request.within,
                channels=request.channels,
                progress=progress,
            )
            return shape

        def done(shape: Shape) -> None:
            new = region_of(shape, clip.rate, channels=request.channels)
            limits = Limits(clip.frames, clip.rate / 2)
            self.select(combined(before, new, request.mode, limits))

        return self.jobs.submit(tr("Selecting what is as loud"), work, done)

    def find_similar(self, region: Region) -> Job | None:
        """Put what sounds like a region into the list, together with the region itself."""
        assert self._clip is not None
        clip = self._clip

        def done(found: tuple[Region, ...]) -> None:
            listed = {place(known) for known in self.regions}
            events = sorted((region, *found), key=lambda event: event.start_frame)
            new = tuple(event for event in events if place(event) not in listed)
            if found:
                label = tr_count(
                    "Find {count} similar event", "Find {count} similar events", len(found)
                )
                first = len(self.regions)
                self._set_regions(label, (*self.regions, *new))
                self.pick_rows(range(first, len(self.regions)))
            self._say(
                tr_count(
                    "{count} similar event was found.",
                    "{count} similar events were found.",
                    len(found),
                )
            )

        return self.jobs.submit(
            tr("Looking for similar events"),
            lambda progress: self._api.find_similar(clip, region, progress),
            done,
        )

    def snap_to_zero(self, region: Region) -> Job | None:
        """Move the edges of the selection to the nearest zero crossings."""
        assert self._clip is not None
        clip = self._clip

        def done(edges: tuple[int, int]) -> None:
            if edges[0] < edges[1]:
                self.select(replace(region, start_frame=edges[0], end_frame=edges[1]))

        return self.jobs.submit(
            tr("Looking for zero crossings"),
            lambda progress: self._api.find_zero_crossings(clip, region),
            done,
        )

    def find_peak(self, region: Region, use: Callable[[float], object]) -> Job | None:
        """Hand on the loudest frequency of a region, or tell that there is none."""
        assert self._clip is not None
        clip = self._clip

        def done(hz: float | None) -> None:
            if hz is None:
                self._tell(Notice(tr("There is no sound in the selection."), "warning"))
            else:
                use(hz)

        return self.jobs.submit(
            tr("Looking for the loudest frequency"),
            lambda progress: self._api.find_peak(clip, region),
            done,
        )

    # inside

    def _told(self, job: RepairJob) -> RepairJob:
        """Return a job with what the user wants of every repair, and the damage known besides."""
        adapt = self.adapts() and job.engine in ADAPTABLE
        return replace(job, adapt=adapt, damaged=self.open_regions)

    def _take_step(self, result: RepairResult) -> None:
        """Apply the first candidates."""
        assert self._clip is not None
        edit = repair_step(result, self.regions, self._clip.rate)
        if edit is None:
            return
        try:
            edit = within_budget(self._history, edit)
        except ExportError as error:
            self.noticed.emit(Notice(str(error), "error"))
            return
        if self._move_to(self._history.apply(edit)):
            self.repaired.emit(edit)

    def _say(self, text: str) -> None:
        self.noticed.emit(Notice(text))

    def _on_opened(self, result: Opened | Question) -> None:
        if isinstance(result, Question):
            self.asked.emit(result)
            return
        self._locks.keep(result.lock)
        self.recovered = result.recovered
        self.opened_view, self.metadata_lost = result.view, result.metadata_lost
        self.jobs.change_document((result.session_path or result.clip.info.path or Path()).name)
        is_saved = result.recovered is None
        self._take(result.clip, result.history, result.session_path, is_saved=is_saved)
        if isinstance(result.clip.source, FileSource):
            # what is saved, logged or exported later is compared with the file as it is now
            result.clip.source.start_hashing()
        if result.recovered is not None and result.recovered.problem:
            self._tell(Notice(result.recovered.problem, "warning"))
        if result.clip.info.note is not None:
            self._tell(Notice(result.clip.info.note, "warning"))

    def _on_repaired(self, result: RepairResult, refused: list[str]) -> None:
        problems = [*refused, *problems_of(result)]
        self._take_step(result)
        told = notice_of(problems, len(refused) + len(result.outcomes))
        self._tell(told or warning_notice(result) or fitting_notice(result.adaptation))

    def _tell(self, notice: Notice | None) -> None:
        if notice is not None:
            self.noticed.emit(notice)
