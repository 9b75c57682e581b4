"""Rulers carry round numbers that do not touch each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_gui.editor.ticks import format_hz, format_time, frequency_ticks, time_ticks
from uasrm_gui.state.viewport import FrequencyView, TimeView


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
