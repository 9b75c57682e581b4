"""The table of actions: what is read and written."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions

MENU = mark("&File")

ACTIONS = (
    ActionSpec(
        "open", mark("&Open…"), MENU, lambda parts: parts.files.ask_open(), ("Ctrl+O",), "open"
    ),
    ActionSpec(
        "recover",
        mark("&Recover Work…"),
        MENU,
        lambda parts: parts.recovery.show(),
        tip=mark("Bring back what a crash left"),
        enabled=lambda parts: bool(parts.recovery.found),
    ),
    ActionSpec(
        "batch",
        mark("&Batch…"),
        MENU,
        lambda parts: parts.tabs.show_batch(),
        tip=mark("Find and repair damage in many recordings"),
    ),
    ActionSpec(
        "demo",
        mark("Open the &Demo"),
        MENU,
        lambda parts: parts.files.open_demo(),
        tip=mark("A bundled recording with its damage marked"),
        ends_section=True,
    ),
    ActionSpec(
        "save",
        mark("&Save Session"),
        MENU,
        lambda parts: parts.files.save(),
        ("Ctrl+S",),
        "save",
        mark("Keep regions and repairs to go on with later"),
        has_clip,
    ),
    ActionSpec(
        "save_as",
        mark("Save Session &As…"),
        MENU,
        lambda parts: parts.files.save_as(),
        ("Ctrl+Shift+S",),
        enabled=has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "export",
        mark("&Export…"),
        MENU,
        lambda parts: parts.files.export(),
        ("Ctrl+Shift+E",),
        "export",
        mark("Write the repaired recording to a new file"),
        has_clip,
    ),
    ActionSpec(
        "labels.import",
        mark("&Import Labels…"),
        MENU,
        lambda parts: parts.files.import_labels(),
        enabled=has_clip,
        tip=mark("Add the regions of a label file to the list"),
    ),
    ActionSpec(
        "labels.export",
        mark("Export &Labels…"),
        MENU,
        lambda parts: parts.files.export_labels(),
        enabled=has_regions,
        tip=mark("Write the list of regions as a label file"),
    ),
    ActionSpec(
        "log.export",
        mark("Export Edit Lo&g…"),
        MENU,
        lambda parts: parts.files.export_log(),
        enabled=has_clip,
        tip=mark("Write what was done, to be read or as JSON"),
        ends_section=True,
    ),
    ActionSpec(
        "close",
        mark("Close"),
        MENU,
        lambda parts: parts.window.close(),
        ("Ctrl+W",),
        enabled=lambda parts: parts.document.work.clip is not None or parts.tabs.count > 1,
        tip=mark("Close this recording"),
    ),
    ActionSpec("quit", mark("&Quit"), MENU, lambda parts: parts.tabs.close(), ("Ctrl+Q",)),
)
