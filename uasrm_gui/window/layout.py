"""Where everything stands in the window, and how that is remembered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QMenuBar,
    QSplitter,
    QStackedWidget,
    QStatusBar,
    QToolBar,
    QToolButton,
    QWidget,
)

from uasrm_core.translation import tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.editor.view import EditorView
from uasrm_gui.panels.compare import ComparePanel
from uasrm_gui.panels.message_bar import MessageBar
from uasrm_gui.panels.tool_options import ToolOptionsBar
from uasrm_gui.panels.tools import ToolBar
from uasrm_gui.settings import SettingsStore
from uasrm_gui.theme import SPACING
from uasrm_gui.window.key_focus import KeyFocus
from uasrm_gui.window.picture_column import PictureColumn
from uasrm_gui.window.side_panel import SidePanel, first_width, toggle_button


@dataclass(frozen=True, eq=False)
class Contents:
    """What is put in place.

    Attributes
    ----------
    strip
        What stands below the picture while candidates are compared.
    panels
        What stands in tabs at the right: title and widget by name.
    """

    actions: ActionSet
    menus: QMenuBar
    settings: SettingsStore
    tools: ToolBar
    tool_options: ToolOptionsBar
    welcome: QWidget
    editor: EditorView
    strip: ComparePanel
    message: MessageBar
    transport: QToolBar
    status: QStatusBar
    panels: Mapping[str, tuple[str, QWidget]]


class WindowLayout:
    """Menus, bars, panels and what stands in the middle of one window."""

    def __init__(self, window: QMainWindow, contents: Contents) -> None:
        self._window = window
        self._contents = contents
        actions = contents.actions
        menus = actions.fill_menus(contents.menus)
        self.recent_menu = QMenu(tr("Open Re&cent"), window)
        menus["&File"].insertMenu(actions["demo"], self.recent_menu)
        window.addToolBar(contents.tools)
        window.addToolBarBreak()
        window.addToolBar(contents.tool_options)
        self._side = SidePanel(contents.panels, actions["panel.side"])
        self._opener = toggle_button(actions["panel.side"])
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._stack = self._make_middle()
        window.setCentralWidget(self._stack)
        contents.message.float_over(self._stack)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, contents.transport)
        window.setStatusBar(contents.status)
        self.show_side(contents.settings.values.side_panel)
        KeyFocus(window)
        for button in window.findChildren(QToolButton):
            if button.focusPolicy() == Qt.FocusPolicy.NoFocus and button.objectName()[:3] != "qt_":
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_open(self, is_open: bool) -> None:
        """Show the editor with its panels, or the welcome page alone."""
        self._stack.setCurrentIndex(1 if is_open else 0)
        self._contents.transport.setVisible(is_open)
        self._contents.tool_options.setVisible(is_open)
        if not is_open:
            self._contents.welcome.setFocus()

    def show_recent(self, names: tuple[str, ...], go: Callable[[Path], object]) -> None:
        """List the files last opened in their menu."""
        self.recent_menu.clear()
        self.recent_menu.setEnabled(bool(names))
        for name in names:
            action = self.recent_menu.addAction(Path(name).name.replace("&", "&&"))
            action.setToolTip(name)
            action.triggered.connect(lambda checked=False, path=Path(name): go(path))

    # the panels

    @property
    def is_side_shown(self) -> bool:
        """Whether the panels are there, rather than put away."""
        return not self._side.isHidden()

    def show_side(self, shown: bool) -> None:
        """Bring the panels back, or put them away."""
        self._side.setVisible(shown)
        self._opener.setVisible(not shown)

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front."""
        if self._side.show_panel(name):
            self.show_side(True)

    def fit_width(self) -> None:
        """Give the panels their part of the window's width, unless the user has chosen one."""
        width = self._contents.settings.values.side_width or first_width(
            self._window.width(), self._side.needed_width
        )
        self._splitter.setSizes([max(self._window.width() - width, 1), width])

    # what is remembered

    def remember(self, settings: SettingsStore) -> None:
        """Keep where everything stands for the next time."""
        settings.change(side_panel=self.is_side_shown)

    # inside

    def _make_middle(self) -> QStackedWidget:
        column = PictureColumn(self._contents.editor, self._contents.strip)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(SPACING)
        self._splitter.setAccessibleName(tr("Picture and panels"))
        self._splitter.addWidget(column)
        self._splitter.addWidget(self._side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.splitterMoved.connect(self._on_moved)
        work = QWidget()
        row = QHBoxLayout(work)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._splitter, 1)
        row.addWidget(self._opener, 0, Qt.AlignmentFlag.AlignTop)
        stack = QStackedWidget()
        stack.addWidget(self._contents.welcome)
        stack.addWidget(work)
        return stack

    def _on_moved(self) -> None:
        self._contents.settings.change(side_width=self._side.width())
