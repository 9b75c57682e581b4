"""Finding damage and repairing it, each as a job for the document."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.region import Region, split_parts
from uasrm_core.detect.detections import DetectSettings
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.errors import ExportError, RegionError
from uasrm_core.inpainting.job import Candidate, RegionOutcome, RepairJob, RepairResult
from uasrm_core.inpainting.registry import ADAPTABLE
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.engine_loader import EngineLoader
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.outcomes import (
    fitting_notice,
    notice_of,
    problems_of,
    repair_step,
    stopped_notice,
    warning_notice,
)
from uasrm_gui.state.proposals import Drawing, Proposals
from uasrm_gui.state.work import Work

# Of a repair that waits for its engines, about so much is the wait.
LOADING_SHARE = 0.6


class Repairs(QObject):
    """Repairs places of the work; `done` tells the step that was taken.

    `left` tells the regions that a repair had not come to when it was stopped.

    Attributes
    ----------
    model
        Asked for the model file in place of the one that ships, or None.
    adapts
        Asked whether the network is to be fitted to the recording.
    last_engine, last_strength
        How the last repair was asked for.
    """

    noticed = Signal(object)
    done = Signal(object)
    left = Signal(object)

    def __init__(
        self, work: Work, jobs: DocumentJobs, api: Any, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._jobs = jobs
        self._api = api
        self._engines = EngineLoader(
            lambda progress: api.load_engines(progress, model=self.model())
        )
        self.model: Callable[[], Path | None] = lambda: None
        self.adapts: Callable[[], bool] = lambda: False
        self.last_engine, self.last_strength = "auto", 1.0
        self._search: Job | None = None

    @property
    def has_engines(self) -> bool:
        """Whether the loading of the repair engines is over."""
        return self._engines.is_done

    def load_engines(self) -> None:
        """Begin to load the repair engines in the background."""
        self._engines.start()

    def detect(self, kinds: tuple[str, ...]) -> Job | None:
        """Look for damage of some kinds; the result holds all detections, for any sensitivity."""
        clip, settings = self._work.clip, DetectSettings(kinds, sensitivity=1.0)
        assert clip is not None
        job = self._jobs.submit(
            tr("Finding damage"), lambda progress: self._api.detect(clip, settings, progress)
        )
        if job is not None:
            self._search = job
            job.ended.connect(lambda: self._forget_search(job))
        return job

    def repair(
        self, regions: Sequence[Region], engine: str, *, strength: float = 1.0
    ) -> Job | None:
        """Repair some places; the first candidate of each is applied when all are done.

        Those that were done before a cancel or a failure are applied as well. What cannot be
        repaired is told in a sentence; None if that is all of it.
        """
        clip = self._work.clip
        assert clip is not None
        wanted: list[Region] = []
        strokes: set[Region] = set()
        problems: list[str] = []
        for region in regions:
            try:
                parts = split_parts(region.fit_to(clip.info), clip.rate)
            except RegionError as error:
                problems.append(str(error))
                continue
            wanted += parts
            if len(parts) > 1:
                strokes.update(parts)
        if not wanted:
            self._tell(notice_of(problems, len(regions)))
            return None
        self.last_engine, self.last_strength = engine, strength
        repair_job = self._complete(RepairJob(clip, tuple(wanted), engine, strength=strength))
        count = len(wanted)
        what = self._work.format_place(wanted[0])
        if count > 1:
            what = tr_count("{count} region", "{count} regions", count)
        if self._search is not None:
            text = tr("The repair begins when the search has ended, or is cancelled.")
            self.noticed.emit(Notice(text))
        return self._jobs.submit(
            tr("Repairing {what}", what=what),
            lambda progress: self._run(repair_job, progress),
            lambda result: self._on_repaired(result, problems),
            keep=lambda outcomes, problem: self._on_stopped(wanted, strokes, outcomes, problem),
        )

    def preview(self, region: Region) -> Callable[[Progress], RegionOutcome]:
        """Return the work that repairs a place without applying it, to be done in any thread."""
        clip = self._work.clip
        assert clip is not None
        job = replace(self._complete(RepairJob(clip, (region,))), adapt=False)

        def work(progress: Progress) -> RegionOutcome:
            (outcome,) = self._run(job, progress).outcomes
            return outcome

        return work

    def propose(self, repair_job: RepairJob) -> Job | None:
        """Repair the one region of a job without applying it; the job's result is `Proposals`.

        Each `Proposal` is handed over as soon as it is made.
        """
        repair_job = self._complete(repair_job)

        def work(progress: Progress) -> Proposals:
            drawing = Drawing(repair_job)

            def hand_over(made: Candidate | RegionOutcome) -> None:
                # one made with other settings comes with the whole result
                if isinstance(made, Candidate):
                    progress.on_part(drawing.draw(made))

            return drawing.draw_all(self._run(repair_job, replace(progress, on_part=hand_over)))

        what = self._work.format_place(repair_job.regions[0])
        return self._jobs.submit(
            tr("Making candidates for {what}", what=what),
            work,
            lambda made: self._tell(fitting_notice(made.adaptation)),
        )

    def apply(self, region: Region, candidate: Candidate) -> None:
        """Apply a candidate for a region, as it is."""
        outcome = RegionOutcome(region, (candidate,))
        self._take_step(RepairResult((outcome,)))

    def _forget_search(self, job: Job) -> None:
        if self._search is job:
            self._search = None

    def _run(self, repair_job: RepairJob, progress: Progress) -> RepairResult:
        """Do a job in the worker's thread."""
        if repair_job.needs_model and not self._engines.is_done:
            self._engines.wait(progress.part(0.0, LOADING_SHARE))
            progress = progress.part(LOADING_SHARE, 1.0)
        result: RepairResult = self._api.repair(repair_job, progress)
        return result

    def _complete(self, job: RepairJob) -> RepairJob:
        """Return a job with what the user wants of every repair, and the damage known besides."""
        adapt = self.adapts() and job.engine in ADAPTABLE
        model = job.model or self.model()
        return replace(job, model=model, adapt=adapt, damaged=self._work.open_regions)

    def _take_step(self, result: RepairResult, *, left: Sequence[Region] = ()) -> None:
        """Apply the first candidates, and list what is left over."""
        assert self._work.clip is not None
        edit = repair_step(result, self._work.regions, self._work.clip.rate, left=left)
        if edit is None:
            return
        try:
            edit = keep_within_budget(self._work.history, edit)
        except ExportError as error:
            self.noticed.emit(Notice(str(error), "error"))
            return
        if self._work.apply(edit):
            self.done.emit(edit)

    def _on_repaired(self, result: RepairResult, refused: list[str]) -> None:
        problems = [*refused, *problems_of(result)]
        self._take_step(result)
        told = notice_of(problems, len(refused) + len(result.outcomes))
        self._tell(told or warning_notice(result) or fitting_notice(result.adaptation))

    def _on_stopped(
        self,
        wanted: Sequence[Region],
        strokes: Collection[Region],
        outcomes: Sequence[RegionOutcome],
        problem: str | None,
    ) -> None:
        """Keep what was done of a repair that was cancelled or failed.

        Parameters
        ----------
        strokes
            Which of the wanted regions are parts of something drawn; those left over are listed,
            as they would be found nowhere else.
        """
        tried = {outcome.region: outcome for outcome in outcomes}
        left = tuple(region for region in wanted if region not in tried)
        # in the order in which they were asked for, not in that of the work
        result = RepairResult(tuple(tried[region] for region in wanted if region in tried))
        self._take_step(result, left=[part for part in left if part in strokes])
        done = sum(bool(outcome.candidates) for outcome in outcomes)
        self._tell(stopped_notice(done, len(wanted), problem))
        self.left.emit(left)

    def _tell(self, notice: Notice | None) -> None:
        if notice is not None:
            self.noticed.emit(notice)
