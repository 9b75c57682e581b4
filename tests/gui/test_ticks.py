"""Rulers carry round numbers that do not touch each other."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_gui.display import AmplitudeUnit
from uasrm_gui.editor.ticks import (
    amplitude_ticks,
    format_hz,
    format_time,
    frequency_ticks,
    time_ticks,
)
from uasrm_gui.state.viewport import AmplitudeView, FrequencyView, TimeView


@given(st.floats(1e-3, 1.0), st.integers(200, 4000))
def test_time_labels_do_not_touch_at_any_zoom(part, width):
    frames = 3600 * 44100
    view = TimeView.whole(frames, width).between(1000, 1000 + frames * part**4)
    labelled = [tick for tick in time_ticks(view, 44100, 80) if tick.label]
    assert all(b.position - a.position >= 79.9 for a, b in pairwise(labelled))
    assert len({tick.label for tick in labelled}) == len(labelled)


def test_time_ticks_stand_where_they_say():
    view = TimeView.whole(44100 * 10, 1000)
    places = {tick.label: tick.position for tick in time_ticks(view, 44100, 80)}
    assert places["0:03"] == pytest.approx(300)


@pytest.mark.parametrize(
    ("seconds", "step", "text"),
    [
        (0, 1, "0:00"),
        (61.5, 0.5, "1:01.5"),
        (3723, 60, "1:02:03"),
        (59.9999, 0.001, "1:00.000"),
        (0.00025, 0.00005, "0:00.00025"),
    ],
)
def test_times_are_written_with_the_decimals_they_need(seconds, step, text):
    assert format_time(seconds, step) == text


@pytest.mark.parametrize("scale", ["linear", "mel", "log"])
@pytest.mark.parametrize("height", [30, 120, 900])
def test_frequency_labels_do_not_touch_and_there_are_some(scale, height):
    ticks = frequency_ticks(FrequencyView(22050.0, scale), height, 26.0)
    places = sorted(tick.position for tick in ticks if tick.label)
    assert places
    assert all(b - a >= 26.0 for a, b in pairwise(places))


def test_frequencies_are_written_short():
    assert [format_hz(hz) for hz in (50, 440, 1000, 2500, 20000)] == [
        "50",
        "440",
        "1k",
        "2.5k",
        "20k",
    ]


@given(st.floats(1.0, 10000.0), st.floats(30.0, 600.0), st.sampled_from(get_args(AmplitudeUnit)))
def test_amplitude_labels_do_not_touch_and_stay_in_the_lane(zoom, height, unit):
    ticks = amplitude_ticks(AmplitudeView(zoom), height, 13.0, unit)
    places = sorted(tick.position for tick in ticks)
    assert all(b - a >= 12.99 for a, b in pairwise(places))
    assert all(6.4 <= place <= height - 6.4 for place in places)


def test_amplitude_marks_stand_where_they_say():
    places = {
        tick.label: min(tick.position, 202 - tick.position)
        for tick in amplitude_ticks(AmplitudeView(), 202.0, 13.0, "db")
    }
    assert places["−∞"] == 101
    assert places["−6"] == pytest.approx(101 - 100 * 10 ** (-6 / 20))
    quiet = amplitude_ticks(AmplitudeView(100.0), 202.0, 13.0, "db")
    assert {"−42", "−46"} & {tick.label for tick in quiet}
    parts = {tick.label for tick in amplitude_ticks(AmplitudeView(), 202.0, 13.0, "linear")}
    assert {"0", "0.4", "0.8"} <= parts
