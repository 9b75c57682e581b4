"""The menu of what can be done to the selection, and how far it reaches."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QMenu, QToolButton, QWidget, QWidgetAction

from uasrm_core.translation import tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.actions.table import SELECTION_EDITS, SELECTION_HELP, SELECTION_TRAIL
from uasrm_gui.panels.setting_number import setting_number
from uasrm_gui.settings import SettingsStore
from uasrm_gui.theme import SPACING


class SelectionMenuButton(QToolButton):
    """“Modify selection”, with a menu in words."""

    def __init__(self, actions: ActionSet, settings: SettingsStore) -> None:
        super().__init__()
        self.setText(tr("Modify selection"))
        self.setToolTip(tr("Grow, shrink, soften, snap or extend what is selected"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        menu.addActions(actions.pick(SELECTION_EDITS))
        reach = QWidgetAction(menu)
        reach.setDefaultWidget(_reach(settings))
        menu.addAction(reach)
        for names in (SELECTION_HELP, SELECTION_TRAIL):
            menu.addSeparator()
            menu.addActions(actions.pick(names))
        self.setMenu(menu)


def _reach(settings: SettingsStore) -> QWidget:
    box = QWidget()
    form = QFormLayout(box)
    form.setContentsMargins(4 * SPACING, SPACING // 2, SPACING, SPACING // 2)
    for caption, name, title, highest, unit in (
        (tr("by, in time"), "reach_ms", tr("Reach in time"), 10_000, " ms"),
        (tr("by, in frequency"), "reach_hz", tr("Reach in frequency"), 20_000, " Hz"),
    ):
        form.addRow(caption, setting_number(settings, name, title, (0, highest), unit))
    return box
