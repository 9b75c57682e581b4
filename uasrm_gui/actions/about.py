"""The table of actions: help."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui import commands
from uasrm_gui.actions.spec import ActionSpec

MENU = mark("&Help")

ACTIONS = (
    ActionSpec("shortcuts", mark("&Keyboard Shortcuts"), MENU, commands.shortcuts, ("F1",)),
    ActionSpec(
        "keys",
        mark("&Change Shortcuts…"),
        MENU,
        commands.change_keys,
        tip=mark("Give commands other keys, or those of another program"),
    ),
    ActionSpec("log", mark("Open the &Log Folder"), MENU, commands.open_log_folder),
    ActionSpec("about", mark("&About UASRM"), MENU, commands.about),
)
