"""A curve that grows: values over time, with their running mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from uasrm_core.translation import tr
from uasrm_gui.theme import COLORS

MARGIN, LEFT = 18.0, 44.0
# A running mean is over so many of the values, at most.
SMOOTHED = 25


class Curve(QWidget):
    """Draws points ``(x, y)`` faintly and their running mean over them.

    Parameters
    ----------
    title
        What is drawn, and over what.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._points = np.zeros((0, 2))
        self.setAccessibleName(title)
        self.setMinimumHeight(120)

    def show_points(self, points: Sequence[tuple[float, float]]) -> None:
        """Draw other points."""
        self._points = np.array(points, dtype=np.float64).reshape(-1, 2)
        if len(self._points):
            first, last = self.means[0], self.means[-1]
            words = tr("{first:.2f} at first, {last:.2f} now", first=first, last=last)
            self.setAccessibleDescription(words)
        self.update()

    @property
    def means(self) -> np.ndarray:
        """The running mean at every point."""
        values = self._points[:, 1]
        sums = np.concatenate([[0.0], np.cumsum(values)])
        ends = np.arange(1, len(values) + 1)
        starts = np.maximum(ends - SMOOTHED, 0)
        return np.asarray((sums[ends] - sums[starts]) / (ends - starts))

    def sizeHint(self) -> QSize:
        """Return a size at which it can be read."""
        return QSize(360, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(COLORS.canvas))
        area = QRectF(LEFT, MARGIN, self.width() - LEFT - 8, self.height() - 2 * MARGIN)
        painter.setPen(QColor(COLORS.on_canvas))
        painter.drawText(QPointF(LEFT, MARGIN - 5), self._title)
        if not len(self._points):
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, tr("Nothing has been learnt yet"))
            return
        self._draw(painter, area)

    def _draw(self, painter: QPainter, area: QRectF) -> None:
        x, y = self._points.T
        low, high = np.percentile(y, [0, 97]) if len(y) > 20 else (y.min(), y.max())
        high = high if high > low else low + 1.0
        right = max(float(x.max()), 1e-6)

        def line(values: np.ndarray) -> QPolygonF:
            parts = np.clip((values - low) / (high - low), 0.0, 1.0)
            return QPolygonF(
                [
                    QPointF(
                        area.left() + a / right * area.width(), area.bottom() - b * area.height()
                    )
                    for a, b in zip(x, parts, strict=True)
                ]
            )

        painter.setPen(QPen(QColor(COLORS.grid), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.setPen(QPen(QColor(COLORS.waveform), 2))
        painter.drawPoints(line(y))
        painter.setPen(QPen(QColor(COLORS.accent_on_canvas), 1.6))
        painter.drawPolyline(line(self.means))
        painter.setPen(QColor(COLORS.on_canvas))
        labels = (
            (area.top() + 5, f"{high:.2f}"),
            (area.bottom(), f"{low:.2f}"),
        )
        for place, text in labels:
            box = QRectF(0, place - 8, LEFT - 5, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        box = QRectF(area.left(), area.bottom() + 1, area.width(), MARGIN - 2)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, tr("{minutes:.1f} min", minutes=right))
