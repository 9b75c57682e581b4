"""The table of actions as Qt's actions, in menus, on the tool bar and on the F1 page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar, QToolBar, QWidget, QWidgetAction

from uasrm_core.overview.tiles import MAX_LANES
from uasrm_core.translation import tr
from uasrm_gui.actions.parts import Parts
from uasrm_gui.actions.spec import ActionSpec
from uasrm_gui.actions.table import ACTIONS, TOOL_BAR
from uasrm_gui.actions.view import CHANNEL
from uasrm_gui.dialogs.shortcuts import Group, key_text
from uasrm_gui.editor.keys import PICTURE_KEYS
from uasrm_gui.keymap import Command, Keys, key_map
from uasrm_gui.widgets.icons import icon


class ActionSet:
    """The table as Qt's actions, for one window."""

    def __init__(self, window: QWidget, parts: Parts) -> None:
        self._parts = parts
        self._actions: dict[str, QAction] = {}
        groups: dict[str, QActionGroup] = {}
        for spec in ACTIONS:
            action = self._actions[spec.id] = _make(spec, window, parts)
            if spec.group:
                group = groups.setdefault(spec.group, QActionGroup(window))
                group.addAction(action)
            window.addAction(action)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def pick(self, names: Iterable[str]) -> list[QAction]:
        """Return some of the actions."""
        return [self._actions[name] for name in names]

    def refresh(self) -> None:
        """Enable and check what the window's state asks for."""
        for spec in ACTIONS:
            action = self._actions[spec.id]
            action.setEnabled(spec.enabled(self._parts))
            if spec.checked is not None:
                action.setChecked(spec.checked(self._parts))

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The keys of every action as the settings have them."""
        values = self._parts.settings.values
        return key_map(default_keys(), values.key_preset, values.own_keys)

    def name_channels(self, names: Sequence[str]) -> None:
        """Call the channels of the View menu by their names, and hide those that are not there."""
        for number in range(1, MAX_LANES + 1):
            action = self._actions[f"channel.show.{number}"]
            action.setVisible(number <= len(names))
            if number <= len(names):
                action.setText(tr(CHANNEL, name=names[number - 1]))

    def use_keys(self) -> None:
        """Give every action its keys, and name the first in its tooltip."""
        keys = self.keys
        for spec in ACTIONS:
            action, own = self._actions[spec.id], keys[spec.id]
            action.setShortcuts([QKeySequence(key) for key in own])
            shown = f"  ({key_text(own[0])})" if own else ""
            action.setToolTip(f"{tr(spec.tip) or plain(spec.name)}{shown}")

    def fill_menus(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Make the menus, and return them by their titles in the table.

        Those within a menu are named by both titles, with a slash between them.
        """
        menus: dict[str, QMenu] = {}
        headings: set[str] = set()
        for spec in ACTIONS:
            if spec.menu not in menus:
                menus[spec.menu] = bar.addMenu(tr(spec.menu))
            target = menus[spec.menu]
            if spec.heading and spec.heading not in headings:
                headings.add(spec.heading)
                target.addAction(_make_heading(spec.heading, target))
            if spec.submenu:
                name = f"{spec.menu}/{spec.submenu}"
                if name not in menus:
                    menus[name] = target.addMenu(tr(spec.submenu))
                target = menus[name]
            target.addAction(self._actions[spec.id])
            if spec.ends_section:
                menus[spec.menu].addSeparator()
        return menus

    def fill_tool_bar(self, bar: QToolBar) -> None:
        """Make the tool bar's buttons."""
        for number, section in enumerate(TOOL_BAR):
            if number:
                bar.addSeparator()
            bar.addActions(self.pick(section))


def default_keys() -> dict[str, tuple[str, ...]]:
    """Return the keys of the table."""
    return {spec.id: spec.keys for spec in ACTIONS}


def command_rows() -> list[Command]:
    """Return what the dialog of keys lists."""
    return [
        Command(spec.id, plain(spec.name), plain(tr(spec.submenu)), spec.keys) for spec in ACTIONS
    ]


def shortcut_groups(keys: Keys) -> list[Group]:
    """Return the keys of all actions by menu, and those of the picture, for the F1 page."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for spec in ACTIONS:
        if keys[spec.id]:
            rows = groups.setdefault(plain(tr(spec.menu)), [])
            rows.append((key_text(keys[spec.id][0]), plain(spec.name)))
    picture = [(key_text(keys), tr(words)) for keys, words in PICTURE_KEYS]
    return [*groups.items(), (tr("In the picture"), picture)]


def _make(spec: ActionSpec, window: QWidget, parts: Parts) -> QAction:
    action = QAction(spec.name, window)
    action.setObjectName(spec.id)
    action.setIconText(tr(spec.short) or plain(spec.name))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setAutoRepeat(spec.id in ("undo", "redo", "zoom.in", "zoom.out"))
    action.setCheckable(spec.checked is not None)
    if spec.icon:
        action.setIcon(icon(spec.icon))
    action.triggered.connect(lambda checked=False: spec.handler(parts))
    return action


def _make_heading(words: str, menu: QMenu) -> QWidgetAction:
    label = QLabel(tr(words))
    label.setObjectName("menuHeading")
    heading = QWidgetAction(menu)
    heading.setText(tr(words))
    heading.setDefaultWidget(label)
    heading.setEnabled(False)
    return heading


def plain(title: str) -> str:
    """Return a title as it is said, without what a menu needs."""
    # Japanese and Chinese have the access key in brackets at the end
    return re.sub(r"\(&.\)|[&…]", "", title)
