"""Dialogs that show or change what belongs to the program, and the way around its panes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QToolButton, QWidget

from uasrm_core.problem_report import Findings
from uasrm_core.translation import mark, tr
from uasrm_gui.dialogs.about import AboutDialog
from uasrm_gui.dialogs.go_to import GoToDialog
from uasrm_gui.dialogs.guide import FIRST, GuideDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog
from uasrm_gui.dialogs.report import ReportDialog, describe_screen
from uasrm_gui.dialogs.showing import show
from uasrm_gui.dialogs.tour import Tour
from uasrm_gui.editor.view import EditorView
from uasrm_gui.process.log import crash_path, log_path, text_of
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.device import output_names
from uasrm_gui.state.document import Document
from uasrm_gui.widgets.time_format import TimeFormat

GUIDE_PAGES = {
    "regions": "regions",
    "compare": "comparing",
    "history": "history",
    "display": "viewing",
    "review": "finding",
    "transport": "comparing",
    "selection": "selecting",
    "tools": "repairing",
}
"""The guide's page about each part of the window, by the part's name."""

TOUR = (
    (
        "",
        mark(
            "This is your recording: time from left to right, frequency from bottom to top. "
            "Drag over what is damaged."
        ),
    ),
    (
        "repair",
        mark("Press Repair, or R. Everything outside what you dragged over stays as it is."),
    ),
    (
        "listen.original",
        mark("Hear it as it was and as it is now, and what was taken out, without stopping."),
    ),
    ("export", mark("Export writes a new file. The recording itself is never changed.")),
)
"""The stops of the tour, by the command whose button is pointed at; the first is the picture."""


def show_tour(window: QWidget, editor: EditorView, settings: SettingsStore) -> Tour:
    """Go through what a first repair takes, and remember that it was seen."""
    settings.change(tour_seen=True)
    buttons = {
        button.defaultAction().objectName(): button
        for button in reversed(window.findChildren(QToolButton))
        if button.defaultAction() is not None and button.isVisible()
    }
    stops = [(buttons.get(name, editor), tr(text)) for name, text in TOUR]
    tour = Tour(window, stops)
    tour.begin()
    return tour


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


def show_guide(parent: QWidget, page: str | None = None) -> None:
    """Show the guide at a page, or at that of the part of the window that has the focus."""
    show(GuideDialog(page or guide_page(QApplication.focusWidget()), parent))


def guide_page(focus: QWidget | None) -> str:
    """Return the name of the guide's page about a widget."""
    widget: QWidget | None = focus
    while widget is not None:
        if widget.objectName() in GUIDE_PAGES:
            return GUIDE_PAGES[widget.objectName()]
        if isinstance(widget, EditorView):
            return "selecting"
        widget = widget.parentWidget()
    return FIRST


def show_report(document: Document, settings: SettingsStore, parent: QWidget) -> None:
    """Show what a report of a problem would hold, to be copied."""
    names = [Path(name).name for name in settings.values.recent_files]
    findings = Findings(
        log=text_of(log_path()),
        crashes=text_of(crash_path(log_path())),
        surroundings=(describe_screen(),),
        names=[*names, document.work.name],
    )
    show(ReportDialog(findings, parent))


def show_about(parent: QWidget) -> None:
    """Say what this program is, of what it is made, and under which licences."""
    dialog = AboutDialog(parent)
    dialog.licences_wanted.connect(lambda: show_guide(parent, "third-party"))
    show(dialog)
