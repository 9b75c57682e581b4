"""How the keys move the cursor and shape the selection, so that no mouse is needed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from uasrm_core.audio.region import Region
from uasrm_gui.editor.navigation import ZOOM_STEP, bring_into_view
from uasrm_gui.editor.selecting import Edge, Limits, Point, band_of, nudge, refusal, resize
from uasrm_gui.state.view import View

STEP_PIXELS = 2.0
WIDE_STEP_PIXELS = 20.0
BAND_STEP = 0.01
"""How much of the spectrum in view one key press moves an edge by."""

_SIDEWAYS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_UPRIGHT = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}


def handle_key(state: View, event: QKeyEvent, limits: Limits) -> bool:
    """Obey a key, and return whether it meant anything.

    Left and Right move the cursor, or the selection where there is one; with Shift its end,
    with Alt its start; with Ctrl in wide steps. Up and Down move the upper edge of its band
    (Shift) or the lower one (Alt), and zoom without either. Home, End, Page Up and Page Down
    move the view, Escape clears the selection.
    """
    key = Qt.Key(event.key())
    held = event.modifiers()
    if key in _SIDEWAYS:
        wide = bool(held & Qt.KeyboardModifier.ControlModifier)
        pixels = WIDE_STEP_PIXELS if wide else STEP_PIXELS
        frames = max(round(pixels * state.time.frames_per_pixel), 1) * _SIDEWAYS[key]
        _move_sideways(state, frames, _edge(held, "right", "left"), limits)
    elif key in _UPRIGHT:
        _move_upright(state, _UPRIGHT[key], _edge(held, "top", "bottom"), limits)
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
        selection = Region(cursor, cursor)
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


def _move_upright(state: View, up: int, edge: Edge | None, limits: Limits) -> None:
    selection = state.selection.region
    if edge is None:
        anchor = state.cursor if selection is None else selection.start_frame
        x = state.time.x_of(anchor or 0)
        inside = x if 0 <= x <= state.time.width else state.time.width / 2
        state.set_time(state.time.zoomed(ZOOM_STEP**up, inside))
        return
    if selection is None or selection.shape is not None:
        return
    low, high = band_of(selection, limits)
    step = (state.frequency.high_hz - state.frequency.low_hz) * BAND_STEP * up
    edge_hz = min(max((high if edge == "top" else low) + step, 0.0), limits.nyquist_hz)
    banded = replace(selection, low_hz=low, high_hz=high)
    moved = resize(banded, frozenset((edge,)), Point(selection.start_frame, edge_hz), limits)
    if refusal(moved) is None:
        state.selection.preview(moved)
