"""What is spared within a marked area: the programme that goes on beside what lies over it."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.inpainting.damage import measure_damage

BINS, COLUMNS, REACH = 40, 120, 5
BAND = slice(10, 30)
INSIDE = slice(50, 70)


@pytest.fixture
def programme(rng):
    """Return the power of noise, and of what was marked in its middle."""
    mask = np.zeros((BINS, COLUMNS), dtype=np.float32)
    mask[BAND, INSIDE] = 1.0
    return rng.exponential(size=(BINS, COLUMNS)).astype(np.float32), mask


def test_only_the_bins_of_a_tone_count_as_damaged(programme):
    power, mask = programme
    power[[14, 22], INSIDE] += 100.0
    damaged = measure_damage(power, mask, REACH)
    assert np.flatnonzero(damaged.any(axis=1)).tolist() == [14, 22]
    # with every column whose window holds some of the tone
    assert np.all(damaged[[14, 22], 48:72] == 1.0)
    assert not damaged[:, :48].any()
    assert not damaged[:, 72:].any()


def test_a_band_that_fell_silent_is_damaged_throughout(programme):
    power, mask = programme
    power[BAND, INSIDE] *= 1e-4
    damaged = measure_damage(power, mask, REACH)
    assert np.all(damaged[BAND, 48:72] == 1.0)
    assert not damaged[:10].any()


def test_noise_as_loud_as_the_programme_in_every_bin_is_damage(programme):
    power, mask = programme
    power[BAND, INSIDE] *= 8.0
    assert np.all(measure_damage(power, mask, REACH)[BAND, INSIDE] > 0.5)


def test_where_too_little_can_be_told_the_area_is_taken_at_its_word(programme):
    power, mask = programme
    short = np.zeros_like(mask)
    short[BAND, 50:54] = 1.0
    assert np.all(measure_damage(power, short, REACH)[BAND, 48:56] == 1.0)
    everything = np.ones_like(mask)
    assert np.all(measure_damage(power, everything, REACH) == 1.0)
