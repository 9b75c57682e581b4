"""The table of actions: steps, regions and preferences."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions
from uasrm_gui.commands import regions
from uasrm_gui.commands.showing import show_preferences

MENU = mark("&Edit")

ACTIONS = (
    ActionSpec(
        "undo",
        mark("&Undo"),
        MENU,
        lambda parts: parts.document.work.undo(),
        ("Ctrl+Z",),
        "undo",
        enabled=lambda parts: parts.document.work.history.can_undo,
    ),
    ActionSpec(
        "redo",
        mark("&Redo"),
        MENU,
        lambda parts: parts.document.work.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
        enabled=lambda parts: parts.document.work.history.can_redo,
        ends_section=True,
    ),
    ActionSpec(
        "region.add",
        mark("&Add Region"),
        MENU,
        lambda parts: regions.add_region(parts.document),
        ("Ctrl+B",),
        "add",
        mark("Put the selection into the list of regions"),
        has_clip,
    ),
    ActionSpec(
        "region.accept",
        mark("Acc&ept the Repair"),
        MENU,
        lambda parts: regions.accept_repairs(parts.document),
        ("A",),
        "region-accepted",
        mark("Note that the repair of the picked regions is good"),
        has_regions,
    ),
    ActionSpec(
        "region.remove",
        mark("Re&move Region"),
        MENU,
        lambda parts: regions.remove_regions(parts.document),
        ("Delete",),
        "delete",
        mark("Take the picked regions off the list; the sound stays as it is"),
        has_regions,
        ends_section=True,
    ),
    ActionSpec(
        "preferences",
        mark("&Preferences…"),
        MENU,
        lambda parts: show_preferences(parts.settings, parts.window),
        ("Ctrl+,",),
        "settings",
    ),
)
