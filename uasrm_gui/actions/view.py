"""The table of actions: what is seen."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_selection
from uasrm_gui.commands.showing import focus_next

MENU = mark("&View")

ACTIONS = (
    ActionSpec(
        "zoom.in",
        mark("Zoom &In"),
        MENU,
        lambda parts: parts.editor.zoom_in(),
        ("Ctrl+=", "Ctrl++"),
        "zoom-in",
        enabled=has_clip,
    ),
    ActionSpec(
        "zoom.out",
        mark("Zoom &Out"),
        MENU,
        lambda parts: parts.editor.zoom_out(),
        ("Ctrl+-",),
        "zoom-out",
        enabled=has_clip,
    ),
    ActionSpec(
        "zoom.selection",
        mark("Zoom to &Selection"),
        MENU,
        lambda parts: parts.editor.zoom_to_selection(),
        ("Ctrl+E",),
        "zoom-selection",
        enabled=has_selection,
    ),
    ActionSpec(
        "zoom.fit",
        mark("&Fit the Whole Recording"),
        MENU,
        lambda parts: parts.editor.fit(),
        ("Ctrl+F",),
        "fit",
        enabled=has_clip,
        ends_section=True,
    ),
    ActionSpec(
        "focus.next", mark("Next &Pane"), MENU, lambda parts: focus_next(parts.panes()), ("F6",)
    ),
)
