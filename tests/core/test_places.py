"""Gaps are cut where they should be: seeded, inside the recording, where something sounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.evaluation import places

RATE = 8000
GAPS_MS = (20.0, 300.0)


def _clip(samples, rate=RATE):
    return AudioClip(MemorySource(samples, rate))


@pytest.fixture
def half_silent(rng):
    samples = 0.1 * rng.standard_normal((1, 8 * RATE)).astype(np.float32)
    samples[:, : 4 * RATE] = 0.0
    return _clip(samples)


def _random(clip, gaps_ms=GAPS_MS, *, count=16, seed=0):
    return places.random_cuts(clip, gaps_ms, count=count, rng=np.random.default_rng(seed))


def test_random_places_are_the_same_for_a_seed_and_differ_between_seeds(half_silent):
    assert _random(half_silent) == _random(half_silent)
    assert _random(half_silent) != _random(half_silent, seed=1)


def test_random_places_are_inside_and_where_something_sounds(half_silent):
    cuts = _random(half_silent)
    assert len(cuts) == 32
    for cut in cuts:
        assert 0 < cut.start_frame < cut.end_frame < half_silent.frames
        assert places.is_audible(half_silent, cut.start_frame)


def test_every_length_is_cut_at_the_same_places(half_silent):
    short, long = ([c for c in _random(half_silent) if c.length_ms == ms] for ms in GAPS_MS)
    assert [c.start_frame for c in short] == [c.start_frame for c in long]
    assert {c.end_frame - c.start_frame for c in long} == {300 * RATE // 1000}


def test_lengths_that_do_not_fit_are_left_out(rng):
    clip = _clip(0.1 * rng.standard_normal((1, RATE)).astype(np.float32))
    assert {cut.length_ms for cut in _random(clip, (20.0, 300.0, 600.0))} == {20.0, 300.0}


def test_silence_has_no_place():
    silence = _clip(np.zeros((1, 8 * RATE), dtype=np.float32))
    assert _random(silence) == []
    assert places.rival_cuts(silence, GAPS_MS, "any") == []


def test_the_published_places_of_a_known_recording(rng):
    # As long as the recording whose published figures these places reproduce.
    clip = _clip(0.1 * rng.standard_normal((1, 2_021_760)).astype(np.float32), 44100)
    cuts = places.rival_cuts(clip, (5.0, 50.0), "hungarian_dance_5")
    assert [cut.start_frame for cut in cuts] == 2 * [726941, 944211, 1208039, 634634]
    assert {cut.end_frame - cut.start_frame for cut in cuts} == {220, 2205}


def test_published_places_need_some_seconds_of_recording(rng):
    clip = _clip(0.1 * rng.standard_normal((1, 3 * RATE)).astype(np.float32))
    assert places.rival_cuts(clip, GAPS_MS, "any") == []


def test_labelled_gaps_have_the_lengths_of_their_regions(half_silent):
    cuts = places.labelled_cuts(half_silent, (Region(800, 1600), Region(4000, 4080)))
    assert [(cut.start_frame, cut.end_frame, cut.length_ms) for cut in cuts] == [
        (800, 1600, 100.0),
        (4000, 4080, 10.0),
    ]


def test_a_label_outside_the_recording_is_refused(half_silent):
    with pytest.raises(RegionError, match="outside"):
        places.labelled_cuts(half_silent, (Region(0, 9 * RATE),))


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_packets_are_lost_in_bursts_and_as_many_as_was_asked_for(rng, share):
    clip = _clip(0.1 * rng.standard_normal((1, 120 * RATE)).astype(np.float32))
    (cut,) = places.lossy_cuts(clip, share, np.random.default_rng(1))
    packet = places.frames_of(places.PACKET_MS, RATE)
    lengths = np.array([end - start for start, end in cut.losses])
    assert lengths.sum() / clip.frames == pytest.approx(share, rel=0.1)
    assert np.mean(lengths) / packet == pytest.approx(places.MEAN_BURST_PACKETS, rel=0.15)
    assert not any(lengths % packet)
    edges = [frame for loss in cut.losses for frame in loss]
    # apart, in order, and neither the first packet nor the last frame is lost
    assert all(a < b for a, b in pairwise(edges))
    assert packet <= edges[0]
    assert edges[-1] < clip.frames
