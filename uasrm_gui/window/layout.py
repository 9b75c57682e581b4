"""Where everything stands in the window, and how that is remembered."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QStatusBar,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.panels.message_bar import MessageBar
from uasrm_gui.panels.tool_options import SelectionBar
from uasrm_gui.panels.tools import ToolBar
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.repair_choice import RepairChoice
from uasrm_gui.theme import SPACING
from uasrm_gui.window.key_focus import KeyFocus

PANEL_WIDTH = 496
# Of the height of a column, what the panel gets that was asked for.
LARGER_PART = 0.62
FIRST_SIZE = QSize(1280, 800)
# Below this, two panels one over the other are both too low to work in.
LOW_WINDOW = 640
# What the system draws around a window.
FRAME = QSize(8, 40)


@dataclass(frozen=True, eq=False)
class Contents:
    """What is put in place.

    Attributes
    ----------
    panels
        What stands in docks: title and widget by name.
    """

    actions: ActionSet
    settings: SettingsStore
    choice: RepairChoice
    welcome: QWidget
    editor: QWidget
    message: MessageBar
    transport: QToolBar
    status: QStatusBar
    panels: Mapping[str, tuple[str, QWidget]]


class WindowLayout:
    """Menus, bars, docks and what stands in the middle of one window."""

    def __init__(self, window: QMainWindow, contents: Contents) -> None:
        self._window = window
        self._contents = contents
        self._has_panels = False
        # how the panels stood before the window became low
        self._state_when_high: QByteArray | None = None
        actions = contents.actions
        menus = actions.fill_menus(window.menuBar())
        self.recent_menu = QMenu(tr("Open &Recent"), window)
        menus["&File"].insertMenu(actions["demo"], self.recent_menu)
        self.tools = ToolBar(actions, contents.choice)
        window.addToolBar(self.tools)
        self.selection = SelectionBar(actions, contents.settings)
        window.addToolBarBreak()
        window.addToolBar(self.selection)
        self._stack = self._middle()
        window.setCentralWidget(self._stack)
        contents.message.float_over(self._stack)
        window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, contents.transport)
        self._docks = [
            self._dock(title, name, panel) for name, (title, panel) in contents.panels.items()
        ]
        menus["&View"].addSeparator()
        for dock in self._docks:
            menus["&View"].addAction(dock.toggleViewAction())
        window.setStatusBar(contents.status)
        KeyFocus(window)
        for button in window.findChildren(QToolButton):
            if button.focusPolicy() == Qt.FocusPolicy.NoFocus and button.objectName()[:3] != "qt_":
                button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_open(self, is_open: bool) -> None:
        """Show the editor with its panels, or the welcome page alone."""
        self._stack.setCurrentIndex(1 if is_open else 0)
        self._contents.transport.setVisible(is_open)
        self.selection.setVisible(is_open)
        if not is_open:
            self._contents.welcome.setFocus()
            for dock in self._docks:
                dock.hide()
        elif not self._has_panels:
            self._has_panels = True
            self._restore_panels()

    def show_recent(self, names: tuple[str, ...], go: Callable[[Path], object]) -> None:
        """List the files last opened in their menu."""
        self.recent_menu.clear()
        self.recent_menu.setEnabled(bool(names))
        for name in names:
            action = self.recent_menu.addAction(Path(name).name.replace("&", "&&"))
            action.setToolTip(name)
            action.triggered.connect(lambda checked=False, path=Path(name): go(path))

    def show_panel(self, name: str) -> None:
        """Bring a panel to the front, with the larger part of its column: it is worked in now."""
        for dock in self._docks:
            if dock.objectName() == name:
                dock.show()
                dock.raise_()
                self._make_room(dock)

    def _make_room(self, dock: QDockWidget) -> None:
        window = self._window
        beside = {dock, *window.tabifiedDockWidgets(dock)}
        area = window.dockWidgetArea(dock)
        others = [
            other
            for other in self._docks
            if other not in beside
            and other.isVisible()
            and not other.isFloating()
            # of panels in tabs only the one in front has a height of its own
            and not other.visibleRegion().isEmpty()
            and window.dockWidgetArea(other) == area
        ]
        whole = dock.height() + sum(other.height() for other in others)
        if others and dock.height() < LARGER_PART * whole:
            rest = (1 - LARGER_PART) * whole / len(others)
            heights = [round(LARGER_PART * whole), *[round(rest)] * len(others)]
            window.resizeDocks([dock, *others], heights, Qt.Orientation.Vertical)

    def restore_geometry(self, settings: SettingsStore) -> None:
        """Put the window where it was last."""
        room = self._window.screen().availableSize() - FRAME
        self._window.resize(FIRST_SIZE.boundedTo(room))
        if settings.values.geometry:
            self._window.restoreGeometry(_decoded(settings.values.geometry))

    def remember(self, settings: SettingsStore) -> None:
        """Keep where everything stands for the next time."""
        settings.change(geometry=_encoded(self._window.saveGeometry()))
        if self._has_panels:
            state = self._state_when_high or self._window.saveState()
            settings.change(layout=_encoded(state))

    def fit_height(self) -> None:
        """Put all panels in tabs of one place while the window is low."""
        is_low = self._window.height() < LOW_WINDOW
        if not self._has_panels or is_low == (self._state_when_high is not None):
            return
        if is_low:
            self._state_when_high = self._window.saveState()
            self._put_in_tabs()
        elif self._state_when_high is not None:
            shown = [dock.isVisibleTo(self._window) for dock in self._docks]
            self._window.restoreState(self._state_when_high)
            for dock, is_shown in zip(self._docks, shown, strict=True):
                dock.setVisible(is_shown)
            self._state_when_high = None

    def _put_in_tabs(self) -> None:
        window = self._window
        right = [
            dock
            for dock in self._docks
            if dock.isVisibleTo(window)
            and not dock.isFloating()
            and window.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
        ]
        for dock in right[1:]:
            window.tabifyDockWidget(right[0], dock)
        if right:
            right[0].raise_()

    def _middle(self) -> QStackedWidget:
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(SPACING, SPACING, 0, SPACING)
        column.setSpacing(0)
        column.addWidget(self._contents.editor, 1)
        stack = QStackedWidget()
        stack.addWidget(self._contents.welcome)
        stack.addWidget(work)
        return stack

    def _dock(self, title: str, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self._window)
        dock.setObjectName(name)
        movable = QDockWidget.DockWidgetFeature.DockWidgetMovable
        dock.setFeatures(movable | QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setWidget(panel)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        return dock

    def _restore_panels(self) -> None:
        window = self._window
        for dock in self._docks:
            dock.show()
        widths = [min(PANEL_WIDTH, window.width() // 3)] * len(self._docks)
        window.resizeDocks(self._docks, widths, Qt.Orientation.Horizontal)
        window.resizeDocks(self._docks[:2], [400, 300], Qt.Orientation.Vertical)
        regions, below, history, display, finds = self._docks
        window.tabifyDockWidget(regions, finds)
        regions.raise_()
        # one below the other they would be too low to read
        for dock in (history, display):
            window.tabifyDockWidget(below, dock)
        history.raise_()
        if self._contents.settings.values.layout:
            window.restoreState(_decoded(self._contents.settings.values.layout))
        self.fit_height()


def _encoded(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _decoded(text: str) -> QByteArray:
    return QByteArray.fromBase64(text.encode("ascii", "replace"))
