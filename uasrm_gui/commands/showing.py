"""Dialogs that show or change what belongs to the program, and the way around its panes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from uasrm_core.translation import tr
from uasrm_core.version import program_version
from uasrm_gui.dialogs.go_to import GoToDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog
from uasrm_gui.dialogs.showing import show
from uasrm_gui.editor.view import EditorView
from uasrm_gui.process.log import log_path
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.device import output_names
from uasrm_gui.state.document import Document
from uasrm_gui.widgets.time_format import TimeFormat


def ask_where_to_go(
    document: Document, editor: EditorView, settings: SettingsStore, parent: QWidget
) -> None:
    """Ask for a time; the cursor and the view go there."""
    info = document.work.info
    if info is None:
        return
    time = TimeFormat(settings.values.time_format, info.rate)
    dialog = GoToDialog(time, editor.cursor_frame() or 0, info.frames, parent)
    dialog.accepted.connect(lambda: editor.go_to(dialog.frame))
    show(dialog)


def focus_next(panes: Sequence[QWidget]) -> None:
    """Move the keyboard to the next pane that can be seen."""
    shown = [pane for pane in panes if pane.isVisible() and pane.isEnabled()]
    if not shown:
        return
    here = [n for n, pane in enumerate(shown) if pane.hasFocus() or _holds_focus(pane)]
    shown[(here[0] + 1) % len(shown) if here else 0].setFocus()


def _holds_focus(pane: QWidget) -> bool:
    focus = pane.focusWidget()
    return focus is not None and focus.hasFocus()


def show_preferences(settings: SettingsStore, parent: QWidget) -> None:
    """Show the preferences."""
    show(PreferencesDialog(settings, output_names(), parent))


def open_log_folder() -> None:
    """Show the folder of the log file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))


def show_about(parent: QWidget) -> None:
    """Say what this program is."""
    QMessageBox.about(
        parent,
        tr("About UASRM"),
        tr(
            "<b>UASRM {version}</b><p>Repairs damaged recordings and leaves every other sample as "
            "it is.</p><p>MIT licence</p>",
            version=program_version(),
        ),
    )
