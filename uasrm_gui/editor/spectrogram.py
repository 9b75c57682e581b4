"""The pane that shows the spectrum over time."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from uasrm_core.dsp.tiles import TILE_COLUMNS, TileKey, level_db
from uasrm_gui.editor.marks import PointerReadout
from uasrm_gui.editor.pane import Pane
from uasrm_gui.editor.pictures import PictureStore, WaveKey
from uasrm_gui.editor.raster import SpectrogramRaster, color_map, color_table
from uasrm_gui.editor.state import EditorState
from uasrm_gui.editor.viewport import FrequencyView, Lane, lanes

COLOR_MAP = "inferno"


class SpectrogramPane(Pane):
    """One spectrogram a channel, or one of the mix, over the shared time axis."""

    def __init__(
        self, state: EditorState, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, parent)
        self._store = store
        self._raster = SpectrogramRaster(store)
        self._colors = color_map(COLOR_MAP)
        self.setAccessibleName("Spectrogram")
        self.setAccessibleDescription(
            "Time from left to right, frequency from bottom to top. Drag to select."
        )
        state.colorsChanged.connect(self.refresh)
        store.tilesChanged.connect(self._tile_came)

    @property
    def frequency(self) -> FrequencyView:
        """The frequency axis."""
        return self.state.frequency

    @property
    def lane_strips(self) -> list[Lane]:
        """Where the channels are drawn."""
        return lanes(self.height(), self.state.lanes)

    def draw_picture(self, painter: QPainter, scale: float) -> None:
        table = color_table(self._colors, self.state.levels)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        time = self.state.time.resized(round(self.width() * scale))
        for number, strip in enumerate(self.lane_strips):
            lane = self._raster.picture(
                time,
                self.state.frequency,
                lane=number,
                height=max(round(strip.height * scale), 1),
                colors=table,
            )
            if lane is None:
                continue
            left = self.state.time.x_of(lane.start_frame)
            right = self.state.time.x_of(lane.end_frame)
            target = QRectF(left, strip.top, right - left, strip.height)
            painter.setClipRect(QRectF(0, strip.top, self.width(), strip.height))
            painter.drawImage(target, lane.image)

    def readout(self, place: QPointF) -> PointerReadout | None:
        clip = self.state.clip
        if clip is None or not clip.frames:
            return None
        lane = self.lane_at(place.y())
        point = self.point_at(place, lane)
        assert point.hz is not None
        channel = lane if self.state.lanes == clip.channels else None
        frame = min(int(point.frame), clip.frames - 1)
        return PointerReadout(frame, point.hz, self._level(frame, point.hz, lane), channel)

    def pan(self, right: float, up: float) -> None:
        super().pan(right, up)
        height = self.lane_strips[0].height
        self.state.set_frequency(self.state.frequency.scrolled(up, height))

    def _level(self, frame: int, hz: float, lane: int) -> float | None:
        assert self.state.clip is not None
        hop = self._store.hop(self.state.time.resized(self._device_width))
        column = round(frame / hop)
        key = TileKey(hop, column // TILE_COLUMNS)
        values = self._store.tile(key)
        if values is None:
            return None
        row = min(round(hz / self._store.config.bin_hz(self.state.clip.rate)), values.shape[1] - 1)
        return level_db(float(values[lane, row, column - key.first_column]))

    @property
    def _device_width(self) -> int:
        return round(self.width() * self.devicePixelRatioF())

    def _tile_came(self, key: object) -> None:
        if not isinstance(key, WaveKey):
            self.refresh()
