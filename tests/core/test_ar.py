"""The classical models: they find what made a signal, and fill gaps near the published figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from uasrm_core.interpolation import ar
from uasrm_core.resources import resource


@pytest.fixture(scope="module")
def music() -> np.ndarray:
    import soundfile

    samples, _ = soundfile.read(resource("samples", "hungarian_dance_clean.wav"), always_2d=True)
    return samples.mean(axis=1)


def snr_db(filled: np.ndarray, clean: np.ndarray) -> float:
    return float(10 * np.log10(np.sum(clean**2) / np.sum((filled - clean) ** 2)))


def test_burg_recovers_the_model_that_made_a_signal(rng):
    made_by = np.array([1.0, -1.8, 0.95])
    samples = signal.lfilter([1.0], made_by, rng.standard_normal(20000))
    assert ar.burg(samples, 2) == pytest.approx(made_by, abs=0.02)


def test_stretches_that_are_fitted_together_tell_one_model(rng):
    made_by = np.array([1.0, -1.8, 0.95])
    samples = signal.lfilter([1.0], made_by, rng.standard_normal(20000))
    # what lies between them is not looked at
    stretches = samples[:9000], samples[9100:], samples[9000:9002] + 50.0
    assert ar.burg_of(stretches, 2) == pytest.approx(made_by, abs=0.02)


def test_burg_is_what_its_definition_says(music):
    samples = music[100_000:101_000] + ar._add_noise(1000) * ar.NOISE * np.std(
        music[100_000:101_000]
    )
    forward, backward, model = samples.copy(), samples.copy(), np.ones(1)
    for _ in range(30):
        forward, backward = forward[1:], backward[:-1]
        energy = forward @ forward + backward @ backward
        reflection = -2.0 * (forward @ backward) / energy
        forward, backward = forward + reflection * backward, backward + reflection * forward
        model = np.append(model, 0.0) + reflection * np.append(0.0, model[::-1])
    assert ar.burg(music[100_000:101_000], 30) == pytest.approx(model, abs=1e-3)


def test_burg_is_stable(music):
    stretch = music[100_000:108_192]
    rung = ar.extrapolate(stretch, ar.burg(stretch, 1024), 200_000)
    assert np.max(np.abs(rung)) < 3 * np.max(np.abs(stretch))
    assert np.max(np.abs(rung[-1000:])) < 0.1 * np.max(np.abs(stretch))


@pytest.mark.parametrize("known", [3, 64, 500])
@pytest.mark.parametrize("frames", [1, 63, 64, 65, 1000])
def test_extrapolation_is_what_its_definition_says(music, known, frames):
    model = ar.burg(music[:8192], 64)
    past = music[8192 - known : 8192]
    expected = [*np.zeros(64), *past]
    for _ in range(frames):
        expected.append(-float(model[1:] @ expected[: -len(model) : -1]))
    rung = ar.extrapolate(past, model, frames)
    assert rung == pytest.approx(expected[-frames:], abs=1e-9)


def test_extrapolation_continues_a_tone():
    tone = np.sin(2 * np.pi * 440 / 44100 * np.arange(12000))
    rung = ar.extrapolate(tone[:8192], ar.burg(tone[:8192], 64), 2205)
    assert snr_db(rung, tone[8192 : 8192 + 2205]) > 20


def test_a_chord_of_pure_tones_comes_back():
    time = np.arange(30000) / 44100
    chord = sum(0.2 * np.sin(2 * np.pi * hz * time) for hz in (220.0, 277.0, 330.0))
    chord = chord.astype(np.float32).astype(np.float64)
    forward, backward = ar.extrapolate_both(chord[:8192], chord[9074:18000], 882)
    assert snr_db(ar.blend(forward, backward), chord[8192:9074]) > 40
    damaged = chord[:18000].copy()
    damaged[8192:9074] = 0.0
    assert snr_db(ar.interpolate(damaged, 8192, 9074, 1024).missing, chord[8192:9074]) > 80


def test_interpolation_finds_the_least_squares_solution(rng):
    samples = signal.lfilter([1.0], [1.0, -1.6, 0.9], rng.standard_normal(400))
    coefficients = ar.burg(samples, 8)
    filled = samples.copy()
    filled[200:210] = ar._solve_missing(samples, 200, 210, coefficients)

    def error_energy(candidate):
        return np.sum(np.convolve(candidate, coefficients, mode="valid") ** 2)

    best = error_energy(filled)
    for frame in range(200, 210):
        for step in (-0.01, 0.01):
            moved = filled.copy()
            moved[frame] += step
            assert error_energy(moved) > best


def test_interpolation_changes_the_gap_only(music):
    stretch = music[:20000].copy()
    filled = ar.interpolate(stretch, 9000, 9300, order=64).filled
    assert np.array_equal(filled[:9000], stretch[:9000])
    assert np.array_equal(filled[9300:], stretch[9300:])


def test_interpolation_does_not_learn_from_the_gap(music):
    stretch = music[:20000].copy()
    expected = ar.interpolate(stretch, 9000, 9300, order=64).missing
    stretch[9000:9300] = 9.9
    assert np.array_equal(ar.interpolate(stretch, 9000, 9300, order=64).missing, expected)


def test_two_sided_extrapolation_joins_both_edges(music):
    before, after = music[100_000:108_192], music[110_000:118_192]
    forward, backward = ar.extrapolate_both(before, after, 1808)
    bound = 3 * np.max(np.abs(np.diff(music[100_000:118_192])))
    filled = ar.blend(forward, backward)
    assert abs(filled[0] - before[-1]) < bound
    assert abs(filled[-1] - after[0]) < bound


@pytest.mark.parametrize("missing", ["before", "after"])
def test_a_side_without_sound_is_continued_as_silence(music, missing):
    silent = np.zeros(0)
    sound = music[100_000:108_192]
    sides = (silent, sound) if missing == "before" else (sound, silent)
    forward, backward = ar.extrapolate_both(*sides, 500)
    quiet, loud = (forward, backward) if missing == "before" else (backward, forward)
    assert not np.any(quiet)
    assert np.any(loud)
