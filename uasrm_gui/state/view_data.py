"""What a session keeps of the view: where one looked, and how it was shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from uasrm_gui.display import display_data, display_from
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import MIN_BAND, AmplitudeView


def view_data(state: View) -> dict[str, Any]:
    """Return the view as plain values, to be read by `restore_view`."""
    return {
        "start_frame": state.time.start_frame,
        "end_frame": state.time.end_frame,
        "low": state.frequency.low,
        "high": state.frequency.high,
        "amplitude_zoom": state.amplitude.zoom,
        "folded": sorted(state.folded),
        "display": display_data(state.display),
    }


def restore_view(state: View, data: Mapping[str, Any]) -> None:
    """Show what a session kept; what is missing or makes no sense stays as it is."""
    if "display" in data:
        state.set_display(display_from(data["display"]))
    start, end = _number(data.get("start_frame")), _number(data.get("end_frame"))
    if start is not None and end is not None and start < end:
        state.set_time(state.time.between(start, end))
    low, high = _number(data.get("low")), _number(data.get("high"))
    if low is not None and high is not None and 0 <= low <= high - MIN_BAND and high <= 1:
        state.set_frequency(replace(state.frequency, low=low, high=high))
    folded = data.get("folded")
    if isinstance(folded, list):
        state.fold([channel for channel in folded if isinstance(channel, int)])
    zoom = _number(data.get("amplitude_zoom"))
    if zoom is not None:
        state.set_amplitude(AmplitudeView().zoomed(zoom))


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(str(value)) if is_number else math.nan
    return number if math.isfinite(number) else None
