"""What can be done to a selection once it is there, and the way back through selections."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import Shape
from uasrm_core.select import combine
from uasrm_core.select.harmonics import harmonics

REMEMBERED = 200
REMEMBERED_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Reach:
    """How far growing, shrinking and softening go in time and in frequency."""

    seconds: float
    hz: float


def inverted(region: Region, info: SourceInfo) -> Region | None:
    """Return the other frequencies of the same stretch, or None if there are none."""
    return _again(combine.invert(region.area(info.rate), rate=info.rate), region, info)


def grown(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region with what lies near it."""
    frames = round(reach.seconds * info.rate)
    if region.shape is None:
        return _resized(region, info, frames, reach.hz)
    shape = combine.grow(region.shape, frames, reach.hz, total_frames=info.frames, rate=info.rate)
    return _again(shape, region, info)


def shrunk(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region without what lies near its edges, or None if nothing is left."""
    frames = round(reach.seconds * info.rate)
    if region.shape is None:
        return _resized(region, info, -frames, -reach.hz)
    shape = combine.shrink(region.shape, frames, reach.hz, total_frames=info.frames, rate=info.rate)
    return _again(shape, region, info)


def feathered(region: Region, info: SourceInfo, reach: Reach) -> Region | None:
    """Return the region with soft edges."""
    shape = combine.feather(
        region.area(info.rate),
        round(reach.seconds * info.rate),
        reach.hz,
        total_frames=info.frames,
        rate=info.rate,
    )
    return _again(shape, region, info)


def with_harmonics(region: Region, info: SourceInfo, fundamental_hz: float) -> Region | None:
    """Return the region together with its multiples."""
    shape = harmonics(region.area(info.rate), rate=info.rate, fundamental_hz=fundamental_hz)
    return _again(shape, region, info)


def centred(region: Region, info: SourceInfo, hz: float) -> Region:
    """Return a region whose band lies about a frequency, as wide as it was."""
    half = ((region.high_hz or info.rate / 2) - (region.low_hz or 0.0)) / 2
    return replace(region, low_hz=max(hz - half, 0.0), high_hz=min(hz + half, info.rate / 2))


def _again(shape: Shape, region: Region, info: SourceInfo) -> Region | None:
    return region_of(shape, info.rate, channels=region.channels)


def _resized(region: Region, info: SourceInfo, frames: int, hz: float) -> Region | None:
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


class SelectionTrail(QObject):
    """The selections so far, to go back and forth through.

    The oldest are forgotten past `REMEMBERED` steps, or past `REMEMBERED_BYTES` of what was drawn.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clear()

    def clear(self) -> None:
        """Begin with nothing selected."""
        self._past: list[Region | None] = [None]
        self._future: list[Region | None] = []
        self.changed.emit()

    @property
    def can_undo(self) -> bool:
        """Whether there was another selection before."""
        return len(self._past) > 1

    @property
    def can_redo(self) -> bool:
        """Whether a selection was taken back."""
        return bool(self._future)

    @property
    def bytes(self) -> int:
        """How much memory the shapes in it take."""
        return sum(_bytes(selection) for selection in (*self._past, *self._future))

    def note(self, selection: Region | None) -> None:
        """Remember a selection, unless it is the one of now."""
        if selection != self._past[-1]:
            self._past = [*self._past[-REMEMBERED:], selection]
            self._future.clear()
            self._make_room()
            self.changed.emit()

    def undo(self) -> Region | None:
        """Return the selection before this one."""
        if self.can_undo:
            self._future.append(self._past.pop())
            self.changed.emit()
        return self._past[-1]

    def redo(self) -> Region | None:
        """Return the selection that was taken back last."""
        if self.can_redo:
            self._past.append(self._future.pop())
            self.changed.emit()
        return self._past[-1]

    def _make_room(self) -> None:
        held = self.bytes
        # the present one and one to go back to stay, whatever they take
        while held > REMEMBERED_BYTES and len(self._past) > 2:
            held -= _bytes(self._past.pop(0))


def _bytes(selection: Region | None) -> int:
    return 0 if selection is None or selection.shape is None else selection.shape.nbytes
