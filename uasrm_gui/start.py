"""Builds the window and runs it."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from uasrm_core.edit.journal import journal_folder
from uasrm_core.translation import tr
from uasrm_gui.background.executor import is_any_busy
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.commands.showing import show_tour
from uasrm_gui.main_window import MainWindow
from uasrm_gui.notices import CRASHED, UNEXPECTED, Notice
from uasrm_gui.process.garbage import GarbageCollector
from uasrm_gui.process.language import languages, missing_font, speak
from uasrm_gui.process.log import catch_everything, crash_path, log_path, start_log
from uasrm_gui.process.memory import give_back_large_blocks
from uasrm_gui.process.signals import EndSignals
from uasrm_gui.settings import SettingsStore, default_path
from uasrm_gui.sound.device import open_stream
from uasrm_gui.sound.player import Player
from uasrm_gui.state.document import Document
from uasrm_gui.tabs import TabbedWindow
from uasrm_gui.theme import DARK
from uasrm_gui.widgets.icons import app_icon
from uasrm_gui.window.appearance import Appearance, wear

TOUR_AFTER_MS = 500
"""The tour begins so long after a recording was opened, when it has been painted."""


def run(file: Path | None, *, demo: bool = False, is_external: bool = False) -> int:
    """Show the window, open what was asked for, and return when it is closed.

    Parameters
    ----------
    is_external
        The file belongs to another program, and saving writes the repairs into it.
    """
    start_log(log_path())
    give_back_large_blocks()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    settings = SettingsStore(default_path())
    names = languages(settings.values.language)
    unreadable = missing_font(names)
    speak(app, ["en"] if unreadable else names)
    dress(app)
    Appearance(app, settings)
    collector = GarbageCollector(app)
    window = TabbedWindow(partial(make_page, settings), settings)
    catch_everything(lambda: window.tell(Notice(tr(UNEXPECTED), "error")))
    ended_by: list[int] = []

    def end(number: int) -> None:
        ended_by.append(number)
        logging.getLogger(__name__).info("ended by signal %d", number)
        window.end_by_signal()
        app.exit()

    signals = EndSignals(end)
    window.show()
    window.page.load_engines_soon()
    window.page.recovery.look()
    tell_of_crash(window, settings, crash_path(log_path()))
    if unreadable:
        window.tell(Notice(unreadable, "error"))
    if not demo and not is_external:
        offer_tour(window.page, settings)
    if demo:
        window.page.files.open_demo()
    elif file is not None and is_external:
        window.page.files.open_external(file)
    elif file is not None:
        window.page.files.open(file)
    status = app.exec()
    # as a shell tells of a program that a signal ended
    status = 128 + ended_by[0] if ended_by else status
    signals.stop()
    collector.stop()
    if is_any_busy():
        # What hears no cancel, such as the loading of a library, is compiled code that aborts the
        # process when the interpreter ends under it. Nothing of the user's is left to do.
        logging.shutdown()
        os._exit(status)
    return status


def make_page(settings: SettingsStore, tabs: TabbedWindow) -> MainWindow:
    """Return a page without a recording."""
    runner = JobRunner()
    return MainWindow(
        Document(runner), runner, Player(open_stream), settings, tabs, journals=journal_folder()
    )


def tell_of_crash(window: TabbedWindow, settings: SettingsStore, crashes: Path) -> None:
    """Offer a report if the program crashed since it was last started."""
    try:
        size = crashes.stat().st_size
    except OSError:
        return
    if size not in (0, settings.values.crash_bytes):
        window.tell(Notice(tr(CRASHED), "error"))
    settings.change(crash_bytes=size)


def offer_tour(window: MainWindow, settings: SettingsStore) -> None:
    """Show the tour with the first recording that is ever opened."""

    def begin() -> None:
        if not settings.values.tour_seen and window.isVisible():
            show_tour(window, window.editor, settings)

    work = window.document.work
    work.opened.connect(lambda: QTimer.singleShot(TOUR_AFTER_MS, window, begin))


def dress(app: QApplication) -> None:
    """Give the application its name and its looks."""
    app.setApplicationName("UASRM")
    app.setDesktopFileName("io.github.uasrm.Uasrm")
    app.setStyle("Fusion")
    app.setWindowIcon(app_icon())
    wear(app, DARK)
