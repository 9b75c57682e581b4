"""Edits that are no repairs, and tools for the whole recording, each as a job for the document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.region import Region
from uasrm_core.edit.history import PUT_BACK, Edit
from uasrm_core.edit.review import Decision
from uasrm_core.edit.storage import keep_within_budget
from uasrm_core.edit.take_back import take_back_repairs
from uasrm_core.errors import ExportError
from uasrm_core.processing.settings import EDITS, TOOLS, EditSettings, ToolSettings
from uasrm_core.translation import tr
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.work import Work

if TYPE_CHECKING:
    from uasrm_core.processing.tools import ToolResult


class Edits(QObject):
    """Makes edits in the work, and takes each as a step that can be undone.

    Attributes
    ----------
    source
        What was last marked to be copied from, or None.
    """

    noticed = Signal(object)

    def __init__(
        self, work: Work, jobs: DocumentJobs, api: Any, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._jobs = jobs
        self._api = api
        self.source: Region | None = None
        work.opened.connect(self._forget_source)

    def put_back(self, region: Region, *, decided: tuple[Decision, ...] = ()) -> None:
        """Put the original back, and note decisions about detections in the same step.

        Where this very place was repaired, all that its repair changed is restored at once.
        """
        work, original = self._work, self._work.original
        if original is None:
            return
        label = tr("Put back the original, {span}", span=work.format_place(region))
        step = take_back_repairs(work.history, region, original, label)
        if step is None:
            self.make(region, EditSettings(PUT_BACK), decided=decided)
        else:
            self._take(replace(step, decided=decided))

    def make(
        self, region: Region, settings: EditSettings, *, decided: tuple[Decision, ...] = ()
    ) -> Job | None:
        """Make an edit in a region, and note decisions about detections in the same step."""
        clip = self._work.clip
        return self._jobs.submit(
            tr(EDITS[settings.name].title),
            lambda progress: self._api.make_edit(clip, region, settings),
            lambda made: self._take(replace(made.step(), decided=decided)),
        )

    def run_tool(self, settings: ToolSettings) -> Job | None:
        """Go through the recording with a tool."""
        clip = self._work.clip
        return self._jobs.submit(
            tr(TOOLS[settings.name].title),
            lambda progress: self._api.run_tool(clip, settings, progress),
            self._on_processed,
            keep=lambda parts, problem: self._on_stopped(settings, parts, problem),
        )

    def _on_processed(self, result: ToolResult) -> None:
        if result.patches:
            self._take(result.step())
        words = " ".join((f"{result.label}.", *result.problems))
        self.noticed.emit(Notice(words, "warning" if result.problems else "info"))

    def _on_stopped(
        self, settings: ToolSettings, parts: list[ToolResult], problem: str | None
    ) -> None:
        """Keep what a tool had done when it was cancelled or failed."""
        result = self._api.join_results(settings, parts)
        if result.patches:
            self._take(result.step())
        words = tr(
            "{tool}: {count} of {found} places; the rest were left as they were.",
            tool=tr(TOOLS[settings.name].title),
            count=len(result.notes),
            found=result.found,
        )
        if problem is None:
            self.noticed.emit(Notice(words))
        else:
            self.noticed.emit(Notice(f"{words} {problem}", "error"))

    def _take(self, edit: Edit) -> None:
        try:
            edit = keep_within_budget(self._work.history, edit)
        except ExportError as error:
            self.noticed.emit(Notice(str(error), "error"))
            return
        self._work.apply(edit)

    def _forget_source(self) -> None:
        self.source = None
