"""Selecting by what the sound itself is like, each as a job for the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import Shape
from uasrm_core.detect.detections import Detection
from uasrm_core.progress import Progress
from uasrm_core.select.reshape import combine_regions
from uasrm_core.translation import tr
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.marks import ToolOptions, WandRequest
from uasrm_gui.state.selection import Selection
from uasrm_gui.state.work import Work


class Searches(QObject):
    """Looks for sounds, crossings and peaks, and selects or tells what it finds.

    `found_similar` tells the detections that sound like a region, for a review.
    """

    noticed = Signal(object)
    found_similar = Signal(object)

    def __init__(
        self,
        work: Work,
        selection: Selection,
        jobs: DocumentJobs,
        api: Any,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._selection = selection
        self._jobs = jobs
        self._api = api

    def point_wand(self, request: WandRequest, options: ToolOptions) -> Job | None:
        """Select what is as loud as the place that the wand was pointed at."""
        clip, before = self._work.clip, self._selection.region
        assert clip is not None

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

        def finish(shape: Shape) -> None:
            new = region_of(shape, clip.rate, channels=request.channels)
            self._selection.select(combine_regions(before, new, request.mode, rate=clip.rate))

        return self._jobs.submit(tr("Selecting what is as loud"), work, finish)

    def find_similar(self, region: Region) -> Job | None:
        """Look for what sounds like a region; what is found is told with the region itself."""
        clip = self._work.clip
        assert clip is not None

        def finish(found: tuple[Detection, ...]) -> None:
            if found:
                self.found_similar.emit(found)
            else:
                self.noticed.emit(Notice(tr("Nothing was found that sounds like the selection.")))

        return self._jobs.submit(
            tr("Looking for similar events"),
            lambda progress: self._api.list_similar(clip, region, progress),
            finish,
        )

    def snap_to_zero(self, region: Region) -> Job | None:
        """Move the edges of the selection to the nearest zero crossings."""
        clip = self._work.clip
        assert clip is not None

        def finish(edges: tuple[int, int]) -> None:
            if edges[0] < edges[1]:
                moved = replace(region, start_frame=edges[0], end_frame=edges[1])
                self._selection.select(moved)

        return self._jobs.submit(
            tr("Looking for zero crossings"),
            lambda progress: self._api.find_zero_crossings(clip, region),
            finish,
        )

    def find_peak(self, region: Region, use: Callable[[float], object]) -> Job | None:
        """Hand on the loudest frequency of a region, or tell that there is none."""
        clip = self._work.clip
        assert clip is not None

        def finish(hz: float | None) -> None:
            if hz is None:
                self.noticed.emit(Notice(tr("There is no sound in the selection."), "warning"))
            else:
                use(hz)

        return self._jobs.submit(
            tr("Looking for the loudest frequency"),
            lambda progress: self._api.find_peak(clip, region),
            finish,
        )
