"""The sound of a find, close up and as loud as it fits, with its repair laid over it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from uasrm_core.audio.clip import Samples
from uasrm_core.translation import tr
from uasrm_gui.state.previews import Preview
from uasrm_gui.theme import COLORS, SMALL_PIXELS, SPACING, number_font
from uasrm_gui.widgets.formats import format_length

HEIGHT = 116
MOST_LANES = 2
REGION_ALPHA = 42
# Silence is not blown up to noise.
LEAST_PEAK = 1e-4


class FindPicture(QWidget):
    """Draws what `show_preview` was given last, or what is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: Preview | None = None
        self._rate = 1
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("The find, close up"))

    @property
    def preview(self) -> Preview | None:
        """What is shown."""
        return self._preview

    def show_preview(self, preview: Preview | None, rate: int) -> None:
        """Show a find; None while it is being read."""
        self._preview, self._rate = preview, rate
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def words(self) -> str:
        """How far the repair is, as a user would say it."""
        if self._preview is None:
            return ""
        if self._preview.problem:
            return self._preview.problem
        if self._preview.after is None:
            return tr("Trying the repair…")
        return tr("As it is, and as the repair would make it")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.canvas))
        if self._preview is not None and self._preview.before.size:
            self._draw(painter, self._preview)
        painter.end()

    def _draw(self, painter: QPainter, preview: Preview) -> None:
        frames = preview.before.shape[1]
        scale = self.width() / frames
        start = (preview.region.start_frame - preview.start_frame) * scale
        width = max(preview.region.frames * scale, 1.0)
        color = QColor(COLORS.region_open)
        color.setAlpha(REGION_ALPHA)
        painter.fillRect(QRectF(start, 0, width, self.height()), color)
        peak = peak_of(preview)
        lanes = min(len(preview.before), MOST_LANES)
        height = self.height() / lanes
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for lane in range(lanes):
            middle = (lane + 0.5) * height
            painter.setPen(QColor(COLORS.grid))
            painter.drawLine(QLineF(0, middle, self.width(), middle))
            gain = (0.5 * height - 2) / peak
            painter.setPen(QPen(QColor(COLORS.waveform), 1.2))
            painter.drawPolyline(_line(preview.before[lane], self.width(), middle, gain))
            if preview.after is not None:
                painter.setPen(QPen(QColor(COLORS.accent_strong), 1.8))
                painter.drawPolyline(_line(preview.after[lane], self.width(), middle, gain))
        self._write(painter, frames, peak)

    def _write(self, painter: QPainter, frames: int, peak: float) -> None:
        painter.setFont(number_font(SMALL_PIXELS))
        painter.setPen(QColor(COLORS.on_canvas))
        room = QRectF(self.rect()).adjusted(SPACING, 2, -SPACING, -2)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        level = f"{20 * math.log10(peak):.0f} dB".replace("-", "−")
        painter.drawText(room, left | top, level)
        painter.drawText(room, right | top, format_length(frames / self._rate))
        painter.drawText(room, left | bottom | Qt.TextFlag.TextWordWrap, self.words)


def peak_of(preview: Preview) -> float:
    """Return the loudest sample that is drawn, which fills the height."""
    parts = [preview.before] if preview.after is None else [preview.before, preview.after]
    return max(LEAST_PEAK, *(float(np.abs(part[:MOST_LANES]).max()) for part in parts))


def _line(samples: Samples, width: int, middle: float, gain: float) -> QPolygonF:
    """Return the way through some samples; through the extremes of each pixel if there are many."""
    values = samples
    if len(samples) > 4 * width:
        edges = np.linspace(0, len(samples), width + 1).astype(int)[:-1]
        lowest = np.minimum.reduceat(samples, edges)
        highest = np.maximum.reduceat(samples, edges)
        values = np.stack([lowest, highest], axis=1).ravel()
    x = (np.arange(len(values)) + 0.5) * (width / len(values))
    y = middle - values * gain
    return QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)])
