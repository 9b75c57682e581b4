"""The edges of a hole tell a sound that was turned down from one that had died away."""

import numpy as np
import pytest

from uasrm_core.detect.edges import EDGE_FEATURES, describe_edges

START, END = 20000, 26000
FALL, RISE, FALL_SPREAD, RISE_SPREAD, OUTSIDE = 0, 1, 2, 3, 12
SHARPNESS = -2


@pytest.fixture
def noise(rng):
    return (0.1 * rng.standard_normal(60000)).astype(np.float32)


def described(row, edges=((START, END),)):
    return describe_edges(row, row, np.array(edges, dtype=np.intp))


def test_what_was_turned_down_falls_and_comes_back_alike_in_every_band(noise):
    noise[START:END] *= 10 ** (-30 / 20)
    (found,) = described(noise)
    assert found[[FALL, RISE]] == pytest.approx(30.0, abs=7.0)
    assert max(found[[FALL_SPREAD, RISE_SPREAD]]) < 8.0


def test_what_dies_away_is_quiet_before_it_ends(noise):
    broken, ended = noise.copy(), noise.copy()
    ended[START - 4000 : START] *= np.exp(-np.linspace(0.0, 5.0, 4000))
    for row in (broken, ended):
        row[START:END] = 0.0
    (of_broken,), (of_ended,) = described(broken), described(ended)
    assert of_broken[FALL] > of_ended[FALL] + 10.0
    assert of_broken[OUTSIDE] > of_ended[OUTSIDE] + 10.0


def test_a_sharp_edge_sticks_out_of_what_is_around_it(noise):
    (smooth,) = described(noise)
    noise[START], noise[END] = 0.9, -0.9
    (sharp,) = described(noise)
    assert (sharp[[SHARPNESS, -1]] > smooth[[SHARPNESS, -1]] + 6.0).all()


def test_holes_at_the_ends_and_in_silence_are_described_in_numbers():
    edges = ((0, 20), (40, 900), (1000, 3000), (2990, 3000))
    for row in (np.zeros(3000, np.float32), np.ones(3000, np.float32)):
        found = described(row, edges)
        assert found.shape == (len(edges), EDGE_FEATURES)
        assert np.isfinite(found).all()
