"""The table of actions: edits in the selection, and tools for the whole recording.

Its rows follow from the core's lists of edits and tools.
"""

from __future__ import annotations

from uasrm_core.edit.history import PUT_BACK
from uasrm_core.processing.settings import EDITS, TOOLS, EditTraits, ToolTraits
from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_selection
from uasrm_gui.commands import processing

MENU = mark("&Process")
IN_SELECTION, IN_RECORDING = mark("In the Selection"), mark("In the Whole Recording")
KEYS = {
    "gain": "Ctrl+Shift+G",
    "fade-in": "Shift+I",
    "fade-out": "Shift+O",
    "silence": "Ctrl+L",
    "clone": "Ctrl+V",
    "ambience": "Shift+T",
    PUT_BACK: "Shift+B",
    "declick": "Ctrl+Shift+C",
    "mouth-declick": "Ctrl+Shift+M",
    "dehum": "Ctrl+Shift+D",
}
# Those that ask before they do anything.
ASKING = {"gain": mark("Gain…")}
IN_VIEW = mark("Try on the Part in &View")


def _edit(traits: EditTraits) -> ActionSpec:
    return ActionSpec(
        f"edit.{traits.name}",
        ASKING.get(traits.name, traits.title),
        MENU,
        lambda parts: processing.make_edit(parts.window, parts.document, traits.name),
        (KEYS[traits.name],),
        tip=traits.tip,
        enabled=has_selection,
        heading=IN_SELECTION,
        ends_section=traits.name in ("silence", PUT_BACK),
    )


def _make_tool(traits: ToolTraits, submenu: str = "") -> ActionSpec:
    return ActionSpec(
        f"process.{traits.name}" + (".view" if submenu else ""),
        traits.title,
        MENU,
        lambda parts: processing.run_tool(
            parts.document, traits.name, parts.editor.frames_in_view if submenu else None
        ),
        () if submenu or traits.name not in KEYS else (KEYS[traits.name],),
        tip=traits.tip,
        enabled=has_clip,
        submenu=submenu,
        heading=IN_RECORDING,
    )


SOURCE = ActionSpec(
    "edit.source",
    mark("Use as &Source"),
    MENU,
    lambda parts: processing.mark_source(parts.document),
    ("Ctrl+C",),
    tip=mark("Take copies and room tone from the selection from now on"),
    enabled=has_selection,
    heading=IN_SELECTION,
)
EDIT_ACTIONS = tuple(_edit(traits) for traits in EDITS.values())
FIRST_FROM_SOURCE = list(EDITS).index("clone")
ACTIONS = (
    *EDIT_ACTIONS[:FIRST_FROM_SOURCE],
    SOURCE,
    *EDIT_ACTIONS[FIRST_FROM_SOURCE:],
    *(_make_tool(traits) for traits in TOOLS.values()),
    *(_make_tool(traits, IN_VIEW) for traits in TOOLS.values()),
)
