"""The three guesses at a gap: bounded, blind to the damage, and sensible at the ends of a file."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.interpolation.fills import (
    STEADY_ORDER,
    UNSTEADY_ORDER,
    classical_fills,
    interpolation,
    measure_doubt,
)

RATE = 44100


@pytest.fixture
def notes(music_like):
    return music_like(1.0, channels=1)[0]


@pytest.mark.parametrize("milliseconds", [1, 20, 90, 300])
def test_what_stands_in_the_gap_does_not_matter(notes, milliseconds):
    start, end = 20000, 20000 + milliseconds * RATE // 1000
    damaged = notes.copy()
    damaged[start:end] = 1.0
    a = classical_fills(notes, start, end, RATE).stack()
    b = classical_fills(damaged, start, end, RATE).stack()
    assert np.array_equal(a, b)
    assert a.shape == (3, end - start)


def test_fills_are_never_far_louder_than_the_surroundings(rng):
    wild = rng.standard_normal(30000).astype(np.float32) * np.linspace(0, 1, 30000, dtype="f4") ** 8
    fills = classical_fills(wild, 15000, 20000, RATE).stack()
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
    assert np.isfinite(classical_fills(lonely, 1, 101, RATE).stack()).all()


def test_models_reach_far_in_steady_sound_and_near_in_changing_sound(rng, notes):
    time = np.arange(2 * RATE) / RATE
    held = sum(np.sin(2 * np.pi * hz * time) for hz in (220.0, 331.0, 440.0, 663.0))
    held = held + 0.01 * rng.standard_normal(len(time))
    hz = rng.uniform(100.0, 2000.0, size=40).repeat(len(time) // 40 + 1)[: len(time)]
    gliding = np.sin(2 * np.pi * np.cumsum(hz) / RATE) + 0.01 * rng.standard_normal(len(time))
    steady = interpolation(held, RATE, RATE + 500, RATE)
    unsteady = interpolation(gliding, RATE, RATE + 500, RATE)
    assert len(steady.model) == STEADY_ORDER + 1
    assert len(unsteady.model) == UNSTEADY_ORDER + 1
    # the same time at another rate
    slow = interpolation(held[::2], RATE // 2, RATE // 2 + 250, RATE // 2)
    assert len(slow.model) == STEADY_ORDER // 2 + 1


def test_clicks_have_short_models(notes):
    orders = [len(interpolation(notes, 20000, 20000 + n, RATE).model) - 1 for n in (30, 130, 441)]
    assert orders == sorted(orders)
    assert orders[0] <= 512
    assert orders[1] <= 1024


def test_20_ms_of_music_come_back():
    import soundfile

    from uasrm_core.resources import resource

    path = resource("samples", "hungarian_dance_clean.wav")
    music = soundfile.read(path, always_2d=True)[0].mean(axis=1)
    scores = []
    for start in range(100_000, 500_000, 80_000):
        clean = music[start : start + 882]
        error = interpolation(music, start, start + 882, RATE).missing - clean
        scores.append(10 * np.log10(np.sum(clean**2) / np.sum(error**2)))
    # a model of order 1024 over 4096 frames a side comes to 7.5 dB
    assert np.mean(scores) > 7.6


def test_in_a_few_milliseconds_two_models_are_heard(rng):
    time = np.arange(2 * RATE) / RATE
    held = sum(np.sin(2 * np.pi * hz * time) for hz in (220.0, 331.0, 440.0, 663.0))
    held = (held + 0.01 * rng.standard_normal(len(time))).astype(np.float32)
    for milliseconds, is_mean in ((3, False), (7, True), (15, False)):
        start, end = RATE, RATE + milliseconds * RATE // 1000
        alone = interpolation(held, start, end, RATE).missing
        differs = np.abs(classical_fills(held, start, end, RATE).best - alone).max() > 1e-4
        assert differs == is_mean


def test_an_interpolation_is_doubted_where_the_sides_are_of_other_kinds(rng):
    time = np.arange(2 * RATE) / RATE
    low, high = (sum(np.sin(2 * np.pi * hz * k * time) for k in (1, 2, 3)) for hz in (220.0, 311.0))
    start, end = RATE, RATE + RATE // 50
    noise = 0.001 * rng.standard_normal(len(time))
    found = {}
    for name, after in (("held", low), ("changed", high)):
        sound = np.where(np.arange(len(time)) < (start + end) // 2, low, after) + noise
        doubt = measure_doubt(sound, start, end, RATE)
        assert doubt is not None
        error = interpolation(sound, start, end, RATE).missing - sound[start:end]
        found[name] = np.mean(doubt**2), np.mean(error**2), np.mean(sound[start:end] ** 2)
    doubted, off, power = found["held"]
    assert 0.1 < doubted / off < 10.0
    assert off < power / 1000.0
    doubted, off, power = found["changed"]
    assert doubted > off > power / 1000.0


def test_beside_silence_there_is_nothing_to_doubt_by(notes):
    silent = notes.copy()
    silent[:20000] = 0.0
    assert measure_doubt(silent, 20000, 20441, RATE) is None
    assert measure_doubt(notes, 0, 441, RATE) is None
