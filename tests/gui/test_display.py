"""How a recording is shown: chosen, kept, named, and drawn accordingly."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from tests.gui.gestures import RATE, clip_of, pane_of, pixels, wait_until_drawn
from uasrm_core.audio.clip import PREPARED_FRAMES, AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_gui.display import AUTOMATIC, BUILT_IN, COLOR_MAPS, Display, display_from, presets_from
from uasrm_gui.editor.colors import color_map
from uasrm_gui.editor.spectrogram import SpectrogramPane
from uasrm_gui.editor.waveform import WaveformPane
from uasrm_gui.settings import Settings, settings_from


class TestValues:
    @pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
    def test_every_preset_can_be_kept_and_read_again(self, preset):
        text = json.dumps(asdict(preset.display))
        assert display_from(json.loads(text)) == preset.display

    @pytest.mark.parametrize(
        "data",
        [
            None,
            7,
            {"fft_size": 3, "window": [], "overlap": True, "colors": "mud", "blend": "much"},
            {"low_db": float("nan"), "high_db": 1e9, "scale": None, "layout": 1},
            {"low_db": -20.0, "high_db": -25.0},
        ],
    )
    def test_what_makes_no_sense_is_the_default(self, data):
        assert display_from(data) == Display()

    def test_presets_without_a_name_are_left_out_and_the_last_of_a_name_counts(self):
        rows = [{"name": " "}, 3, {"name": "a"}, {"name": "a", "display": {"fft_size": 512}}]
        (preset,) = presets_from(rows)
        assert preset.display.fft_size == 512

    def test_settings_keep_them(self):
        values = Settings(display=Display("log", 512), presets=BUILT_IN[1:2], time_format="tc25")
        assert settings_from(json.loads(json.dumps(asdict(values)))) == values

    @pytest.mark.parametrize("name", COLOR_MAPS)
    def test_colours_go_steadily_from_quiet_to_loud(self, name):
        colors = color_map(name)
        assert colors.shape == (256, 3)
        if name != "turbo":
            light = colors.astype(float).sum(axis=1)
            assert abs(light[-1] - light[0]) > 300


class TestLayout:
    @pytest.mark.parametrize(
        ("layout", "spectrogram", "waveform"),
        [
            ("split", True, True),
            ("overlay", True, False),
            ("spectrogram", True, False),
            ("waveform", False, True),
        ],
    )
    def test_what_is_seen_can_be_selected_in(
        self, editor, qtbot, music_like, layout, spectrogram, waveform
    ):
        editor.set_clip(clip_of(music_like(2.0)))
        editor.set_display(Display(layout=layout))
        wait_until_drawn(editor, qtbot)
        upper, lower = pane_of(editor), pane_of(editor, WaveformPane)
        assert (upper.isVisible(), lower.isVisible()) == (spectrogram, waveform)
        pane = upper if spectrogram else lower
        qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(100, 30))
        qtbot.mouseMove(pane, QPoint(200, 30))
        qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(200, 30))
        assert isinstance(editor.selection.region, Region)

    def test_the_slider_goes_from_spectrogram_to_waveform(self, editor, qtbot, tone):
        editor.set_clip(clip_of(tone(5000.0, 2.0)))
        pictures = []
        for blend in (0.0, 0.5, 1.0):
            editor.set_display(Display("linear", layout="overlay", blend=blend))
            wait_until_drawn(editor, qtbot)
            pictures.append(pixels(pane_of(editor)).astype(int)[:, 100:300])
        alone, both, wave = pictures
        row = round((1 - 5000.0 / (RATE / 2)) * len(alone))
        middle = len(alone) // 2
        assert alone[row].sum() > alone[middle].sum()
        assert both[middle].sum() > alone[middle].sum()
        assert wave[middle].sum() > wave[8].sum()
        assert wave[8].sum() == wave[len(wave) - 8].sum()


class TestPicture:
    @pytest.mark.parametrize("scale", ["linear", "mel", "bark", "log"])
    def test_a_tone_stands_at_its_height_on_every_scale(self, editor, qtbot, tone, scale):
        editor.set_clip(clip_of(tone(3000.0, 2.0)))
        editor.set_frequency_scale(scale)
        wait_until_drawn(editor, qtbot)
        pane = pane_of(editor)
        brightness = pixels(pane)[:, 200:400].sum(axis=(1, 2))
        want = pane.frequency.y_of(3000.0, pane.height())
        assert abs(int(brightness[5:-5].argmax()) + 5 - want) <= 3

    def test_other_colours_need_no_new_tile_another_transform_does(self, editor, qtbot, music_like):
        editor.set_clip(clip_of(music_like(2.0)))
        wait_until_drawn(editor, qtbot)
        computed = []
        editor._store.tilesChanged.connect(computed.append)
        before = pixels(pane_of(editor))
        editor.set_display(replace(editor.display, colors="viridis", low_db=-80.0))
        colored = pixels(pane_of(editor))
        assert (colored != before).any()
        assert computed == []
        editor.set_display(replace(editor.display, fft_size=512, window="blackman", overlap=4))
        wait_until_drawn(editor, qtbot)
        assert computed
        assert (pixels(pane_of(editor)) != colored).any()

    @pytest.mark.parametrize("fft_size", [AUTOMATIC, 256, 2048, 16384])
    def test_a_click_of_one_sample_is_seen_at_any_zoom(self, editor, qtbot, fft_size):
        samples = np.zeros((1, 30 * RATE), np.float32)
        at = 20 * RATE + 123
        samples[0, at] = 0.9
        editor.set_clip(clip_of(samples))
        editor.set_display(Display("linear", fft_size, low_db=-110.0))
        for span in (30.0, 7.0, 1.0, 0.1):
            half = span * RATE / 2
            editor.set_view(at - half, at + half)
            wait_until_drawn(editor, qtbot)
            start, end = editor.visible_frames()
            for kind in (SpectrogramPane, WaveformPane):
                pane = pane_of(editor, kind)
                picture = pixels(pane).astype(int).sum(axis=2)
                x = (at - start) / (end - start) * pane.width()
                near = picture[10:30, max(round(x) - 2, 0) : round(x) + 3].max()
                reach = (fft_size or 2048) / (end - start) * pane.width()
                assert near > 60
                # where a long window is in view as a whole, there is dark beside it
                if reach < pane.width() / 3:
                    far = picture[10:30, round(x + reach + 20) % (pane.width() - 5)].max()
                    assert near > far + 20

    def test_a_click_is_narrow_where_a_find_is_judged_and_tones_are_apart_in_far_views(
        self, editor, qtbot
    ):
        times = np.arange(20 * RATE) / RATE
        samples = sum(0.1 * np.sin(2 * np.pi * hz * times) for hz in (1000.0, 1100.0))
        at = 10 * RATE
        samples[at] = 0.9
        editor.set_clip(clip_of(samples[None].astype(np.float32)))
        editor.set_display(Display("linear"))
        editor.set_view(at - 0.15 * RATE, at + 0.15 * RATE)
        wait_until_drawn(editor, qtbot)
        pane = pane_of(editor)
        levels = pixels(pane).astype(int).sum(axis=2)[10:30, 5:-5].mean(axis=0)
        wide = np.count_nonzero(levels > (levels.min() + levels.max()) / 2)
        assert wide < 0.05 * pane.width()
        editor.set_view(0, 20 * RATE)
        nyquist_hz = RATE / 2
        band = {"low": 900 / nyquist_hz, "high": 1200 / nyquist_hz}
        editor._state.set_frequency(replace(editor._state.frequency, **band))
        wait_until_drawn(editor, qtbot)
        row = pixels(pane).astype(int).sum(axis=2)[:, pane.width() // 4]
        heights = [round(pane.frequency.y_of(hz, pane.height())) for hz in (1000.0, 1050.0, 1100.0)]
        low, between, high = (row[y - 2 : y + 3].mean() for y in heights)
        assert min(low, high) > between + 60

    def test_the_window_follows_the_rate(self):
        sizes = {
            rate: Display().transform(rate).widest.fft_size
            for rate in (8000, 16_000, 44_100, 48_000, 96_000)
        }
        assert sizes == {8000: 512, 16_000: 1024, 44_100: 2048, 48_000: 2048, 96_000: 4096}

    def test_a_long_window_is_kept_whole_however_much_it_needs(self, editor, qtbot, music_like):
        editor.set_clip(clip_of(music_like(20.0)))
        editor.set_display(Display(fft_size=16384))
        editor.set_view(0, 60_000)
        wait_until_drawn(editor, qtbot)
        assert editor._store._cache.bytes <= editor._store._cache.limit


class TestTrail:
    def test_back_and_forward_through_views(self, editor, music_like):
        editor.set_clip(clip_of(music_like(4.0)))
        whole = editor.visible_frames()
        views = editor.view_history
        assert not views.can_go_back
        for view in ((10_000, 20_000), (30_000, 35_000)):
            editor.set_view(*view)
            views.settle()
        views.back()
        assert editor.visible_frames() == pytest.approx((10_000, 20_000))
        views.back()
        assert editor.visible_frames() == whole
        views.back()
        assert not views.can_go_back
        views.forward()
        views.forward()
        assert editor.visible_frames() == pytest.approx((30_000, 35_000))
        assert not views.can_go_forward

    def test_a_scroll_in_many_steps_is_one_view(self, editor, music_like):
        editor.set_clip(clip_of(music_like(4.0)))
        whole = editor.visible_frames()
        for start in range(0, 50_000, 1000):
            editor.set_view(start, start + 20_000)
        editor.view_history.back()
        assert editor.visible_frames() == whole

    def test_a_new_view_leaves_what_was_ahead(self, editor, music_like):
        editor.set_clip(clip_of(music_like(4.0)))
        editor.set_view(10_000, 20_000)
        editor.view_history.back()
        editor.set_view(50_000, 60_000)
        editor.view_history.settle()
        assert not editor.view_history.can_go_forward


class TestOddRecordings:
    def test_values_that_are_no_numbers_are_shown_and_told(self, editor, qtbot, music_like):
        samples = music_like(4.0)
        samples[1, 100_000] = np.nan
        samples[0, 150_000:150_010] = np.inf
        told = []
        editor.oddFound.connect(told.append)
        editor.set_clip(clip_of(samples))
        wait_until_drawn(editor, qtbot)
        qtbot.waitUntil(lambda: bool(told))
        assert told == [[100_000 // 256 * 256, 150_000 // 256 * 256]]
        pane = pane_of(editor, WaveformPane)
        blue, _, red = (pixels(pane).astype(int)[..., part] for part in range(3))
        reddish = np.flatnonzero((red - blue > 60).any(axis=0))
        wanted = np.array([100_000, 150_005]) / samples.shape[1] * pane.width()
        assert all(abs(reddish - place).min() <= 2 for place in wanted)
        assert len(reddish) < 12

    @pytest.mark.parametrize("rate", [8000, 384_000])
    def test_any_rate_has_its_frequencies(self, editor, qtbot, rate):
        time = np.arange(rate) / rate
        samples = 0.5 * np.sin(2 * np.pi * rate / 8 * time)[None].astype(np.float32)
        editor.set_clip(AudioClip(MemorySource(samples, rate)))
        editor.set_frequency_scale("linear")
        wait_until_drawn(editor, qtbot)
        assert editor.visible_band() == (0.0, rate / 2)
        pane = pane_of(editor)
        brightest = pixels(pane)[5:-5, 200:400].sum(axis=(1, 2)).argmax() + 5
        assert abs(brightest - 0.75 * pane.height()) <= 3

    @pytest.mark.parametrize("channels", [1, 64])
    @pytest.mark.parametrize("frames", [1, 20_000])
    def test_one_sample_can_fill_the_view_and_the_end_be_passed(
        self, editor, qtbot, channels, frames
    ):
        editor.set_clip(clip_of(np.full((channels, frames), 0.5)))
        for view in ((0, 1), (frames - 1, frames + 5000), (-100, 0.5), (frames * 2, frames * 3)):
            editor.set_view(*view)
            wait_until_drawn(editor, qtbot)
            start, end = editor.visible_frames()
            assert 0 <= start < end <= max(frames, 1)
            assert pixels(editor).any()

    @pytest.mark.parametrize("size", [(200, 120), (7680, 4320)])
    @pytest.mark.parametrize("layout", ["split", "overlay"])
    def test_any_size_is_filled(self, editor, qtbot, music_like, size, layout):
        editor.set_clip(clip_of(music_like(3.0)))
        editor.set_display(Display(layout=layout))
        editor.resize(*size)
        wait_until_drawn(editor, qtbot)
        pane = pane_of(editor)
        lowest = pixels(pane)[-max(pane.height() // 40, 2) :]
        assert (lowest.any(axis=(0, 2))).mean() > 0.95
        QApplication.processEvents()


class Decoding:
    """A recording that is known as far as it has been read, as a compressed file is."""

    def __init__(self, frames: int) -> None:
        samples = np.random.default_rng(5).uniform(-0.5, 0.5, (1, frames)).astype(np.float32)
        self._memory = MemorySource(samples, RATE)
        self.info = self._memory.info
        self.ready_frames = 0
        self.longest = 0

    def read(self, start_frame, end_frame):
        self.longest = max(self.longest, end_frame - self.ready_frames)
        self.ready_frames = max(self.ready_frames, end_frame)
        return self._memory.read(start_frame, end_frame)


def test_a_far_jump_in_a_compressed_file_decodes_in_small_steps(editor, qtbot):
    source = Decoding(8 * PREPARED_FRAMES)
    editor.set_clip(AudioClip(source))
    editor.set_view(source.info.frames - 3000, source.info.frames)
    wait_until_drawn(editor, qtbot)
    assert source.ready_frames == source.info.frames
    # so that a jump elsewhere is heard soon
    assert source.longest <= 2 * PREPARED_FRAMES
    assert pixels(pane_of(editor))[20:40, 100:300].any(axis=2).mean() > 0.9
