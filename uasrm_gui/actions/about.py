"""The table of actions: help."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec
from uasrm_gui.commands.showing import (
    open_log_folder,
    show_about,
    show_guide,
    show_report,
    show_tour,
)

MENU = mark("&Help")

ACTIONS = (
    ActionSpec(
        "guide",
        mark("&Guide"),
        MENU,
        lambda parts: show_guide(parts.window),
        ("Shift+F1",),
        tip=mark("Read about the part of the window that you are in"),
    ),
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
    ActionSpec(
        "tour",
        mark("Show the &Tour Again"),
        MENU,
        lambda parts: show_tour(parts.window, parts.editor, parts.settings),
        tip=mark("What a first repair takes, in four steps"),
    ),
    ActionSpec("log", mark("Open the &Log Folder"), MENU, lambda parts: open_log_folder()),
    ActionSpec(
        "report",
        mark("Copy &Report…"),
        MENU,
        lambda parts: show_report(parts.document, parts.settings, parts.window),
        tip=mark("Versions and the end of the log, to be sent with a fault; no sound is in it"),
        ends_section=True,
    ),
    ActionSpec("about", mark("&About UASRM"), MENU, lambda parts: show_about(parts.window)),
)
