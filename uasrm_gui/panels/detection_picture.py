"""The sound of a detection, close up and as loud as it fits, with its repair laid over it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from uasrm_core.audio.clip import Samples
from uasrm_core.translation import tr
from uasrm_gui.state.previews import Preview
from uasrm_gui.theme import COLORS, SMALL_PIXELS, SPACING, number_font
from uasrm_gui.widgets.formats import format_length

LEAST_HEIGHT, HEIGHT = 64, 116
MOST_LANES = 2
REGION_ALPHA = 42
# Silence is not blown up to noise.
LEAST_PEAK = 1e-4
# What nobody could see to differ is drawn once.
LEAST_PIXELS = 0.5


class DetectionPicture(QWidget):
    """Draws what `show_preview` was given last, or what is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: Preview | None = None
        self._rate = 1
        self._hint = ""
        self.setMinimumHeight(LEAST_HEIGHT)
        self.setMaximumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(tr("The find, close up"))

    @property
    def preview(self) -> Preview | None:
        """What is shown."""
        return self._preview

    def show_preview(self, preview: Preview | None, rate: int, *, hint: str = "") -> None:
        """Show a detection; None while it is being read, or with a hint where there is none."""
        self._preview, self._rate, self._hint = preview, rate, hint
        self.setAccessibleDescription(self.words)
        self.update()

    @property
    def words(self) -> str:
        """How far the repair is, as a user would say it, or what to do."""
        if self._preview is None:
            return self._hint
        if self._preview.problem:
            return self._preview.problem
        if self._preview.after is None:
            return tr("Trying the repair…")
        if self._preview.is_done:
            return tr("As it was, and as the repair made it")
        return tr("As it is, and as the repair would make it")

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(COLORS.canvas))
        if self._preview is not None and self._preview.before.size:
            self._draw(painter, self._preview)
        else:
            self._write_words(painter)
        painter.end()

    def _draw(self, painter: QPainter, preview: Preview) -> None:
        frames = preview.before.shape[1]
        scale = self.width() / frames
        start = (preview.region.start_frame - preview.start_frame) * scale
        width = max(preview.region.frames * scale, 1.0)
        color = QColor(COLORS.open_on_canvas)
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
                self._draw_after(painter, preview, lane, middle, gain)
        self._write(painter, preview, peak)

    def _draw_after(
        self, painter: QPainter, preview: Preview, lane: int, middle: float, gain: float
    ) -> None:
        """Draw what the repair would make, where that differs from what is there."""
        assert preview.after is not None
        change = np.abs(preview.after - preview.before).max(axis=0)
        differs = np.flatnonzero(change * gain > LEAST_PIXELS)
        if not len(differs):
            return
        frames = preview.before.shape[1]
        low, high = max(int(differs[0]) - 1, 0), min(int(differs[-1]) + 2, frames)
        scale = self.width() / frames
        painter.setPen(QPen(QColor(COLORS.accent_on_canvas), 1.8))
        line = _line(preview.after[lane, low:high], (high - low) * scale, middle, gain)
        painter.drawPolyline(line.translated(low * scale, 0.0))

    def _write(self, painter: QPainter, preview: Preview, peak: float) -> None:
        painter.setFont(number_font(SMALL_PIXELS))
        room = QRectF(self.rect()).adjusted(SPACING, 2, -SPACING, -2)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        level = f"{20 * math.log10(peak):.0f} dB".replace("-", "−")
        _write_over(painter, room, left | top, level, COLORS.on_canvas)
        length = format_length(preview.before.shape[1] / self._rate)
        _write_over(painter, room, right | top, length, COLORS.on_canvas)
        if preview.after is None:
            self._write_words(painter)
            return
        before = tr("as it was") if preview.is_done else tr("as it is")
        _write_over(painter, room, left | bottom, before, COLORS.waveform)
        _write_over(painter, room, right | bottom, tr("repaired"), COLORS.accent_on_canvas)

    def _write_words(self, painter: QPainter) -> None:
        painter.setFont(number_font(SMALL_PIXELS))
        painter.setPen(QColor(COLORS.on_canvas))
        room = QRectF(self.rect()).adjusted(SPACING, 2, -SPACING, -2)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(room, flags | Qt.TextFlag.TextWordWrap, self.words)


def peak_of(preview: Preview) -> float:
    """Return the loudest sample that is drawn, which fills the height."""
    parts = [preview.before] if preview.after is None else [preview.before, preview.after]
    return max(LEAST_PEAK, *(float(np.abs(part[:MOST_LANES]).max()) for part in parts))


def _write_over(
    painter: QPainter, room: QRectF, place: Qt.AlignmentFlag, text: str, color: str
) -> None:
    """Write on a ground of its own: loud sound below has the colour of the words."""
    painter.fillRect(painter.boundingRect(room, place, text), QColor(COLORS.canvas))
    painter.setPen(QColor(color))
    painter.drawText(room, place, text)


def _line(samples: Samples, width: float, middle: float, gain: float) -> QPolygonF:
    """Return the way through some samples; through the extremes of each pixel if there are many."""
    values = samples
    if len(samples) > 4 * width:
        edges = np.linspace(0, len(samples), max(round(width), 1) + 1).astype(int)[:-1]
        lowest = np.minimum.reduceat(samples, edges)
        highest = np.maximum.reduceat(samples, edges)
        values = np.stack([lowest, highest], axis=1).ravel()
    x = (np.arange(len(values)) + 0.5) * (width / len(values))
    y = middle - values * gain
    return QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)])
