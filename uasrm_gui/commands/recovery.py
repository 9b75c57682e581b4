"""Work that a crash left: looks for it, and has it opened or removed as the user decides."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from uasrm_core.edit.recovery import Leftover, delete_leftover, find_leftovers
from uasrm_core.translation import tr, tr_count
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.commands.files import FileCommands
from uasrm_gui.dialogs.questions import Questions
from uasrm_gui.dialogs.recovery import RecoveryDialog, RecoveryPanel
from uasrm_gui.dialogs.showing import show
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document


class Recovery(QObject):
    """Knows what crashes left, and does with it what the panels ask for.

    Parameters
    ----------
    folder
        Where journals are, or None where nothing is journalled.
    """

    changed = Signal(object)

    def __init__(
        self,
        document: Document,
        runner: JobRunner,
        files: FileCommands,
        questions: Questions,
        folder: Path | None,
        *,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._runner = runner
        self._files = files
        self._questions = questions
        self._parent = parent
        self._folder = folder
        self.found: tuple[Leftover, ...] = ()
        self._has_told = False

    def look(self) -> None:
        """Look for what crashes left; panels that are open show it."""
        if self._folder is None:
            return
        folder = self._folder
        # What is opened meanwhile does not put an end to it.
        job = self._runner.submit(
            tr("Looking for work to recover"),
            lambda progress: find_leftovers(folder, progress),
            writes=True,
        )

        def finish(found: tuple[Leftover, ...]) -> None:
            self.found = found
            self.changed.emit(found)
            self.tell()

        job.succeeded.connect(finish)
        job.failed.connect(lambda text: self._document.noticed.emit(Notice(text, "error")))

    def take_over(self, other: Recovery) -> None:
        """Know what another page knows, and leave it to that to say so."""
        self.found, self._has_told = other.found, True
        self.changed.emit(self.found)

    def tell(self) -> None:
        """Say once that there is something to recover, where the welcome page does not show it."""
        if self.found and not self._has_told and self._document.work.clip is not None:
            self._has_told = True
            text = tr_count(
                "A crash left work on {count} recording; File ▸ Recover Work… brings it back.",
                "A crash left work on {count} recordings; File ▸ Recover Work… brings it back.",
                len(self.found),
            )
            self._document.noticed.emit(Notice(text, "warning"))

    def show(self) -> None:
        """Show what there is in a window of its own."""
        self._has_told = True
        dialog = RecoveryDialog(self._parent)
        self.connect_panel(dialog.panel)
        show(dialog)
        self.look()

    def connect_panel(self, panel: RecoveryPanel) -> None:
        """Keep a panel up to date, and do what it asks for."""
        self.changed.connect(panel.show_leftovers)
        panel.recover_wanted.connect(self.recover)
        panel.discard_wanted.connect(self.discard)
        panel.show_leftovers(self.found)

    def recover(self, leftover: Leftover) -> None:
        """Open work that a crash left."""
        self._has_told = True
        self._files.recover(leftover.path, self.look)

    def discard(self, leftover: Leftover) -> None:
        """Remove work that a crash left, if the user means it."""
        if not self._questions.may_discard(self._parent, leftover.name):
            return
        job = self._runner.submit(
            tr("Removing the work on {name}", name=leftover.name),
            lambda progress: delete_leftover(leftover.path),
            writes=True,
        )
        job.failed.connect(lambda text: self._document.noticed.emit(Notice(text, "error")))
        job.ended.connect(lambda: self.look())
