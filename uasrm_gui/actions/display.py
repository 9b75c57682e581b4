"""The table of actions: how a recording is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from uasrm_core.translation import mark
from uasrm_gui.actions.parts import Parts
from uasrm_gui.actions.spec import ActionSpec, Test, has_clip
from uasrm_gui.commands.showing import ask_where_to_go
from uasrm_gui.display import (
    AMPLITUDE_NAMES,
    BUILT_IN,
    COLOR_MAPS,
    LAYOUT_NAMES,
    SCALE_NAMES,
    Preset,
)
from uasrm_gui.widgets.time_format import TIME_FORMATS

MENU = mark("&View")
AXES = mark("Zoom Frequencies or Amplitude")


def _go_to(parts: Parts) -> None:
    ask_where_to_go(parts.document, parts.editor, parts.settings, parts.window)


def _make_setter(name: str, value: object) -> Callable[[Parts], object]:
    def choose(parts: Parts) -> None:
        changes: dict[str, Any] = {name: value}
        parts.editor.set_display(replace(parts.editor.display, **changes))

    return choose


def _is(name: str, value: object) -> Test:
    return lambda parts: getattr(parts.editor.display, name) == value


def _make_choices(name: str, names: dict[Any, str], submenu: str) -> list[ActionSpec]:
    """Return one action for every value of a choice."""
    return [
        ActionSpec(
            f"display.{name}.{value}",
            title,
            MENU,
            _make_setter(name, value),
            enabled=has_clip,
            checked=_is(name, value),
            group=f"display.{name}",
            submenu=submenu,
        )
        for value, title in names.items()
    ]


def _make_preset(preset: Preset) -> ActionSpec:
    return ActionSpec(
        f"display.preset.{preset.name}",
        preset.name,
        MENU,
        lambda parts: parts.editor.set_display(preset.display.in_layout_of(parts.editor.display)),
        enabled=has_clip,
        checked=lambda parts: preset.display.looks_like(parts.editor.display),
        group="display.preset",
        submenu=mark("Pr&esets"),
    )


def _time_format(name: str, title: str) -> ActionSpec:
    return ActionSpec(
        f"time.{name}",
        title,
        MENU,
        lambda parts: parts.settings.change(time_format=name),
        checked=lambda parts: parts.settings.values.time_format == name,
        group="time",
        submenu=mark("&Time Format"),
    )


def _end_section(specs: list[ActionSpec]) -> list[ActionSpec]:
    return [*specs[:-1], replace(specs[-1], ends_section=True)]


ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "zoom.frequency_in",
        mark("Zoom In Frequencies"),
        MENU,
        lambda parts: parts.editor.zoom_frequencies(1),
        ("Ctrl+Alt+=", "Ctrl+Alt++"),
        enabled=has_clip,
        tip=mark("Come closer in frequency, about the selection or the middle (Ctrl+Shift+wheel)"),
        submenu=AXES,
    ),
    ActionSpec(
        "zoom.frequency_out",
        mark("Zoom Out Frequencies"),
        MENU,
        lambda parts: parts.editor.zoom_frequencies(-1),
        ("Ctrl+Alt+-",),
        enabled=has_clip,
        submenu=AXES,
    ),
    ActionSpec(
        "zoom.amplitude_in",
        mark("Zoom In Amplitude"),
        MENU,
        lambda parts: parts.editor.zoom_amplitude(1),
        ("Alt+=", "Alt++"),
        enabled=has_clip,
        tip=mark("Draw the waveform higher (Ctrl+Shift+wheel on the waveform)"),
        submenu=AXES,
    ),
    ActionSpec(
        "zoom.amplitude_out",
        mark("Zoom Out Amplitude"),
        MENU,
        lambda parts: parts.editor.zoom_amplitude(-1),
        ("Alt+-",),
        enabled=has_clip,
        submenu=AXES,
    ),
    ActionSpec(
        "zoom.amplitude_fit",
        mark("Fit Amplitude in View"),
        MENU,
        lambda parts: parts.editor.fit_amplitude(),
        ("Alt+9",),
        enabled=has_clip,
        tip=mark("Draw the waveform so that the loudest sample in view fills its lane"),
        submenu=AXES,
    ),
    ActionSpec(
        "zoom.amplitude_reset",
        mark("Full Scale Amplitude"),
        MENU,
        lambda parts: parts.editor.reset_amplitude(),
        ("Alt+0",),
        enabled=has_clip,
        ends_section=True,
        submenu=AXES,
    ),
    ActionSpec(
        "view.back",
        mark("Previous View"),
        MENU,
        lambda parts: parts.editor.view_history.back(),
        ("Ctrl+[",),
        enabled=lambda parts: parts.editor.view_history.can_go_back,
        tip=mark("Show what was in view before"),
    ),
    ActionSpec(
        "view.forward",
        mark("Next View"),
        MENU,
        lambda parts: parts.editor.view_history.forward(),
        ("Ctrl+]",),
        enabled=lambda parts: parts.editor.view_history.can_go_forward,
        tip=mark("Show what was in view before one went back"),
    ),
    ActionSpec(
        "go_to",
        mark("&Go to Time…"),
        MENU,
        _go_to,
        ("Ctrl+G",),
        enabled=has_clip,
        tip=mark("Put the cursor at a time that you type"),
        ends_section=True,
    ),
    *_make_choices("layout", LAYOUT_NAMES, mark("&Layout")),
    *_make_choices("scale", SCALE_NAMES, mark("Frequency Sc&ale")),
    *_make_choices("colors", COLOR_MAPS, mark("&Colours")),
    *_make_choices("amplitude", AMPLITUDE_NAMES, mark("Amplitude Ruler")),
    *(_make_preset(preset) for preset in BUILT_IN),
    *_end_section([_time_format(name, title) for name, title in TIME_FORMATS.items()]),
)
