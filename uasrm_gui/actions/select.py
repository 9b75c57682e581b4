"""The table of actions: how things are marked."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui import commands
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions

MENU = mark("&Select")

ACTIONS = (
    ActionSpec(
        "tool.time",
        mark("&Time Range Tool"),
        MENU,
        lambda window: window.set_tool("time"),
        ("T",),
        "tool-time",
        mark("Drag to select a stretch of time"),
        has_clip,
        lambda window: window.tool == "time",
        "tool",
    ),
    ActionSpec(
        "tool.box",
        mark("&Box Tool"),
        MENU,
        lambda window: window.set_tool("box"),
        ("B",),
        "tool-box",
        mark("Drag to select a stretch of time and a band of frequencies"),
        has_clip,
        lambda window: window.tool == "box",
        "tool",
        ends_section=True,
    ),
    ActionSpec(
        "select.all", mark("Select &All"), MENU, commands.select_all, ("Ctrl+A",), enabled=has_clip
    ),
    ActionSpec(
        "select.none",
        mark("Select &None"),
        MENU,
        commands.select_none,
        ("Esc",),
        enabled=has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "region.next",
        mark("Ne&xt Region"),
        MENU,
        lambda window: commands.step_region(window, 1),
        ("N",),
        enabled=has_regions,
    ),
    ActionSpec(
        "region.previous",
        mark("&Previous Region"),
        MENU,
        lambda window: commands.step_region(window, -1),
        ("Shift+N",),
        enabled=has_regions,
    ),
)
