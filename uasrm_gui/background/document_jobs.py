"""Jobs for the open document: started for it, and delivered to it and to no other.

Whatever takes its time may end after another recording was opened: jobs, and answers in dialogs.
All of it is bound here to the `DocumentToken` of the document it was asked for. Once that document
is gone, the result is dropped and one sentence says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from uasrm_core.progress import Progress
from uasrm_core.translation import tr
from uasrm_gui.background.jobs import DocumentToken, Job, JobRunner
from uasrm_gui.notices import Notice


class DocumentJobs(QObject):
    """Starts jobs for whichever document is open.

    `noticed` tells what a job failed by, and what was dropped or refused.
    """

    noticed = Signal(object)

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._token: DocumentToken | None = None
        self._holds: list[tuple[Job, str]] = []

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs for the open document that have not ended, in their order."""
        return () if self._token is None else self._runner.jobs_for(self._token)

    @property
    def held(self) -> str | None:
        """Why the document cannot be changed at present, as a sentence, or None."""
        return self._holds[-1][1] if self._holds else None

    def change_document(self, name: str) -> None:
        """Note that another document is open from now on; the one before is gone."""
        if self._token is not None:
            self._token.is_open = False
        self._token = DocumentToken(name)

    def rename_document(self, name: str) -> None:
        """Note what the open document is called from now on."""
        if self._token is not None:
            self._token.name = name

    def submit(
        self,
        title: str,
        work: Callable[[Progress], Any],
        done: Callable[[Any], object] | None = None,
        *,
        keep: Callable[[list[Any], str | None], object] | None = None,
        writes: bool = False,
    ) -> Job | None:
        """Start a job for the open document; None if it is held.

        Parameters
        ----------
        done
            Called with the result, if the document is still open then.
        keep
            Called in place of `done` where the work was cancelled or failed on its way, with the
            parts that it handed over before. The second argument is what it failed by, which is
            told nowhere else, or None.
        writes
            Whether the result is a file. Such a job leaves the document as it is, so it may start
            while that is held.
        """
        if not writes and self.refuse():
            return None
        token = self._token
        assert token is not None
        job = self._runner.submit(title, work, token=token, writes=writes)
        if done is not None:
            job.succeeded.connect(done)
        parts = [] if keep is None else self._keep_parts(job, keep)
        job.dropped.connect(
            lambda problem: self._tell_dropped(title, token, problem, writes=writes)
        )
        return self._watch(job, parts)

    def replace_document(
        self, name: str, work: Callable[[Progress], Any], done: Callable[[Any], object]
    ) -> Job:
        """Start the job that opens another document; the present one is held meanwhile.

        What is being done for the present one is cancelled, but for what is being written.
        """
        self._runner.cancel_all(writes=False)
        job = self._runner.submit(tr("Opening {name}", name=name), work)
        text = tr("“{name}” is being opened; nothing can be changed meanwhile.", name=name)
        release = self.hold_during(job, text)
        # whoever hears of the new document may change it at once
        job.succeeded.connect(lambda result: release())
        job.succeeded.connect(done)
        return self._watch(job)

    def hold_during(self, job: Job, why: str) -> Callable[[], None]:
        """Refuse changes of the document, with this sentence, until a job has ended.

        Returns what lets go of it before.
        """
        hold = (job, why)
        self._holds.append(hold)

        def release() -> None:
            if hold in self._holds:
                self._holds.remove(hold)

        job.ended.connect(release)
        return release

    def refuse(self) -> bool:
        """Tell why the document cannot be changed at present; return whether that is so."""
        if self.held is None:
            return False
        self.noticed.emit(Notice(self.held, "warning"))
        return True

    def bind(self, use: Callable[..., object]) -> Callable[..., None]:
        """Return `use` for the open document: it is called only as long as that is open."""
        token = self._token

        def deliver(*values: Any) -> None:
            if token is None or token.is_open:
                use(*values)
                return
            text = tr("{name} is no longer open, so nothing was done.", name=token.name)
            self.noticed.emit(Notice(text, "warning"))

        return deliver

    def _keep_parts(
        self, job: Job, keep: Callable[[list[Any], str | None], object]
    ) -> Sequence[object]:
        """Collect what a job hands over, for the case that it is stopped; return the collection."""
        parts: list[Any] = []

        def deliver(problem: str | None = None) -> None:
            # what is about to be closed takes nothing any more
            if parts and self.held is None:
                keep(parts, problem)

        job.handed_over.connect(parts.append)
        job.cancelled.connect(deliver)
        job.failed.connect(deliver)
        return parts

    def _watch(self, job: Job, parts: Sequence[object] = ()) -> Job:
        """Tell how a job goes wrong, unless there are parts of it, which are told of."""
        title = job.title

        def tell_failed(text: str) -> None:
            if not parts or self.held is not None:
                self.noticed.emit(Notice(text, "error"))

        job.failed.connect(tell_failed)
        job.abandoned.connect(lambda: self._tell_abandoned(title))
        job.stalled.connect(lambda is_to_stop: self._tell_stalled(title, is_to_stop=is_to_stop))
        return job

    def _tell_stalled(self, title: str, *, is_to_stop: bool) -> None:
        if is_to_stop:
            text = tr("“{title}” is writing a file and has not stopped yet.", title=title)
        else:
            text = tr(
                "“{title}” has made no progress for a minute; wait for it, or cancel it.",
                title=title,
            )
        self.noticed.emit(Notice(text, "warning"))

    def _tell_abandoned(self, title: str) -> None:
        text = tr("“{title}” does not stop; it is left to itself, and you can go on.", title=title)
        self.noticed.emit(Notice(text, "warning"))

    def _tell_dropped(
        self, title: str, token: DocumentToken, problem: str | None, *, writes: bool
    ) -> None:
        if writes and problem is not None:
            self.noticed.emit(Notice(problem, "error"))
            return
        if writes:
            text = tr(
                "“{title}” is done; {name}, which it was for, is no longer open.",
                title=title,
                name=token.name,
            )
        else:
            text = tr(
                "“{title}” was for {name}, which is no longer open; its result was dropped.",
                title=title,
                name=token.name,
            )
        self.noticed.emit(Notice(text))
