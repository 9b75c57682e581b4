"""The recording being worked on, put together from its parts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core import api as core_api
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.state.document_files import DocumentFiles
from uasrm_gui.state.edits import Edits
from uasrm_gui.state.repairs import Repairs
from uasrm_gui.state.searches import Searches
from uasrm_gui.state.selection import Selection
from uasrm_gui.state.work import Work


class Document(QObject):
    """The one owner of a recording, of what is selected in it, and of the jobs for it.

    `noticed` tells a sentence for the user, whatever part it comes from.

    Parameters
    ----------
    runner
        Where everything that takes its time is done.
    api
        The calls of `uasrm_core.api`.

    Attributes
    ----------
    work
        The clip, the regions and the history of steps.
    selection
        What is selected in the picture and in the list.
    jobs
        Starts the jobs, and binds what comes later to the document it was asked for.
    files
        Opens and writes files.
    repairs
        Finds and repairs damage.
    edits
        Makes edits that are no repairs.
    searches
        Selects by what the sound itself is like.
    """

    noticed = Signal(object)

    def __init__(
        self, runner: JobRunner, *, api: Any = core_api, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.jobs = DocumentJobs(runner, self)
        self.jobs.noticed.connect(self.noticed)
        self.work = work = Work(lambda: not self.jobs.refuse(), self)
        self.selection = selection = Selection(lambda: work.regions, self)
        work.opened.connect(selection.clear)
        work.regions_changed.connect(selection.follow_list)
        work.rows_wanted.connect(selection.pick_rows)
        self.files = DocumentFiles(work, self.jobs, api, self)
        self.repairs = Repairs(work, self.jobs, api, self)
        self.repairs.left.connect(selection.narrow)
        self.edits = Edits(work, self.jobs, api, self)
        self.searches = Searches(work, selection, self.jobs, api, self)
        for part in (self.files, self.repairs, self.edits, self.searches):
            part.noticed.connect(self.noticed)
