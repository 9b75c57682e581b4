"""The pane that shows the samples over time."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from uasrm_core.dsp.peaks import Peaks
from uasrm_core.dsp.tiles import TileKey
from uasrm_gui.editor.marks import PointerReadout
from uasrm_gui.editor.pane import Pane
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.editor.state import EditorState
from uasrm_gui.editor.viewport import Lane, TimeView
from uasrm_gui.theme import COLORS

DOT_PIXELS = 4.0
"""From this many pixels a sample on, every sample is a dot."""


class WaveformPane(Pane):
    """Every channel's samples, stacked: their extremes, or the samples themselves close up."""

    def __init__(
        self, state: EditorState, store: PictureStore, parent: QWidget | None = None
    ) -> None:
        super().__init__(state, parent)
        self._store = store
        self.setAccessibleName("Waveform")
        self.setAccessibleDescription("Time from left to right. Drag to select a stretch.")
        store.tilesChanged.connect(self._tile_came)
        store.peaksChanged.connect(self.refresh)

    def draw_picture(self, painter: QPainter, scale: float) -> None:
        view = self.state.time.resized(round(self.width() * scale))
        for strip in self.lane_strips:
            middle = strip.top + strip.height / 2
            painter.setPen(QColor(COLORS.grid))
            painter.drawLine(QLineF(0, middle, self.width(), middle))
        near = self._store.samples(view) if view.frames_per_pixel <= 1.0 else None
        if near is not None:
            self._draw_samples(painter, *near)
            return
        peaks = self._store.waveform(view)
        for channel, strip in enumerate(self.lane_strips):
            draw_peaks(painter, peaks[:, channel], strip, scale)

    def readout(self, place: QPointF) -> PointerReadout | None:
        clip = self.state.clip
        if clip is None or not clip.frames:
            return None
        channel = self.lane_at(place.y())
        frame = min(int(self.state.time.frame_at(place.x())), clip.frames - 1)
        pixel = TimeView(clip.frames, frame, max(self.state.time.frames_per_pixel, 1.0), 1)
        loudest = float(np.abs(self._store.waveform(pixel)[:, channel]).max())
        level = 20 * math.log10(loudest) if loudest > 0 else None
        return PointerReadout(frame, None, level, channel)

    def _tile_came(self, key: object) -> None:
        if not isinstance(key, TileKey):
            self.refresh()

    def _draw_samples(self, painter: QPainter, first_frame: int, samples: Peaks) -> None:
        time = self.state.time
        low = max(int(time.start_frame) - first_frame - 1, 0)
        high = int(time.end_frame) - first_frame + 2
        frames = first_frame + low + np.arange(samples[:, low:high].shape[1])
        # A frame lasts to the next, so its sample stands in the middle of it.
        x = (frames + 0.5 - time.start_frame) / time.frames_per_pixel
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = QColor(COLORS.waveform)
        for channel, strip in enumerate(self.lane_strips):
            y = _heights(samples[channel, low:high], strip)
            painter.setClipRect(0, round(strip.top), self.width(), math.ceil(strip.height))
            painter.setPen(QPen(color, 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(pg.functions.arrayToQPath(x, y))
            if time.frames_per_pixel <= 1 / DOT_PIXELS:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                for place in zip(x, y, strict=True):
                    painter.drawEllipse(QPointF(*place), 2.5, 2.5)


def _heights(values: Peaks, strip: Lane) -> Peaks:
    """Return the pixel heights of amplitudes; beyond full scale they stop at the lane's edge."""
    half = strip.height / 2
    heights: Peaks = strip.top + half - np.clip(values, -1.0, 1.0) * (half - 1)
    return heights


def draw_peaks(painter: QPainter, peaks: Peaks, strip: Lane, scale: float) -> None:
    """Fill between the smallest and the largest sample of every device pixel.

    Made of pixels rather than of a path: the time it takes then does not grow with the noise.
    """
    height = max(round(strip.height * scale), 1)
    half = height / 2
    # Never thinner than a pixel, so that silence stays a line.
    top = half - np.clip(peaks[1], -1.0, 1.0) * (half - scale) - 0.5 * scale
    bottom = half - np.clip(peaks[0], -1.0, 1.0) * (half - scale) + 0.5 * scale
    rows = np.arange(height, dtype=np.float32)[:, None]
    covered = np.minimum(bottom, rows + 1.0) - np.maximum(top, rows)
    shades = (np.clip(covered, 0.0, 1.0) * 255).astype(np.uint8)
    image = QImage(shades.data, shades.shape[1], height, shades.shape[1], _INDEXED)
    image.setColorTable(_SHADES)
    image.setDevicePixelRatio(scale)
    painter.drawImage(QPointF(0.0, strip.top), image)


_INDEXED = QImage.Format.Format_Indexed8
_WAVE_RGB = QColor(COLORS.waveform).rgb() & 0xFFFFFF
_SHADES = [alpha << 24 | _WAVE_RGB for alpha in range(256)]
