"""The document's files: recordings, sessions, exports, labels and logs, each as a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.export import ExportReport
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.region import Region
from uasrm_core.audio.sources import FileSource
from uasrm_core.edit.history import utc_now
from uasrm_core.edit.journal import originals_folder
from uasrm_core.edit.locks import FileLock
from uasrm_core.edit.recovery import Recovered
from uasrm_core.progress import Progress
from uasrm_core.translation import tr, tr_count
from uasrm_gui.background.document_jobs import DocumentJobs
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.exports import AS_IT_IS, Exportable, ExportOptions, find_problem, write_export
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
    is_archival
        Whether nothing is written over an original, and its hash is told (`hashed`, empty where
        there is none to tell).
    """

    noticed = Signal(object)
    asked = Signal(object)
    hashed = Signal(str)

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
        self.is_archival = False
        # what was written into recordings themselves, by their places, with its hash
        self._written_in_place: dict[Path | None, str] = {}
        self._opened_at = utc_now()
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

        def finish(lock: FileLock | None) -> None:
            self._locks.keep(lock)
            self._work.note_session(path, history)
            self._jobs.rename_document(self._work.name)
            self._say(tr("Saved {name}.", name=path.name))

        job = self._jobs.submit(tr("Saving {name}", name=path.name), work, finish, writes=True)
        return None if job is None else self._locks.hold_during(job)

    # exports

    def export(
        self,
        target: Path,
        export_format: ExportFormat | None,
        *,
        overwrite: bool,
        options: ExportOptions = AS_IT_IS,
    ) -> Job | None:
        """Write the repaired recording to a new file; None keeps the original's format."""
        work, clip = self._read_exportable(), self._work.clip
        assert clip is not None

        def write(progress: Progress) -> tuple[ExportReport, ...]:
            return write_export(
                self._api,
                work,
                target,
                export_format,
                options,
                overwrite=overwrite,
                progress=progress,
            )

        def finish(reports: tuple[ExportReport, ...]) -> None:
            if not options.by_region:
                self._work.note_export(clip)
            self._say(_tell_export(reports, target, options))

        return self._jobs.submit(
            tr("Exporting {name}", name=target.name), write, finish, writes=True
        )

    def use_archive_mode(self, is_archival: bool) -> None:
        """Write over no original from now on and tell its hash, or let that be."""
        if is_archival != self.is_archival:
            self.is_archival = is_archival
            self._tell_hash()

    def save_in_place(self) -> Job | None:
        """Write the repairs into the recording itself; an untouched copy is kept first.

        In archive mode that is refused.
        """
        if self.is_archival:
            text = tr(
                "Archive mode is on: nothing is written over an original. Export to another file, "
                "or switch it off in the preferences."
            )
            self.noticed.emit(Notice(text, "warning"))
            return None
        clip = self._work.clip
        assert clip is not None
        path, written = self._work.path, self._written_in_place

        def work(progress: Progress) -> tuple[ExportReport, Path, str]:
            copy = self._api.find_kept_copy(clip, originals_folder(), progress.part(0.0, 0.1))
            report = self._api.write_in_place(
                clip,
                copy=copy,
                written_sha256=written.get(path, ""),
                progress=progress.part(0.1, 1.0),
            )
            return report, copy, hash_file(report.path)

        def finish(result: tuple[ExportReport, Path, str]) -> None:
            report, copy, written[path] = result
            self._work.note_export(clip)
            saved = tr("Saved into {name}.", name=report.path.name)
            kept = tr("The untouched recording is kept as {path}.", path=copy)
            self._say(f"{saved} {report.sentences} {kept}")

        name = tr("Saving {name}", name=clip.info.path.name if clip.info.path else "")
        return self._jobs.submit(name, work, finish, writes=True)

    def find_export_problem(
        self,
        target: Path,
        export_format: ExportFormat,
        *,
        overwrite: bool,
        options: ExportOptions = AS_IT_IS,
    ) -> str:
        """Return why an export would be refused, as a sentence, or empty if it would not."""
        work = self._read_exportable()
        return find_problem(self._api, work, target, export_format, options, overwrite=overwrite)

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

        def finish(regions: tuple[Region, ...]) -> None:
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
            finish,
        )

    def export_labels(self, path: Path) -> Job | None:
        """Write the list of regions as a label file."""
        assert self._work.clip is not None
        regions, rate = self._work.regions, self._work.clip.rate

        def finish(result: object) -> None:
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
            finish,
            writes=True,
        )

    # inside

    def _on_opened(self, result: Opened | Question) -> None:
        if isinstance(result, Question):
            self.asked.emit(result)
            return
        self._locks.keep(result.lock)
        self._opened_at = utc_now()
        self.recovered = result.recovered
        self.opened_view, self.metadata_lost = result.view, result.metadata_lost
        self._jobs.change_document((result.session_path or result.clip.info.path or Path()).name)
        is_saved = result.recovered is None
        self._work.open(result.clip, result.history, result.session_path, is_saved=is_saved)
        if isinstance(result.clip.source, FileSource):
            # what is saved, logged or exported later is compared with the file as it is now
            result.clip.source.start_hashing()
        self._tell_hash()
        if result.recovered is not None and result.recovered.problem:
            self.noticed.emit(Notice(result.recovered.problem, "warning"))
        if result.clip.info.note is not None:
            self.noticed.emit(Notice(result.clip.info.note, "warning"))

    def _tell_hash(self) -> None:
        """Have the hash of the open recording computed and told, in archive mode."""
        clip = self._work.original
        self.hashed.emit("")
        if not self.is_archival or clip is None or not isinstance(clip.source, FileSource):
            return
        source = clip.source

        def finish(sha256: str) -> None:
            self.hashed.emit(sha256)
            text = tr("Archive mode: the original is only read. SHA-256 {sha256}.", sha256=sha256)
            self._say(text)

        self._jobs.submit(tr("Reading {name}", name=source.file.path.name), source.sha256, finish)

    def _read_exportable(self) -> Exportable:
        original = self._work.original
        assert original is not None
        return Exportable(original, self._work.history, self._opened_at)

    def _say(self, text: str) -> None:
        self.noticed.emit(Notice(text))


def _tell_export(reports: Sequence[ExportReport], target: Path, options: ExportOptions) -> str:
    """Return what is said of files that were written."""
    if options.by_region:
        return tr_count(
            "Exported {count} region to {folder}.",
            "Exported {count} regions to {folder}.",
            len(reports),
            folder=target.parent,
        )
    exported = tr("Exported {name}.", name=target.name)
    records = tr("Its records are beside it.") if options.is_archival else ""
    return " ".join(filter(None, (exported, reports[0].sentences, records)))
