"""What the editor draws of recordings and of their edits, and what it keeps."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from tests.gui.gestures import RATE, clip_of, frame_at, pane_of, pixels, wait_until_drawn
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.errors import FileError
from uasrm_gui.display import DbRange
from uasrm_gui.editor import pictures
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.view import EditorView
from uasrm_gui.editor.waveform import WaveformPane


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
