"""The editor's selection and regions: dragged, clicked, moved by keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from tests.gui.gestures import ALT, CONTROL, RATE, SHIFT, drag, frame_at, pane_of, pixels
from uasrm_core.audio.region import Region
from uasrm_gui.editor.overview import Overview
from uasrm_gui.editor.region_lane import RegionLane
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.state.marks import RegionMark


class TestSelecting:
    @pytest.mark.parametrize("kind", [SpectrogramPane, WaveformPane])
    def test_a_drag_selects_a_stretch_of_time(self, shown, qtbot, kind):
        pane = pane_of(shown, kind)
        drag(qtbot, pane, (400, 20), (200, 30))
        selection = shown.selection.region
        assert selection is not None
        assert not selection.has_band
        assert selection.start_frame == frame_at(shown, pane, 200)
        assert selection.end_frame == frame_at(shown, pane, 400)

    def test_a_drag_with_the_box_tool_selects_a_band_too(self, shown, qtbot):
        shown.set_tool("box")
        shown.set_frequency_scale("linear")
        pane = pane_of(shown)
        height = pane.lane_strips[0].height
        drag(qtbot, pane, (100, 40), (300, 100))
        selection = shown.selection.region
        assert selection.low_hz == pytest.approx(RATE / 2 * (1 - 100 / height), rel=1e-3)
        assert selection.high_hz == pytest.approx(RATE / 2 * (1 - 40 / height), rel=1e-3)

    def test_a_box_stays_in_the_lane_it_was_begun_in(self, shown, qtbot):
        shown.set_tool("box")
        pane = pane_of(shown)
        drag(qtbot, pane, (100, 40), (300, pane.height() - 5))
        assert shown.selection.region.low_hz == 0.0

    def test_a_drag_within_one_sample_is_refused_in_a_sentence(self, shown, qtbot):
        middle = shown.clip_frames() // 2
        shown.set_view(middle, middle + 16)
        with qtbot.waitSignal(shown.selectionRefused) as refused:
            drag(qtbot, pane_of(shown), (302, 30), (320, 30))
        assert refused.args[0].endswith(".")
        assert shown.selection.region is None

    def test_a_box_without_height_is_refused(self, shown, qtbot):
        shown.set_tool("box")
        with qtbot.waitSignal(shown.selectionRefused):
            drag(qtbot, pane_of(shown), (100, 30), (300, 31))
        assert shown.selection.region is None

    def test_a_click_puts_the_cursor_and_clears_the_selection(self, shown, qtbot):
        pane = pane_of(shown)
        shown.selection.select(Region(10, 20_000))
        with qtbot.waitSignal(shown.cursorMoved) as moved:
            qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(500, 30))
        assert moved.args == [frame_at(shown, pane, 500)]
        assert shown.cursor_frame() == moved.args[0]
        assert shown.selection.region is None

    def test_an_edge_can_be_dragged(self, shown, qtbot):
        pane = pane_of(shown)
        drag(qtbot, pane, (200, 30), (400, 30))
        start = shown.selection.region.start_frame
        drag(qtbot, pane, (400, 60), (500, 60))
        assert shown.selection.region == Region(start, frame_at(shown, pane, 500))

    def test_an_edge_dragged_past_the_other_turns_the_selection_round(self, shown, qtbot):
        pane = pane_of(shown)
        drag(qtbot, pane, (200, 30), (400, 30))
        drag(qtbot, pane, (400, 60), (100, 60))
        selection = shown.selection.region
        assert selection.start_frame == frame_at(shown, pane, 100)
        assert selection.end_frame == frame_at(shown, pane, 200)

    def test_a_corner_of_a_box_can_be_dragged(self, shown, qtbot):
        shown.set_tool("box")
        pane = pane_of(shown)
        drag(qtbot, pane, (200, 40), (400, 100))
        before = shown.selection.region
        drag(qtbot, pane, (400, 40), (450, 20))
        after = shown.selection.region
        assert (after.start_frame, after.low_hz) == (before.start_frame, before.low_hz)
        assert after.end_frame == frame_at(shown, pane, 450)
        assert after.high_hz > before.high_hz

    def test_a_drag_beyond_the_recording_ends_with_it(self, shown, qtbot):
        drag(qtbot, pane_of(shown), (400, 30), (5000, 30))
        assert shown.selection.region.end_frame == shown.clip_frames()

    def test_a_selection_from_outside_is_shown_and_told_once(self, shown, qtbot):
        told = []
        shown.selection.changed.connect(told.append)
        shown.selection.select(Region(10, 20))
        shown.selection.select(Region(10, 20))
        assert told == [Region(10, 20)]


class TestRegions:
    def test_a_click_on_a_region_activates_the_shortest(self, shown, qtbot):
        frames = shown.clip_frames()
        shown.set_regions(
            [
                RegionMark(Region(0, frames // 2)),
                RegionMark(Region(frames // 10, frames // 5), "repaired"),
            ]
        )
        pane = pane_of(shown, WaveformPane)
        with qtbot.waitSignal(shown.regionActivated) as activated:
            x = round(0.15 * pane.width())
            qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
        assert activated.args == [1]

    def test_a_click_above_the_band_of_a_region_misses_it(self, shown, qtbot):
        shown.set_regions([RegionMark(Region(0, shown.clip_frames() // 2, 100.0, 500.0))])
        with qtbot.assertNotEmitted(shown.regionActivated):
            qtbot.mouseClick(pane_of(shown), Qt.MouseButton.LeftButton, pos=QPoint(100, 5))

    def test_state_and_choice_can_be_told_without_colour(self, shown):
        """Grey pictures of the three kinds of region differ."""
        lane, frames = shown.findChild(RegionLane), shown.clip_frames()
        region = Region(frames // 4, frames // 2)
        grey = []
        for mark in (
            RegionMark(region),
            RegionMark(region, "repaired"),
            RegionMark(region, "open", selected=True),
        ):
            shown.set_regions([mark])
            grey.append(pixels(lane).astype(int).mean(axis=-1))
        assert np.abs(grey[0] - grey[1]).max() > 30
        assert np.abs(grey[0] - grey[2]).max() > 30

    def test_show_region_brings_it_into_view(self, shown):
        shown.show_region(Region(1000, 1500))
        start, end = shown.visible_frames()
        assert start <= 1000
        assert end >= 1500
        assert end - start < shown.clip_frames() / 10

    def test_show_region_leaves_sound_around_a_click_to_judge_it_by(self, shown):
        shown.show_region(Region(20_000, 20_008))
        start, end = shown.visible_frames()
        assert 150 < end - start < 400
        assert abs((start + end) / 2 - 20_004) < 2

    def test_regions_far_outside_the_view_are_drawn_without_harm(self, shown):
        shown.set_regions([RegionMark(Region(0, shown.clip_frames()))])
        shown.set_view(50_000, 50_016)
        assert pixels(pane_of(shown)).any()


class TestKeys:
    def test_shift_and_arrows_select_from_the_cursor(self, shown, qtbot):
        pane = pane_of(shown)
        shown.set_cursor(50_000)
        for _ in range(3):
            qtbot.keyClick(pane, Qt.Key.Key_Right, SHIFT)
        selection = shown.selection.region
        assert selection.start_frame == 50_000
        assert selection.end_frame > 50_000

    def test_alt_and_arrows_move_the_start(self, shown, qtbot):
        shown.selection.select(Region(50_000, 60_000))
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Left, ALT)
        assert shown.selection.region.start_frame < 50_000
        assert shown.selection.region.end_frame == 60_000

    def test_arrows_move_the_selection_but_not_out_of_the_recording(self, shown, qtbot):
        shown.selection.select(Region(10, 1010))
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Left, CONTROL)
        assert shown.selection.region == Region(0, 1000)

    def test_arrows_give_and_change_a_band(self, shown, qtbot):
        shown.selection.select(Region(1000, 9000))
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Down, SHIFT)
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Up, ALT)
        selection = shown.selection.region
        assert 0 < selection.low_hz < selection.high_hz < RATE / 2

    def test_a_box_is_made_in_one_channel_by_keys_alone(self, shown, qtbot):
        pane = pane_of(shown)
        shown.set_channel(1)
        shown.set_cursor(50_000)
        qtbot.keyClick(pane, Qt.Key.Key_Right, SHIFT | CONTROL)
        for _ in range(3):
            qtbot.keyClick(pane, Qt.Key.Key_Down, SHIFT | CONTROL)
            qtbot.keyClick(pane, Qt.Key.Key_Up, ALT | CONTROL)
        box = shown.selection.region
        assert box.channels == (1,)
        # three times a tenth of the picture's height at either edge
        assert pane.frequency.y_of(box.high_hz, 1.0) == pytest.approx(0.3)
        assert pane.frequency.y_of(box.low_hz, 1.0) == pytest.approx(0.7)
        said = pane.accessibleDescription()
        assert f"{box.low_hz:.0f}–{box.high_hz:.0f} Hz, R" in said

    def test_a_band_is_moved_as_a_whole_and_stays_in_the_picture(self, shown, qtbot):
        pane = pane_of(shown)
        high, low = (pane.frequency.hz_at(y, 1.0) for y in (0.25, 0.5))
        shown.selection.select(Region(1000, 9000, low, high))
        for _ in range(4):
            qtbot.keyClick(pane, Qt.Key.Key_Up, SHIFT | ALT | CONTROL)
        moved = shown.selection.region
        assert pane.frequency.y_of(moved.high_hz, 1.0) == pytest.approx(0.05)
        assert pane.frequency.y_of(moved.low_hz, 1.0) == pytest.approx(0.3)

    def test_escape_clears_and_end_goes_to_the_end(self, shown, qtbot):
        shown.selection.select(Region(1000, 9000))
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Escape)
        assert shown.selection.region is None
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_End)
        assert shown.cursor_frame() == shown.clip_frames()

    def test_every_part_has_a_name_for_those_who_do_not_see_it(self, editor):
        for kind in (SpectrogramPane, WaveformPane, Overview):
            assert editor.findChild(kind).accessibleName()
