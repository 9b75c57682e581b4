"""Regions put together, inverted, grown, shrunk, feathered, or taken with their harmonics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import Shape
from uasrm_core.select import combine
from uasrm_core.select.harmonics import harmonics

Mode = Literal["replace", "add", "subtract"]


@dataclass(frozen=True)
class Reach:
    """How far growing, shrinking and softening go in time and in frequency."""

    seconds: float
    hz: float


def combine_regions(
    before: Region | None, new: Region | None, mode: Mode, *, rate: int
) -> Region | None:
    """Return what is selected after one more region, or None if nothing is left."""
    if mode == "replace" or (mode == "add" and before is None):
        return new
    if before is None or new is None:
        return before
    areas = before.area(rate), new.area(rate)
    if mode == "subtract":
        return region_of(combine.subtract(*areas), rate, channels=before.channels)
    channels = _join_channels(before.channels, new.channels)
    return region_of(combine.union(*areas), rate, channels=channels)


def invert_region(region: Region, info: SourceInfo) -> Region | None:
    """Return the other frequencies of the same stretch, or None if there are none."""
    return _rebuild(combine.invert(region.area(info.rate), rate=info.rate), region, info)


def grow_region(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region with what lies near it."""
    frames = round(reach.seconds * info.rate)
    if region.shape is None:
        return _resize(region, info, frames, reach.hz)
    shape = combine.grow(region.shape, frames, reach.hz, total_frames=info.frames, rate=info.rate)
    return _rebuild(shape, region, info)


def shrink_region(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region without what lies near its edges, or None if nothing is left."""
    frames = round(reach.seconds * info.rate)
    if region.shape is None:
        return _resize(region, info, -frames, -reach.hz)
    shape = combine.shrink(region.shape, frames, reach.hz, total_frames=info.frames, rate=info.rate)
    return _rebuild(shape, region, info)


def feather_region(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region with soft edges."""
    shape = combine.feather(
        region.area(info.rate),
        round(reach.seconds * info.rate),
        reach.hz,
        total_frames=info.frames,
        rate=info.rate,
    )
    return _rebuild(shape, region, info)


def add_harmonics(region: Region, info: SourceInfo, fundamental_hz: float) -> Region | None:
    """Return the region together with its multiples."""
    shape = harmonics(region.area(info.rate), rate=info.rate, fundamental_hz=fundamental_hz)
    return _rebuild(shape, region, info)


def center_band(region: Region, info: SourceInfo, hz: float) -> Region:
    """Return a region whose band lies about a frequency, as wide as it was."""
    half = ((region.high_hz or info.rate / 2) - (region.low_hz or 0.0)) / 2
    return replace(region, low_hz=max(hz - half, 0.0), high_hz=min(hz + half, info.rate / 2))


def _join_channels(a: tuple[int, ...] | None, b: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return None if a is None or b is None else tuple(sorted({*a, *b}))


def _rebuild(shape: Shape, region: Region, info: SourceInfo) -> Region | None:
    return region_of(shape, info.rate, channels=region.channels)


def _resize(region: Region, info: SourceInfo, frames: int, hz: float) -> Region | None:
    """Move the edges of a box; those that are the recording's own stay."""
    at_start, at_end = region.start_frame <= 0, region.end_frame >= info.frames
    start = 0 if at_start else max(region.start_frame - frames, 0)
    end = info.frames if at_end else min(region.end_frame + frames, info.frames)
    top = info.rate / 2
    low, high = region.low_hz or 0.0, top if region.high_hz is None else region.high_hz
    low = max(low - hz, 0.0) if low > 0 else 0.0
    high = min(high + hz, top) if high < top else top
    if start >= end or low >= high:
        return None
    everything = low == 0.0 and high == top
    return replace(
        region,
        start_frame=start,
        end_frame=end,
        low_hz=None if everything else low,
        high_hz=None if everything else high,
    )
