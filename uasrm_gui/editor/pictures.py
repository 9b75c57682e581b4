"""What the panes draw from: peaks and tiles, computed in the background and kept within bounds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip
from uasrm_core.dsp.peaks import (
    BASE_FRAMES,
    BLOCK_FRAMES,
    PeakPyramid,
    Peaks,
    column_edges,
    pool_range,
    read_peaks,
)
from uasrm_core.dsp.stft import StftConfig
from uasrm_core.dsp.tiles import TILE_COLUMNS, TileKey, TileValues, hop_for, tile_values
from uasrm_core.progress import Progress
from uasrm_gui.editor.loader import Loader, Task
from uasrm_gui.editor.viewport import TimeView

CACHE_BYTES = 48 * 2**20
WAVE_COLUMNS = 4096
WAVE_STEPS = (64, 16, 4, 1)
SKETCH_BUDGET_S = 0.4
# The whole recording in at most this many columns is always kept: the last resort of any view.
BASE_COLUMNS = 512
COARSE_STEP = 8
# So much of the waveform at a time that what comes into view meanwhile need not wait long.
SLICE_FRAMES = 16 * BLOCK_FRAMES


@dataclass(frozen=True)
class WaveKey:
    """A stretch of 4096 columns of peaks finer than the pyramid's base."""

    frames_per_column: int
    index: int

    @property
    def start_frame(self) -> int:
        """Where it begins in the recording."""
        return self.index * WAVE_COLUMNS * self.frames_per_column


