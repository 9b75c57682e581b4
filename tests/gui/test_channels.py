"""Recordings of several channels: a spectrogram each, named, folded away, and worked in alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.gestures import clip_of, drag, pane_of, wait_until_drawn
from uasrm_core.overview.tiles import lane_count
from uasrm_gui.editor.fold_buttons import FoldButton
from uasrm_gui.editor.rulers import ChannelRuler, FrequencyRuler
from uasrm_gui.editor.waveform import WaveformPane


@pytest.fixture
def surround(editor, qtbot, music_like):
    """Return an editor with two seconds of six channels."""
    editor.resize(900, 700)
    editor.set_clip(clip_of(np.concatenate([music_like(2.0)] * 3)))
    wait_until_drawn(editor, qtbot)
    return editor


def buttons_of(editor, kind=FrequencyRuler):
    return [one for one in editor.findChild(kind).findChildren(FoldButton) if one.isVisible()]


@pytest.mark.parametrize("channels", range(1, 9))
def test_each_of_up_to_eight_channels_has_a_spectrogram(editor, qtbot, music_like, channels):
    editor.set_clip(clip_of(np.concatenate([music_like(0.5)] * 4)[:channels]))
    wait_until_drawn(editor, qtbot)
    strips = pane_of(editor).lane_strips
    assert len(strips) == lane_count(channels) == channels
    assert all(high.top + high.height <= low.top for high, low in pairwise(strips))
    assert strips[-1].top + strips[-1].height <= pane_of(editor).height() + 1e-6
    assert len(buttons_of(editor)) == (channels if channels > 1 else 0)


def test_more_than_eight_share_one_and_cannot_be_folded(editor, qtbot, music_like):
    editor.set_clip(clip_of(np.concatenate([music_like(0.5)] * 5)[:9]))
    wait_until_drawn(editor, qtbot)
    assert len(pane_of(editor).lane_strips) == 1
    assert len(editor.findChild(WaveformPane).lane_strips) == 9
    assert editor.channel_names == ()
    assert buttons_of(editor) == []


def test_channels_are_named_by_the_layout(surround):
    assert [one.text() for one in buttons_of(surround)] == ["L", "R", "C", "LFE", "Ls", "Rs"]
    assert buttons_of(surround)[3].accessibleName() == "Fold channel LFE"
    assert len(buttons_of(surround, ChannelRuler)) == 6


def test_a_press_folds_a_channel_and_gives_its_room_to_the_others(surround, qtbot):
    before = pane_of(surround).lane_strips
    qtbot.mouseClick(buttons_of(surround)[1], Qt.MouseButton.LeftButton)
    after = pane_of(surround).lane_strips
    assert [strip.folded for strip in after] == [False, True, False, False, False, False]
    assert after[1].height < before[1].height < after[0].height
    assert buttons_of(surround)[1].accessibleName() == "Unfold channel R"
    assert surround.findChild(WaveformPane).lane_strips[1].folded
    qtbot.mouseClick(buttons_of(surround, ChannelRuler)[1], Qt.MouseButton.LeftButton)
    assert pane_of(surround).lane_strips == before


def test_the_last_channel_cannot_be_folded(surround, qtbot):
    for button in buttons_of(surround)[:5]:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not buttons_of(surround)[5].isEnabled()
    surround.turn_fold(5)
    assert not surround.is_folded(5)
    surround.unfold_all()
    assert not any(strip.folded for strip in pane_of(surround).lane_strips)


def test_the_keyboard_goes_along_the_names_and_folds(surround, qtbot):
    first = buttons_of(surround)[0]
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    QTest.keyClick(first, Qt.Key.Key_Down)
    second = QApplication.focusWidget()
    assert second is buttons_of(surround)[1]
    QTest.keyClick(second, Qt.Key.Key_Space)
    assert surround.is_folded(1)
    QTest.keyClick(second, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() not in buttons_of(surround)


def place(pane, lane, x, y):
    """Return a point in a lane, at parts of its width and height."""
    strip = pane.lane_strips[lane]
    return round(x * pane.width()), round(strip.top + y * strip.height)


def test_a_box_is_drawn_in_the_channel_under_the_pointer_alone(surround, qtbot):
    pane = pane_of(surround)
    surround.turn_fold(0)
    surround.set_channel("pointer")
    surround.set_tool("box")
    drag(qtbot, pane, place(pane, 3, 0.2, 0.3), place(pane, 3, 0.4, 0.7))
    region = surround.selection.region
    assert region.channels == (3,)
    strip = pane.lane_strips[3]
    top_hz = pane.frequency.hz_at(0.3 * strip.height, strip.height)
    assert region.high_hz == pytest.approx(top_hz, rel=0.1)


@pytest.mark.parametrize("tool", ["box", "brush", "lasso", "band", "wand"])
def test_in_a_folded_channel_every_tool_selects_time(surround, qtbot, tool):
    pane = pane_of(surround)
    surround.turn_fold(2)
    surround.set_channel("pointer")
    surround.set_tool(tool)
    drag(qtbot, pane, place(pane, 2, 0.2, 0.2), place(pane, 2, 0.4, 0.8))
    region = surround.selection.region
    assert region.channels == (2,)
    assert not region.is_partial
    assert pane.readout(QPointF(*place(pane, 2, 0.3, 0.5))).hz is None


def test_a_selection_is_seen_in_a_folded_channel_as_time(surround, qtbot):
    pane = pane_of(surround)
    surround.set_tool("box")
    drag(qtbot, pane, place(pane, 0, 0.2, 0.3), place(pane, 0, 0.4, 0.7))
    surround.turn_fold(5)
    strip, rect = pane.lane_strips[5], pane.selection_rects()[5]
    assert (rect.top(), rect.height()) == (strip.top, strip.height)
    pane.grab()


def test_a_session_keeps_what_is_folded_and_another_recording_does_not(surround, music_like):
    surround.turn_fold(4)
    data = surround.view_data()
    surround.unfold_all()
    surround.restore_view(data)
    assert surround.is_folded(4)
    surround.restore_view({"folded": [True, "1", 99, -3]})
    surround.set_clip(clip_of(music_like(0.5)))
    assert not surround.is_folded(0)
    assert not surround.is_folded(4)


def test_the_menus_call_channels_by_their_names(opened):
    shown = [opened.action_set[f"channel.show.{number}"] for number in (1, 2, 3)]
    assert [action.text().replace("&", "") for action in shown[:2]] == [
        "Show Channel L",
        "Show Channel R",
    ]
    assert [action.isVisible() for action in shown] == [True, True, False]
    shown[0].trigger()
    assert opened.editor.is_folded(0)
    assert not shown[0].isChecked()
    assert shown[1].isChecked()


def test_channels_look_the_same_folded_or_not(surround, qtbot):
    """What is left of a picture is drawn as it was, only higher."""
    surround.set_display(replace(surround.display, layout="spectrogram"))
    for channel in range(1, 6):
        surround.turn_fold(channel)
    wait_until_drawn(surround, qtbot)
    image = pane_of(surround).grab().toImage()
    strip = pane_of(surround).lane_strips[0]
    colors = {image.pixelColor(450, round(strip.top + y)).name() for y in range(int(strip.height))}
    assert len(colors) > 10


class Painted(QObject):
    """Notes which widgets are painted."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.names.append(type(watched).__name__)
        return False


def test_rulers_are_not_drawn_anew_while_the_view_moves_in_time(surround, qtbot):
    painted = Painted()
    for kind in (FrequencyRuler, ChannelRuler):
        surround.findChild(kind).installEventFilter(painted)
    surround.set_view(10_000, 30_000)
    wait_until_drawn(surround, qtbot)
    assert painted.names == []
    surround.zoom_frequencies(1)
    surround.zoom_amplitude(1)
    QApplication.processEvents()
    assert {"FrequencyRuler", "ChannelRuler"} <= set(painted.names)
