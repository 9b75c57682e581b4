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
KEYS = {PUT_BACK: ("Shift+B",)}
IN_VIEW = mark("Try on the Part in &View")


def _edit(traits: EditTraits) -> ActionSpec:
    return ActionSpec(
        f"edit.{traits.name}",
        traits.title,
        MENU,
        lambda parts: processing.make_edit(parts.window, parts.document, traits.name),
        KEYS.get(traits.name, ()),
        tip=traits.tip,
        enabled=has_selection,
    )


def _make_tool(traits: ToolTraits, submenu: str = "") -> ActionSpec:
    return ActionSpec(
        f"process.{traits.name}" + (".view" if submenu else ""),
        traits.title,
        MENU,
        lambda parts: processing.run_tool(
            parts.document, traits.name, parts.editor.frames_in_view if submenu else None
        ),
        tip=traits.tip,
        enabled=has_clip,
        submenu=submenu,
    )


ACTIONS = (
    *(_edit(traits) for traits in EDITS.values()),
    ActionSpec(
        "edit.source",
        mark("Use as &Source"),
        MENU,
        lambda parts: processing.mark_source(parts.document),
        tip=mark("Take copies and room tone from the selection from now on"),
        enabled=has_selection,
        ends_section=True,
    ),
    *(_make_tool(traits) for traits in TOOLS.values()),
    *(_make_tool(traits, IN_VIEW) for traits in TOOLS.values()),
)
