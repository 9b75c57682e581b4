"""How much of sound lies above a frequency."""

from __future__ import annotations

import math

import numpy as np
import pytest

from uasrm_core.audio.resample import resample
from uasrm_core.spectral.bandwidth import measure_above_db

RATE = 44100


@pytest.mark.parametrize("gain", [1e-3, 1.0])
def test_white_noise_has_half_of_its_power_in_the_upper_half(rng, gain):
    noise = (gain * rng.standard_normal(2 * RATE)).astype(np.float32)
    found = measure_above_db([noise[:RATE], noise[RATE:]], RATE, above_hz=RATE / 4)
    assert found == pytest.approx(-3.0, abs=0.1)


def test_what_was_brought_from_a_lower_rate_holds_nothing_above_it(rng):
    noise = resample(rng.standard_normal((1, 16000)).astype(np.float32), 16000, RATE)[0]
    assert measure_above_db([noise], RATE, above_hz=8000.0) < -50.0
    assert measure_above_db([noise], RATE, above_hz=4000.0) > -4.0


def test_silence_holds_nothing_and_what_is_too_short_tells_nothing():
    silence = np.zeros(5000, dtype=np.float32)
    assert measure_above_db([silence], RATE, above_hz=8000.0) == -math.inf
    assert math.isnan(measure_above_db([silence[:100]], RATE, above_hz=8000.0))
