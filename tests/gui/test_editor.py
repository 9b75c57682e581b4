"""The editor as a user meets it: looked at, dragged over, typed at."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.errors import FileError
from uasrm_gui.display import DbRange
from uasrm_gui.editor import pictures
from uasrm_gui.editor.lane import RegionLane
from uasrm_gui.editor.overview import Overview
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.view import EditorView
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.state.marks import RegionMark

RATE = 44100
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def clip_of(samples: np.ndarray) -> AudioClip:
    return AudioClip(MemorySource(samples.astype(np.float32), RATE))


@pytest.fixture
def editor(qtbot):
    view = EditorView()
    qtbot.addWidget(view, before_close_func=EditorView.shutdown)
    view.resize(900, 600)
    view.show()
    qtbot.waitExposed(view)
    return view


@pytest.fixture
def shown(editor, qtbot, music_like):
    """Return an editor with four seconds of stereo, all of it drawn."""
    editor.set_clip(clip_of(music_like(4.0)))
    wait_until_drawn(editor, qtbot)
    return editor


def wait_until_drawn(editor: EditorView, qtbot) -> None:
    qtbot.waitUntil(editor.is_complete)
    QApplication.processEvents()


def pane_of(editor: EditorView, kind=SpectrogramPane):
    return editor.findChild(kind)


def drag(qtbot, pane, start, end, button=Qt.MouseButton.LeftButton) -> None:
    qtbot.mousePress(pane, button, pos=QPoint(*start))
    for part in (0.3, 0.7, 1.0):
        x, y = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
        qtbot.mouseMove(pane, QPoint(x, y))
    qtbot.mouseRelease(pane, button, pos=QPoint(*end))


def wheel(pane, place, notches, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    event = QWheelEvent(
        QPointF(*place),
        QPointF(pane.mapToGlobal(QPoint(*place))),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(pane, event)


def frame_at(editor, pane, x) -> int:
    return round(editor.clip_frames() * x / pane.width())


def pixels(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8)
    return raw.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3].copy()


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

    def test_escape_clears_and_end_goes_to_the_end(self, shown, qtbot):
        shown.selection.select(Region(1000, 9000))
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_Escape)
        assert shown.selection.region is None
        qtbot.keyClick(pane_of(shown), Qt.Key.Key_End)
        assert shown.cursor_frame() == shown.clip_frames()

    def test_every_part_has_a_name_for_those_who_do_not_see_it(self, editor):
        for kind in (SpectrogramPane, WaveformPane, Overview):
            assert editor.findChild(kind).accessibleName()


class TestPicture:
    def test_a_tone_shows_at_its_frequency(self, editor, qtbot, tone):
        editor.set_clip(clip_of(tone(5000.0, 3.0)))
        editor.set_frequency_scale("linear")
        wait_until_drawn(editor, qtbot)
        pane = pane_of(editor)
        brightness = pixels(pane)[5:-5, 200:600].sum(axis=(1, 2))
        want = (1 - 5000.0 / (RATE / 2)) * pane.height()
        assert abs(brightness.argmax() + 5 - want) <= 3

    def test_the_level_under_the_pointer_is_read_out(self, editor, qtbot, tone):
        pane = pane_of(editor)
        # what this row stands for, however high the pane is: beside it the tone is quieter
        y = pane.height() * 3 // 4
        hz = (1 - y / pane.height()) * RATE / 2
        editor.set_clip(clip_of(tone(hz, 3.0, amplitude=0.5)))
        editor.set_frequency_scale("linear")
        wait_until_drawn(editor, qtbot)
        with qtbot.waitSignal(editor.pointerMoved) as moved:
            qtbot.mouseMove(pane, QPoint(400, y))
        readout = moved.args[0]
        assert readout.hz == pytest.approx(hz, rel=0.002)
        assert readout.level_db == pytest.approx(-6.0, abs=2.0)
        assert readout.frame == pytest.approx(frame_at(editor, pane, 400), abs=1)
        assert readout.channel == 0

    def test_the_time_under_a_still_pointer_is_told_anew_as_the_view_moves(self, shown, qtbot):
        pane = pane_of(shown)
        shown.set_view(0, 20_000)
        qtbot.mouseMove(pane, QPoint(400, 60))
        with qtbot.waitSignal(shown.pointerMoved) as moved:
            shown.set_view(20_000, 40_000)
        part = 400 / pane.width()
        assert moved.args[0].frame == pytest.approx(20_000 * (1 + part), abs=30)

    def test_another_level_range_changes_colours_without_a_new_tile(self, shown, qtbot):
        computed = []
        shown._store.tilesChanged.connect(computed.append)
        before = pixels(pane_of(shown))
        shown.set_level_range(DbRange(-60.0, -40.0))
        assert (pixels(pane_of(shown)) != before).any()
        assert computed == []

    def test_an_edit_refreshes_what_it_touched_and_only_that(self, editor, qtbot, music_like):
        clip = clip_of(music_like(60.0))
        editor.set_clip(clip)
        editor.set_view(clip.frames - 200_000, clip.frames)
        wait_until_drawn(editor, qtbot)
        computed = []
        editor._store.tilesChanged.connect(computed.append)
        waveform = pane_of(editor, WaveformPane)
        before = pixels(pane_of(editor)), pixels(waveform)
        start = clip.frames - 100_000
        patch = Patch(start, (0, 1), np.zeros((2, 20_000), np.float32))
        editor.update_clip(clip.with_patch(patch), start, start + 20_000)
        wait_until_drawn(editor, qtbot)
        after = pixels(pane_of(editor)), pixels(waveform)
        width = waveform.width()
        for old, new in zip(before, after, strict=True):
            changed = np.flatnonzero((old != new).any(axis=(0, 2)))
            # The overlapping windows of the transform reach a little further than the edit.
            assert width * 0.46 < changed.min() < width * 0.52
            assert width * 0.58 < changed.max() < width * 0.64
        assert 0 < len(computed) < 12
        editor.set_clip(clip.with_patch(patch))
        editor.set_view(clip.frames - 200_000, clip.frames)
        wait_until_drawn(editor, qtbot)
        np.testing.assert_array_equal(pixels(pane_of(editor)), after[0])
        np.testing.assert_array_equal(pixels(waveform), after[1])

    @pytest.mark.parametrize(
        "samples",
        [
            np.zeros((1, 1)),
            np.full((1, 100), np.nan),
            np.full((2, 50_000), np.inf),
            np.ones((1, 50_000)),
            np.zeros((64, 5_000)),
        ],
        ids=["one sample", "nan", "infinite", "constant", "64 channels"],
    )
    def test_odd_recordings_are_drawn(self, editor, qtbot, samples):
        editor.set_clip(clip_of(samples))
        wait_until_drawn(editor, qtbot)
        editor.set_view(0, 16)
        wait_until_drawn(editor, qtbot)
        assert pixels(editor).any()
        for kind in (SpectrogramPane, WaveformPane):
            qtbot.mouseMove(pane_of(editor, kind), QPoint(30, 30))

    def test_another_clip_replaces_everything(self, shown, qtbot, tone):
        shown.selection.select(Region(1, 100))
        shown.set_clip(clip_of(tone(440.0, 1.0)))
        assert shown.selection.region is None
        assert shown.visible_frames() == (0, RATE)
        shown.set_clip(None)
        assert pixels(shown).any()
        qtbot.mouseClick(pane_of(shown), Qt.MouseButton.LeftButton, pos=QPoint(30, 30))

    def test_a_file_that_vanishes_is_told_in_its_own_words_once(self, editor, qtbot):
        class Gone(MemorySource):
            def read(self, start_frame, end_frame):
                raise FileError("“tape.wav” can no longer be read.")

        told = []
        editor.readFailed.connect(told.append)
        editor.set_clip(AudioClip(Gone(np.zeros((1, 500_000), np.float32), RATE)))
        wait_until_drawn(editor, qtbot)
        assert told == ["“tape.wav” can no longer be read."]

    def test_what_is_kept_stays_within_its_bound(self, shown, qtbot, monkeypatch):
        store = shown._store
        monkeypatch.setattr(pictures, "CACHE_BYTES", 4 * 2**20)
        for start in range(0, 160_000, 8_000):
            shown.set_view(start, start + 8_000)
            wait_until_drawn(shown, qtbot)
        # as much as the view needs twice over, in a recording of which there is ten times more
        assert store._cache.bytes <= store._cache.limit < 8 * 2**20


def test_shutdown_ends_the_threads(qtbot, music_like):
    before = set(threading.enumerate())
    view = EditorView()
    qtbot.addWidget(view)
    view.set_clip(clip_of(music_like(5.0)))
    assert set(threading.enumerate()) - before
    view.shutdown()
    assert not set(threading.enumerate()) - before
