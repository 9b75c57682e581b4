"""A place in a recording that a user marked: frames, optionally a band or a shape, and channels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.shape import CELL_HZ, Shape, box, top_cell
from uasrm_core.errors import RegionError
from uasrm_core.translation import tr

# Parts of a shape that lie this far apart have nothing to do with one another: the windows that
# repairs look through do not reach from one to the other.
APART_S = 0.1


@dataclass(frozen=True)
class Region:
    """A stretch of a recording, half-open in frames.

    Attributes
    ----------
    start_frame, end_frame
        First frame inside and first frame after.
    low_hz, high_hz
        The band, or both None for all frequencies.
    channels
        Channels from 0, or None for all.
    label
        The user's words for it.
    shape
        What of the box is meant where it is not all of it, or None; its outermost edges are those
        of the box (`region_of`).
    kind
        What happened to the sound there.
    """

    start_frame: int
    end_frame: int
    low_hz: float | None = None
    high_hz: float | None = None
    channels: tuple[int, ...] | None = None
    label: str = ""
    shape: Shape | None = None
    kind: Kind = Kind.GAP

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.end_frame - self.start_frame

    @property
    def has_band(self) -> bool:
        """Whether its box leaves out part of the spectrum."""
        return self.low_hz is not None or self.high_hz is not None

    @property
    def is_partial(self) -> bool:
        """Whether some of the sound in its stretch of time is not meant."""
        return self.has_band or self.shape is not None

    def area(self, rate: int) -> Shape:
        """Return what is meant as a shape."""
        if self.shape is not None:
            return self.shape
        whole = top_cell(rate) * CELL_HZ
        high = whole if self.high_hz is None or self.high_hz >= rate / 2 else self.high_hz
        return box(self.start_frame, self.end_frame, self.low_hz or 0.0, high)

    def moved(self, frames: int) -> Region:
        """Return the region moved in time."""
        return replace(
            self,
            start_frame=self.start_frame + frames,
            end_frame=self.end_frame + frames,
            shape=None if self.shape is None else self.shape.moved(frames),
        )

    def channel_indices(self, channels: int) -> tuple[int, ...]:
        """Return the channels meant, for a recording of that many."""
        return tuple(range(channels)) if self.channels is None else self.channels

    def covers(self, other: Region) -> bool:
        """Whether all of `other` lies inside: its time, its band and its channels."""
        in_time = self.start_frame <= other.start_frame and other.end_frame <= self.end_frame
        low = (self.low_hz or 0.0) <= (other.low_hz or 0.0)
        high = self.high_hz is None or (other.high_hz is not None and other.high_hz <= self.high_hz)
        in_channels = self.channels is None or (
            other.channels is not None and set(other.channels) <= set(self.channels)
        )
        if not (in_time and low and high and in_channels):
            return False
        if self.shape is None:
            return True
        # Nothing lies above the shape by now, so its top is as good as that of the spectrum.
        return self.shape.covers(other.area(round(2 * self.shape.high_hz)))

    def fit_to(self, info: SourceInfo, *, may_be_all: bool = False) -> Region:
        """Return the region with its band cut to the recording's, or say what is wrong with it.

        Parameters
        ----------
        may_be_all
            Whether it may cover the whole recording, which can be edited and not repaired.

        Raises
        ------
        RegionError
            Reversed, empty, outside the recording, band empty or channels it does not have.
        """
        rate = info.rate
        where = f"{self.start_frame / rate:.3f}-{self.end_frame / rate:.3f} s"
        if self.end_frame < self.start_frame:
            raise RegionError(tr("The region {where} ends before it starts.", where=where))
        if self.end_frame == self.start_frame:
            raise RegionError(
                tr(
                    "The region at {seconds:.3f} s has no length; drag over the damage to give it "
                    "one.",
                    seconds=self.start_frame / rate,
                )
            )
        if self.start_frame < 0 or self.end_frame > info.frames:
            raise RegionError(
                tr(
                    "The region {where} lies outside the recording, which is {seconds:.3f} s long.",
                    where=where,
                    seconds=info.duration_s,
                )
            )
        if self.start_frame == 0 and self.end_frame == info.frames and not may_be_all:
            raise RegionError(
                tr("The region covers the whole recording, so nothing is left to repair it from.")
            )
        for channel in self.channels or ():
            if not 0 <= channel < info.channels:
                raise RegionError(
                    tr(
                        "The region {where} asks for channel {channel}, but the recording has "
                        "{channels}.",
                        where=where,
                        channel=channel + 1,
                        channels=info.channels,
                    )
                )
        if self.channels is not None and not self.channels:
            raise RegionError(tr("The region {where} has no channel chosen.", where=where))
        if self.shape is not None:
            return self._cut_shape(self.shape, rate, where)
        return self._cut_band(rate, where)

    def _cut_shape(self, shape: Shape, rate: int, where: str) -> Region:
        """Return what the box leaves of the shape."""
        low, high = self.low_hz or 0.0, rate / 2 if self.high_hz is None else self.high_hz
        top = min(shape.high_hz, rate / 2)
        within_time = shape.start_frame <= self.start_frame and self.end_frame <= shape.end_frame
        if not within_time or low < shape.low_hz - CELL_HZ or high > top + CELL_HZ:
            raise RegionError(
                tr(
                    "The region {where} reaches beyond what was drawn; grow it or draw more "
                    "instead.",
                    where=where,
                )
            )
        # The topmost cell may have its middle above half the rate.
        high = math.inf if high >= rate / 2 else high
        left = shape.within(self.start_frame, self.end_frame, low, high)
        region = region_of(left, rate, channels=self.channels, label=self.label, kind=self.kind)
        if region is None:
            raise RegionError(
                tr("Nothing of what was drawn lies in the region {where}.", where=where)
            )
        return region

    def _cut_band(self, rate: int, where: str) -> Region:
        if not self.has_band:
            return self
        low = max(self.low_hz or 0.0, 0.0)
        high = rate / 2 if self.high_hz is None else min(self.high_hz, rate / 2)
        if not low < high:
            raise RegionError(
                tr(
                    "The region {where} has no band: {low:.0f} Hz is not below {high:.0f} Hz.",
                    where=where,
                    low=low,
                    high=high,
                )
            )
        if low == 0.0 and high == rate / 2:
            return replace(self, low_hz=None, high_hz=None)
        return replace(self, low_hz=low, high_hz=high)


def region_of(
    shape: Shape,
    rate: int,
    *,
    channels: tuple[int, ...] | None = None,
    label: str = "",
    kind: Kind = Kind.GAP,
) -> Region | None:
    """Return the region that a shape marks, or None for an empty one.

    A shape that is a plain box needs none to say so.
    """
    if not shape:
        return None
    low, high = shape.low_hz, min(shape.high_hz, rate / 2)
    everything = low == 0.0 and high == rate / 2
    return Region(
        shape.start_frame,
        shape.end_frame,
        None if everything else low,
        None if everything else high,
        channels,
        label,
        None if shape.is_box else shape,
        kind,
    )


def split_parts(region: Region, rate: int) -> tuple[Region, ...]:
    """Return the parts of a drawn region that lie `APART_S` apart, each a region of its own."""
    if region.shape is None:
        return (region,)
    found = (
        region_of(part, rate, channels=region.channels, label=region.label, kind=region.kind)
        for part in region.shape.parts(round(APART_S * rate))
    )
    return tuple(part for part in found if part is not None)


def meets(start: int, end: int, regions: Iterable[Region], margin: int = 0) -> bool:
    """Return whether frames ``[start, end)`` come nearer than a margin to any of some regions."""
    return any(start - margin < r.end_frame and end + margin > r.start_frame for r in regions)
