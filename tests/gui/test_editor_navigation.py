"""The part of the recording that the editor shows: zoomed, scrolled, followed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.gui.gestures import CONTROL, RATE, SHIFT, drag, frame_at, pane_of, wheel
from uasrm_core.audio.region import Region
from uasrm_gui.editor.overview import Overview


class TestNavigating:
    def test_ctrl_wheel_zooms_about_the_pointer(self, shown):
        pane = pane_of(shown)
        before = frame_at(shown, pane, 300)
        wheel(pane, (300, 50), 3, CONTROL)
        start, end = shown.visible_frames()
        assert end - start < shown.clip_frames()
        assert start + (end - start) * 300 / pane.width() == pytest.approx(before, abs=2)

    def test_the_wheel_scrolls(self, shown):
        shown.set_view(20_000, 40_000)
        wheel(pane_of(shown), (300, 50), -1)
        start, end = shown.visible_frames()
        assert start > 20_000
        assert end - start == pytest.approx(20_000)

    def test_ctrl_shift_wheel_zooms_the_frequencies(self, shown):
        wheel(pane_of(shown), (300, 50), 4, CONTROL | SHIFT)
        low, high = shown.visible_band()
        assert high - low < RATE / 2
        assert shown.visible_frames() == (0, shown.clip_frames())
        shown.fit()
        assert shown.visible_band() == (0.0, pytest.approx(RATE / 2))

    def test_the_middle_button_pans(self, shown, qtbot):
        shown.set_view(20_000, 40_000)
        drag(qtbot, pane_of(shown), (500, 50), (400, 50), Qt.MouseButton.MiddleButton)
        assert shown.visible_frames()[0] > 20_000
        assert shown.selection.region is None

    def test_zoom_to_selection_and_back_to_the_whole(self, shown):
        shown.selection.select(Region(30_000, 40_000))
        shown.zoom_to_selection()
        start, end = shown.visible_frames()
        assert 25_000 < start < 30_000
        assert 40_000 < end < 45_000
        shown.fit()
        assert shown.visible_frames() == (0, shown.clip_frames())

    def test_zoom_in_and_out_undo_each_other(self, shown):
        shown.set_view(60_000, 90_000)
        shown.zoom_in()
        assert shown.visible_frames() != (60_000, 90_000)
        shown.zoom_out()
        assert shown.visible_frames() == pytest.approx((60_000, 90_000))

    def test_the_frame_of_the_overview_can_be_dragged(self, shown, qtbot):
        overview = shown.findChild(Overview)
        shown.set_view(0, shown.clip_frames() / 4)
        width = overview.width()
        drag(qtbot, overview, (width // 8, 20), (width // 8 + width // 2, 20))
        start, end = shown.visible_frames()
        assert start == pytest.approx(shown.clip_frames() / 2, rel=0.01)
        assert end - start == pytest.approx(shown.clip_frames() / 4)

    def test_the_edge_of_the_overviews_frame_resizes_the_view(self, shown, qtbot):
        overview = shown.findChild(Overview)
        shown.set_view(0, shown.clip_frames() / 2)
        width = overview.width()
        drag(qtbot, overview, (width // 2, 20), (width // 4, 20))
        assert shown.visible_frames()[1] == pytest.approx(shown.clip_frames() / 4, rel=0.02)

    def test_the_page_turns_when_the_playhead_leaves(self, shown):
        shown.set_view(0, 20_000)
        shown.set_playhead(19_000)
        shown.set_playhead(20_500)
        assert shown.visible_frames()[0] == pytest.approx(20_500)
        shown.set_view(50_000, 60_000)
        shown.set_playhead(21_000)
        assert shown.visible_frames()[0] == pytest.approx(50_000)
