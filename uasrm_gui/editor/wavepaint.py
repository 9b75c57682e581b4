"""Drawing samples: their extremes and loudness far out, a line nearer, stems and dots close up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from uasrm_core.overview.peaks import Peaks
from uasrm_gui.editor.pictures import PictureStore
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import Lane
from uasrm_gui.theme import COLORS

DOT_PIXELS = 4.0
"""From this many pixels a sample on, every sample is a dot."""
STEM_PIXELS = 8.0
"""From this many on, it stands on a stem."""
DOT_RADIUS = 2.5
# How much of the colour the extremes have; the loudness on them makes it whole.
PEAK_SHADE, RMS_SHADE = 130.0, 125.0


def draw_waveform(
    painter: QPainter,
    store: PictureStore,
    state: View,
    strips: Sequence[Lane],
    scale: float,
) -> None:
    """Draw what is in view: a lane a channel, or all channels over one another in the only one."""
    time = state.time
    view = time.resized(round(time.width * scale))
    near = store.samples(view) if view.frames_per_pixel <= 1.0 else None
    if near is not None:
        first_frame, samples = near
        for channel, values in enumerate(samples):
            strip = strips[channel] if len(strips) == len(samples) else strips[0]
            _draw_samples(painter, state, first_frame, values, strip)
        return
    peaks = store.waveform(view)
    if len(strips) < peaks.shape[1]:
        joined = [peaks[0].min(axis=0), peaks[1].max(axis=0), peaks[2].max(axis=0)]
        peaks = np.stack(joined)[:, None]
    for channel, strip in enumerate(strips):
        draw_peaks(painter, peaks[:, channel] * state.amplitude.zoom, strip, scale)


def _draw_samples(
    painter: QPainter, state: View, first_frame: int, samples: Peaks, strip: Lane
) -> None:
    time = state.time
    low = max(int(time.start_frame) - first_frame - 1, 0)
    high = int(time.end_frame) - first_frame + 2
    values = samples[low:high]
    # A frame lasts to the next, so its sample stands in the middle of it.
    frames = first_frame + low + np.arange(len(values)) + 0.5
    x = (frames - time.start_frame) / time.frames_per_pixel
    half = strip.height / 2
    y = (
        strip.top
        + half
        - np.clip(np.nan_to_num(values) * state.amplitude.zoom, -1.0, 1.0) * (half - 1)
    )
    points = [QPointF(*place) for place in zip(x.tolist(), y.tolist(), strict=True)]
    pixels = 1 / time.frames_per_pixel
    color = QColor(COLORS.waveform)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(QRectF(0, strip.top, time.width, math.ceil(strip.height)))
    if pixels >= STEM_PIXELS:
        middle = strip.top + half
        painter.setPen(QPen(color, 1.0))
        painter.drawLines([QLineF(point.x(), middle, point.x(), point.y()) for point in points])
        color.setAlpha(110)
    painter.setPen(QPen(color, 1.2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))
    if pixels >= DOT_PIXELS:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(COLORS.waveform))
        for point in points:
            painter.drawEllipse(point, DOT_RADIUS, DOT_RADIUS)
    painter.restore()


def draw_peaks(painter: QPainter, peaks: Peaks, strip: Lane, scale: float) -> None:
    """Fill between the smallest and the largest sample of every device pixel, the loudness on it.

    Made of pixels rather than of a path: the time it takes then does not grow with the noise.
    Where there are values that are no numbers, the lane is coloured from top to bottom.
    """
    height = max(round(strip.height * scale), 1)
    half = height / 2
    odd = np.isnan(peaks[2])
    rms = np.nan_to_num(peaks[2])
    edges = np.clip(np.stack([-peaks[1], -rms, rms, -peaks[0]]), -1.0, 1.0) * (half - scale) + half
    # Never thinner than a pixel, so that silence stays a line.
    edges[0] -= 0.5 * scale
    edges[3] += 0.5 * scale
    rows = np.arange(height, dtype=np.float32)[:, None]
    shades = _cover(rows, edges[0], edges[3]) * np.float32(PEAK_SHADE)
    shades += _cover(rows, np.maximum(edges[1], edges[0]), np.minimum(edges[2], edges[3])) * (
        np.float32(RMS_SHADE)
    )
    pixels = shades.astype(np.uint8)
    width = pixels.shape[1]
    image = QImage(pixels.data, width, height, width, QImage.Format.Format_Indexed8)
    rgb = QColor(COLORS.waveform).rgb() & 0xFFFFFF
    image.setColorTable([alpha << 24 | rgb for alpha in range(256)])
    image.setDevicePixelRatio(scale)
    painter.drawImage(QPointF(0.0, strip.top), image)
    if odd.any():
        _draw_odd(painter, odd, strip, scale)


def _cover(rows: Peaks, top: Peaks, bottom: Peaks) -> Peaks:
    """Return how much of each pixel lies between two heights, ``(rows, columns)``."""
    part = np.minimum(bottom.astype(np.float32), rows + 1)
    part -= np.maximum(top.astype(np.float32), rows)
    return np.clip(part, 0.0, 1.0, out=part)


def _draw_odd(
    painter: QPainter, odd: np.ndarray[tuple[int], np.dtype[np.bool_]], strip: Lane, scale: float
) -> None:
    color = QColor(COLORS.danger_on_canvas)
    color.setAlpha(150)
    change = np.flatnonzero(np.diff(np.concatenate([[False], odd, [False]]).astype(np.int8)))
    for start, end in zip(change[::2].tolist(), change[1::2].tolist(), strict=True):
        # At least two pixels, to be seen among thousands.
        width = max(end - start, 2 * scale) / scale
        painter.fillRect(QRectF(start / scale, strip.top, width, strip.height), color)
