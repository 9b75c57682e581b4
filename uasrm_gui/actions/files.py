"""The table of actions: what is read and written."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui import commands
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions

MENU = mark("&File")

ACTIONS = (
    ActionSpec("open", mark("&Open…"), MENU, commands.ask_open, ("Ctrl+O",), "open"),
    ActionSpec(
        "recover",
        mark("&Recover Work…"),
        MENU,
        lambda window: window.recovery.show(),
        tip=mark("Bring back what a crash left"),
        enabled=lambda window: bool(window.recovery.found),
    ),
    ActionSpec(
        "demo",
        mark("Open the &Demo"),
        MENU,
        commands.open_demo,
        tip=mark("A bundled recording with its damage marked"),
        ends_section=True,
    ),
    ActionSpec(
        "save",
        mark("&Save Session"),
        MENU,
        commands.save,
        ("Ctrl+S",),
        "save",
        mark("Keep regions and repairs to go on with later"),
        has_clip,
    ),
    ActionSpec(
        "save_as",
        mark("Save Session &As…"),
        MENU,
        commands.save_as,
        ("Ctrl+Shift+S",),
        enabled=has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "export",
        mark("&Export…"),
        MENU,
        commands.export,
        ("Ctrl+Shift+E",),
        "export",
        mark("Write the repaired recording to a new file"),
        has_clip,
    ),
    ActionSpec(
        "labels.import",
        mark("&Import Labels…"),
        MENU,
        commands.import_labels,
        enabled=has_clip,
        tip=mark("Add the regions of a label file to the list"),
    ),
    ActionSpec(
        "labels.export",
        mark("Export &Labels…"),
        MENU,
        commands.export_labels,
        enabled=has_regions,
        tip=mark("Write the list of regions as a label file"),
    ),
    ActionSpec(
        "log.export",
        mark("Export Edit Lo&g…"),
        MENU,
        commands.export_log,
        enabled=has_clip,
        tip=mark("Write what was done, to be read or as JSON"),
        ends_section=True,
    ),
    ActionSpec("quit", mark("&Quit"), MENU, lambda window: window.close(), ("Ctrl+Q",)),
)
