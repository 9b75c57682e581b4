"""Several models together come nearer to what is missing than one, and know how near."""

import numpy as np
import pytest
import soundfile

from uasrm_core.interpolation.consensus import expect_missing
from uasrm_core.interpolation.declick import declick
from uasrm_core.interpolation.fills import interpolation
from uasrm_core.resources import resource

RATE = 44100
GAP = 88


@pytest.fixture(scope="module")
def music():
    path = resource("samples", "hungarian_dance_clean.wav")
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=6 * RATE)
    return np.ascontiguousarray(samples[:, 0])


def test_models_of_several_orders_come_nearer_than_one_and_know_how_near(music):
    together, alone, surprises = [], [], []
    for start in np.random.default_rng(5).integers(RATE, 5 * RATE, 40):
        truth = music[start : start + GAP]
        expected = expect_missing(music, start, start + GAP, RATE)
        off = truth - expected.missing
        together.append(np.sum(off**2))
        alone.append(
            np.sum(np.square(truth - interpolation(music, start, start + GAP, RATE).missing))
        )
        surprises.append(off @ np.linalg.solve(expected.covariance, off) / GAP)
    assert np.mean(10 * np.log10(np.divide(together, alone))) < -0.1
    assert 0.3 < np.median(surprises) < 1.5


def test_what_stands_in_the_gap_is_not_looked_at(music):
    damaged = music.copy()
    damaged[RATE : RATE + GAP] = 0.9
    clean, other = (expect_missing(row, RATE, RATE + GAP, RATE) for row in (music, damaged))
    assert np.array_equal(clean.missing, other.missing)
    assert np.array_equal(clean.covariance, other.covariance)


def test_a_click_in_digital_silence_leaves_silence():
    row = np.zeros(RATE, np.float32)
    row[9000:9040] = 0.3
    assert np.max(np.abs(declick(row, 9000, 9040, RATE).samples)) < 1e-6
