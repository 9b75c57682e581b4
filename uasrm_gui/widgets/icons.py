"""The program's own icons, drawn in the colours of the theme and for the screens there are."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication

from uasrm_core.resources import resource
from uasrm_gui.theme import COLORS, Colors

# Every size that icons are shown in; each is drawn for every screen's ratio, so none is scaled.
SIZES = (14, 16, 18, 20, 24)

_made: dict[int, tuple[str, str]] = {}


def icon(name: str, color: str = "") -> QIcon:
    """Return an icon by its file name without ``.svg``, in the colour of text if none is given.

    Where it is checked it takes the accent colour.
    """
    made = _draw_icon(name, color or COLORS.text, _list_ratios())
    _made[made.cacheKey()] = (name, _find_role(color or COLORS.text))
    return made


def redraw_icons() -> None:
    """Give every button and action its icon anew, in the colours that are in use now."""
    known = dict(_made)
    forget_icons()
    actions = set()
    for widget in QApplication.allWidgets():
        actions.update(widget.actions())
        if isinstance(widget, QAbstractButton):
            _redraw(widget, known)
    for action in actions:
        _redraw(action, known)


def forget_icons() -> None:
    """Draw all icons anew from now on."""
    _made.clear()
    _draw_icon.cache_clear()


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
    return {key: _format_url(resource("icons", f"{name}.svg")) for key, name in files.items()}


def _redraw(holder: object, known: dict[int, tuple[str, str]]) -> None:
    name, role = known.get(holder.icon().cacheKey(), ("", ""))  # type: ignore[attr-defined]
    if name:
        holder.setIcon(icon(name, getattr(COLORS, role)))  # type: ignore[attr-defined]


def _find_role(color: str) -> str:
    """Return which of the theme's colours this is."""
    names = [entry.name for entry in fields(Colors) if getattr(COLORS, entry.name) == color]
    return "text" if "text" in names or not names else names[0]


def _list_ratios() -> tuple[float, ...]:
    return tuple(sorted({screen.devicePixelRatio() for screen in QGuiApplication.screens()}))


@cache
def _draw_icon(name: str, color: str, ratios: tuple[float, ...]) -> QIcon:
    drawing = resource("icons", f"{name}.svg").read_text("utf-8")
    result = QIcon()
    for mode, state, tint in (
        (QIcon.Mode.Normal, QIcon.State.Off, color),
        (QIcon.Mode.Normal, QIcon.State.On, COLORS.accent_strong),
        (QIcon.Mode.Disabled, QIcon.State.Off, COLORS.faint_text),
    ):
        renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", tint).encode()))
        for ratio in ratios:
            for size in SIZES:
                result.addPixmap(_draw(renderer, size, ratio), mode, state)
    return result


def _format_url(path: Path) -> str:
    return path.as_posix()


def _draw(renderer: QSvgRenderer, size: int, ratio: float) -> QPixmap:
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
