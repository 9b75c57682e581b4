"""Which tiles and peaks a view is made of, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass, replace

from uasrm_core.overview.peaks import BASE_FRAMES
from uasrm_core.overview.tiles import TILE_COLUMNS, TileKey, ZoomedTransform
from uasrm_gui.state.viewport import TimeView

WAVE_COLUMNS = 4096
WAVE_STEPS = (64, 16, 4, 1)
# The whole recording in at most this many columns is always kept: the last resort of any view.
BASE_COLUMNS = 512
COARSE_STEP = 8
# From this hop on a tile takes long enough that a rough one comes first.
ROUGH_HOP_FRAMES = 2**12


@dataclass(frozen=True)
class WaveKey:
    """A stretch of 4096 columns of peaks finer than the pyramid's base."""

    frames_per_column: int
    index: int

    @property
    def start_frame(self) -> int:
        """Where it begins in the recording."""
        return self.index * WAVE_COLUMNS * self.frames_per_column


@dataclass(frozen=True)
class ViewKeys:
    """What a view of a recording of some length needs.

    Attributes
    ----------
    view
        What is in view, over device pixels.
    frames
        Length of the recording.
    """

    view: TimeView
    frames: int
    transform: ZoomedTransform

    @property
    def hop_frames(self) -> int:
        """The hop that suits the view best."""
        return view_hop(self.view, self.frames, self.transform)

    def rough(self) -> list[TileKey | WaveKey]:
        """Return what takes no time: all of the recording, then the view ever less coarse."""
        base = base_hop(self.frames, self.transform)
        keys = [TileKey(base, i) for i in range(self.frames // (base * TILE_COLUMNS) + 1)]
        coarse = self.hop_frames * COARSE_STEP
        if coarse < base:
            keys += tile_keys(self.view, coarse)
        if self.hop_frames >= ROUGH_HOP_FRAMES:
            keys += tile_keys(self.view, self.hop_frames)
        return [replace(key, rough=True) for key in keys]

    def near(self) -> list[TileKey | WaveKey]:
        """Return what is in view from its middle outwards, then a tile on either side."""
        keys = tile_keys(self.view, self.hop_frames)
        middle = (keys[0].index + keys[-1].index) / 2
        keys.sort(key=lambda key: abs(key.index - middle))
        first, last = min(k.index for k in keys), max(k.index for k in keys)
        around = [TileKey(self.hop_frames, last + 1), TileKey(self.hop_frames, first - 1)]
        return [*wave_keys(self.view), *keys, *(key for key in around if key.index >= 0)]


def base_hop(frames: int, transform: ZoomedTransform) -> int:
    """Return the hop of the tiles that show a whole recording."""
    return max(transform.widest.hop_frames, 1 << (frames // BASE_COLUMNS).bit_length())


def view_hop(view: TimeView, frames: int, transform: ZoomedTransform) -> int:
    """Return the hop that suits a view best."""
    return min(transform.hop_for(view.frames_per_pixel), base_hop(frames, transform))


def tile_keys(view: TimeView, hop_frames: int) -> list[TileKey]:
    """Return the tiles of a hop that a view shows, from left to right."""
    # A column is centred on its frame, so half of it reaches to the left.
    span = hop_frames * TILE_COLUMNS
    first = int((view.start_frame + hop_frames / 2) // span)
    last = int((min(view.end_frame, view.total_frames) + hop_frames / 2) // span)
    return [TileKey(hop_frames, index) for index in range(first, last + 1)]


def wave_keys(view: TimeView) -> list[WaveKey]:
    """Return the fine peaks that a view shows; none when the pyramid is fine enough."""
    if view.frames_per_pixel >= BASE_FRAMES:
        return []
    step = next(s for s in WAVE_STEPS if s <= max(view.frames_per_pixel, 1.0))
    span = step * WAVE_COLUMNS
    first = int(view.start_frame // span)
    last = int((min(view.end_frame, view.total_frames) - 1) // span)
    return [WaveKey(step, index) for index in range(first, last + 1)]
