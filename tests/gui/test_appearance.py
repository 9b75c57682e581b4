import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPalette

from uasrm_gui.theme import COLORS, DARK, LIGHT
from uasrm_gui.widgets.icons import SIZES, icon
from uasrm_gui.window.appearance import Appearance, colors_for, wear


@pytest.fixture
def bare(qapp):
    """Leave the application as the other tests know it."""
    yield qapp
    wear(qapp, DARK)
    qapp.setStyleSheet("")
    qapp.setPalette(QPalette())


def contrast(one, other):
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(color):
        parts = [QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF()]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ink(picture):
    """Return the strongest colour of an icon."""
    pixels = [picture.pixelColor(x, y) for x in range(20) for y in range(20)]
    return max(pixels, key=lambda color: color.alpha()).name()


def test_the_theme_follows_the_system_unless_it_is_chosen():
    scheme = Qt.ColorScheme
    assert colors_for("system", scheme.Light) is LIGHT
    assert colors_for("system", scheme.Dark) is DARK
    assert colors_for("system", scheme.Unknown) is DARK
    assert colors_for("dark", scheme.Light) is DARK
    assert colors_for("light", scheme.Dark) is LIGHT


def test_the_theme_changes_at_once_in_an_open_window(bare, opened):
    appearance = Appearance(bare, opened.settings)
    opened.settings.change(theme="dark")
    action = opened.action_set["open"]
    dark = ink(action.icon().pixmap(QSize(20, 20)).toImage())
    opened.settings.change(theme="light")
    light = ink(action.icon().pixmap(QSize(20, 20)).toImage())
    assert contrast(dark, DARK.window) > 4.5
    assert contrast(light, LIGHT.window) > 4.5
    assert opened.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    assert opened.grab().toImage().pixelColor(2, 2).name() == LIGHT.window
    opened.settings.change(theme="dark")
    assert ink(action.icon().pixmap(QSize(20, 20)).toImage()) == dark
    appearance.deleteLater()


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
def test_everything_can_be_read(colors):
    for ground in (colors.window, colors.panel, colors.field, colors.raised):
        assert contrast(colors.text, ground) > 7
        assert contrast(colors.dim_text, ground) > 4.5
    assert contrast(colors.on_accent, colors.accent) > 4
    assert contrast(colors.accent_strong, colors.accent_quiet) > 3
    for mark in (colors.region_open, colors.region_repaired, colors.playhead, colors.on_canvas):
        assert contrast(mark, colors.canvas) > 4.5
    for sign in (colors.region_open, colors.region_repaired, colors.danger):
        assert contrast(sign, colors.panel) > 3


def test_icons_are_drawn_for_the_screen_and_not_scaled(qapp, monkeypatch):
    class Screen:
        def __init__(self, ratio):
            self.ratio = ratio

        def devicePixelRatio(self):
            return self.ratio

    for ratio in (1.0, 1.5, 2.0):
        monkeypatch.setattr(
            "uasrm_gui.widgets.icons.QGuiApplication.screens", lambda r=ratio: [Screen(r)]
        )
        made = icon("save", COLORS.text)
        for size in SIZES:
            shown = made.pixmap(QSize(size, size), ratio)
            assert shown.size() == QSize(size, size) * ratio
            assert shown.devicePixelRatio() == ratio
            # a stroke has its full colour somewhere, a scaled one is washed out
            picture = shown.toImage()
            places = [(x, y) for x in range(picture.width()) for y in range(picture.height())]
            assert max(picture.pixelColor(x, y).alpha() for x, y in places) > 240
