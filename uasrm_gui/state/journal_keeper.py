"""Has the open work kept in a journal, so that a crash or a power cut loses none of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.journal import Snapshot
from uasrm_core.edit.journal_writer import JournalWriter
from uasrm_core.edit.recovery import Recovered, forget_recovered
from uasrm_core.edit.stamp import quick_stamp
from uasrm_gui.background.mailbox import Mailbox
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document


class JournalKeeper(QObject):
    """Follows the document, and hands each state of its work to a thread that writes it down.

    Parameters
    ----------
    folder
        Where journals are.
    """

    def __init__(self, document: Document, folder: Path) -> None:
        super().__init__(document)
        self._document = document
        self._folder = folder
        self._writer: JournalWriter | None = None
        # What the open work was recovered from.
        self._former: Recovered | None = None
        self._mailbox = Mailbox(self)
        self._mailbox.arrived.connect(self._tell)
        document.work.opened.connect(self._on_opened)
        document.work.state_changed.connect(self._write)

    def finish(self, timeout_s: float = 5.0) -> None:
        """Remove the journal: the work was saved, or the user does not want it."""
        if self._writer is not None:
            self._writer.finish(timeout_s)
            self._writer = None
        if self._former is not None:
            forget_recovered(self._former)
            self._former = None

    def leave(self) -> None:
        """Write what waits, and leave the journal to be recovered."""
        if self._writer is not None:
            self._writer.leave()
            self._writer = None
        if self._former is not None:
            self._former.lock.release()
            self._former = None

    def _on_opened(self) -> None:
        # Another recording is opened only after the user has decided about the work on this one.
        # What a slow disk holds up is removed when that has done.
        self.finish(timeout_s=0.1)
        original, recovered = self._document.work.original, self._document.files.recovered
        assert original is not None
        if original.info.path is None:
            return
        self._former = recovered
        self._writer = JournalWriter(
            self._folder,
            original,
            on_written=_make_forgetter(recovered),
            on_problem=self._mailbox.post,
        )

    def _write(self) -> None:
        document = self._document
        if self._writer is None or document.work.original is None:
            return
        self._writer.submit(
            Snapshot(
                quick_stamp(document.work.original),
                document.work.history,
                document.files.describe_view(),
                document.work.session_path,
                is_saved=_is_same_work(document.work.history, document.work.saved_history),
            )
        )

    @Slot()
    def _tell(self) -> None:
        for sentence in self._mailbox.read():
            self._document.noticed.emit(Notice(sentence, "warning"))


def _make_forgetter(recovered: Recovered | None) -> Callable[[object], None]:
    """Return what removes the journal of recovered work once that is written down anew.

    A damaged one is kept until the user has saved or discarded what came of it. Each writer has
    its own: one that a slow disk holds up may still write when other work is open.
    """
    former = [] if recovered is None or recovered.problem else [recovered]

    def forget(written: object) -> None:
        while former:
            forget_recovered(former.pop())

    return forget


def _is_same_work(one: EditHistory, other: EditHistory) -> bool:
    return (
        one.cursor == other.cursor
        and one.first_regions == other.first_regions
        and len(one.edits) == len(other.edits)
        and all(mine is theirs for mine, theirs in zip(one.edits, other.edits, strict=True))
    )
