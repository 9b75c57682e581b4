"""The window: recordings side by side, each in a tab of its own."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QStackedWidget, QTabBar, QTabWidget

from uasrm_core.translation import tr
from uasrm_gui.commands.files import FileCommands
from uasrm_gui.dialogs.batch import BatchDialog
from uasrm_gui.main_window import MainWindow
from uasrm_gui.notices import Notice
from uasrm_gui.settings import SettingsStore

FIRST_SIZE = QSize(1280, 800)
# What the system draws around a window.
FRAME = QSize(8, 40)


class TabbedWindow(QMainWindow):
    """Holds the pages, of which there is always one; its tabs show as soon as there are two.

    Each page has its own document, jobs and sound, so that nothing asked for in one recording can
    land in another. A page that is left falls silent.

    Parameters
    ----------
    make_page
        Makes a page without a recording, whose file commands use the tabs that it is given.
    """

    def __init__(
        self, make_page: Callable[[TabbedWindow], MainWindow], settings: SettingsStore
    ) -> None:
        super().__init__()
        self._make_page = make_page
        self._settings = settings
        self._batch: BatchDialog | None = None
        self._closes = False
        self._menus = QStackedWidget()
        self._menus.setSizePolicy(
            self._menus.sizePolicy().horizontalPolicy(), QSizePolicy.Policy.Fixed
        )
        self.setMenuWidget(self._menus)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Recordings"))
        self.tabs.setDocumentMode(True)
        self.tabs.setTabBarAutoHide(True)
        self.tabs.setTabsClosable(True)
        self.tabs.setMovable(True)
        self.tabs.tabBar().setSelectionBehaviorOnRemove(QTabBar.SelectionBehavior.SelectPreviousTab)
        self.tabs.currentChanged.connect(self._on_turned)
        self.tabs.tabCloseRequested.connect(lambda index: self.page_at(index).close())
        self.setCentralWidget(self.tabs)
        self._shown: MainWindow | None = None
        self.setMinimumSize(800, 500)
        self._restore_geometry()
        self._add()

    # pages

    @property
    def page(self) -> MainWindow:
        """The page in front."""
        return self.page_at(self.tabs.currentIndex())

    @property
    def pages(self) -> Sequence[MainWindow]:
        """All pages, from left to right."""
        return [self.page_at(index) for index in range(self.tabs.count())]

    @property
    def count(self) -> int:
        """How many tabs there are."""
        return self.tabs.count()

    def page_at(self, index: int) -> MainWindow:
        """Return the page of a tab."""
        page = self.tabs.widget(index)
        assert isinstance(page, MainWindow)
        return page

    def show_file(self, path: Path) -> FileCommands | None:
        """Bring the tab that has this file to the front and return its commands, if one has it."""
        for page in self.pages:
            if page.files.has_file(path):
                self.tabs.setCurrentWidget(page)
                return page.files
        return None

    def show_empty(self) -> FileCommands:
        """Bring a tab without a recording to the front, a new one if need be."""
        for page in self.pages:
            if page.is_empty:
                self.tabs.setCurrentWidget(page)
                return page.files
        return self._add().files

    def show_next(self, step: int) -> None:
        """Bring the next tab to the front, or with -1 the one before."""
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + step) % self.count)

    def give_up(self, commands: FileCommands, notice: Notice) -> None:
        """Close a tab in which nothing could be opened, if there are others, and say why."""
        for page in self.pages:
            empty = page.document.work.clip is None
            if page.files is commands and empty and self.count > 1:
                page.close_for_good()
                self.tell(notice)

    def show_batch(self) -> None:
        """Show the dialog for many recordings at once, which stays open beside the window."""
        if self._batch is None:
            self._batch = BatchDialog(lambda path: self.page.files.open(path), self)
        self._batch.show()
        self._batch.raise_()
        self._batch.activateWindow()

    def tell(self, notice: Notice) -> None:
        """Show a sentence in the page in front."""
        self.page.tell(notice)

    # inside

    def _add(self) -> MainWindow:
        page = self._make_page(self)
        page.setWindowFlag(Qt.WindowType.Widget)
        if self._shown is not None:
            page.recovery.take_over(self._shown.recovery)
        self._menus.addWidget(page.menus)
        page.closed.connect(partial(self._on_closed, page))
        page.windowTitleChanged.connect(lambda title: self._show_titles())
        page.document.work.state_changed.connect(self._show_titles)
        self.tabs.setCurrentIndex(self.tabs.addTab(page, ""))
        self._show_titles()
        for other in self.pages:
            other.refresh_actions()
        return page

    def _on_turned(self, index: int) -> None:
        if index < 0:
            return
        if self._shown is not None and self._shown is not self.page:
            self._shown.player.stop()
        self._shown = self.page
        self._menus.setCurrentWidget(self._shown.menus)
        self._show_titles()
        self._shown.setFocus()

    def _on_closed(self, page: MainWindow) -> None:
        if self._closes:
            return
        if self._shown is page:
            self._shown = None
        self._menus.removeWidget(page.menus)
        page.menus.deleteLater()
        if self.count == 1:
            self._add()
        self.tabs.removeTab(self.tabs.indexOf(page))
        for part in (page.document, page.player, page.runner):
            # what is connected to these refers to the page, and would keep it for ever
            part.setParent(page)
        page.deleteLater()
        for other in self.pages:
            other.refresh_actions()

    def _show_titles(self) -> None:
        for index, page in enumerate(self.pages):
            work = page.document.work
            name = (work.name or tr("No recording")).replace("&", "&&")
            self.tabs.setTabText(index, f"{name} *" if work.unsaved is not None else name)
            self.tabs.setTabToolTip(index, str(work.session_path or work.path or ""))
        self.setWindowTitle(self.page.windowTitle())
        self.setWindowModified(self.page.isWindowModified())

    # the window

    def end_by_signal(self) -> None:
        """Close without a question, since nobody may be there to answer."""
        self._closes = True
        for page in self.pages:
            page.end_by_signal()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close all pages, once each has said that nothing would be lost."""
        if not self._closes:
            self._ask(list(self.pages))
        if not self._closes:
            event.ignore()
            return
        self._settings.change(geometry=_encode(self.saveGeometry()))
        for page in self.pages:
            page.close_for_good()
        if self._batch is not None:
            self._batch.close()
        event.accept()

    def _ask(self, pages: Sequence[MainWindow]) -> None:
        """Ask these pages, one after another, and close the window if none minds."""
        if not pages:
            if not self._closes:
                self._closes = True
                QTimer.singleShot(0, self.close)
            return
        page, *others = pages
        if not page.files.is_safe:
            self.tabs.setCurrentWidget(page)
        page.files.when_safe(lambda: self._ask(others))

    def _restore_geometry(self) -> None:
        """Put the window where it was last."""
        room = self.screen().availableSize() - FRAME
        self.resize(FIRST_SIZE.boundedTo(room))
        if self._settings.values.geometry:
            self.restoreGeometry(_decode(self._settings.values.geometry))


def _encode(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _decode(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))
