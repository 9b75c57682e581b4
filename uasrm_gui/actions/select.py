"""The table of actions: how things are marked."""

from __future__ import annotations

from uasrm_core.translation import mark
from uasrm_gui.actions.parts import Parts
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_regions, has_selection
from uasrm_gui.commands import regions, selection
from uasrm_gui.commands.settings import BRUSH_STEP, resize_brush
from uasrm_gui.state.marks import Tool

MENU = mark("&Select")


def _make_tool(
    tool: Tool, title: str, key: str, tip: str, *, ends_section: bool = False
) -> ActionSpec:
    return ActionSpec(
        f"tool.{tool}",
        title,
        MENU,
        lambda parts: parts.editor.set_tool(tool),
        (key,),
        f"tool-{tool}",
        tip,
        has_clip,
        lambda parts: parts.editor.tool == tool,
        "tool",
        ends_section,
    )


def _toggle_channel(parts: Parts) -> None:
    parts.editor.set_channel("all" if parts.editor.channel == "pointer" else "pointer")


def _step(parts: Parts, step: int) -> None:
    cursor_frame = parts.editor.cursor_frame() or 0
    regions.step_region(parts.document, step, cursor_frame=cursor_frame)


_TOOLS = (
    _make_tool("time", mark("&Time Range Tool"), "T", mark("Drag to select a stretch of time")),
    _make_tool(
        "band",
        mark("&Frequency Range Tool"),
        "F",
        mark("Drag up or down to select a band, over the time selected or in view"),
    ),
    _make_tool(
        "box",
        mark("&Box Tool"),
        "B",
        mark("Drag to select a stretch of time and a band of frequencies"),
    ),
    _make_tool("brush", mark("Br&ush"), "P", mark("Paint over what is damaged")),
    _make_tool("lasso", mark("&Lasso"), "S", mark("Draw around what is damaged")),
    _make_tool(
        "wand",
        mark("Magic &Wand"),
        "W",
        mark("Click on a sound to select all of it that is as loud"),
        ends_section=True,
    ),
)

_SETS = (
    ActionSpec(
        "select.all",
        mark("Select &All"),
        MENU,
        lambda parts: selection.select_all(parts.document),
        ("Ctrl+A",),
        enabled=has_clip,
    ),
    ActionSpec(
        "select.none",
        mark("Select &None"),
        MENU,
        lambda parts: selection.select_none(parts.document),
        ("Esc",),
        enabled=has_clip,
    ),
    ActionSpec(
        "select.undo",
        mark("Selection Bac&k"),
        MENU,
        lambda parts: parts.document.selection.undo(),
        ("Alt+Z",),
        "select-undo",
        mark("Go back to the selection before; regions and repairs stay"),
        lambda parts: parts.document.selection.history.can_undo,
    ),
    ActionSpec(
        "select.redo",
        mark("Selection F&orth"),
        MENU,
        lambda parts: parts.document.selection.redo(),
        ("Alt+Shift+Z",),
        "select-redo",
        mark("Go forth to the selection that was taken back"),
        lambda parts: parts.document.selection.history.can_redo,
        ends_section=True,
    ),
)

_CHANGES = (
    ActionSpec(
        "select.invert",
        mark("&Invert the Frequencies"),
        MENU,
        lambda parts: selection.invert(parts.document),
        ("Ctrl+I",),
        "select-invert",
        mark("Select the other frequencies of the same time"),
        has_selection,
    ),
    ActionSpec(
        "select.grow",
        mark("&Grow"),
        MENU,
        lambda parts: selection.grow(parts.document, parts.settings.values),
        ("G",),
        "select-grow",
        mark("Take in what lies near the selection"),
        has_selection,
    ),
    ActionSpec(
        "select.shrink",
        mark("&Shrink"),
        MENU,
        lambda parts: selection.shrink(parts.document, parts.settings.values),
        ("Shift+G",),
        "select-shrink",
        mark("Leave out what lies near the selection's edges"),
        has_selection,
    ),
    ActionSpec(
        "select.feather",
        mark("Soften the E&dges"),
        MENU,
        lambda parts: selection.feather(parts.document, parts.settings.values),
        ("Shift+F",),
        "select-feather",
        mark("Feather: give the selection soft edges"),
        has_selection,
        ends_section=True,
    ),
    ActionSpec(
        "select.harmonics",
        mark("Extend to &Harmonics"),
        MENU,
        lambda parts: selection.extend_to_harmonics(parts.document),
        ("Ctrl+H",),
        "select-harmonics",
        mark("Select the multiples of the tone in the selection too"),
        has_selection,
    ),
    ActionSpec(
        "select.similar",
        mark("Find Si&milar Events"),
        MENU,
        lambda parts: selection.find_similar(parts.document),
        ("Ctrl+Shift+F",),
        "select-similar",
        mark("List everything that sounds like the selection among the finds, to be reviewed"),
        has_selection,
    ),
    ActionSpec(
        "select.zero",
        mark("Snap to &Zero Crossings"),
        MENU,
        lambda parts: selection.snap_to_zero(parts.document),
        ("Z",),
        "snap-zero",
        mark("Move start and end to where the wave crosses zero"),
        has_selection,
    ),
    ActionSpec(
        "select.peak",
        mark("Snap to the Spectral &Peak"),
        MENU,
        lambda parts: selection.snap_to_peak(parts.document),
        ("Shift+Z",),
        "snap-peak",
        mark("Put the band about its loudest frequency"),
        has_selection,
        ends_section=True,
    ),
)

_OPTIONS = (
    ActionSpec(
        "brush.larger",
        mark("La&rger Brush"),
        MENU,
        lambda parts: resize_brush(parts.settings, BRUSH_STEP),
        ("]",),
    ),
    ActionSpec(
        "brush.smaller",
        mark("Small&er Brush"),
        MENU,
        lambda parts: resize_brush(parts.settings, 1 / BRUSH_STEP),
        ("[",),
    ),
    ActionSpec(
        "select.channel",
        mark("Only the &Channel under the Pointer"),
        MENU,
        _toggle_channel,
        ("M",),
        "one-channel",
        mark("Select in one channel instead of all"),
        has_clip,
        lambda parts: parts.editor.channel == "pointer",
        ends_section=True,
    ),
)

_REGIONS = (
    ActionSpec(
        "region.next",
        mark("Ne&xt Region"),
        MENU,
        lambda parts: _step(parts, 1),
        ("N",),
        enabled=has_regions,
    ),
    ActionSpec(
        "region.previous",
        mark("Pre&vious Region"),
        MENU,
        lambda parts: _step(parts, -1),
        ("Shift+N",),
        enabled=has_regions,
    ),
)

ACTIONS = (*_TOOLS, *_SETS, *_CHANGES, *_OPTIONS, *_REGIONS)
