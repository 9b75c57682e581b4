"""The level and the liveliness of a fill by band, against sounds whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from uasrm_core.metrics.bands import (
    BANDS_HZ,
    FARTHEST_DB,
    level_distance_db,
    level_error_db,
    modulation_distance_db,
    modulation_error_db,
)

RATE = 44100
START, END = 20_000, 33_000


@pytest.fixture
def noise(rng):
    return 0.1 * rng.standard_normal((2, 60_000)).astype(np.float32)


def _scaled(sound, gain):
    fill = sound.copy()
    fill[:, START:END] *= gain
    return fill


@pytest.mark.parametrize("band_hz", BANDS_HZ)
@pytest.mark.parametrize("decibels", [-12.0, 0.0, 6.0])
def test_a_fill_that_is_too_loud_or_too_quiet_is_by_so_much_in_every_band(noise, band_hz, decibels):
    fill = _scaled(noise, 10 ** (decibels / 20))
    found = level_error_db(noise, fill, START, END, RATE, band_hz=band_hz)
    assert found == pytest.approx(decibels, abs=0.05)


def test_only_the_band_of_a_lost_tone_is_too_quiet(noise):
    time = np.arange(noise.shape[1]) / RATE
    clean = noise + 0.5 * np.sin(2 * np.pi * 500 * time).astype(np.float32)
    errors = [level_error_db(clean, noise, START, END, RATE, band_hz=band) for band in BANDS_HZ]
    assert errors[1] < -20
    assert max(abs(error) for error in (errors[0], *errors[2:])) < 1


def test_a_silent_fill_is_40_db_too_quiet_and_a_silent_truth_tells_nothing(noise):
    silent = _scaled(noise, 0.0)
    assert level_error_db(noise, silent, START, END, RATE, band_hz=(0, 300)) == pytest.approx(-40)
    assert math.isnan(level_error_db(silent, noise, START, END, RATE, band_hz=(0, 300)))


@pytest.mark.parametrize("band_hz", BANDS_HZ)
def test_noise_is_as_lively_as_other_noise_and_a_steady_sound_is_smeared(noise, rng, band_hz):
    other = 0.1 * rng.standard_normal(noise.shape).astype(np.float32)
    # a click every 128 frames: each window of the transform holds the same
    steady = np.zeros_like(noise)
    steady[:, ::128] = 1.0
    alike = modulation_error_db(noise, other, START, END, RATE, band_hz=band_hz)
    smeared = modulation_error_db(noise, steady, START, END, RATE, band_hz=band_hz)
    assert abs(alike) < 0.7
    assert smeared < -4


def test_bands_above_half_the_rate_and_short_gaps_tell_nothing(noise):
    assert math.isnan(level_error_db(noise, noise, START, END, 8000, band_hz=(3000, 8000)))
    assert math.isnan(modulation_error_db(noise, noise, START, END, 8000, band_hz=(3000, 8000)))
    assert math.isnan(modulation_error_db(noise, noise, 100, 500, RATE, band_hz=(0, 300)))


def test_how_far_off_all_bands_are_is_their_mean_whichever_the_sign(noise):
    louder, quieter = _scaled(noise, 10 ** (6 / 20)), _scaled(noise, 10 ** (-6 / 20))
    for fill in (louder, quieter):
        assert level_distance_db(noise, fill, START, END, RATE) == pytest.approx(6.0, abs=0.05)
    missing = _scaled(noise, 0.0)
    assert level_distance_db(noise, missing, START, END, RATE) == FARTHEST_DB
    assert level_distance_db(missing, noise, START, END, RATE) == 0.0


def test_a_gap_that_is_too_short_to_be_lively_is_not_off(noise):
    assert modulation_distance_db(noise, _scaled(noise, 0.5), START, START + 400, RATE) == 0.0
    steady = noise.copy()
    time = np.arange(END - START) / RATE
    steady[:, START:END] = 0.1 * np.sin(2 * np.pi * 500 * time)
    assert modulation_distance_db(noise, steady, START, END, RATE) > 1.0
