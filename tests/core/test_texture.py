"""A fill of the same kind as its surroundings differs from them in nothing; a smeared one does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import fft

from uasrm_core.spectral.texture import steadiness, texture_change

RATE = 44100
START, END = 50_000, 60_000


@pytest.fixture
def noise(rng):
    return (0.1 * rng.standard_normal((1, 120_000))).astype(np.float32)


def test_noise_among_noise_belongs_there(noise):
    change = texture_change(noise, START, END, RATE)
    assert abs(change.flatness_db) < 0.2
    assert abs(change.modulation_db) < 0.2


def test_a_spectrum_that_stands_still_is_less_lively(noise):
    spectrum = fft.rfft(noise[0, :256])
    noise[0, START:END] = np.tile(fft.irfft(spectrum, 256), 40)[: END - START]
    assert texture_change(noise, START, END, RATE).modulation_db < -3


def test_a_tone_among_noise_is_less_flat(noise, tone):
    noise[:, START:END] = tone(seconds=1.0)[:, : END - START]
    assert texture_change(noise, START, END, RATE).flatness_db < -10


def test_a_fill_of_a_few_milliseconds_has_no_texture(noise):
    change = texture_change(noise, START, START + 400, RATE)
    assert math.isnan(change.flatness_db)
    assert math.isnan(change.modulation_db)


def test_silence_around_or_inside_has_none_either(noise):
    alone = np.zeros_like(noise)
    alone[:, START:END] = noise[:, START:END]
    assert math.isnan(texture_change(alone, START, END, RATE).flatness_db)
    noise[:, START:END] = 0.0
    assert math.isnan(texture_change(noise, START, END, RATE).modulation_db)


def test_held_tones_are_steady_and_changing_ones_are_not(tone, rng):
    frames = round(0.4 * RATE)
    held = tone(440.0, 0.4)[0] + 0.01 * rng.standard_normal(frames)
    notes = np.concatenate([tone(hz, 0.1)[0] for hz in (440.0, 554.0, 311.0, 880.0)])
    notes = notes + 0.01 * rng.standard_normal(frames)
    assert steadiness([held], RATE) > 0.95
    assert steadiness([notes], RATE) < 0.85
    # loudness does not matter, nor that the sound lies in two parts
    assert steadiness([1e-3 * notes], RATE) == pytest.approx(steadiness([notes], RATE), rel=1e-3)
    assert steadiness(np.split(notes, 2), RATE) < 0.85


def test_what_is_too_short_to_change_is_steady():
    assert steadiness([np.ones(100), np.zeros(0)], RATE) == 1.0
    assert np.isfinite(steadiness([np.zeros(20_000)], RATE))
