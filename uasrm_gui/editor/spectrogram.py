"""The pane that shows the spectrum over time."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from uasrm_core.overview.tiles import TILE_COLUMNS, TileKey, level_db
from uasrm_core.translation import mark, tr
from uasrm_gui.display import Display
from uasrm_gui.editor.colors import color_map, color_table
from uasrm_gui.editor.pane import Pane
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.raster import SpectrogramRaster
from uasrm_gui.editor.tilekeys import WaveKey
from uasrm_gui.editor.wavepaint import draw_waveform
from uasrm_gui.state.marks import PointerReadout
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import FrequencyView, Lane


class SpectrogramPane(Pane):
    """One spectrogram a channel, or one of the mix, over the shared time axis."""

    MANNER = mark("Time from left to right, frequency from bottom to top. Drag to select.")

    def __init__(self, state: View, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self._store = store
        self._raster = SpectrogramRaster(store)
        self.setAccessibleName(tr("Spectrogram"))
        state.colorsChanged.connect(self.refresh)
        state.displayChanged.connect(self._display_changed)
        store.tilesChanged.connect(self._tile_came)
        store.peaksChanged.connect(self._peaks_came)
        self._shown = state.display

    @property
    def frequency(self) -> FrequencyView:
        """The frequency axis."""
        return self.state.frequency

    @property
    def lane_strips(self) -> list[Lane]:
        """Where the channels are drawn."""
        return self.state.strips(self.height(), self.state.lanes)

    def draw_picture(self, painter: QPainter, scale: float) -> None:
        display = self.state.display
        strips = self.lane_strips
        on_top = display.layout == "overlay"
        # From one end of the slider to its middle the one comes, from there on the other goes.
        painter.setOpacity(min(2 - 2 * display.blend, 1.0) if on_top else 1.0)
        if painter.opacity() > 0:
            for number, strip in enumerate(strips):
                if not strip.folded:
                    self._draw_lane(painter, number, strip, scale)
        painter.setOpacity(min(2 * display.blend, 1.0) if on_top else 0.0)
        if painter.opacity() > 0:
            draw_waveform(painter, self._store, self.state, strips, scale)

    def _draw_lane(self, painter: QPainter, number: int, strip: Lane, scale: float) -> None:
        time = self.state.time.resized(round(self.width() * scale))
        height = max(round(strip.height * scale), 1)
        levels = self._raster.picture(time, self.state.frequency, lane=number, height=height)
        if levels is None:
            return
        image = QImage(levels.data, time.width, height, time.width, QImage.Format.Format_Indexed8)
        table = color_table(color_map(self.state.display.colors), self.state.levels)
        image.setColorTable(table.tolist())
        image.setDevicePixelRatio(scale)
        painter.drawImage(QPointF(0.0, strip.top), image)

    def readout(self, place: QPointF) -> PointerReadout | None:
        clip = self.state.clip
        if clip is None or not clip.frames:
            return None
        lane = self.lane_at(place.y())
        point = self.point_at(place, lane)
        channel = lane if self.state.lanes == clip.channels else None
        frame = min(int(point.frame), clip.frames - 1)
        if point.hz is None:
            return PointerReadout(frame, None, None, channel)
        return PointerReadout(frame, point.hz, self._level(frame, point.hz, lane), channel)

    def pan(self, right: float, up: float) -> None:
        super().pan(right, up)
        height = max(strip.height for strip in self.lane_strips)
        self.state.set_frequency(self.state.frequency.scrolled(up, height))

    def _level(self, frame: int, hz: float, lane: int) -> float | None:
        assert self.state.clip is not None
        hop = self._store.hop(self.state.time.resized(self._device_width))
        column = round(frame / hop)
        key = TileKey(hop, column // TILE_COLUMNS)
        values = self._store.tile(key)
        if values is None:
            return None
        bin_hz = self._store.transform.at(hop).bin_hz(self.state.clip.rate)
        row = min(round(hz / bin_hz), values.shape[1] - 1)
        return level_db(float(values[lane, row, column - key.first_column]))

    @property
    def _device_width(self) -> int:
        return round(self.width() * self.devicePixelRatioF())

    def _tile_came(self, key: object) -> None:
        if not isinstance(key, WaveKey) or self.state.display.layout == "overlay":
            self.refresh()
            self._tell_pointer()

    def _peaks_came(self) -> None:
        if self.state.display.layout == "overlay":
            self.refresh()

    def _display_changed(self, display: Display) -> None:
        if (display.layout, display.blend) != (self._shown.layout, self._shown.blend):
            self.refresh()
        self._shown = display
