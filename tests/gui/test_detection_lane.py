"""Detections on the canvas: ticks above the picture, and buttons for screen readers and keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.gestures import pixels
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection
from uasrm_gui.editor.detection_lane import HEIGHT, DetectionLane
from uasrm_gui.editor.mark_buttons import MOST_BUTTONS, MarkButton
from uasrm_gui.theme import COLORS

STARTS = (10_000, 30_000, 60_000)


def clicks(starts, length=400):
    return tuple(Detection(Kind.CLICK, start, start + length, (0,), 0.9) for start in starts)


def look(window, fake_api, qtbot, detections):
    fake_api.detect = lambda clip, settings, progress: detections
    window.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: window.review.has_looked)


@pytest.fixture
def found(opened, fake_api, qtbot):
    """Return a window with three detections."""
    look(opened, fake_api, qtbot, clicks(STARTS))
    return opened


def lane_of(window):
    return window.editor.findChild(DetectionLane)


def buttons(window):
    return [one for one in lane_of(window).findChildren(MarkButton) if one.isVisible()]


def test_a_screen_reader_meets_each_detection_and_can_look_at_it(found, qtbot):
    qtbot.waitUntil(lambda: len(buttons(found)) == 3)
    met = QAccessible.queryAccessibleInterface(buttons(found)[1])
    assert met.text(QAccessible.Text.Name) == "2, Click, 0.680–0.689 s, Open"
    assert met.role() == QAccessible.Role.Button
    met.actionInterface().doAction("Press")
    qtbot.waitUntil(lambda: found.review.current == 1)
    assert found.document.selection.region.start_frame == STARTS[1]
    found.action_set["find.accept"].trigger()
    found.editor.fit()
    qtbot.waitUntil(lambda: met.text(QAccessible.Text.Name).endswith("Accepted"))


def test_arrows_go_from_detection_to_detection_and_tab_leaves_them(found, qtbot):
    qtbot.waitUntil(lambda: len(buttons(found)) == 3)
    found.activateWindow()
    first, second, _ = buttons(found)
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert QApplication.focusWidget() is second
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert found.review.current == 1
    buttons(found)[1].setFocus()
    QTest.keyClick(buttons(found)[1], Qt.Key.Key_Tab)
    assert QApplication.focusWidget() not in buttons(found)


def test_a_click_on_a_tick_looks_at_the_detection(found, qtbot):
    lane = lane_of(found)
    x = round(STARTS[2] / found.editor.clip_frames() * lane.width())
    qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(x, 4))
    assert found.review.current == 2


def test_ticks_are_drawn_and_told_apart_by_height(found, qtbot):
    lane = lane_of(found)
    x = round((STARTS[0] + 200) / found.editor.clip_frames() * lane.width())
    background = pixels(lane)[:, -1]
    column = pixels(lane)[:, x]
    as_open = (column != background).any(axis=1).sum()
    found.review.go_to(0)
    found.action_set["find.reject"].trigger()
    found.editor.fit()
    column = pixels(lane)[:, x]
    assert 0 < (column != background).any(axis=1).sum() < as_open


def test_the_current_tick_is_seen_among_others_on_its_pixel(opened, fake_api, qtbot):
    look(opened, fake_api, qtbot, clicks((10_000, 10_010), 4))
    opened.review.go_to(1)
    opened.action_set["find.accept"].trigger()
    assert opened.review.current == 0
    opened.editor.fit()
    lane = lane_of(opened)
    x = round(10_000 / opened.editor.clip_frames() * lane.width())
    shown = lane.grab().toImage().pixelColor(x, HEIGHT // 2).name()
    assert shown == QColor(COLORS.text).name()


def test_detections_of_a_tab_that_was_not_in_sight_have_buttons_as_well(opened, fake_api, qtbot):
    opened.hide()
    look(opened, fake_api, qtbot, clicks(STARTS))
    qtbot.waitUntil(lambda: len(lane_of(opened).findChildren(MarkButton)) == 3)
    opened.show()
    qtbot.waitUntil(lambda: len(buttons(opened)) == 3)


def test_thousands_of_detections_make_no_thousands_of_buttons(opened, fake_api, qtbot):
    look(opened, fake_api, qtbot, clicks(range(0, 80_000, 40), 20))
    qtbot.waitUntil(lambda: len(buttons(opened)) == MOST_BUTTONS)
    lane_of(opened).grab()


def test_hidden_regions_hide_detections_as_well(found):
    found.action_set["regions.show"].trigger()
    assert not lane_of(found).isVisible()
