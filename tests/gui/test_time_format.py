"""Times are written and read the same way, in every format."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_gui.editor.ticks import ruler_ticks
from uasrm_gui.state.viewport import TimeView
from uasrm_gui.widgets.time_format import TIME_FORMATS, TimeFormat

RATE = 48_000


@pytest.mark.parametrize(
    ("name", "seconds", "text"),
    [
        ("clock", 3723.5, "01:02:03.500"),
        ("samples", 2.0, "96\u2009000"),
        ("tc24", 1.5, "00:00:01:12"),
        ("tc25", 3600.04, "01:00:00:01"),
        ("tc30", 0.99, "00:00:00:29"),
        # SMPTE 12M: after a minute two names are left out, after ten the clock is right again.
        ("tc2997", 60.06, "00:01:00;02"),
        ("tc2997", 600.0, "00:10:00;00"),
        ("tc2997", 3600.0, "01:00:00;00"),
        ("tc2997n", 3603.6, "01:00:00:00"),
    ],
)
def test_a_time_reads_as_it_should(name, seconds, text):
    assert TimeFormat(name, RATE).text(round(seconds * RATE), full=True) == text


@pytest.mark.parametrize("name", [name for name in TIME_FORMATS if name.startswith("tc")])
@given(frame=st.integers(0, 12 * 3600 * RATE))
def test_a_timecode_means_the_first_frame_of_its_picture(name, frame):
    time = TimeFormat(name, RATE)
    text = time.text(frame)
    begin = time.parse(text)
    assert begin <= frame < begin + time.unit_frames + 1
    assert time.text(begin) == text
    assert begin == 0 or time.text(begin - 1) != text


@given(frame=st.integers(0, 10**10))
def test_samples_come_back_exactly(frame):
    time = TimeFormat("samples", RATE)
    assert time.parse(time.text(frame)) == frame


@pytest.mark.parametrize("name", list(TIME_FORMATS))
def test_a_plain_time_is_understood_in_every_format(name):
    assert TimeFormat(name, RATE).parse("0:01.5") == 72_000
    with pytest.raises(ValueError, match="Type a"):
        TimeFormat(name, RATE).parse("soon")


@pytest.mark.parametrize("name", list(TIME_FORMATS))
@pytest.mark.parametrize("span", [10, 3000, 500_000, 2 * 3600 * RATE])
def test_the_marks_of_a_ruler_stand_apart_and_tell_where_they_are(name, span):
    time = TimeFormat(name, RATE)
    view = TimeView.whole(4 * 3600 * RATE, 900).between(1_000_000, 1_000_000 + span)
    ticks = [t for t in ruler_ticks(view, time, 80) if t.label and 0 <= t.position <= 900]
    places = [tick.position for tick in ticks]
    assert all(right - left >= 60 for left, right in itertools.pairwise(places))
    assert ticks or span == 10
    if name != "clock":
        assert all(time.text(view.frame_at(tick.position) + 0.01) == tick.label for tick in ticks)


def test_the_edges_of_a_short_region_are_told_apart():
    time = TimeFormat("clock", 48_000)
    start, end = 83_000, 83_010
    assert time.text(start) == time.text(end)
    edges = [time.text(frame, span_frames=end - start) for frame in (start, end)]
    assert edges == ["1.72917", "1.72938"]
    assert [time.parse(text) for text in edges] == [start, end]
