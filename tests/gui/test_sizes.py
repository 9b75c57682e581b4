"""The window is legible from 800 × 500 to 7680 × 4320."""

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QTabWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import Detection
from uasrm_core.translation import LANGUAGES, use_languages
from uasrm_gui.actions.action_set import shortcut_groups
from uasrm_gui.dialogs.shortcuts import ShortcutsDialog
from uasrm_gui.editor.spectrogram import SpectrogramPane

pytestmark = pytest.mark.usefixtures("dressed")
KINDS = (QAbstractButton, QComboBox, QLabel, QLineEdit)


def cut_off(bar):
    """Return what a bar shows too small to be read, or beyond its edge."""
    widgets = [widget for kind in KINDS for widget in bar.findChildren(kind)]
    shown = [widget for widget in widgets if widget.isVisibleTo(bar) and not extends(widget)]
    found = []
    for widget in shown:
        inside = QRect(widget.mapTo(bar, QPoint()), widget.size())
        needed = widget.minimumSizeHint()
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        if isinstance(widget, QToolButton | QLabel) and not wraps:
            needed = widget.sizeHint()
        if (
            needed.width() > widget.width() + 1
            or (wraps and widget.heightForWidth(widget.width()) > widget.height() + 1)
            or not bar.rect().contains(inside)
        ):
            found.append(widget.accessibleName() or getattr(widget, "text", str)())
    return found


def extends(widget):
    """Whether this is the arrow that leads to what has no room."""
    return widget.objectName().startswith("qt_") or isinstance(widget.parentWidget(), QLineEdit)


@pytest.mark.parametrize("size", [(800, 500), (1000, 640), (1280, 800), (7680, 4320)])
def test_the_bars_can_be_read_at_any_size(opened, qtbot, size):
    opened.tabs.resize(*size)
    qtbot.waitUntil(lambda: opened.width() == size[0])
    qtbot.wait(20)
    assert (opened.tabs.width(), opened.tabs.height()) == size
    for bar in opened.findChildren(QToolBar):
        assert cut_off(bar) == [], bar.objectName()
    assert opened.editor.width() > 0.4 * size[0]
    assert opened.editor.height() > 0.5 * size[1]
    assert opened.regions.table.height() > 60


@pytest.mark.parametrize("method", ["auto", "attenuate"])
def test_the_way_to_repair_is_in_sight_in_the_smallest_window(opened, qtbot, method):
    method_box = opened.findChild(QToolBar, "tools").findChild(QComboBox)
    method_box.setCurrentIndex(method_box.findData(method))
    button = opened.findChild(QToolBar, "tools").findChild(QToolButton, "primary")
    for size in ((800, 500), (1280, 800), (800, 500)):
        opened.tabs.resize(*size)
        qtbot.waitUntil(lambda size=size: opened.width() == size[0])
        qtbot.wait(20)
        assert button.isVisible()
        assert opened.rect().contains(QRect(button.mapTo(opened, QPoint()), button.size()))
    opened.tabs.resize(1280, 800)
    qtbot.waitUntil(lambda: opened.width() == 1280)
    names = [action.text() for action in opened.findChild(QToolBar, "tools").actions()]
    assert names.index("Zoom &In") < names.index("&Undo")


def out_of_sight(window, panel):
    """Return what of a panel is covered, or beyond its edge; what scrolls is in reach."""
    scrolled = [
        inside
        for area in panel.findChildren(QAbstractScrollArea)
        for inside in area.viewport().findChildren(QWidget)
    ]
    found = []
    for widget in [w for kind in KINDS for w in panel.findChildren(kind)]:
        if widget.isVisibleTo(panel) and not extends(widget) and widget not in scrolled:
            area = panel.parentWidget().parentWidget()
            for inside in (QPoint(), widget.rect().bottomRight()):
                # a panel with more than there is room for scrolls
                wanted = widget.mapTo(panel, inside)
                area.ensureVisible(wanted.x(), wanted.y(), 2, 2)
                seen = window.childAt(widget.mapTo(window, inside))
                if seen is None or not (seen is widget or widget.isAncestorOf(seen)):
                    found.append(widget.accessibleName() or getattr(widget, "text", str)())
    return found


