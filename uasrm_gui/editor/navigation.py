"""How wheel and keys move the view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

from uasrm_gui.editor.surface import Surface
from uasrm_gui.state.view import View

ZOOM_STEP = 1.25
WHEEL_NOTCH = 120.0
SCROLL_PART = 0.1
"""How much of the view one notch of the wheel scrolls by."""


def handle_wheel(state: View, event: QWheelEvent, pane: Surface) -> None:
    """Scroll; with Ctrl zoom in time about the pointer, with Ctrl+Shift in frequency.

    On the waveform, which has no frequencies, Ctrl+Shift zooms the amplitude. Shift scrolls in
    frequency. Some systems turn Shift+wheel into a sideways wheel, so with Shift either
    direction counts.
    """
    place = event.position()
    delta = event.angleDelta()
    held = event.modifiers()
    shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
    control = bool(held & Qt.KeyboardModifier.ControlModifier)
    notches = (delta.y() or delta.x()) / WHEEL_NOTCH
    frequency = pane.frequency
    if shift and frequency is not None:
        strip = pane.lane_strips[pane.lane_at(place.y())]
        y = place.y() - strip.top
        if control:
            state.set_frequency(frequency.zoomed(ZOOM_STEP**notches, y, strip.height))
        else:
            pixels = notches * SCROLL_PART * strip.height
            state.set_frequency(frequency.scrolled(pixels, strip.height))
    elif shift and control:
        state.set_amplitude(state.amplitude.zoomed(ZOOM_STEP**notches))
    elif control:
        state.set_time(state.time.zoomed(ZOOM_STEP**notches, place.x()))
    else:
        sideways = (delta.y() + delta.x()) / WHEEL_NOTCH
        state.set_time(state.time.scrolled(-sideways * SCROLL_PART * state.time.width))


def bring_into_view(state: View, frame: float) -> None:
    """Scroll just so far that a time is in view."""
    time = state.time
    if not time.start_frame <= frame <= time.end_frame:
        half = time.span_frames / 2
        state.set_time(time.between(frame - half, frame + half))
