"""Zooming about the selection or the cursor, and bringing marked places into view."""

from __future__ import annotations

from uasrm_core.audio.region import Region
from uasrm_gui.editor.navigation import ZOOM_STEP
from uasrm_gui.editor.selecting import Limits, band_of
from uasrm_gui.state.view import View

SELECTION_MARGIN = 0.15
REGION_MARGIN = 1.5
# With less on each side a click does not stand out from the waveform that it is in.
LEAST_AROUND_FRAMES = 96
DETECTION_AROUND_S = 0.15


def zoom_time(state: View, factor: float) -> None:
    """Zoom in time, about the selection or the cursor where they are in view."""
    time, selection, about = state.time, state.selection.region, state.cursor
    if selection is not None:
        about = (selection.start_frame + selection.end_frame) // 2
    x = time.x_of(about) if about is not None else -1.0
    state.set_time(time.zoomed(factor, x if 0 <= x <= time.width else time.width / 2))


def zoom_frequencies(state: View, limits: Limits, steps: int) -> None:
    """Zoom in frequency, about the selection's band or the middle; negative steps go away."""
    frequency, selection = state.frequency, state.selection.region
    y = 0.5
    if selection is not None and selection.has_band:
        low, high = band_of(selection, limits)
        y = (frequency.y_of(low, 1.0) + frequency.y_of(high, 1.0)) / 2
    y = y if 0 <= y <= 1 else 0.5
    state.set_frequency(frequency.zoomed(ZOOM_STEP ** (2 * steps), y, 1.0))


def show_selection(state: View) -> None:
    """Show the selection with a little around it."""
    if state.selection.region is not None:
        _show(state, state.selection.region, SELECTION_MARGIN)


def show_region(state: View, region: Region) -> None:
    """Bring a region into view, with enough around it to judge it."""
    time = state.time
    inside = time.start_frame <= region.start_frame and region.end_frame <= time.end_frame
    big_enough = region.frames >= time.span_frames / 50
    if not (inside and big_enough):
        _show(state, region, REGION_MARGIN, LEAST_AROUND_FRAMES)


def show_detection(state: View, region: Region) -> None:
    """Bring a detection into view among what is usual there, if it is not so already."""
    clip, time = state.clip, state.time
    if clip is None:
        return
    around = max(round(REGION_MARGIN * region.frames), round(DETECTION_AROUND_S * clip.rate))
    span, near = region.frames + 2 * around, around // 4
    starts, ends = region.start_frame - near, region.end_frame + near
    inside = time.start_frame <= max(starts, 0) and min(ends, clip.frames) <= time.end_frame
    if not (inside and span / 2 <= time.span_frames <= 4 * span):
        _show(state, region, REGION_MARGIN, around)


def _show(state: View, region: Region, margin: float, least: int = 1) -> None:
    extra = max(round(region.frames * margin), least)
    state.set_time(state.time.between(region.start_frame - extra, region.end_frame + extra))
