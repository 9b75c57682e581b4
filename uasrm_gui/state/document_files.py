"""The document's files: recordings, sessions, exports, labels and logs, each as a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.region import Region
from uasrm_core.audio.sources import FileSource
from uasrm_core.edit.journal import originals_folder
from uasrm_core.edit.locks import FileLock
from uasrm_core.edit.log import file_sha256
from uasrm_core.edit.recovery import Recovered
from uasrm_core.errors import ExportError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.opening import Opened, Question, Request, read_work
from uasrm_gui.state.session_locks import SessionLocks
from uasrm_gui.state.work import Work


class DocumentFiles(QObject):
    """Opens the work and writes it.

    `asked` tells what has to be known before something can be opened.

    Attributes
    ----------
    describe_view
        Asked what a session is to keep of the view, as plain values.
    opened_view
        What the session that was opened last had kept of it.
    metadata_lost
        What an export in each format would leave out of what the file says.
    recovered
        What a crash had left of the open work, if it comes from there.
    """

    noticed = Signal(object)
    asked = Signal(object)

    def __init__(
        self, work: Work, jobs: DocumentJobs, api: Any, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._jobs = jobs
        self._api = api
        self.describe_view: Callable[[], Mapping[str, Any]] = dict
        self.opened_view: Mapping[str, Any] = {}
        self.metadata_lost: Mapping[ExportFormat, tuple[str, ...]] = {}
        self.recovered: Recovered | None = None
        # what was written into recordings themselves, by their places, with its hash
        self._written_in_place: dict[Path | None, str] = {}
        self._locks = SessionLocks(lambda path: self._api.lock_session(path))

    # opening and keeping

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

        job = self._jobs.replace_document(request.path.name, work, self._on_opened)
        return self._locks.hold_during(job)

    def release(self) -> None:
        """Let other windows open the session."""
        self._locks.release()

    def save_session(self, path: Path) -> Job | None:
        """Save the work to go on with later."""
        original, history, view = self._work.original, self._work.history, self.describe_view()

        def work(progress: Progress) -> FileLock | None:
            lock = self._locks.take(path)
            session = self._api.session_of(original, history, view, progress)
            self._api.save_session(session, path, held=lock)
            return lock

        def done(lock: FileLock | None) -> None:
            self._locks.keep(lock)
            self._work.note_session(path, history)
            self._jobs.rename_document(self._work.name)
            self._say(tr("Saved {name}.", name=path.name))

        job = self._jobs.submit(tr("Saving {name}", name=path.name), work, done, writes=True)
        return None if job is None else self._locks.hold_during(job)

    # exports

    def export(
        self,
        target: Path,
        export_format: ExportFormat | None,
        *,
        overwrite: bool,
        coding_history: bool = False,
    ) -> Job | None:
        """Write the repaired recording to a new file; None keeps the original's format."""
        clip = self._work.clip
        assert clip is not None

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
            self._work.note_export(clip)
            exported = tr("Exported {name}.", name=target.name)
            self._say(f"{exported} {report.sentences}")

        return self._jobs.submit(tr("Exporting {name}", name=target.name), work, done, writes=True)

    def save_in_place(self) -> Job | None:
        """Write the repairs into the recording itself; an untouched copy is kept first."""
        clip = self._work.clip
        assert clip is not None
        path, written = self._work.path, self._written_in_place

        def work(progress: Progress) -> tuple[ExportReport, Path, str]:
            copy = self._api.kept_copy(clip, originals_folder(), progress.part(0.0, 0.1))
            report = self._api.write_in_place(
                clip,
                copy=copy,
                written_sha256=written.get(path, ""),
                progress=progress.part(0.1, 1.0),
            )
            return report, copy, file_sha256(report.path)

        def done(result: tuple[ExportReport, Path, str]) -> None:
            report, copy, written[path] = result
            self._work.note_export(clip)
            saved = tr("Saved into {name}.", name=report.path.name)
            kept = tr("The untouched recording is kept as {path}.", path=copy)
            self._say(f"{saved} {report.sentences} {kept}")

        name = tr("Saving {name}", name=clip.info.path.name if clip.info.path else "")
        return self._jobs.submit(name, work, done, writes=True)

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
                self._work.clip,
                target,
                export_format=export_format,
                overwrite=overwrite,
                coding_history=coding_history,
            )
        except ExportError as error:
            return str(error)
        return ""

    def export_log(self, path: Path) -> Job | None:
        """Write what was done: as a report to read for ``.txt``, else as JSON."""
        original, history = self._work.original, self._work.history
        return self._jobs.submit(
            tr("Writing {name}", name=path.name),
            lambda progress: self._api.write_log(path, original, history, progress),
            lambda result: self._say(tr("Wrote the edit log {name}.", name=path.name)),
            writes=True,
        )

    # labels

    def import_labels(self, path: Path) -> Job | None:
        """Add the regions of a label file to the list."""
        assert self._work.clip is not None
        rate = self._work.clip.rate

        def done(regions: tuple[Region, ...]) -> None:
            new = tuple(region for region in regions if region not in self._work.regions)
            self._work.note_labels(new)
            step = tr_count("Import {count} label", "Import {count} labels", len(new))
            self._work.add_regions(step, new)
            self._say(
                tr_count(
                    "Imported {count} region from {name}.",
                    "Imported {count} regions from {name}.",
                    len(new),
                    name=path.name,
                )
            )

        return self._jobs.submit(
            tr("Reading {name}", name=path.name),
            lambda progress: self._api.read_labels(path, rate),
            done,
        )

    def export_labels(self, path: Path) -> Job | None:
        """Write the list of regions as a label file."""
        assert self._work.clip is not None
        regions, rate = self._work.regions, self._work.clip.rate

        def done(result: object) -> None:
            self._work.note_labels(regions)
            self._say(
                tr_count(
                    "Wrote {count} region to {name}.",
                    "Wrote {count} regions to {name}.",
                    len(regions),
                    name=path.name,
                )
            )

        return self._jobs.submit(
            tr("Writing {name}", name=path.name),
            lambda progress: self._api.write_labels(path, regions, rate),
            done,
            writes=True,
        )

    # inside

    def _on_opened(self, result: Opened | Question) -> None:
        if isinstance(result, Question):
            self.asked.emit(result)
            return
        self._locks.keep(result.lock)
        self.recovered = result.recovered
        self.opened_view, self.metadata_lost = result.view, result.metadata_lost
        self._jobs.change_document((result.session_path or result.clip.info.path or Path()).name)
        is_saved = result.recovered is None
        self._work.open(result.clip, result.history, result.session_path, is_saved=is_saved)
        if isinstance(result.clip.source, FileSource):
            # what is saved, logged or exported later is compared with the file as it is now
            result.clip.source.start_hashing()
        if result.recovered is not None and result.recovered.problem:
            self.noticed.emit(Notice(result.recovered.problem, "warning"))
        if result.clip.info.note is not None:
            self.noticed.emit(Notice(result.clip.info.note, "warning"))

    def _say(self, text: str) -> None:
        self.noticed.emit(Notice(text))
