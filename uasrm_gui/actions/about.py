"""The table of actions: help."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec
from uasrm_gui.commands.showing import open_log_folder, show_about

MENU = mark("&Help")

ACTIONS = (
    ActionSpec(
        "shortcuts",
        mark("&Keyboard Shortcuts"),
        MENU,
        lambda parts: parts.show_shortcuts(),
        ("F1",),
    ),
    ActionSpec(
        "keys",
        mark("&Change Shortcuts…"),
        MENU,
        lambda parts: parts.change_shortcuts(),
        tip=mark("Give commands other keys, or those of another program"),
    ),
    ActionSpec("log", mark("Open the &Log Folder"), MENU, lambda parts: open_log_folder()),
    ActionSpec("about", mark("&About UASRM"), MENU, lambda parts: show_about(parts.window)),
)
