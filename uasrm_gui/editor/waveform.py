"""The pane that shows the samples over time."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from uasrm_core.overview.tiles import TileKey
from uasrm_core.translation import mark, tr
from uasrm_gui.editor.pane import Pane
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.wavepaint import draw_waveform
from uasrm_gui.state.marks import PointerReadout
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import TimeView
from uasrm_gui.theme import COLORS


class WaveformPane(Pane):
    """Every channel's samples, stacked: their extremes, or the samples themselves close up."""

    MANNER = mark("Time from left to right. Drag to select a stretch.")

    def __init__(self, state: View, store: PictureStore, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self._store = store
        self.setAccessibleName(tr("Waveform"))
        store.tilesChanged.connect(self._tile_came)
        store.peaksChanged.connect(self.refresh)

    def draw_picture(self, painter: QPainter, scale: float) -> None:
        for strip in self.lane_strips:
            middle = strip.top + strip.height / 2
            painter.setPen(QColor(COLORS.grid))
            painter.drawLine(QLineF(0, middle, self.width(), middle))
        draw_waveform(painter, self._store, self.state, self.lane_strips, scale)

    def readout(self, place: QPointF) -> PointerReadout | None:
        clip = self.state.clip
        if clip is None or not clip.frames:
            return None
        channel = self.lane_at(place.y())
        frame = min(int(self.state.time.frame_at(place.x())), clip.frames - 1)
        pixel = TimeView(clip.frames, frame, max(self.state.time.frames_per_pixel, 1.0), 1)
        smallest, largest, rms = self._store.waveform(pixel)[:, channel, 0]
        loudest = float(max(abs(smallest), abs(largest)))
        level = 20 * math.log10(loudest) if loudest > 0 else None
        return PointerReadout(frame, None, level, channel, is_number=bool(rms == rms))

    def _tile_came(self, key: object) -> None:
        if not isinstance(key, TileKey):
            self.refresh()