class ByteCache:
    """Arrays by key; past its bound it forgets what was used longest ago."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[Hashable, np.ndarray[Any, Any]] = OrderedDict()
        self.bytes = 0

    def get(self, key: Hashable) -> Any:
        """Return the array, now the most recently used, or None."""
        if key in self._held:
            self._held.move_to_end(key)
        return self._held.get(key)

    def put(self, key: Hashable, array: np.ndarray[Any, Any]) -> None:
        """Keep an array, and forget old ones past the bound."""
        self.drop(key)
        self._held[key] = array
        self.bytes += array.nbytes
        while self.bytes > self._limit and len(self._held) > 1:
            self.drop(next(iter(self._held)))

    def drop(self, key: Hashable) -> None:
        """Forget one."""
        old = self._held.pop(key, None)
        self.bytes -= 0 if old is None else old.nbytes

    def clear(self) -> None:
        """Forget all."""
        self._held.clear()
        self.bytes = 0

    def held(self) -> list[Hashable]:
        """Return the keys of what is held, the least recently used first."""
        return list(self._held)


class PictureStore(QObject):
    """Peaks and tiles of the recording in view.

    `aim` says what is in view; `tilesChanged` (with the key, or None for all) and `peaksChanged`
    tell that more of it can be drawn. After an edit, what it touched is drawn as it was until
    the new values are there.
    """

    tilesChanged = Signal(object)
    peaksChanged = Signal()
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.config = StftConfig()
        self.clip: AudioClip | None = None
        self.pyramid: PeakPyramid | None = None
        self.revision = 0
        self._cache = ByteCache(CACHE_BYTES)
        self._stale: set[Hashable] = set()
        self._broken: set[Hashable] = set()
        self._sketched = False
        self._touched: list[tuple[int, int]] = []
        self._aim: TimeView | None = None
        self._loader = Loader("pictures of the recording", self)
        self._loader.loaded.connect(self._keep)
        self._loader.failed.connect(self._give_up)

    def set_clip(self, clip: AudioClip | None) -> None:
        """Show another recording, or none."""
        self.clip = clip
        self.revision += 1
        self._aim = None
        self._touched.clear()
        self._stale.clear()
        self._broken.clear()
        self._cache.clear()
        self.pyramid = None if clip is None else PeakPyramid(clip.channels, clip.frames)
        self._sketched = False
        self._loader.request([])
        self.tilesChanged.emit(None)
        self.peaksChanged.emit()

    def update_clip(self, clip: AudioClip, start_frame: int, end_frame: int) -> None:
        """Show the same recording after an edit of a stretch."""
        self.clip = clip
        self.revision += 1
        for key in self._cache.held():
            low, high = self._reach(key)
            if low < end_frame and start_frame < high:
                self._stale.add(key)
        if (start_frame, end_frame) not in self._touched:
            self._touched.append((start_frame, end_frame))
        self._aim_again()

    def aim(self, view: TimeView) -> None:
        """Ask for what a view needs: something coarse at once, then the fine, then around it.

        The waveform of the rest of the recording follows, a slice at a time.
        """
        self._aim = view
        self._loader.request(self._wanted())

    def _wanted(self) -> list[Task]:
        """Return what is missing for the view, the most urgent first."""
        clip, view = self.clip, self._aim
        if clip is None or view is None:
            return []
        tasks = self._urgent_peaks(clip)
        wanted: dict[TileKey | WaveKey, None] = dict.fromkeys(
            [*self._base_keys(), *self._coarse_keys(view), *wave_keys(view), *self._fine_keys(view)]
        )
        for key in wanted:
            missing = self._cache.get(key) is None or key in self._stale
            if missing and key not in self._broken and self._reach(key)[0] < clip.frames:
                tasks.append(Task((self.revision, key), partial(self._compute, clip, key)))
        return tasks + self._next_peaks(clip)

    def tile(self, key: TileKey) -> TileValues | None:
        """Return a tile if it is there."""
        values: TileValues | None = self._cache.get(key)
        return values

    def hop(self, view: TimeView) -> int:
        """Return the hop of the tiles that suit a view best."""
        return min(hop_for(view.frames_per_pixel, self.config), self.base_hop)

    @property
    def base_hop(self) -> int:
        """The hop of the tiles that show the whole recording."""
        frames = self.clip.frames if self.clip is not None else 0
        return max(hop_for(1.0, self.config), 1 << (frames // BASE_COLUMNS).bit_length())

    def waveform(self, view: TimeView) -> Peaks:
        """Return the extremes for every pixel of a view, as fine as they are known."""
        assert self.pyramid is not None
        fine = self._fine_waveform(view)
        if fine is not None:
            return fine
        return self.pyramid.query(view.start_frame, view.end_frame, view.width)

    def samples(self, view: TimeView) -> tuple[int, Peaks] | None:
        """Return the first frame and the samples ``(channels, frames)`` of a very close view."""
        keys = wave_keys(view)
        parts = [self._cache.get(key) for key in keys]
        if not keys or keys[0].frames_per_column != 1 or any(part is None for part in parts):
            return None
        return keys[0].start_frame, np.concatenate(parts, axis=-1)[0]

    def is_idle(self) -> bool:
        """Return whether nothing is left to compute for the last view."""
        return not self._wanted()

    def shutdown(self) -> None:
        """End the thread; nothing is computed from then on."""
        self._loader.shutdown()

    def _fine_waveform(self, view: TimeView) -> Peaks | None:
        keys = wave_keys(view)
        parts = [self._cache.get(key) for key in keys]
        if not keys or any(part is None for part in parts):
            return None
        step = keys[0].frames_per_column
        edges = column_edges(view.start_frame, view.end_frame, view.width, frames_per_column=step)
        return pool_range(np.concatenate(parts, axis=-1), edges - keys[0].index * WAVE_COLUMNS)

    def _base_keys(self) -> list[TileKey]:
        assert self.clip is not None
        hop = self.base_hop
        return [TileKey(hop, i) for i in range(self.clip.frames // (hop * TILE_COLUMNS) + 1)]

    def _coarse_keys(self, view: TimeView) -> list[TileKey]:
        hop = self.hop(view) * COARSE_STEP
        return tile_keys(view, hop) if hop < self.base_hop else []

    def _fine_keys(self, view: TimeView) -> list[TileKey]:
        """Return what is in view from its middle outwards, then a tile on either side."""
        hop = self.hop(view)
        keys = tile_keys(view, hop)
        middle = (keys[0].index + keys[-1].index) / 2
        keys.sort(key=lambda key: abs(key.index - middle))
        first, last = min(k.index for k in keys), max(k.index for k in keys)
        around = [TileKey(hop, last + 1), TileKey(hop, first - 1)]
        return keys + [key for key in around if key.index >= 0]

    def _reach(self, key: Hashable) -> tuple[int, int]:
        if isinstance(key, TileKey):
            return key.reach(self.config)
        assert isinstance(key, WaveKey)
        return key.start_frame, key.start_frame + WAVE_COLUMNS * key.frames_per_column

    def _compute(self, clip: AudioClip, key: TileKey | WaveKey, progress: Progress) -> object:
        if isinstance(key, TileKey):
            return tile_values(clip, key, self.config, progress)
        start, end = self._reach(key)
        step = key.frames_per_column
        return read_peaks(clip, start, min(end, clip.frames), frames_per_column=step)

    def _urgent_peaks(self, clip: AudioClip) -> list[Task]:
        """Return what the waveform needs before anything else: a sketch, or an edit's effect."""
        assert self.pyramid is not None
        if not self._sketched:
            work = partial(self.pyramid.sketch, clip, budget_s=SKETCH_BUDGET_S)
            return [Task((self.revision, "sketch"), work)]
        if self._touched:
            work = partial(self.pyramid.fill, clip, *self._touched[0])
            return [Task((self.revision, "touched"), work)]
        return []

    def _next_peaks(self, clip: AudioClip) -> list[Task]:
        """Return the next slice of the waveform, if any is left."""
        assert self.pyramid is not None
        start = self.pyramid.ready_frames
        if start >= clip.frames or "slice" in self._broken:
            return []
        work = partial(self.pyramid.fill, clip, start, min(start + SLICE_FRAMES, clip.frames))
        return [Task((self.revision, "slice"), work)]

    def _keep(self, name: tuple[int, Hashable], result: Any) -> None:
        revision, key = name
        if revision != self.revision:
            return
        if isinstance(key, TileKey | WaveKey):
            self._stale.discard(key)
            self._cache.put(key, result)
            self.tilesChanged.emit(key)
            return
        self._sketched = True
        if key == "touched":
            del self._touched[0]
        self.peaksChanged.emit()
        self._aim_again()

    def _give_up(self, name: tuple[int, Hashable], sentence: str) -> None:
        revision, key = name
        if revision != self.revision:
            return
        if not self._broken:
            self.failed.emit(sentence)
        self._broken.add(key)
        self._sketched = True
        self._touched.clear()

    def _aim_again(self) -> None:
        if self._aim is not None:
            self.aim(self._aim)


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
