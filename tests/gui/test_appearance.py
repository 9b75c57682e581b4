from dataclasses import asdict

import numpy as np
import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSlider,
    QSpinBox,
    QTabBar,
    QTableView,
    QTextBrowser,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tests.gui.gestures import pixels
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import box
from uasrm_gui.editor.overlays import draw_selection, draw_shape_selection
from uasrm_gui.editor.region_lane import RegionLane
from uasrm_gui.state.viewport import FrequencyView, Lane, TimeView
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
    for ground in (colors.accent_quiet, colors.warning_panel, colors.danger_panel):
        assert contrast(colors.text, ground) > 7
        assert contrast(colors.dim_text, ground) > 4.5
    for ground in (colors.accent, colors.accent_strong):
        assert contrast(colors.on_accent, ground) > 4.5
    for ground in (colors.accent_quiet, colors.window, colors.panel):
        assert contrast(colors.accent_strong, ground) > 4.5
    regions = (
        colors.region_open,
        colors.region_repaired,
        colors.region_unchanged,
        colors.region_accepted,
    )
    for ground in (colors.window, colors.panel):
        for sign in (colors.accent, colors.danger, *regions):
            assert contrast(sign, ground) > 4.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
def test_what_cannot_be_used_now_can_still_be_read(colors):
    for ground in (colors.window, colors.panel, colors.field, colors.raised):
        assert 3 < contrast(colors.faint_text, ground) < 4.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
def test_what_a_field_asks_for_can_be_read(bare, qtbot, colors):
    wear(bare, colors)
    field = QLineEdit()
    qtbot.addWidget(field)
    field.setPlaceholderText("Find a command or a key")
    drawn = {QColor(*map(int, pixel[::-1])).name() for pixel in pixels(field).reshape(-1, 3)}
    assert max(contrast(color, colors.field) for color in drawn) > 4.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
def test_what_is_drawn_on_the_recording_can_be_seen(colors):
    fields = [f for f in asdict(colors) if f.endswith("_on_canvas")]
    assert len(fields) == 6
    for name in (*fields, "on_canvas", "playhead", "waveform", "selection"):
        assert contrast(getattr(colors, name), colors.canvas) > 4.5


@pytest.mark.parametrize("kind", ["box", "brush"])
@pytest.mark.parametrize("ground", ["#ffffff", "#0d0f13", "#fcffa4"])
def test_a_selection_is_seen_over_any_sound(qapp, kind, ground):
    picture = QImage(200, 100, QImage.Format.Format_RGB32)
    picture.fill(QColor(ground))
    painter = QPainter(picture)
    if kind == "box":
        draw_selection(painter, QRectF(50, 20, 80, 50), handles="none")
    else:
        time, frequency = TimeView.whole(20_000, 200), FrequencyView(22050.0, "linear")
        shape = box(5000, 13_000, 4000.0, 16_000.0)
        draw_shape_selection(painter, shape, time, frequency, Lane(0.0, 100.0))
    painter.end()
    colors = {picture.pixelColor(x, y).name() for x in range(200) for y in range(100)}
    assert max(contrast(color, ground) for color in colors) > 4.5


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_labels_of_regions_can_be_read_in_both_themes(bare, opened, theme):
    appearance = Appearance(bare, opened.settings)
    opened.settings.change(theme=theme)
    opened.document.work.add_region(Region(20_000, 24_000))
    opened.document.selection.pick_rows(())
    opened.document.selection.select(None)
    picture = opened.findChild(RegionLane).grab().toImage()
    ground = picture.pixelColor(2, 1)
    drawn = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert max(contrast(color, ground) for color in drawn) > 4.5
    appearance.deleteLater()


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


@pytest.mark.parametrize("kind", [QSpinBox, QDoubleSpinBox])
def test_a_number_that_cannot_be_changed_looks_so(bare, qtbot, kind):
    wear(bare, LIGHT)
    box = kind()
    qtbot.addWidget(box)
    box.setEnabled(False)
    picture = box.grab().toImage()
    drawn = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert max(contrast(color, LIGHT.field) for color in drawn) < 4.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(
    "kind",
    [
        *(QCheckBox, QComboBox, QLineEdit, QListWidget, QPushButton, QSlider, QSpinBox),
        *(QTabBar, QTableView, QTextBrowser, QToolButton),
    ],
)
def test_what_has_the_keyboard_has_a_ring(bare, qtbot, colors, kind):
    wear(bare, colors)
    window, other, widget = QWidget(), QLineEdit(), kind()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(other)
    column.addWidget(widget)
    if kind is QTabBar:
        widget.addTab("one")
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    window.show()
    window.activateWindow()
    pictures = []
    for focused in (other, widget):
        focused.setFocus()
        qtbot.waitUntil(focused.hasFocus)
        pictures.append(pixels(widget).astype(int))
    changed = np.abs(pictures[0] - pictures[1]).max(axis=-1) > 40
    # words alone that change their colour are not enough
    assert changed.sum() >= 60
    assert (pictures[1] == QColor(colors.accent).getRgb()[2::-1]).all(axis=-1).sum() >= 20
