"""The three guesses at a gap: bounded, blind to the damage, and sensible at the ends of a file."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.dsp.fills import classical_fills

RATE = 44100


@pytest.fixture
def notes(music_like):
    return music_like(1.0, channels=1)[0]


@pytest.mark.parametrize("milliseconds", [1, 20, 90, 300])
def test_what_stands_in_the_gap_does_not_matter(notes, milliseconds):
    start, end = 20000, 20000 + milliseconds * RATE // 1000
    damaged = notes.copy()
    damaged[start:end] = 1.0
    a = classical_fills(notes, start, end, RATE).stacked()
    b = classical_fills(damaged, start, end, RATE).stacked()
    assert np.array_equal(a, b)
    assert a.shape == (3, end - start)


def test_fills_are_never_far_louder_than_the_surroundings(rng):
    wild = rng.standard_normal(30000).astype(np.float32) * np.linspace(0, 1, 30000, dtype="f4") ** 8
    fills = classical_fills(wild, 15000, 20000, RATE).stacked()
    assert np.max(np.abs(fills)) <= 2.0 * np.max(np.abs(wild))


def test_a_gap_at_the_start_is_filled_from_what_follows(notes):
    fills = classical_fills(notes, 0, 4000, RATE)
    assert np.array_equal(fills.best, fills.backward)
    assert np.any(fills.best)


def test_a_gap_at_the_end_is_filled_from_what_precedes(notes):
    fills = classical_fills(notes, len(notes) - 4000, len(notes), RATE)
    assert np.array_equal(fills.best, fills.forward)
    assert np.any(fills.best)


def test_surroundings_shorter_than_any_model_give_silence_not_an_error():
    lonely = np.full(102, 0.5, dtype=np.float32)
    assert np.isfinite(classical_fills(lonely, 1, 101, RATE).stacked()).all()
