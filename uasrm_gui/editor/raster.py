"""From tile values to a picture: rows for frequencies, a table for colours, no transform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtGui import QImage

from uasrm_core.dsp.stft import StftConfig
from uasrm_core.dsp.tiles import FLOOR_DB, MAX_LANES, STEP_DB, TILE_COLUMNS, TileKey, TileValues
from uasrm_gui.editor.pictures import ByteCache, PictureStore, tile_keys
from uasrm_gui.editor.viewport import FrequencyView, TimeView

STRIP_BYTES = 16 * 2**20


@dataclass(frozen=True)
class DbRange:
    """The levels that the colours span."""

    low_db: float = -100.0
    high_db: float = -10.0


def color_map(name: str) -> npt.NDArray[np.uint8]:
    """Return one of pyqtgraph's colour maps as ``(256, 3)``."""
    table: npt.NDArray[np.uint8] = pg.colormap.get(name).getLookupTable(nPts=256)[:, :3]
    return table.astype(np.uint8)


def color_table(colors: npt.NDArray[np.uint8], levels: DbRange) -> list[int]:
    """Return what each tile value looks like, as 256 numbers that Qt takes as colours."""
    level = FLOOR_DB + STEP_DB * np.arange(256)
    part = (level - levels.low_db) / max(levels.high_db - levels.low_db, STEP_DB)
    rgb = colors[np.clip(np.rint(part * 255), 0, 255).astype(int)].astype(int)
    table: list[int] = (0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).tolist()
    return table


class RowMap:
    """Which bins each row of pixels shows: the loudest of several, or a blend of two."""

    def __init__(self, view: FrequencyView, height: int, config: StftConfig, rate: int) -> None:
        self.name = (view, height)
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


@dataclass(frozen=True)
class LanePicture:
    """Levels of one lane in view: an image, and the frames its left and right edges stand for."""

    image: QImage
    start_frame: float
    end_frame: float


class SpectrogramRaster:
    """Draws from the tiles that are there, coarser ones where the right ones are missing."""

    def __init__(self, store: PictureStore) -> None:
        self._store = store
        self._strips = ByteCache(STRIP_BYTES)
        self._rows: RowMap | None = None
        store.tilesChanged.connect(self._forget)

    def picture(
        self,
        time: TimeView,
        frequency: FrequencyView,
        *,
        lane: int,
        height: int,
        colors: Sequence[int],
    ) -> LanePicture | None:
        """Return what is known of a lane, or None before the first tile."""
        rows = self._rows_for(frequency, height)
        hop = self._store.hop(time)
        keys = tile_keys(time, hop)
        strips = [self._strip(key, lane, rows) for key in keys]
        if all(strip is None for strip in strips):
            return None
        empty = np.zeros((height, TILE_COLUMNS), dtype=np.uint8)
        levels = np.concatenate([empty if s is None else s for s in strips], axis=1)
        # One column to spare on either side, for the smooth stretching.
        first = max(int(time.start_frame / hop) - 1 - keys[0].first_column, 0)
        last = int(time.end_frame / hop) + 3 - keys[0].first_column
        levels = np.ascontiguousarray(levels[:, first:last])
        image = QImage(levels.data, levels.shape[1], height, levels.shape[1], _INDEXED)
        image.setColorTable(list(colors))
        start = (keys[0].first_column + first - 0.5) * hop
        # The conversion copies, so the image does not lean on the array.
        return LanePicture(
            image.convertToFormat(QImage.Format.Format_RGB32), start, start + levels.shape[1] * hop
        )

    def _rows_for(self, frequency: FrequencyView, height: int) -> RowMap:
        clip = self._store.clip
        assert clip is not None
        if self._rows is None or self._rows.name != (frequency, height):
            self._rows = RowMap(frequency, height, self._store.config, clip.rate)
            self._strips.clear()
        return self._rows

    def _forget(self, key: TileKey | None) -> None:
        if key is None:
            # Another recording may have another rate.
            self._rows = None
        for lane in range(MAX_LANES):
            self._strips.drop((key, lane))

    def _strip(self, key: TileKey, lane: int, rows: RowMap) -> TileValues | None:
        values = self._store.tile(key)
        if values is None:
            return self._coarse_strip(key, lane, rows)
        strip: TileValues | None = self._strips.get((key, lane))
        if strip is None:
            strip = rows.apply(values[lane])
            self._strips.put((key, lane), strip)
        return strip

    def _coarse_strip(self, key: TileKey, lane: int, rows: RowMap) -> TileValues | None:
        hop = key.hop_frames * 2
        while hop <= self._store.base_hop:
            ratio = hop // key.hop_frames
            columns = (key.first_column + np.arange(TILE_COLUMNS) + ratio // 2) // ratio
            index = int(columns[0]) // TILE_COLUMNS
            values = self._store.tile(TileKey(hop, index))
            if values is not None:
                inside = np.minimum(columns - index * TILE_COLUMNS, TILE_COLUMNS - 1)
                first, last = int(inside[0]), int(inside[-1]) + 1
                return rows.apply(values[lane][:, first:last])[:, inside - first]
            hop *= 2
        return None


_INDEXED = QImage.Format.Format_Indexed8
