"""What is read and written: recordings, sessions, labels, logs; and whether closing loses work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QWidget

from uasrm_core.audio.formats import RECORDING_SUFFIXES
from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.resources import resource
from uasrm_core.translation import tr
from uasrm_gui.background.jobs import Job
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.folders import folder_beside
from uasrm_gui.dialogs.questions import Answer, Patience, Questions
from uasrm_gui.dialogs.showing import show
from uasrm_gui.notices import Notice
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.document import Document
from uasrm_gui.state.opening import Question

LABEL_SUFFIX = ".txt"


class Tabs(Protocol):
    """The recordings that are open side by side, each in a tab of its own."""

    def show_file(self, path: Path, /) -> FileCommands | None:
        """Bring the tab that has this file to the front and return its commands, if one has it."""

    def show_empty(self) -> FileCommands:
        """Bring a tab without a recording to the front, a new one if need be."""

    def give_up(self, commands: FileCommands, notice: Notice, /) -> None:
        """Close a tab in which nothing could be opened, if there are others, and say why."""

    def show_next(self, step: int, /) -> None:
        """Bring the next tab to the front, or with -1 the one before."""

    def show_batch(self) -> None:
        """Show the dialog for many recordings at once."""

    def close(self) -> bool:
        """Close all tabs and the window, once nothing would be lost."""

    @property
    def count(self) -> int:
        """How many tabs there are."""


class FileCommands:
    """Asks for files, and has the document read or write them.

    Parameters
    ----------
    tabs
        Where other recordings are opened.
    parent
        The window that dialogs belong to.

    Attributes
    ----------
    wanted
        The file that was opened here, or is being opened.
    """

    def __init__(
        self,
        document: Document,
        settings: SettingsStore,
        questions: Questions,
        tabs: Tabs,
        *,
        parent: QWidget,
    ) -> None:
        self._document = document
        self._tabs = tabs
        self._settings = settings
        self._questions = questions
        self._parent = parent
        self._external: Path | None = None
        self.wanted: Path | None = None
        document.files.asked.connect(self.answer)

    # opening

    def has_file(self, path: Path) -> bool:
        """Return whether this file is open here, or is being opened."""
        work = self._document.work
        mine = (work.path, work.session_path, self.wanted)
        return any(own is not None and own.resolve() == path.resolve() for own in mine)

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        path = self._questions.file_to_open(self._parent, self._settings.values.last_folder)
        if path is not None:
            self.open(path)

    def open(self, path: Path, labels: Path | None = None, *, remember: bool = True) -> None:
        """Open a recording or a session in a tab of its own, or show the tab that has it."""
        path = path.absolute()
        shown = self._tabs.show_file(path)
        if shown is None:
            self._tabs.show_empty().open_here(path, labels, remember=remember)
        elif labels is not None:
            shown.read_labels(labels)

    def open_here(self, path: Path, labels: Path | None = None, *, remember: bool = True) -> None:
        """Open a recording or a session in this tab, which has none."""
        self.wanted = path
        job = self._document.files.open(path, labels=labels)
        if remember:
            job.succeeded.connect(lambda result: self._settings.remember_file(path))
        job.failed.connect(lambda text: self._forget(path, text))

    def _forget(self, path: Path, why: str) -> None:
        self.wanted = None
        self._settings.forget_file(path)
        self._tabs.give_up(self, Notice(why, "error"))

    def open_external(self, path: Path) -> None:
        """Open a recording of another program; saving writes into it from then on."""
        self._external = path.absolute()
        self.open_here(self._external, remember=False)

    def recover(self, journal: Path, done: Callable[[], object]) -> None:
        """Open work that a crash left in a tab of its own; `done` is called in the end."""
        self._tabs.show_empty().recover_here(journal, done)

    def recover_here(self, journal: Path, done: Callable[[], object]) -> None:
        """Open work that a crash left in this tab, which has no recording."""
        self._document.files.recover(journal).ended.connect(lambda: done())

    def open_demo(self) -> None:
        """Open the bundled recording with its labels."""
        damaged = resource("samples", "hungarian_dance_damaged.wav")
        labels = resource("samples", "hungarian_dance_damaged.txt")
        self.open(damaged, labels, remember=False)

    def open_dropped(self, paths: Sequence[Path]) -> None:
        """Open recordings that were dropped on the window, each in a tab of its own.

        A label file goes with the first recording. Labels alone are added to what is open.
        """
        labels = [path for path in paths if path.suffix.lower() == LABEL_SUFFIX]
        others = [path for path in paths if path not in labels]
        if others:
            self.open(others[0], labels[0] if labels else None)
            for path in others[1:]:
                self.open(path)
        elif self._document.work.clip is None:
            self.open(labels[0])
        else:
            for path in labels:
                self.read_labels(path)

    def read_labels(self, path: Path) -> None:
        """Add the regions of a label file to what is open."""
        self._document.files.import_labels(path)

    def answer(self, question: Question) -> None:
        """Ask what has to be known before something can be opened, and open it."""
        request = question.request
        if question.wanted == "copy":
            if self._questions.wants_copy(self._parent, question.sentence):
                self._document.files.open_as(replace(request, is_copy=True))
            return
        folder = str(request.path.parent)
        if request.is_journal:
            folder = self._settings.values.last_folder
        source = self._questions.source_to_locate(self._parent, question.sentence, folder)
        if source is not None:
            self._document.files.open_as(replace(request, source=source.absolute()))

    # saving

    def save(self) -> Job | None:
        """Save the session where it was saved before, or ask where.

        A recording of another program is written into instead.
        """
        if self._external is not None and self._external == self._document.work.path:
            return self._document.files.save_in_place()
        path = self._document.work.session_path
        return self.save_as() if path is None else self._document.files.save_session(path)

    def save_as(self) -> Job | None:
        """Ask where to save the session; None if the user thought better of it."""
        source = self._document.work.session_path or self._document.work.path
        proposal = _propose_name(source, "work", SESSION_SUFFIX)
        jobs: list[Job | None] = []
        save_session = self._document.jobs.bind(
            lambda path: jobs.append(self._document.files.save_session(path))
        )
        path = self._questions.session_to_save(self._parent, proposal)
        if path is None:
            return None
        save_session(path)
        job = jobs[0] if jobs else None
        if job is not None:
            job.succeeded.connect(lambda result: self._settings.remember_file(path))
        return job

    @property
    def is_safe(self) -> bool:
        """Whether nothing is being done for the open recording, and nothing would be lost."""
        return not self._document.jobs.running and self._document.work.unsaved is None

    def when_safe(self, go_on: Callable[[], object]) -> None:
        """Call `go_on` at once if nothing would be lost, else as the user decides."""
        if self._document.jobs.running:
            self._finish_jobs(go_on)
        else:
            self._go_on(go_on)

    def _finish_jobs(self, go_on: Callable[[], object]) -> None:
        """Ask what to do about the jobs that run."""
        jobs = self._document.jobs
        answer = self._questions.ask_unfinished(self._parent, jobs.running[0].title)
        if answer is Patience.CANCEL:
            return
        # some may have ended while the user thought about it
        running = jobs.running
        if answer is Patience.STOP:
            for job in reversed(running):
                job.cancel()
            # What was done of a repair is kept, and has to be asked about. Closing itself waits
            # for what writes.
            stopping = [job for job in jobs.running if not job.writes]
            if stopping:
                stopping[-1].ended.connect(lambda: self._go_on(go_on))
            else:
                self._go_on(go_on)
        elif running:
            running[-1].ended.connect(lambda: self.when_safe(go_on))
        else:
            self._go_on(go_on)

    def _go_on(self, go_on: Callable[[], object]) -> None:
        """Call `go_on`, once it was asked about work that is not safe."""
        if self._document.work.unsaved is not None:
            self._save_work(go_on)
        else:
            go_on()

    def _save_work(self, go_on: Callable[[], object]) -> None:
        """Ask what to do with work that is not safe."""
        document = self._document
        answer = self._questions.ask_unsaved(
            self._parent, document.work.name, document.work.unsaved or ""
        )
        if answer is Answer.DISCARD:
            go_on()
        elif answer is Answer.SAVE:
            job = self.save()
            if job is not None:
                text = tr(
                    "The recording is being saved and closed; nothing can be changed meanwhile."
                )
                document.jobs.hold_during(job, text)
                job.succeeded.connect(lambda result: self.when_safe(go_on))

    # other files

    def export(self) -> None:
        """Ask where and as what, and export."""
        info = self._document.work.info
        if info is None:
            return
        document, values = self._document, self._settings.values
        dialog = ExportDialog(
            info,
            self._parent,
            regions=document.work.regions,
            proposal=_find_batch_output(document.work.session_path),
            operator=values.operator if values.archive_mode else None,
            metadata_lost=lambda chosen: document.files.metadata_lost.get(chosen, ()),
            find_problem=lambda choice: document.files.find_export_problem(
                choice.target,
                choice.export_format,
                overwrite=choice.overwrite,
                options=choice.options,
            ),
        )
        start = document.jobs.bind(lambda: self._export(dialog))
        dialog.accepted.connect(lambda: start())
        show(dialog)

    def _export(self, dialog: ExportDialog) -> None:
        choice = dialog.choice
        self._document.files.export(
            choice.target,
            choice.export_format,
            overwrite=choice.overwrite,
            options=choice.options,
        )

    def import_labels(self) -> None:
        """Ask for a label file and add its regions."""
        read = self._document.jobs.bind(self._document.files.import_labels)
        path = self._questions.labels_to_read(self._parent, self._settings.values.last_folder)
        if path is not None:
            read(path)

    def export_labels(self) -> None:
        """Ask where and write the regions as labels."""
        proposal = _propose_name(self._document.work.path, "labels", LABEL_SUFFIX)
        write = self._document.jobs.bind(self._document.files.export_labels)
        path = self._questions.labels_to_write(self._parent, proposal)
        if path is not None:
            write(path)

    def export_log(self) -> None:
        """Ask where and write what was done."""
        proposal = _propose_name(self._document.work.path, "recording", "-log.txt")
        write = self._document.jobs.bind(self._document.files.export_log)
        path = self._questions.log_to_write(self._parent, proposal)
        if path is not None:
            write(path)


def _propose_name(source: Path | None, name: str, ending: str) -> Path:
    """Return a name for a new file beside another, or with `name` where there is none."""
    return folder_beside(source) / f"{name if source is None else source.stem}{ending}"


def _find_batch_output(session: Path | None) -> Path | None:
    """Return the recording that a batch wrote beside a session of the same name, if there is one.

    A corrected session is to take its place.
    """
    if session is None or session.suffix != SESSION_SUFFIX:
        return None
    output = session.with_suffix("")
    is_recording = output.suffix.lower() in RECORDING_SUFFIXES
    return output if is_recording and output.is_file() else None
