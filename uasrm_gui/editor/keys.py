"""How the keys move the cursor and shape the selection, so that no mouse is needed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from uasrm_core.audio.region import Region
from uasrm_core.translation import mark
from uasrm_gui.editor.navigation import ZOOM_STEP, bring_into_view
from uasrm_gui.editor.selecting import Edge, Limits, Point, band_of, nudge, refusal, resize
from uasrm_gui.state.view import View

STEP_PIXELS = 2.0
WIDE_STEP_PIXELS = 20.0
BAND_STEP, WIDE_BAND_STEP = 0.01, 0.1
"""How much of the height of the spectrum in view one key press moves an edge of a band by."""

PICTURE_KEYS: tuple[tuple[str, str], ...] = (
    ("Left, Right", mark("Move the cursor, or the selection")),
    ("Shift+Left, Shift+Right", mark("Begin a selection at the cursor, or move its end")),
    ("Alt+Left, Alt+Right", mark("Move the selection's start")),
    ("Shift+Up, Shift+Down", mark("Move the upper edge of its band")),
    ("Alt+Up, Alt+Down", mark("Move the lower edge of its band")),
    ("Alt+Shift+Up, Alt+Shift+Down", mark("Move its band")),
    ("Ctrl+Left, Ctrl+Right", mark("With Ctrl as well: in wide steps")),
    ("Up, Down", mark("Zoom time")),
    ("PgUp, PgDown", mark("Scroll")),
    ("Home, End", mark("Go to the start, or to the end")),
)
"""What the keys do while the picture has the focus."""

_SIDEWAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_UPRIGHT = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}


def handle_key(state: View, event: QKeyEvent, limits: Limits) -> bool:
    """Obey a key, and return whether it meant anything.

    Left and Right move the cursor, or the selection where there is one; with Shift its end,
    with Alt its start. Up and Down move the upper edge of its band (Shift), the lower one (Alt)
    or both (Shift and Alt), and zoom without either. Ctrl makes the steps wide.
    Home, End, Page Up and Page Down move the view, Escape clears the selection.
    """
    key = Qt.Key(event.key())
    held = event.modifiers()
    wide = bool(held & Qt.KeyboardModifier.ControlModifier)
    if key in _SIDEWAYS:
        pixels = WIDE_STEP_PIXELS if wide else STEP_PIXELS
        frames = max(round(pixels * state.time.frames_per_pixel), 1) * _SIDEWAYS[key]
        _move_sideways(state, frames, _edge(held, "right", "left"), limits)
    elif key in _UPRIGHT:
        step = (WIDE_BAND_STEP if wide else BAND_STEP) * _UPRIGHT[key]
        both = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
        if held & both == both:
            _move_band(state, step, limits)
        else:
            _move_upright(state, step, _edge(held, "top", "bottom"), limits)
    elif key == Qt.Key.Key_PageUp:
        state.set_time(state.time.scrolled(-0.9 * state.time.width))
    elif key == Qt.Key.Key_PageDown:
        state.set_time(state.time.scrolled(0.9 * state.time.width))
    elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
        state.set_cursor(0 if key == Qt.Key.Key_Home else limits.frames)
        bring_into_view(state, state.cursor or 0)
    elif key == Qt.Key.Key_Escape and state.selection.region is not None:
        state.selection.preview(None)
    else:
        return False
    state.selection.settle()
    return True


def _edge(held: Qt.KeyboardModifier, with_shift: Edge, with_alt: Edge) -> Edge | None:
    if held & Qt.KeyboardModifier.ShiftModifier:
        return with_shift
    return with_alt if held & Qt.KeyboardModifier.AltModifier else None


def _move_sideways(state: View, frames: int, edge: Edge | None, limits: Limits) -> None:
    selection = state.selection.region
    if selection is None and edge is None:
        state.set_cursor(min(max((state.cursor or 0) + frames, 0), limits.frames))
        bring_into_view(state, state.cursor or 0)
        return
    if selection is None:
        cursor = state.cursor or 0
        channel = state.channel
        channels = (channel,) if isinstance(channel, int) and state.channels > 1 else None
        selection = Region(cursor, cursor, channels=channels)
        edge = "right" if frames > 0 else "left"
    if edge is not None and selection.shape is not None:
        # What was drawn by hand has no edge of its own to take hold of.
        return
    if edge is None:
        moved = nudge(selection, frames, limits)
        target = moved.start_frame if frames < 0 else moved.end_frame
    else:
        target = selection.end_frame if edge == "right" else selection.start_frame
        # At least two samples, or the first press would select nothing.
        grown = frames if selection.frames else (frames if abs(frames) > 1 else 2 * frames)
        target = min(max(target + grown, 0), limits.frames)
        moved = resize(selection, frozenset((edge,)), Point(target), limits)
    if refusal(moved) is None:
        state.selection.preview(moved)
        bring_into_view(state, target)


def _move_upright(state: View, step: float, edge: Edge | None, limits: Limits) -> None:
    selection = state.selection.region
    if edge is None:
        anchor = state.cursor if selection is None else selection.start_frame
        x = state.time.x_of(anchor or 0)
        inside = x if 0 <= x <= state.time.width else state.time.width / 2
        state.set_time(state.time.zoomed(ZOOM_STEP if step > 0 else 1 / ZOOM_STEP, inside))
        return
    if selection is None or selection.shape is not None:
        return
    low, high = band_of(selection, limits)
    edge_hz = _stepped(state, high if edge == "top" else low, step, limits)
    banded = replace(selection, low_hz=low, high_hz=high)
    moved = resize(banded, frozenset((edge,)), Point(selection.start_frame, edge_hz), limits)
    if refusal(moved) is None:
        state.selection.preview(moved)


def _move_band(state: View, step: float, limits: Limits) -> None:
    """Move both edges of the selection's band alike over the picture, as far as there is room."""
    selection = state.selection.region
    if selection is None or selection.shape is not None or not selection.has_band:
        return
    low, high = band_of(selection, limits)
    top, bottom = (state.frequency.y_of(hz, 1.0) - step for hz in (high, low))
    if 0.0 <= top < bottom <= 1.0:
        high, low = (state.frequency.hz_at(y, 1.0) for y in (top, bottom))
        state.selection.preview(replace(selection, low_hz=low, high_hz=high))


def _stepped(state: View, hz: float, step: float, limits: Limits) -> float:
    """Return the frequency that lies a part of the picture's height above another."""
    y = state.frequency.y_of(hz, 1.0) - step
    return min(max(state.frequency.hz_at(y, 1.0), 0.0), limits.nyquist_hz)
