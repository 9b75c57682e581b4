"""The theme: dark or light, as the system has it or as the user wants it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from uasrm_gui.settings import Settings, SettingsStore
from uasrm_gui.theme import DARK, LIGHT, Colors, palette, style_sheet, use
from uasrm_gui.widgets.icons import redraw_icons, style_icons

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "dark": Qt.ColorScheme.Dark,
    "light": Qt.ColorScheme.Light,
}


class Appearance(QObject):
    """Keeps the application in the theme of the settings, and of the system where that is asked."""

    def __init__(self, app: QApplication, settings: SettingsStore) -> None:
        super().__init__(app)
        self._app = app
        self._wanted = ""
        self._worn: Colors | None = None
        self._follow(settings.values)
        settings.changed.connect(self._follow)
        app.styleHints().colorSchemeChanged.connect(self._wear)

    def _follow(self, values: Settings) -> None:
        if values.theme != self._wanted:
            self._wanted = values.theme
            self._app.styleHints().setColorScheme(_SCHEMES[values.theme])
            self._wear()

    def _wear(self) -> None:
        colors = colors_for(self._wanted, self._app.styleHints().colorScheme())
        if colors is not self._worn:
            self._worn = colors
            wear(self._app, colors)


def colors_for(wanted: str, system: Qt.ColorScheme) -> Colors:
    """Return the colours for a wish, dark where neither it nor the system says anything."""
    light = wanted == "light" or (wanted == "system" and system == Qt.ColorScheme.Light)
    return LIGHT if light else DARK


def wear(app: QApplication, colors: Colors) -> None:
    """Paint everything in these colours."""
    use(colors)
    app.setPalette(palette())
    app.setStyleSheet(style_sheet(style_icons()))
    redraw_icons()
    for widget in app.allWidgets():
        widget.update()
