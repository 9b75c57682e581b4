"""The lane of regions: labels never touch, pointing outlines, a click picks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QToolTip

from uasrm_core.audio.region import Region
from uasrm_gui.editor.mark_buttons import MarkButton
from uasrm_gui.editor.region_lane import HEIGHT, RegionLane, fitting_labels
from uasrm_gui.editor.spectrogram import SpectrogramPane

labels = st.lists(
    st.tuples(
        st.floats(0, 1000, allow_nan=False),
        st.floats(5, 60, allow_nan=False),
        st.integers(0, 2),
    ),
    max_size=60,
)


@given(labels)
def test_labels_never_touch_and_the_most_important_is_there(drawn):
    lefts, widths, ranks = ([row[n] for row in drawn] for n in range(3))
    shown = fitting_labels(lefts, widths, ranks)
    spans = sorted((lefts[n], lefts[n] + widths[n]) for n in shown)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    if drawn:
        assert ranks[shown[0]] == min(ranks)


@pytest.fixture
def marked(opened):
    opened.document.work.add_region(Region(20_000, 24_000))
    opened.document.work.add_region(Region(60_000, 62_000))
    opened.document.selection.pick_rows(())
    opened.document.selection.select(None)
    opened.editor.fit()
    return opened


def place_of(window, lane, frame):
    start, end = window.editor.visible_frames()
    return QPoint(round(lane.width() * (frame - start) / (end - start)), HEIGHT - 2)


def test_a_region_is_outlined_only_while_it_is_pointed_at_or_picked(marked, qtbot):
    lane, pane = marked.findChild(RegionLane), marked.findChild(SpectrogramPane)
    qtbot.waitUntil(marked.editor.is_complete)
    plain = pane.grab().toImage()
    qtbot.mouseMove(lane, place_of(marked, lane, 22_000))
    pointed = pane.grab().toImage()
    assert pointed != plain
    qtbot.mouseMove(lane, place_of(marked, lane, 40_000))
    assert pane.grab().toImage() == plain


def test_a_click_in_the_lane_picks_the_region(marked, qtbot):
    lane = marked.findChild(RegionLane)
    qtbot.mouseClick(lane, Qt.MouseButton.LeftButton, pos=place_of(marked, lane, 61_000))
    assert marked.document.selection.rows == (1,)


def test_regions_can_be_hidden_and_are_not_in_the_way_then(marked):
    lane = marked.findChild(RegionLane)
    assert lane.isVisible()
    marked.action_set["regions.show"].trigger()
    assert not lane.isVisible()
    assert lane.row_at(place_of(marked, lane, 22_000).x()) is None
    marked.action_set["regions.show"].trigger()
    assert lane.isVisible()


def test_modes_of_a_recording_are_not_those_of_the_next(marked, qtbot, music_like, wav_file):
    marked.editor.set_channel(1)
    marked.choice.choose_adapting(True)
    assert marked.action_set["adapt"].isChecked()
    path = wav_file(music_like(1.0), name="next.wav")
    marked.document.work.add_region(Region(100, 200))
    with qtbot.waitSignal(marked.document.work.opened):
        marked.document.files.open(path)
    assert marked.editor.channel == "all"
    assert not marked.choice.adapts
    assert not marked.action_set["adapt"].isChecked()


def buttons_of(window, qtbot, count):
    lane = window.findChild(RegionLane)

    def shown():
        return [one for one in lane.findChildren(MarkButton) if one.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == count)
    return sorted(shown(), key=lambda one: one.x())


def test_a_screen_reader_meets_each_region_in_view_and_can_pick_it(marked, qtbot):
    _, second = buttons_of(marked, qtbot, 2)
    met = QAccessible.queryAccessibleInterface(second)
    assert met.text(QAccessible.Text.Name).startswith("2, Open, ")
    assert met.role() == QAccessible.Role.Button
    met.actionInterface().doAction("Press")
    qtbot.waitUntil(lambda: marked.document.selection.rows == (1,))
    marked.editor.show_regions(False)
    buttons_of(marked, qtbot, 0)


def test_arrows_go_from_region_to_region_and_tab_leaves_them(marked, qtbot):
    marked.activateWindow()
    first, second = buttons_of(marked, qtbot, 2)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert QApplication.focusWidget() is second
    qtbot.keyClick(second, Qt.Key.Key_Space)
    assert marked.document.selection.rows == (1,)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    assert not isinstance(QApplication.focusWidget(), MarkButton)


def test_the_narrower_of_two_regions_is_picked_and_named_under_the_pointer(marked, qtbot):
    marked.document.work.add_region(Region(58_000, 80_000, label="all of it"))
    marked.editor.fit()
    lane = marked.findChild(RegionLane)
    assert lane.row_at(place_of(marked, lane, 61_000).x()) == 1
    place = place_of(marked, lane, 72_000)
    assert lane.row_at(place.x()) == 2
    qtbot.mouseMove(lane, place)
    assert QToolTip.text().startswith("3, Open, ")
    assert QToolTip.text().endswith(", all of it")
    QToolTip.hideText()
