"""The prediction error in which clicks stand out."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.detect import prediction


@pytest.mark.parametrize("windows", [1, 3, 1000])
def test_how_many_windows_are_compared_at_a_time_changes_nothing(music, monkeypatch, windows):
    row = music[0, :44100]
    usual = prediction.predict(row, 44100)
    monkeypatch.setattr("uasrm_core.detect.prediction.WINDOWS_AT_ONCE", windows)
    other = prediction.predict(row, 44100)
    np.testing.assert_array_equal(other.coefficients, usual.coefficients)
    np.testing.assert_array_equal(other.surprise, usual.surprise)