@pytest.mark.parametrize("time_format", ["clock", "samples", "tc2997"])
def test_the_numbers_of_a_selection_fit_their_fields(opened, time_format):
    opened.settings.change(time_format=time_format)
    opened.document.selection.select(Region(10_000, 30_000))
    bar = opened.findChild(QToolBar, "transport")
    fields = [field for field in bar.findChildren(QLineEdit) if field.objectName() == "number"]
    assert sum(bool(field.text()) for field in fields) == 3
    for field in fields:
        # a border, the padding of the style sheet and the margin of a line on each side
        room = field.width() - 2 * (1 + 3 + 2)
        assert field.fontMetrics().horizontalAdvance(field.text()) <= room


PANELS = ("regions", "review", "history", "display")


def test_every_panel_can_be_worked_in_in_the_smallest_window(opened, qtbot):
    opened.document.work.add_region(Region(10_000, 12_000))
    opened.tabs.resize(800, 500)
    qtbot.waitUntil(lambda: opened.width() == 800)
    for name in PANELS:
        opened.show_panel(name)
        panel = opened.findChild(QWidget, name)
        qtbot.waitUntil(panel.isVisible)
        assert out_of_sight(opened, panel) == [], name


@pytest.mark.parametrize("size", [(1280, 720), (1600, 1000), (2560, 1440)])
def test_the_picture_has_70_percent_of_the_width(opened, qtbot, size):
    opened.tabs.resize(*size)
    qtbot.waitUntil(lambda: opened.width() == size[0])
    qtbot.wait(20)
    side = opened.findChild(QTabWidget)
    assert opened.findChild(SpectrogramPane).width() >= 0.7 * size[0]
    assert side.width() <= 360


@pytest.fixture(params=sorted(LANGUAGES))
def language(request):
    use_languages([request.param])
    yield request.param
    use_languages(["en"])


def test_no_panel_scrolls_sideways_in_any_language(
    language, make_window, fake_api, qtbot, wav_file, tone
):
    window = make_window(fake_api)
    window.tabs.resize(1280, 720)
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(tone(seconds=1.0)))
    clicks = tuple(Detection(Kind.CLICK, n, n + 20, (0,), 0.9) for n in range(500, 30_000, 100))
    fake_api.detect = lambda clip, settings, progress: clicks
    window.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: bool(window.review.detections))
    window.action_set["find.accept.all"].trigger()
    for name in PANELS:
        window.show_panel(name)
        panel = window.findChild(QWidget, name)
        area = panel.parentWidget().parentWidget()
        qtbot.waitUntil(panel.isVisible)
        assert panel.minimumSizeHint().width() <= area.width(), name


def test_the_panels_are_put_away_and_come_back_with_what_is_asked_for(opened, qtbot):
    side, pane = opened.findChild(QTabWidget), opened.findChild(SpectrogramPane)
    before = pane.width()
    opened.action_set["panel.side"].trigger()
    assert not side.isVisible()
    qtbot.waitUntil(lambda: pane.width() > before)
    opened.show_panel("history")
    assert side.isVisible()
    assert opened.findChild(QWidget, "history").isVisible()
    assert opened.action_set["panel.side"].isChecked()


def test_nothing_moves_when_a_job_begins_or_ends(opened, qtbot):
    opened.runner.submit("Working", lambda progress: None)
    fields = [field for field in opened.status.findChildren(QLabel) if field.isVisible()]
    places = [field.mapTo(opened, QPoint()) for field in fields]
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert [field.mapTo(opened, QPoint()) for field in fields] == places


def test_every_menu_fits_a_screen_720_pixels_high(opened):
    heights = {
        menu.title(): sum(13 if action.isSeparator() else 27 for action in menu.actions())
        for menu in opened.menus.findChildren(QMenu)
    }
    assert "&Repair" in heights
    assert {title: height for title, height in heights.items() if height > 700} == {}


def test_every_key_is_in_sight_in_the_list_of_keys(language, make_window, fake_api, qtbot):
    window = make_window(fake_api)
    dialog = ShortcutsDialog(shortcut_groups(window.action_set.keys), window)
    dialog.show()
    area = dialog.findChild(QScrollArea)
    qtbot.waitUntil(area.isVisible)
    assert not area.horizontalScrollBar().maximum()
    assert dialog.width() <= 1280
