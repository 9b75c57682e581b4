"""The table of actions: steps, regions and preferences."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui import commands
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions

MENU = mark("&Edit")

ACTIONS = (
    ActionSpec(
        "undo",
        mark("&Undo"),
        MENU,
        lambda window: window.document.undo(),
        ("Ctrl+Z",),
        "undo",
        enabled=lambda window: window.document.history.can_undo,
    ),
    ActionSpec(
        "redo",
        mark("&Redo"),
        MENU,
        lambda window: window.document.redo(),
        ("Ctrl+Shift+Z", "Ctrl+Y"),
        "redo",
        enabled=lambda window: window.document.history.can_redo,
        ends_section=True,
    ),
    ActionSpec(
        "region.add",
        mark("&Add Region"),
        MENU,
        commands.add_region,
        ("Ctrl+B",),
        "add",
        mark("Put the selection into the list of regions"),
        has_clip,
    ),
    ActionSpec(
        "region.accept",
        mark("Acc&ept the Repair"),
        MENU,
        commands.accept_repairs,
        ("A",),
        "region-accepted",
        mark("Note that the repair of the picked regions is good"),
        has_regions,
    ),
    ActionSpec(
        "region.remove",
        mark("Re&move Region"),
        MENU,
        commands.remove_regions,
        ("Delete",),
        "delete",
        mark("Take the picked regions off the list; the sound stays as it is"),
        has_regions,
        ends_section=True,
    ),
    ActionSpec(
        "preferences", mark("&Preferences…"), MENU, commands.preferences, ("Ctrl+,",), "settings"
    ),
)
