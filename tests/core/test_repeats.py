"""Buffers that were played twice are found, whatever clicks lie in them."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.detect.repeats import find_repeats

RATE = 44100
START, LENGTH = 40000, 1200


@pytest.fixture
def played_twice(rng):
    row = rng.standard_normal(3 * RATE).astype(np.float32)
    row[START : START + LENGTH] = row[START - LENGTH : START]
    return row


def test_a_buffer_that_was_played_twice_is_found_to_the_frame(played_twice):
    assert find_repeats(played_twice, RATE) == [(START, START + LENGTH, 1.0)]


@pytest.mark.parametrize("place", [START - LENGTH + 500, START + 500])
def test_a_click_may_ring_beyond_where_it_was_marked(played_twice, place):
    marked, rings = 20, 75
    played_twice[place : place + marked + rings] += 0.25
    found = find_repeats(played_twice, RATE, [(place, place + marked)])
    assert found == [(START, START + LENGTH, 1.0)]


def test_what_is_never_the_same_is_no_repeat(rng):
    assert find_repeats(rng.standard_normal(3 * RATE).astype(np.float32), RATE) == []
