"""The program's own icons, drawn in the colours of the theme."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from resources import resource
from uasrm_gui.theme import COLORS

_SIZES = (16, 20, 24, 32, 40, 48)


@cache
def icon(name: str, color: str = COLORS.text) -> QIcon:
    """Return an icon by its file name without ``.svg``; checked it takes the accent colour."""
    drawing = resource("icons", f"{name}.svg").read_text("utf-8")
    result = QIcon()
    for mode, state, tint in (
        (QIcon.Mode.Normal, QIcon.State.Off, color),
        (QIcon.Mode.Normal, QIcon.State.On, COLORS.accent_strong),
        (QIcon.Mode.Disabled, QIcon.State.Off, COLORS.faint_text),
    ):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", tint).encode()))
        for size in _SIZES:
            result.addPixmap(_draw(renderer, size), mode, state)
    return result


def app_icon() -> QIcon:
    """Return the program's icon."""
    return QIcon(str(resource("icons", "uasrm.svg")))


def style_icons() -> dict[str, str]:
    """Return the files that the style sheet refers to."""
    files = {
        "arrow_down": "arrow-down",
        "arrow_up": "arrow-up",
        "check": "check",
        "close": "close",
    }
    return {key: _url(resource("icons", f"{name}.svg")) for key, name in files.items()}


def _url(path: Path) -> str:
    return path.as_posix()


def _draw(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
