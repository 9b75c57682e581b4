"""The table of actions: what is seen."""

from __future__ import annotations

from uasrm_core.overview.tiles import MAX_LANES
from uasrm_core.translation import mark
from uasrm_gui.actions.spec import ActionSpec, has_clip, has_selection
from uasrm_gui.commands.settings import toggle_setting
from uasrm_gui.commands.showing import focus_next

MENU = mark("&View")
CHANNEL = mark("Show Channel {name}")
CHANNELS = mark("C&hannels")

PANELS = {
    "regions": mark("&Regions"),
    "review": mark("&Finds"),
    "history": mark("&History"),
    "display": mark("&Display"),
}


def _make_panel(name: str, title: str) -> ActionSpec:
    return ActionSpec(
        f"panel.{name}",
        title,
        MENU,
        lambda parts: parts.show_panel(name),
        enabled=has_clip,
        submenu=mark("Pa&nels"),
    )


def _turn(name: str, title: str, step: int, key: str) -> ActionSpec:
    return ActionSpec(
        name,
        title,
        MENU,
        lambda parts: parts.tabs.show_next(step),
        (key,),
        enabled=lambda parts: parts.tabs.count > 1,
    )


def _make_channel(number: int) -> ActionSpec:
    return ActionSpec(
        f"channel.show.{number}",
        CHANNEL,
        MENU,
        lambda parts: parts.editor.turn_fold(number - 1),
        (f"Alt+{number}",),
        enabled=lambda parts: number <= len(parts.editor.channel_names),
        checked=lambda parts: not parts.editor.is_folded(number - 1),
        submenu=CHANNELS,
        values={"name": number},
    )


ACTIONS: tuple[ActionSpec, ...] = (
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
    ActionSpec(
        "regions.show",
        mark("Sho&w Regions"),
        MENU,
        lambda parts: toggle_setting(parts.settings, "show_regions"),
        ("Ctrl+Shift+H",),
        "",
        mark("Draw the regions above and in the picture, or leave it alone"),
        has_clip,
        lambda parts: parts.settings.values.show_regions,
        ends_section=True,
    ),
    ActionSpec(
        "panel.side",
        mark("Panels at the &Right"),
        MENU,
        lambda parts: parts.toggle_side(),
        ("F9",),
        "panels",
        mark("Put the panels away, or bring them back"),
        has_clip,
        lambda parts: parts.is_side_shown(),
        short=mark("Panels"),
    ),
    *(_make_panel(name, title) for name, title in PANELS.items()),
    *(_make_channel(number + 1) for number in range(MAX_LANES)),
    ActionSpec(
        "channel.show.all",
        mark("Show &All Channels"),
        MENU,
        lambda parts: parts.editor.unfold_all(),
        enabled=lambda parts: len(parts.editor.channel_names) > 1,
        submenu=CHANNELS,
    ),
    _turn("tab.next", mark("Next Recording"), 1, "Ctrl+Tab"),
    _turn("tab.previous", mark("Previous Recording"), -1, "Ctrl+Shift+Tab"),
)
