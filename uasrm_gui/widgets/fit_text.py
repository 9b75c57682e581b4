"""Text cut to the room there is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent, QTextLayout
from PySide6.QtWidgets import QLabel, QSizePolicy


class FittedLabel(QLabel):
    """A label as wide as its layout makes it, with at most so many lines.

    Parameters
    ----------
    keeps_end
        Whether a text without room loses its middle, because its end tells it from others.
    """

    def __init__(self, lines: int, *, keeps_end: bool = False) -> None:
        super().__init__()
        self._lines = lines
        self._cut = Qt.TextElideMode.ElideMiddle if keeps_end else Qt.TextElideMode.ElideRight
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show as much of a text as there is room for; screen readers read all of it."""
        self._whole = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.ensurePolished()
        self.setText(
            fit_lines(
                self._whole, self.font(), width=self.width(), lines=self._lines, cut=self._cut
            )
        )


def fit_lines(
    text: str,
    font: QFont,
    *,
    width: int,
    lines: int,
    cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> str:
    """Return the text in at most so many lines of a width in pixels; the last has a "…" if cut.

    Lines break where the language allows it.
    """
    layout = QTextLayout(text, font)
    layout.beginLayout()
    parts = []
    place = 0
    for _ in range(lines - 1):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        place = line.textStart() + line.textLength()
        parts.append(text[line.textStart() : place].rstrip())
    layout.endLayout()
    rest = text[place:]
    if rest:
        parts.append(QFontMetrics(font).elidedText(rest, cut, width))
    return "\n".join(parts)
