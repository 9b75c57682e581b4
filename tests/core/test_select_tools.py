"""Brush, lasso, wand, harmonics, similar events and snapping on sounds with a known answer."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import CELL_HZ, EMPTY, box, top_cell
from uasrm_core.errors import Cancelled, RegionError
from uasrm_core.progress import Progress
from uasrm_core.select.combine import union
from uasrm_core.select.draw import Canvas, brush, lasso
from uasrm_core.select.harmonics import harmonics
from uasrm_core.select.similar import find_similar
from uasrm_core.select.snap import peak_hz, zero_crossing
from uasrm_core.select.wand import WandSettings, wand

RATE = 16000


def clip_of(samples) -> AudioClip:
    return AudioClip(MemorySource(np.atleast_2d(samples).astype(np.float32), RATE))


@pytest.fixture
def canvas() -> Canvas:
    """A picture of one second, 400 by 400, linear in frequency."""
    edges = np.rint(np.linspace(0, RATE, 401)).astype(np.int64)
    return Canvas(edges, np.linspace(400.0, 0.0, top_cell(RATE) + 1))


class TestDrawing:
    def test_a_dab_is_round_on_the_picture(self, canvas):
        dab = brush(canvas, [[200.5, 200.5]], 40.0)
        assert dab.start_frame == pytest.approx(160 * 40, abs=80)
        assert dab.end_frame == pytest.approx(241 * 40, abs=80)
        assert dab.low_hz == pytest.approx(3190, abs=2 * CELL_HZ)
        assert dab.high_hz == pytest.approx(4790, abs=2 * CELL_HZ)
        assert dab.weight_at(8020, 4000) == 1.0
        assert dab.weight_at(168 * 40, 3340) == 0.0

    def test_a_soft_brush_fades_towards_its_rim(self, canvas):
        dab = brush(canvas, [[200.5, 200.5]], 40.0, hardness=0.5)
        weights = [dab.weight_at(8020, 4000 + 20 * y) for y in (5, 25, 30, 35, 39)]
        assert weights[0] == 1.0
        assert weights == sorted(weights, reverse=True)
        assert 0.0 < weights[-1] < 0.15

    def test_a_stroke_covers_its_path_and_no_more(self, canvas):
        stroke = brush(canvas, [[50, 50], [350, 350]], 5.0)
        for x in range(60, 350, 30):
            assert stroke.weight_at(x * 40, (400 - x) * 20) == 1.0
            assert stroke.weight_at(x * 40, (400 - x) * 20 + 400) == 0.0

    def test_the_smallest_brush_paints_one_cell(self, canvas):
        dab = brush(canvas, [[10.5, 399.5]], 0.01)
        assert dab == box(400, 440, 0.0, CELL_HZ)

    @given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=1, max_size=6))
    def test_whatever_is_drawn_stays_in_the_picture(self, path):
        edges = np.rint(np.linspace(0, RATE, 41)).astype(np.int64)
        canvas = Canvas(edges, np.linspace(40.0, 0.0, top_cell(RATE) + 1))
        for shape in (brush(canvas, path, 3.0, 0.3), lasso(canvas, path)):
            assert 0 <= shape.start_frame <= shape.end_frame <= RATE
            assert shape.first_cell + shape.weights.shape[1] <= top_cell(RATE)

    def test_a_lasso_encloses_what_a_triangle_does(self, canvas):
        found = lasso(canvas, [[100, 300], [300, 300], [200, 100]])
        assert found.weight_at(200 * 40, 3000) == 1.0
        assert found.weight_at(120 * 40, 4000) == 0.0
        assert found.low_hz == pytest.approx(2000, abs=CELL_HZ)
        assert found.high_hz == pytest.approx(6000, abs=3 * CELL_HZ)
        seconds = (found.ends - found.starts) / RATE
        area = (found.weights.astype(bool).sum(axis=1) * CELL_HZ * seconds).sum()
        assert area == pytest.approx(0.5 * 0.5 * 4000, rel=0.02)

    def test_a_lasso_without_area_selects_nothing(self, canvas):
        assert lasso(canvas, [[100, 100], [200, 200]]) == EMPTY
        assert lasso(canvas, [[100, 100]]) == EMPTY

    def test_columns_without_frames_hold_nothing(self):
        close = Canvas(np.array([5, 5, 5, 6, 6]), np.linspace(100.0, 0.0, 11))
        assert brush(close, [[1, 50]], 10.0).end_frame == 6


class TestWand:
    def hum(self, seconds=2.0):
        time = np.arange(round(seconds * RATE)) / RATE
        rng = np.random.default_rng(3)
        wave = 0.2 * np.sin(2 * np.pi * 1000 * time) + 0.2 * np.sin(2 * np.pi * 3000 * time)
        return wave * (time < 1.0) + 1e-4 * rng.standard_normal(time.size)

    def test_it_takes_the_tone_pointed_at_and_nothing_else(self):
        found = wand(clip_of(self.hum()), 8000, 1000.0, within=(0, 2 * RATE))
        assert 940 <= found.low_hz < 1000 < found.high_hz <= 1060
        assert found.start_frame < 1000
        assert found.end_frame == pytest.approx(RATE, abs=800)

    def test_not_contiguous_takes_all_that_is_as_loud(self):
        settings = WandSettings(contiguous=False)
        found = wand(clip_of(self.hum()), 8000, 1000.0, settings, within=(0, 2 * RATE))
        assert found.weight_at(8000, 1000) == found.weight_at(8000, 3000) == 1.0
        assert found.weight_at(8000, 2000) == 0.0

    def test_more_tolerance_takes_more(self):
        clip = clip_of(self.hum())
        sizes = [
            wand(clip, 8000, 1000.0, WandSettings(db), within=(0, RATE)).weights.shape[1]
            for db in (3.0, 20.0, 50.0)
        ]
        assert sizes == sorted(set(sizes))

    def test_it_stays_within_what_it_may_look_at(self):
        found = wand(clip_of(self.hum()), 8000, 1000.0, within=(7000, 9001))
        assert (found.start_frame, found.end_frame) == (7000, 9001)

    @pytest.mark.parametrize("frame", [0, 1, 2 * RATE - 1, 2 * RATE])
    @pytest.mark.parametrize("hz", [0.0, RATE / 2])
    def test_the_edges_of_the_recording_may_be_pointed_at(self, frame, hz):
        found = wand(clip_of(self.hum()), frame, hz, within=(0, 2 * RATE))
        assert found
        assert 0 <= found.start_frame < found.end_frame <= 2 * RATE

    def test_a_recording_of_one_sample(self):
        found = wand(clip_of(np.ones(1)), 0, 100.0, within=(0, 1))
        assert (found.start_frame, found.end_frame) == (0, 1)


class TestHarmonics:
    def test_a_box_about_a_fundamental_is_repeated_at_its_multiples(self):
        found = harmonics(box(0, 100, 400.0, 480.0), rate=RATE)
        for number in range(1, 18):
            assert found.weight_at(50, 440.0 * number) == 1.0
        assert found.weight_at(50, 660.0) == 0.0
        assert found.high_hz <= RATE / 2

    def test_a_known_fundamental_sets_the_spacing(self):
        found = harmonics(box(0, 100, 400.0, 500.0), rate=RATE, fundamental_hz=420.0)
        middles = [hz for hz in range(0, 8000, 10) if found.weight_at(50, hz)]
        assert found.weight_at(50, 10 * 420.0 + 30) == 1.0
        assert min(middles) == 400

    def test_what_bends_bends_as_many_times_as_far(self):
        edges = np.arange(0, 1100, 100)
        glide = EMPTY
        for number, (start, end) in enumerate(itertools.pairwise(edges)):
            low = 500.0 + 20.0 * number
            glide = union(glide, box(start, end, low, low + 60.0))
        found = harmonics(glide, rate=RATE)
        for number in range(1, 8):
            for step in range(10):
                hz = (530.0 + 20.0 * step) * number
                assert found.weight_at(50 + 100 * step, hz) == 1.0

    def test_as_many_as_asked_for(self):
        found = harmonics(box(0, 100, 400.0, 440.0), rate=RATE, count=3)
        assert found.high_hz == pytest.approx(1280, abs=2 * CELL_HZ)

    def test_from_zero_there_are_none(self):
        shape = box(0, 100, 0.0, 20.0)
        assert harmonics(shape, rate=RATE) == shape
        assert harmonics(EMPTY, rate=RATE) == EMPTY


class TestSimilar:
    @pytest.fixture
    def clicks(self):
        """Clicks of a known kind at known places, of several levels, over music-like noise."""
        rng = np.random.default_rng(5)
        wave = 0.02 * np.convolve(rng.standard_normal(4 * RATE), np.ones(16) / 4, mode="same")
        click = np.exp(-np.arange(48) / 10) * np.cos(np.arange(48) * 1.3)
        places = [9000, 20003, 31007, 45777, 55001]
        for place, gain in zip(places, (0.5, 0.3, -0.6, 0.4, 0.25), strict=True):
            wave[place : place + 48] += gain * click
        return clip_of(wave), places

    def test_it_finds_every_click_and_nothing_else(self, clicks):
        clip, places = clicks
        found = find_similar(clip, Region(places[0], places[0] + 48))
        assert len(found) == len(places) - 1
        for region, place in zip(found, places[1:], strict=True):
            assert abs(region.start_frame - place) <= 12
            assert region.frames == 48

    def test_band_channels_and_shape_are_kept(self, clicks):
        clip, places = clicks
        bent = region_of(
            harmonics(box(places[0], places[0] + 48, 800.0, 1600.0), rate=RATE, count=2), RATE
        )
        found = find_similar(clip, bent)
        for region in found:
            assert (region.low_hz, region.high_hz) == (bent.low_hz, bent.high_hz)
            assert region.shape == bent.shape.moved(region.start_frame - bent.start_frame)

    def test_a_ring_is_found_in_its_band(self):
        rng = np.random.default_rng(6)
        time = np.arange(5 * RATE) / RATE
        wave = 0.1 * np.sin(2 * np.pi * 220 * time) + 1e-3 * rng.standard_normal(time.size)
        ring = 0.1 * np.hanning(4000) * np.sin(2 * np.pi * 3000 * time[:4000])
        for place in (10000, 30000, 60000):
            wave[place : place + 4000] += ring
        found = find_similar(clip_of(wave), Region(10000, 14000, 2500.0, 3500.0))
        assert [round(region.start_frame, -3) for region in found] == [30000, 60000]

    def test_silence_and_length_are_told(self):
        clip = clip_of(np.zeros(20 * RATE))
        with pytest.raises(RegionError, match="silent"):
            find_similar(clip, Region(1000, 2000))
        with pytest.raises(RegionError, match="up to 10 s"):
            find_similar(clip, Region(0, 12 * RATE))

    def test_it_can_be_cancelled(self, clicks):
        clip, places = clicks
        with pytest.raises(Cancelled):
            find_similar(
                clip,
                Region(places[0], places[0] + 48),
                progress=Progress(is_cancelled=lambda: True),
            )

    @pytest.mark.parametrize("region", [Region(0, 1), Region(4 * RATE - 1, 4 * RATE)])
    def test_the_shortest_regions_at_the_very_edges(self, clicks, region):
        clip, _ = clicks
        for found in find_similar(clip, region):
            assert 0 <= found.start_frame < found.end_frame <= clip.frames


class TestSnapping:
    def test_an_edge_goes_to_the_nearest_zero_crossing(self):
        time = np.arange(RATE) / RATE
        clip = clip_of(np.sin(2 * np.pi * 100 * time + 0.1))
        found = zero_crossing(clip, 5000)
        assert abs(found - 5000) <= 80
        wave = clip.read(found - 1, found + 1)[0]
        assert wave[0] * wave[1] <= 0

    @pytest.mark.parametrize("frame", [0, 1, RATE - 1, RATE])
    def test_without_a_crossing_it_stays(self, frame):
        assert zero_crossing(clip_of(np.ones(RATE)), frame) == frame

    def test_the_peak_is_found_between_the_bins(self):
        time = np.arange(RATE) / RATE
        wave = np.sin(2 * np.pi * 1234.0 * time) + 3 * np.sin(2 * np.pi * 300.0 * time)
        region = Region(2000, 14000, 1000.0, 1500.0)
        assert peak_hz(clip_of(wave), region) == pytest.approx(1234.0, abs=2.0)

    def test_silence_has_no_peak(self):
        assert peak_hz(clip_of(np.zeros(RATE)), Region(100, 900, 1000.0, 2000.0)) is None
