"""What the panes draw from: peaks and tiles, computed in the background and kept within bounds."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip
from uasrm_core.overview.cache import OverviewCache
from uasrm_core.overview.peaks import BLOCK_FRAMES, Peaks, column_edges, pool_range, read_peaks
from uasrm_core.overview.tiles import (
    TILE_COLUMNS,
    TileKey,
    TileValues,
    ZoomedTransform,
    lane_count,
    tile_values,
)
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig
from uasrm_gui.background.loader import Loader, Task
from uasrm_gui.editor.cache import ByteCache
from uasrm_gui.editor.tilekeys import (
    WAVE_COLUMNS,
    ViewKeys,
    WaveKey,
    base_hop,
    tile_keys,
    view_hop,
    wave_keys,
)
from uasrm_gui.state.viewport import TimeView

CACHE_BYTES = 48 * 2**20
SKETCH_BUDGET_S = 0.4
# So much of the recording at a time that what comes into view meanwhile need not wait long.
SLICE_FRAMES = 16 * BLOCK_FRAMES


@dataclass(frozen=True)
class _Edited:
    """A stretch whose peaks and levels are to be taken again."""

    start_frame: int
    end_frame: int


class PictureStore(QObject):
    """Peaks and tiles of the recording in view.

    `aim` says what is in view; `tilesChanged` (with the key, or None for all) and `peaksChanged`
    tell that more of it can be drawn. After an edit, what it touched is drawn as it was until
    the new values are there. `overviewRead` tells how much of the recording has been read, 0 to 1.
    """

    tilesChanged = Signal(object)
    peaksChanged = Signal()
    overviewRead = Signal(float)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.transform = ZoomedTransform.fix_window(StftConfig(hop_frames=128))
        self.clip: AudioClip | None = None
        self.overview_cache: OverviewCache | None = None
        self.revision = 0
        self._cache = ByteCache("tiles and peaks", CACHE_BYTES)
        self._stale: set[Hashable] = set()
        self._broken: set[Hashable] = set()
        self._sketched = False
        self._touched: list[_Edited] = []
        self._aim: TimeView | None = None
        self._loader = Loader("pictures of the recording", self)
        self._loader.loaded.connect(self._keep)
        self._loader.failed.connect(self._give_up)

    def set_clip(self, clip: AudioClip | None, transform: ZoomedTransform | None = None) -> None:
        """Show another recording, or none; through another transform, if one is given."""
        self.clip = clip
        self.transform = transform or self.transform
        self.revision += 1
        self._aim = None
        self._touched.clear()
        self._stale.clear()
        self._broken.clear()
        self._cache.clear()
        self.overview_cache = (
            None
            if clip is None
            else OverviewCache(clip.channels, clip.frames, self.transform.widest)
        )
        self._sketched = False
        self._loader.request([])
        self.tilesChanged.emit(None)
        self.peaksChanged.emit()

    def set_transform(self, transform: ZoomedTransform) -> None:
        """Show the same recording through another transform; the waveform stays."""
        if transform == self.transform:
            return
        old, new = self.transform.widest, transform.widest
        same_levels = replace(new, hop_frames=old.hop_frames) == old
        self.transform = transform
        self.revision += 1
        for key in self._cache.held():
            if isinstance(key, TileKey):
                self._cache.drop(key)
                self._stale.discard(key)
        if self.clip is not None and self.overview_cache is not None and not same_levels:
            self.overview_cache.set_transform(self.clip.channels, new)
        self.tilesChanged.emit(None)
        self._aim_again()

    def update_clip(self, clip: AudioClip, start_frame: int, end_frame: int) -> None:
        """Show the same recording after an edit of a stretch; another one comes by `set_clip`."""
        if self.clip is None or clip.source is not self.clip.source:
            # Told of before the recording itself: its sound must not get into this one's cache.
            return
        self.clip = clip
        self.revision += 1
        for key in self._cache.held():
            low, high = self._reach(key)
            if low < end_frame and start_frame < high:
                self._stale.add(key)
        edited = _Edited(start_frame, end_frame)
        if edited not in self._touched:
            self._touched.append(edited)
        self._aim_again()

    def aim(self, view: TimeView) -> None:
        """Ask for what a view needs: something rough at once, then the fine, then around it.

        The rest of the recording follows, a slice at a time.
        """
        self._aim = view
        self._make_room(view)
        self._loader.request(self._list_missing())

    def _make_room(self, view: TimeView) -> None:
        """Let the bound be such that what is in view, twice over, is never forgotten."""
        if self.clip is not None:
            hop = self.hop(view)
            tile = lane_count(self.clip.channels) * self.transform.at(hop).bins * TILE_COLUMNS
            self._cache.limit = max(CACHE_BYTES, 2 * tile * (len(tile_keys(view, hop)) + 4))

    def _list_missing(self) -> list[Task]:
        """Return what is missing for the view, the most urgent first."""
        clip, view = self.clip, self._aim
        if clip is None or view is None:
            return []
        urgent, slices = self._urgent_peaks(clip), self._next_slice(clip)
        keys = ViewKeys(view, clip.frames, self.transform)
        # Where decoding has not come to, it goes on in steps that can be called off.
        ready = clip.ready_frames >= clip.frames
        rough = self._missing(clip, keys.rough() if ready else [])
        near = self._missing(clip, keys.near())
        decoded = ready or view.end_frame <= clip.ready_frames
        return [*urgent, *rough, *near, *slices] if decoded else [*urgent, *slices, *near]

    def _missing(self, clip: AudioClip, keys: list[TileKey | WaveKey]) -> list[Task]:
        tasks = []
        for key in dict.fromkeys(keys):
            if not self._is_missing(key) or self._reach(key)[0] >= clip.frames:
                continue
            if isinstance(key, TileKey):
                if key.rough and not self._is_missing(replace(key, rough=False)):
                    continue
                if not key.rough and self._is_pooled(key) and not self._is_served(key):
                    continue
            tasks.append(Task((self.revision, key), partial(self._compute, clip, key)))
        return tasks

    def _is_missing(self, key: Hashable) -> bool:
        held = self._cache.get(key) is not None and key not in self._stale
        return not held and key not in self._broken

    def _is_pooled(self, key: TileKey) -> bool:
        assert self.overview_cache is not None
        return key.hop_frames >= self.overview_cache.levels.hop_frames

    def _is_served(self, key: TileKey) -> bool:
        assert self.overview_cache is not None
        return self.overview_cache.levels.serves(key)

    def tile(self, key: TileKey) -> TileValues | None:
        """Return a tile if it is there, a rough one if need be."""
        values: TileValues | None = self._cache.get(key)
        if values is None and not key.rough:
            values = self._cache.get(replace(key, rough=True))
        return values

    def hop(self, view: TimeView) -> int:
        """Return the hop of the tiles that suit a view best."""
        return view_hop(view, self._frames, self.transform)

    @property
    def base_hop(self) -> int:
        """The hop of the tiles that show the whole recording."""
        return base_hop(self._frames, self.transform)

    @property
    def _frames(self) -> int:
        return self.clip.frames if self.clip is not None else 0

    def waveform(self, view: TimeView) -> Peaks:
        """Return the peaks for every pixel of a view, as fine as they are known."""
        assert self.overview_cache is not None
        fine = self._fine_waveform(view)
        if fine is not None:
            return fine
        return self.overview_cache.peaks.query(view.start_frame, view.end_frame, view.width)

    def samples(self, view: TimeView) -> tuple[int, Peaks] | None:
        """Return the first frame and the samples ``(channels, frames)`` of a very close view."""
        keys = wave_keys(view)
        parts = [self._cache.get(key) for key in keys]
        if not keys or keys[0].frames_per_column != 1 or any(part is None for part in parts):
            return None
        return keys[0].start_frame, np.concatenate(parts, axis=-1)[0]

    def is_idle(self) -> bool:
        """Return whether nothing is left to compute for the last view."""
        return not self._list_missing()

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

    def _reach(self, key: Hashable) -> tuple[int, int]:
        if isinstance(key, TileKey):
            return key.reach(self.transform.at(key.hop_frames))
        assert isinstance(key, WaveKey)
        return key.start_frame, key.start_frame + WAVE_COLUMNS * key.frames_per_column

    def _compute(self, clip: AudioClip, key: TileKey | WaveKey, progress: Progress) -> object:
        start, end = self._reach(key)
        end = min(end, clip.frames)
        clip.prepare(end, progress)
        if isinstance(key, WaveKey):
            return read_peaks(clip, start, end, frames_per_column=key.frames_per_column)
        assert self.overview_cache is not None
        levels, config = self.overview_cache.levels, self.transform.at(key.hop_frames)
        if not key.rough and levels.config == config and levels.serves(key):
            return levels.tile(key)
        return tile_values(clip, key, config, progress)

    def _urgent_peaks(self, clip: AudioClip) -> list[Task]:
        """Return what the waveform needs before anything else: a sketch, or an edit's effect."""
        assert self.overview_cache is not None
        if not self._sketched and clip.ready_frames >= clip.frames:
            work = partial(self.overview_cache.peaks.sketch, clip, budget_s=SKETCH_BUDGET_S)
            return [Task((self.revision, "sketch"), work)]
        if self._touched:
            edited = self._touched[0]
            work = partial(self.overview_cache.fill, clip, edited.start_frame, edited.end_frame)
            return [Task((self.revision, edited), work)]
        return []

    def _next_slice(self, clip: AudioClip) -> list[Task]:
        """Return the next slice of the whole recording, if any is left."""
        assert self.overview_cache is not None
        start = self.overview_cache.ready_frames
        if start >= clip.frames or "slice" in self._broken:
            return []
        work = partial(
            self.overview_cache.fill, clip, start, min(start + SLICE_FRAMES, clip.frames)
        )
        return [Task((self.revision, "slice"), work)]

    def _keep(self, name: tuple[int, Hashable], result: Any) -> None:
        revision, key = name
        if revision != self.revision:
            return
        if isinstance(key, TileKey | WaveKey):
            self._stale.discard(key)
            self._cache.put(key, result)
            if isinstance(key, TileKey) and not key.rough:
                self._cache.drop(replace(key, rough=True))
            self.tilesChanged.emit(key)
            return
        assert self.overview_cache is not None
        self._sketched = True
        # It comes twice where it was asked for again just before the first was heard of.
        if key in self._touched:
            self._touched.remove(key)
        self.peaksChanged.emit()
        self.overviewRead.emit(self.overview_cache.ready_frames / max(self._frames, 1))
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
