"""From tile values to pixels of the screen: rows for frequencies, columns for time, no transform.

A pixel shows the loudest of all it covers, so that a click is never lost in between; where there
are more pixels than columns or bins, these are blended.
"""

from __future__ import annotations

import numpy as np

from uasrm_core.overview.tiles import (
    MAX_LANES,
    TILE_COLUMNS,
    TileKey,
    TileValues,
    lane_count,
)
from uasrm_core.spectral.stft import StftConfig
from uasrm_gui.editor.cache import ByteCache
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.tilekeys import tile_keys
from uasrm_gui.state.viewport import FrequencyView, TimeView

STRIP_BYTES = 16 * 2**20


class RowMap:
    """Which bins each row of pixels shows: the loudest of several, or a blend of two."""

    def __init__(self, view: FrequencyView, height: int, config: StftConfig, rate: int) -> None:
        edges = [view.hz_at(height - y, height) for y in range(height + 1)]
        bins = np.array(edges) / config.bin_hz(rate)
        middle = np.clip((bins[:-1] + bins[1:]) / 2, 0, config.bins - 1)
        self._starts = np.clip(np.rint(bins[:-1]).astype(int), 0, config.bins - 1)
        self._stop = min(int(np.rint(bins[-1])) + 1, config.bins)
        self._blended = np.flatnonzero(np.diff(bins) < 1.0)
        self._lower = np.minimum(middle[self._blended].astype(int), config.bins - 2)
        self._part = np.rint((middle[self._blended] - self._lower) * 256).astype(np.uint16)[:, None]

    def apply(self, values: TileValues) -> TileValues:
        """Return ``(height, columns)``, high frequencies first, of ``(bins, columns)``."""
        stop = max(self._stop, int(self._starts[-1]) + 1)
        rows = np.maximum.reduceat(values[:stop], self._starts, axis=0)
        if len(self._blended):
            lower = values[self._lower].astype(np.uint16)
            upper = values[self._lower + 1].astype(np.uint16)
            blend = (lower * (256 - self._part) + upper * self._part) >> 8
            rows[self._blended] = blend.astype(np.uint8)
        return np.ascontiguousarray(rows[::-1])


class SpectrogramRaster:
    """Draws from the tiles that are there, coarser ones where the right ones are missing."""

    def __init__(self, store: PictureStore) -> None:
        self._store = store
        self._strips = ByteCache("strips of the picture", STRIP_BYTES)
        self._shown: tuple[FrequencyView, int] | None = None
        self._rows: dict[StftConfig, RowMap] = {}
        store.tilesChanged.connect(self._forget)

    def picture(
        self, time: TimeView, frequency: FrequencyView, *, lane: int, height: int
    ) -> TileValues | None:
        """Return the levels ``(height, time.width)`` of a lane, or None before the first tile."""
        self._show_rows(frequency, height)
        keys = tile_keys(time, self._store.hop(time))
        lanes = lane_count(self._store.clip.channels) if self._store.clip is not None else 1
        self._strips.limit = max(STRIP_BYTES, 6 * lanes * height * TILE_COLUMNS * len(keys))
        strips = [self._strip(key, lane) for key in keys]
        if all(strip is None for strip in strips):
            return None
        empty = np.zeros((height, TILE_COLUMNS), dtype=np.uint8)
        levels = np.concatenate([empty if s is None else s for s in strips], axis=1)
        return resample(levels, time, keys[0])

    def _show_rows(self, frequency: FrequencyView, height: int) -> None:
        if self._shown != (frequency, height):
            self._shown = frequency, height
            self._rows.clear()
            self._strips.clear()

    def _rows_for(self, hop_frames: int) -> RowMap:
        clip, config = self._store.clip, self._store.transform.at(hop_frames)
        assert clip is not None
        assert self._shown is not None
        if config not in self._rows:
            self._rows[config] = RowMap(*self._shown, config, clip.rate)
        return self._rows[config]

    def _forget(self, key: TileKey | None) -> None:
        if key is None:
            # Another recording may have another rate.
            self._rows.clear()
            self._strips.clear()
        elif isinstance(key, TileKey):
            for lane in range(MAX_LANES):
                self._strips.drop((TileKey(key.hop_frames, key.index), lane))

    def _strip(self, key: TileKey, lane: int) -> TileValues | None:
        values = self._store.tile(key)
        if values is None:
            return self._coarse_strip(key, lane)
        strip: TileValues | None = self._strips.get((key, lane))
        if strip is None:
            strip = self._rows_for(key.hop_frames).apply(values[lane])
            self._strips.put((key, lane), strip)
        return strip

    def _coarse_strip(self, key: TileKey, lane: int) -> TileValues | None:
        hop = key.hop_frames * 2
        while hop <= self._store.base_hop:
            ratio = hop // key.hop_frames
            columns = (key.first_column + np.arange(TILE_COLUMNS) + ratio // 2) // ratio
            index = int(columns[0]) // TILE_COLUMNS
            values = self._store.tile(TileKey(hop, index))
            if values is not None:
                inside = np.minimum(columns - index * TILE_COLUMNS, TILE_COLUMNS - 1)
                first, last = int(inside[0]), int(inside[-1]) + 1
                strip = self._rows_for(hop).apply(values[lane][:, first:last])
                return strip[:, inside - first]
            hop *= 2
        return None


def resample(levels: TileValues, time: TimeView, first: TileKey) -> TileValues:
    """Return the columns of consecutive tiles over the pixels of a view."""
    hop = first.hop_frames
    # Where each pixel begins, in columns; a column reaches half a hop to either side.
    edges = np.linspace(time.start_frame, time.end_frame, time.width + 1) / hop
    edges -= first.first_column
    last = levels.shape[1] - 1
    if time.frames_per_pixel < hop:
        middle = np.clip((edges[:-1] + edges[1:]) / 2, 0, last)
        lower = np.minimum(middle.astype(np.intp), max(last - 1, 0))
        part = np.rint((middle - lower) * 256).astype(np.uint16)
        left = np.take(levels, lower, axis=1).astype(np.uint16)
        right = np.take(levels, np.minimum(lower + 1, last), axis=1).astype(np.uint16)
        left *= 256 - part
        right *= part
        left += right
        return (left >> 8).astype(np.uint8)
    starts = np.clip(np.rint(edges[:-1]).astype(np.intp), 0, last)
    stops = np.clip(np.rint(edges[1:]).astype(np.intp), starts + 1, last + 1)
    out = np.take(levels, starts, axis=1)
    for more in range(1, int((stops - starts).max())):
        np.maximum(out, np.take(levels, np.minimum(starts + more, stops - 1), axis=1), out=out)
    return out
