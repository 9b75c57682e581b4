"""Pixels, frames and frequencies map there and back, within their limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_gui.state.viewport import MIN_SPAN_FRAMES, FrequencyView, TimeView, lanes

totals = st.integers(0, 10**9)
widths = st.integers(1, 4000)


@st.composite
def time_views(draw) -> TimeView:
    view = TimeView.whole(draw(totals), draw(widths))
    for _ in range(draw(st.integers(0, 4))):
        view = view.zoomed(draw(st.floats(0.01, 1000)), draw(st.floats(0, view.width)))
        view = view.scrolled(draw(st.floats(-1e4, 1e4)))
    return view


@given(time_views())
def test_a_view_never_leaves_the_recording(view):
    limit = max(view.total_frames, MIN_SPAN_FRAMES)
    assert view.start_frame >= 0
    assert view.span_frames >= MIN_SPAN_FRAMES
    assert view.end_frame <= limit * (1 + 1e-9)


@given(time_views(), st.floats(0, 1))
def test_pixel_to_frame_and_back(view, part):
    x = part * view.width
    if view.start_frame + x * view.frames_per_pixel <= view.total_frames:
        assert view.x_of(view.frame_at(x)) == pytest.approx(x, abs=1e-3)


def test_zooming_keeps_the_time_under_the_pointer():
    view = TimeView.whole(1_000_000, 1000).zoomed(10, 500)
    for x in (0, 250, 999):
        before = view.frame_at(x)
        assert view.zoomed(3, x).frame_at(x) == pytest.approx(before)


@pytest.mark.parametrize("old", ["linear", "mel", "bark", "log"])
@pytest.mark.parametrize("new", ["linear", "mel", "bark", "log"])
def test_another_scale_shows_the_same_band(old, new):
    whole = FrequencyView(22050.0, old)
    assert whole.with_scale(new) == FrequencyView(22050.0, new)
    near = whole.zoomed(3, 40, 100)
    other = near.with_scale(new)
    assert other.low_hz == pytest.approx(near.low_hz, rel=1e-6, abs=31)
    assert other.high_hz == pytest.approx(near.high_hz, rel=1e-6)


def test_zoom_stops_at_the_whole_and_at_a_few_samples():
    view = TimeView.whole(44100, 800)
    assert view.zoomed(0.1, 300) == view
    assert view.zoomed(1e9, 300).span_frames == MIN_SPAN_FRAMES


def test_a_width_of_its_own_does_not_change_the_stretch():
    view = TimeView.whole(44100, 800).zoomed(2, 100)
    wider = view.resized(1600)
    assert (wider.start_frame, wider.end_frame) == (view.start_frame, view.end_frame)


def test_a_one_sample_recording_can_be_looked_at():
    view = TimeView.whole(1, 800)
    assert view.frame_at(800) == view.frame_at(900) == 1
    assert view.x_of(1) == pytest.approx(800 / MIN_SPAN_FRAMES)


@pytest.mark.parametrize("scale", ["linear", "mel", "log"])
class TestFrequency:
    def test_height_to_hertz_and_back(self, scale):
        view = FrequencyView(22050.0, scale).zoomed(2.5, 120, 400)
        for y in (1, 100, 399):
            assert view.y_of(view.hz_at(y, 400), 400) == pytest.approx(y)

    def test_the_whole_reaches_from_zero_to_nyquist(self, scale):
        view = FrequencyView(4000.0, scale)
        assert view.low_hz == 0.0
        assert view.high_hz == pytest.approx(4000.0)
        assert view.hz_at(-50, 400) == view.high_hz
        assert view.hz_at(500, 400) == view.low_hz

    def test_zooming_keeps_the_frequency_under_the_pointer(self, scale):
        view = FrequencyView(22050.0, scale)
        before = view.hz_at(130, 400)
        assert view.zoomed(2, 130, 400).hz_at(130, 400) == pytest.approx(before)

    def test_zoom_and_scroll_stay_within_the_spectrum(self, scale):
        view = FrequencyView(22050.0, scale).zoomed(4, 10, 400).scrolled(1e6, 400)
        assert view.high == 1.0
        assert view.scrolled(-1e6, 400).low == pytest.approx(0.0)
        assert view.zoomed(1e-6, 10, 400) == view.fitted()
        assert view.zoomed(1e9, 10, 400).high - view.zoomed(1e9, 10, 400).low > 0.005


def test_lanes_share_the_height():
    strips = lanes(100, 3, gap=2)
    assert [round(s.top, 3) for s in strips] == [0, 34, 68]
    assert strips[-1].top + strips[-1].height == pytest.approx(100)
