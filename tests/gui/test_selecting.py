"""Every selection tool as a user meets it: dragged with, added to, taken away from, undone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import FULL, Shape
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.state.selection import REMEMBERED_BYTES, SelectionHistory

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton
RATE = 44100


@pytest.fixture
def pane(opened, qtbot):
    opened.editor.set_frequency_scale("linear")
    found = opened.editor.findChild(SpectrogramPane)
    qtbot.waitUntil(opened.editor.is_complete)
    return found


def drag(qtbot, pane, *places, held=NONE) -> None:
    qtbot.mousePress(pane, LEFT, held, QPoint(*places[0]))
    for place in places[1:]:
        qtbot.mouseMove(pane, QPoint(*place))
    qtbot.mouseRelease(pane, LEFT, held, QPoint(*places[-1]))


def weight(window, pane, x, y) -> float:
    """How far the place under a pixel of the upper lane is selected."""
    point = pane.point_at(QPoint(x, y).toPointF(), 0)
    region = window.document.selection.region
    return 0.0 if region is None else region.area(RATE).weight_at(point.frame, point.hz)


def wait(qtbot, window) -> None:
    qtbot.waitUntil(lambda: window.runner.current is None)


class TestDrawing:
    def test_the_brush_paints_where_it_goes(self, opened, pane, qtbot):
        opened.editor.set_tool("brush")
        drag(qtbot, pane, (100, 40), (150, 60), (200, 40))
        for place in ((100, 40), (125, 50), (150, 60), (199, 40)):
            assert weight(opened, pane, *place) == 1.0
        assert weight(opened, pane, 150, 30) == 0.0
        assert weight(opened, pane, 250, 40) == 0.0

    def test_a_click_with_the_brush_is_a_dab(self, opened, pane, qtbot):
        opened.editor.set_tool("brush")
        qtbot.mouseClick(pane, LEFT, pos=QPoint(120, 50))
        assert weight(opened, pane, 120, 50) == 1.0
        assert weight(opened, pane, 140, 50) == 0.0

    def test_a_larger_brush_paints_more(self, opened, pane, qtbot):
        opened.editor.set_tool("brush")
        opened.settings.change(brush_pixels=80)
        qtbot.mouseClick(pane, LEFT, pos=QPoint(120, 50))
        assert weight(opened, pane, 140, 50) > 0.9
        opened.action_set["brush.smaller"].trigger()
        assert opened.settings.values.brush_pixels < 80

    def test_the_lasso_takes_what_it_encloses(self, opened, pane, qtbot):
        opened.editor.set_tool("lasso")
        drag(qtbot, pane, (100, 30), (200, 30), (200, 90), (100, 90))
        assert weight(opened, pane, 150, 60) == 1.0
        assert weight(opened, pane, 90, 60) == 0.0
        assert weight(opened, pane, 150, 20) == 0.0

    def test_a_lasso_around_nothing_is_refused_in_a_sentence(self, opened, pane, qtbot):
        opened.editor.set_tool("lasso")
        drag(qtbot, pane, (100, 30), (104, 30))
        assert opened.document.selection.region is None
        assert opened.message.text.endswith(".")

    def test_a_band_is_selected_over_the_view_or_the_selection(self, opened, pane, qtbot):
        opened.editor.set_tool("band")
        drag(qtbot, pane, (100, 40), (120, 80))
        selection = opened.document.selection.region
        assert (selection.start_frame, selection.end_frame) == (0, opened.document.work.info.frames)
        assert 0 < selection.low_hz < selection.high_hz < RATE / 2
        opened.document.selection.select(Region(1000, 20_000))
        drag(qtbot, pane, (100, 40), (120, 80))
        selection = opened.document.selection.region
        assert (selection.start_frame, selection.end_frame) == (1000, 20_000)

    @pytest.mark.parametrize("tool", ["band", "box", "brush", "lasso", "wand"])
    def test_over_the_waveform_every_tool_selects_time(self, opened, qtbot, tool):
        opened.editor.set_tool(tool)
        waveform = opened.editor.findChild(WaveformPane)
        drag(qtbot, waveform, (100, 10), (200, 20))
        assert not opened.document.selection.region.is_partial

    @pytest.mark.parametrize("tool", ["time", "band", "box", "brush", "lasso"])
    def test_a_drag_far_past_every_edge_stays_in_the_recording(self, opened, pane, qtbot, tool):
        opened.editor.set_tool(tool)
        drag(qtbot, pane, (50, 50), (-4000, -4000), (9000, 9000), (9000, -50))
        selection = opened.document.selection.region
        if selection is not None:
            assert (
                0 <= selection.start_frame < selection.end_frame <= opened.document.work.info.frames
            )
            assert (selection.low_hz or 0) >= 0
            assert (selection.high_hz or 0) <= RATE / 2

    def test_only_the_channel_under_the_pointer(self, opened, pane, qtbot):
        opened.action_set["select.channel"].trigger()
        for tool in ("time", "box", "brush"):
            opened.editor.set_tool(tool)
            bottom = pane.height() - 60
            drag(qtbot, pane, (100, bottom), (200, bottom + 30))
            assert opened.document.selection.region.channels == (1,)
        assert pane.meant_lanes() == pane.lane_strips[1:]


class TestCombining:
    def test_shift_adds_and_ctrl_takes_away(self, opened, pane, qtbot):
        opened.editor.set_tool("box")
        drag(qtbot, pane, (100, 30), (200, 80))
        drag(qtbot, pane, (300, 30), (350, 80), held=SHIFT)
        assert weight(opened, pane, 150, 50) == weight(opened, pane, 325, 50) == 1.0
        assert weight(opened, pane, 250, 50) == 0.0
        drag(qtbot, pane, (130, 20), (160, 100), held=CONTROL)
        assert weight(opened, pane, 145, 50) == 0.0
        assert weight(opened, pane, 110, 50) == 1.0

    def test_taking_all_away_leaves_nothing(self, opened, pane, qtbot):
        opened.editor.set_tool("time")
        drag(qtbot, pane, (100, 30), (200, 80))
        drag(qtbot, pane, (50, 30), (300, 80), held=CONTROL)
        assert opened.document.selection.region is None

    def test_parts_that_lie_apart_become_regions_of_their_own(self, opened, pane, qtbot):
        opened.editor.set_tool("time")
        drag(qtbot, pane, (100, 30), (150, 80))
        drag(qtbot, pane, (300, 30), (350, 80), held=SHIFT)
        opened.action_set["region.add"].trigger()
        assert len(opened.document.work.regions) == 2
        assert not any(region.is_partial for region in opened.document.work.regions)
        opened.action_set["undo"].trigger()
        assert opened.document.work.regions == ()

    def test_a_drawn_selection_is_repaired_as_drawn(self, opened, pane, qtbot, fake_api):
        opened.editor.set_tool("brush")
        drag(qtbot, pane, (100, 40), (200, 60))
        drawn = opened.document.selection.region
        opened.action_set["repair"].trigger()
        wait(qtbot, opened)
        (region,) = opened.document.work.regions
        assert region.shape == drawn.shape
        assert opened.document.work.is_repaired(region)


class TestWayBack:
    def test_selections_are_undone_one_drag_at_a_time(self, opened, pane, qtbot):
        opened.editor.set_tool("time")
        drag(qtbot, pane, (100, 30), (150, 30), (200, 30))
        first = opened.document.selection.region
        drag(qtbot, pane, (300, 30), (320, 30), (400, 30))
        second = opened.document.selection.region
        back, forth = opened.action_set["select.undo"], opened.action_set["select.redo"]
        back.trigger()
        assert opened.document.selection.region == first
        back.trigger()
        assert opened.document.selection.region is None
        assert not back.isEnabled()
        forth.trigger()
        forth.trigger()
        assert opened.document.selection.region == second
        assert not forth.isEnabled()

    def test_the_history_of_the_work_is_left_alone(self, opened, pane, qtbot):
        drag(qtbot, pane, (100, 30), (150, 30), (200, 30))
        opened.action_set["select.undo"].trigger()
        assert opened.document.work.history.edits == ()


class TestEdits:
    @pytest.fixture
    def selected(self, opened, pane, qtbot):
        opened.editor.set_tool("box")
        drag(qtbot, pane, (100, 30), (200, 80))
        return opened

    def test_grow_shrink_and_back(self, selected):
        before = selected.document.selection.region
        selected.action_set["select.grow"].trigger()
        grown = selected.document.selection.region
        assert grown.start_frame == before.start_frame - RATE // 100
        assert grown.high_hz == pytest.approx(before.high_hz + 50)
        selected.action_set["select.shrink"].trigger()
        assert selected.document.selection.region == before

    def test_shrinking_to_nothing_is_said_and_changes_nothing(self, selected):
        before = selected.document.selection.region
        selected.settings.change(reach_hz=20_000)
        selected.action_set["select.shrink"].trigger()
        assert selected.document.selection.region == before
        assert selected.message.text.endswith(".")

    def test_inverting_takes_the_other_frequencies(self, selected, pane):
        selected.action_set["select.invert"].trigger()
        assert weight(selected, pane, 150, 50) == 0.0
        assert weight(selected, pane, 150, 5) == 1.0
        assert weight(selected, pane, 250, 5) == 0.0

    def test_soft_edges_are_soft(self, selected, pane):
        selected.settings.change(reach_ms=100, reach_hz=0)
        selected.action_set["select.feather"].trigger()
        assert weight(selected, pane, 100, 55) == pytest.approx(0.5, abs=0.1)
        assert weight(selected, pane, 150, 55) == 1.0

    def test_harmonics_of_a_tone(self, opened, qtbot, tone, wav_file):
        with qtbot.waitSignal(opened.document.work.opened):
            opened.document.files.open(wav_file(tone(700.0, 2.0), name="tone.wav"))
        opened.document.selection.select(Region(20_000, 40_000, 650.0, 780.0))
        opened.action_set["select.harmonics"].trigger()
        wait(qtbot, opened)
        area = opened.document.selection.region.area(RATE)
        for number in (1, 2, 5, 20):
            assert area.weight_at(30_000, 700.0 * number) == 1.0
        assert area.weight_at(30_000, 1050.0) == 0.0

    def test_snapping_to_a_peak_and_to_zero(self, opened, qtbot, tone, wav_file):
        with qtbot.waitSignal(opened.document.work.opened):
            opened.document.files.open(wav_file(tone(700.0, 2.0), name="tone.wav"))
        opened.document.selection.select(Region(20_000, 40_000, 650.0, 850.0))
        opened.action_set["select.peak"].trigger()
        wait(qtbot, opened)
        selection = opened.document.selection.region
        assert (selection.low_hz + selection.high_hz) / 2 == pytest.approx(700.0, abs=2)
        opened.action_set["select.zero"].trigger()
        wait(qtbot, opened)
        for frame in (
            opened.document.selection.region.start_frame,
            opened.document.selection.region.end_frame,
        ):
            before, after = opened.document.work.clip.read(frame - 1, frame + 1)[0]
            assert before * after <= 0

    def test_similar_events_are_reviewed_and_listed_by_likeness(self, opened, qtbot, wav_file):
        wave = np.random.default_rng(2).standard_normal(3 * RATE) * 0.003
        click = np.exp(-np.arange(100) / 20) * np.cos(np.arange(100) * 0.9)
        for place in (20_000, 60_000, 100_000):
            wave[place : place + 100] += 0.5 * click
        with qtbot.waitSignal(opened.document.work.opened):
            opened.document.files.open(wav_file(wave, name="clicks.wav"))
        opened.document.selection.select(Region(60_000, 60_100))
        opened.show_panel("regions")
        opened.action_set["select.similar"].trigger()
        wait(qtbot, opened)
        review = opened.review
        starts = [detection.start_frame for detection in review.detections]
        # in the order in which they are heard, whichever was marked
        assert starts == [
            pytest.approx(20_000, abs=40),
            60_000,
            pytest.approx(100_000, abs=40),
        ]
        # what was filled is in sight
        assert opened.detections.table.isVisible()
        assert "Likeness" in [label.text() for label in opened.detections.findChildren(QLabel)]
        opened.detections.slider.setValue(0)
        assert [detection.start_frame for detection in review.detections] == [60_000]
        opened.detections.slider.setValue(100)
        assert len(review.detections) >= 3

    def test_what_is_like_nothing_else_is_told_in_words(self, opened, qtbot, fake_api):
        fake_api.list_similar = lambda clip, region, progress: ()
        opened.document.selection.select(Region(60_000, 60_100))
        opened.action_set["select.similar"].trigger()
        wait(qtbot, opened)
        assert opened.message.text == "Nothing was found that sounds like the selection."
        assert opened.document.work.regions == ()

    def test_the_wand_takes_what_is_as_loud(self, opened, pane, qtbot, tone, wav_file):
        with qtbot.waitSignal(opened.document.work.opened):
            opened.document.files.open(wav_file(tone(5000.0, 2.0), name="tone.wav"))
        opened.editor.set_tool("wand")
        y = round(pane.height() * (1 - 5000.0 / (RATE / 2)))
        qtbot.mouseClick(pane, LEFT, pos=QPoint(300, y))
        wait(qtbot, opened)
        selection = opened.document.selection.region
        assert 4800 < selection.low_hz < 5000 < selection.high_hz < 5200


def test_earlier_selections_are_forgotten_before_they_fill_the_memory():
    history = SelectionHistory()
    for number in range(40):
        weights = np.full((2000, 1000), 128, np.uint8)
        weights[:, number] = FULL
        shape = Shape(np.arange(2000), np.arange(1, 2001), 0, weights)
        history.note(Region(0, 2000, shape=shape))
    assert history.bytes <= REMEMBERED_BYTES
    latest = history.undo()
    assert latest.shape.weights[0, 38] == FULL


def test_everything_about_selecting_can_be_reached_without_a_mouse(opened):
    """By menu and, but for what takes a place pointed at, by a key."""
    for name, action in opened.action_set._actions.items():
        if name.startswith(("tool.", "select.", "brush.")):
            assert action.shortcuts(), name
            assert action.toolTip()
