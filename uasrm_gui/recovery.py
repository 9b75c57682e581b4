"""Work that a crash left: looks for it, and has it opened or removed as the user decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from uasrm_core.edit.recovery import Leftover, delete_leftover, find_leftovers
from uasrm_core.translation import tr, tr_count
from uasrm_gui import commands
from uasrm_gui.dialogs.showing import show
from uasrm_gui.notices import Notice
from uasrm_gui.panels.recovery import RecoveryDialog, RecoveryPanel

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow


class Recovery(QObject):
    """Knows what crashes left, and does with it what the panels ask for.

    Parameters
    ----------
    folder
        Where journals are, or None where nothing is journalled.
    """

    changed = Signal(object)

    def __init__(self, window: MainWindow, folder: Path | None) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder
        self.found: tuple[Leftover, ...] = ()
        self._has_told = False
        self.connect_panel(window.welcome.recovery)

    def look(self) -> None:
        """Look for what crashes left; panels that are open show it."""
        if self._folder is None:
            return
        folder = self._folder
        # What is opened meanwhile does not put an end to it.
        job = self._window.runner.submit(
            tr("Looking for work to recover"),
            lambda progress: find_leftovers(folder, progress),
            writes=True,
        )

        def done(found: tuple[Leftover, ...]) -> None:
            self.found = found
            self.changed.emit(found)
            self.tell()

        job.succeeded.connect(done)
        job.failed.connect(lambda text: self._window.tell(Notice(text, "error")))

    def tell(self) -> None:
        """Say once that there is something to recover, where the welcome page does not show it."""
        if self.found and not self._has_told and self._window.document.clip is not None:
            self._has_told = True
            text = tr_count(
                "A crash left work on {count} recording; File ▸ Recover Work… brings it back.",
                "A crash left work on {count} recordings; File ▸ Recover Work… brings it back.",
                len(self.found),
            )
            self._window.tell(Notice(text, "warning"))

    def show(self) -> None:
        """Show what there is in a window of its own."""
        self._has_told = True
        dialog = RecoveryDialog(self._window)
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
        """Open work that a crash left, once the work at hand is safe."""
        self._has_told = True
        window = self._window

        def go_on() -> None:
            window.player.stop()
            window.document.recover(leftover.path).ended.connect(lambda: self.look())

        commands.when_safe(window, go_on)

    def discard(self, leftover: Leftover) -> None:
        """Remove work that a crash left, if the user means it."""
        if not self._window.questions.may_discard(self._window, leftover.name):
            return
        job = self._window.runner.submit(
            tr("Removing the work on {name}", name=leftover.name),
            lambda progress: delete_leftover(leftover.path),
            writes=True,
        )
        job.failed.connect(lambda text: self._window.tell(Notice(text, "error")))
        job.ended.connect(lambda: self.look())
