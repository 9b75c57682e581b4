"""How pointer and keys make and change a selection; no widget in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from uasrm_core.audio.region import Region
from uasrm_core.translation import mark, tr
from uasrm_gui.state.marks import RegionMark, Tool

Edge = Literal["left", "right", "top", "bottom"]

TOO_SHORT = mark("That drag holds less than two samples; drag further, or zoom in first.")
TOO_FLAT = mark("That box has no height; drag up or down as well, or use the time tool.")
NOTHING_DRAWN = mark("Nothing was drawn; drag around what is damaged, or paint over it.")


@dataclass(frozen=True)
class Point:
    """A place under the pointer: a time in frames and, over a spectrogram, a frequency."""

    frame: float
    hz: float | None = None


@dataclass(frozen=True)
class Limits:
    """What a recording allows: its length, and the top of its spectrum."""

    frames: int
    nyquist_hz: float

    @property
    def rate(self) -> int:
        """Frames a second."""
        return round(2 * self.nyquist_hz)


def draw_region(
    tool: Tool, start: Point, end: Point, limits: Limits, stretch: tuple[int, int]
) -> Region:
    """Return the region between two points; over a waveform a box is a stretch of time.

    The tool for bands knows no time: it takes the `stretch`.
    """
    low, high = sorted((_frame(start.frame, limits), _frame(end.frame, limits)))
    if tool == "time" or start.hz is None or end.hz is None:
        return Region(low, high)
    if tool == "band":
        low, high = stretch
    return _with_band(Region(low, high), min(start.hz, end.hz), max(start.hz, end.hz), limits)


def refusal(region: Region, *, flat: bool = False) -> str | None:
    """Return why a drag selects nothing, or None; `flat` tells that its box had no height."""
    if region.frames < 2 and region.shape is None:
        return tr(TOO_SHORT)
    if flat or (region.high_hz is not None and region.high_hz <= (region.low_hz or 0.0)):
        return tr(TOO_FLAT)
    return None


def resize(region: Region, edges: frozenset[Edge], point: Point, limits: Limits) -> Region:
    """Return a region with some edges at a point; an edge may pass the opposite one."""
    start, end = region.start_frame, region.end_frame
    frame = _frame(point.frame, limits)
    if "left" in edges:
        start = frame
    if "right" in edges:
        end = frame
    moved = replace(region, start_frame=min(start, end), end_frame=max(start, end))
    if not region.has_band or point.hz is None:
        return moved
    low, high = band_of(region, limits)
    if "bottom" in edges:
        low = point.hz
    if "top" in edges:
        high = point.hz
    return _with_band(moved, min(low, high), max(low, high), limits)


def nudge(region: Region, frames: int, limits: Limits) -> Region:
    """Return a region moved in time, as far as the recording reaches."""
    return region.moved(min(max(frames, -region.start_frame), limits.frames - region.end_frame))


def band_of(region: Region, limits: Limits) -> tuple[float, float]:
    """Return the band of a region, all frequencies if it has none."""
    high = limits.nyquist_hz if region.high_hz is None else region.high_hz
    return region.low_hz or 0.0, high


def region_at(
    regions: Sequence[RegionMark], point: Point, *, slack_frames: float, limits: Limits
) -> int | None:
    """Return which region lies under a point: the shortest of several."""
    hits = []
    for index, shown in enumerate(regions):
        region = shown.region
        in_band = point.hz is None or _is_at(region, point.frame, point.hz, limits)
        start, end = region.start_frame - slack_frames, region.end_frame + slack_frames
        if in_band and start <= point.frame <= end:
            hits.append((region.frames, index))
    return min(hits)[1] if hits else None


def _is_at(region: Region, frame: float, hz: float, limits: Limits) -> bool:
    if region.shape is not None:
        return region.shape.weight_at(frame, hz) > 0
    low, high = band_of(region, limits)
    return low <= hz <= high


def _frame(frame: float, limits: Limits) -> int:
    return min(max(round(frame), 0), limits.frames)


def _with_band(region: Region, low_hz: float, high_hz: float, limits: Limits) -> Region:
    """Return the region with a band; one that holds the whole spectrum is none."""
    if low_hz <= 0.0 and high_hz >= limits.nyquist_hz:
        return replace(region, low_hz=None, high_hz=None)
    return replace(region, low_hz=low_hz, high_hz=high_hz)
