"""The keys of all commands, shown or changed by the user."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from uasrm_gui.actions.action_set import command_rows, shortcut_groups
from uasrm_gui.dialogs.keys import KeysDialog
from uasrm_gui.dialogs.shortcuts import ShortcutsDialog
from uasrm_gui.dialogs.showing import show
from uasrm_gui.keymap import Keys
from uasrm_gui.settings import SettingsStore


def show_shortcuts(keys: Keys, settings: SettingsStore, parent: QWidget) -> None:
    """Show all keys, by command."""
    dialog = ShortcutsDialog(shortcut_groups(keys), parent)
    dialog.change_wanted.connect(lambda: change_shortcuts(settings, parent))
    show(dialog)


def change_shortcuts(settings: SettingsStore, parent: QWidget) -> None:
    """Let the user give commands other keys."""
    show(KeysDialog(settings, command_rows(), parent))
