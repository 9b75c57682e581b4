"""Regions, and the sentence for each that cannot be repaired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of, split_parts
from uasrm_core.audio.shape import box
from uasrm_core.errors import RegionError
from uasrm_core.select.combine import subtract, union

INFO = SourceInfo(None, "WAV", "PCM_16", 1000, 2, 10_000)


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (Region(500, 400), "ends before it starts"),
        (Region(500, 500), "has no length"),
        (Region(-1, 500), "lies outside the recording, which is 10.000 s long"),
        (Region(9000, 10_001), "lies outside"),
        (Region(0, 10_000), "covers the whole recording"),
        (Region(10, 20, channels=(2,)), "asks for channel 3, but the recording has 2"),
        (Region(10, 20, channels=()), "no channel chosen"),
        (Region(10, 20, 300.0, 200.0), "has no band"),
        (Region(10, 20, 600.0, 900.0), "has no band"),
    ],
)
def test_what_cannot_be_repaired_is_said_in_a_sentence(region: Region, words: str) -> None:
    with pytest.raises(RegionError, match=words) as caught:
        region.fit_to(INFO)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("region", [Region(0, 1), Region(9999, 10_000), Region(1, 10_000)])
def test_regions_may_touch_the_start_and_the_end(region: Region) -> None:
    assert region.fit_to(INFO) == region


def test_a_band_is_cut_to_the_recording() -> None:
    assert Region(1, 9, 100.0, 4000.0).fit_to(INFO) == Region(1, 9, 100.0, 500.0)
    assert Region(1, 9, None, 100.0).fit_to(INFO) == Region(1, 9, 0.0, 100.0)
    assert not Region(1, 9, 0.0, 500.0).fit_to(INFO).has_band


def test_channels_meant() -> None:
    assert Region(1, 9).channel_indices(3) == (0, 1, 2)
    assert Region(1, 9, channels=(1,)).channel_indices(3) == (1,)


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        (Region(100, 500), Region(100, 500, label="dropout"), True),
        (Region(100, 500), Region(200, 200), True),
        (Region(100, 500), Region(99, 500), False),
        (Region(100, 500), Region(200, 300, 1000.0, 2000.0), True),
        (Region(100, 500, 1000.0, 2000.0), Region(200, 300), False),
        (Region(100, 500, 1000.0, 2000.0), Region(200, 300, 1200.0, 2000.0), True),
        (Region(100, 500, 1000.0, 2000.0), Region(200, 300, 1200.0, 2100.0), False),
        (Region(100, 500, channels=(0,)), Region(200, 300), False),
        (Region(100, 500), Region(200, 300, channels=(1,)), True),
    ],
)
def test_a_region_covers_what_lies_wholly_inside(outer, inner, covered) -> None:
    assert outer.covers(inner) is covered


BENT = union(box(100, 300, 100.0, 200.0), box(200, 500, 160.0, 400.0))
SHAPED = region_of(BENT, INFO.rate, label="chirp", kind=Kind.NOISE)


def test_a_drawn_region_is_cut_to_smaller_numbers() -> None:
    cut = replace(SHAPED, start_frame=250, high_hz=300.0).fit_to(INFO)
    assert (cut.start_frame, cut.end_frame, cut.low_hz, cut.high_hz) == (250, 500, 100.0, 300.0)
    assert (cut.label, cut.kind) == ("chirp", Kind.NOISE)
    assert cut.area(INFO.rate) == BENT.within(250, 500, 0.0, 300.0)
    assert SHAPED.fit_to(INFO) == SHAPED
    assert cut.fit_to(INFO) == cut


@pytest.mark.parametrize(
    "numbers",
    [{"start_frame": 50}, {"end_frame": 600}, {"low_hz": None}, {"high_hz": None}],
)
def test_a_drawn_region_does_not_reach_beyond_what_was_drawn(numbers) -> None:
    with pytest.raises(RegionError, match="beyond what was drawn"):
        replace(SHAPED, **numbers).fit_to(INFO)


def test_a_drawn_region_that_is_cut_to_nothing_is_said() -> None:
    hollow = region_of(subtract(box(100, 500, 100.0, 400.0), box(200, 300, 0.0, 500.0)), 1000)
    with pytest.raises(RegionError, match="Nothing of what was drawn"):
        replace(hollow, start_frame=210, end_frame=290).fit_to(INFO)


def test_a_drawn_region_covers_what_lies_inside_its_outline() -> None:
    assert SHAPED.covers(Region(150, 250, 120.0, 180.0))
    assert not SHAPED.covers(Region(110, 150, 180.0, 240.0))
    assert Region(100, 500, 100.0, 400.0).covers(SHAPED)
    assert SHAPED.covers(SHAPED)
    assert not SHAPED.covers(Region(150, 250))


def test_a_moved_region_takes_its_shape_along() -> None:
    moved = SHAPED.moved(40)
    assert moved == region_of(BENT.moved(40), INFO.rate, label="chirp", kind=Kind.NOISE)


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 96000])
def test_parts_that_lie_apart_are_regions_of_their_own(rate) -> None:
    info = SourceInfo(None, "WAV", "PCM_16", rate, 1, 10 * rate)
    near = Region(rate, 2 * rate).area(rate)
    far = Region(5 * rate, 6 * rate).area(rate)
    region = region_of(union(near, far), rate).fit_to(info)
    assert split_parts(region, rate) == (Region(rate, 2 * rate), Region(5 * rate, 6 * rate))
    assert split_parts(Region(3, 9), rate) == (Region(3, 9),)
