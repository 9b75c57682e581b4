"""Levels and magnitudes are two ways to say the same, down to 80 dB under the reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.spectral.levels import to_levels, to_magnitudes


@given(st.floats(1e-3, 10.0), st.floats(-79.9, 20.0))
def test_there_and_back_is_the_same(reference, level_db):
    magnitude = np.array([reference * 10 ** (level_db / 20)])
    back = to_magnitudes(to_levels(magnitude, reference), reference)
    np.testing.assert_allclose(back, magnitude, rtol=1e-3)


def test_the_reference_is_one_and_eighty_decibels_under_it_is_zero():
    levels = to_levels(np.array([2.0, 2e-2, 2e-4, 2e-9, 0.0]), 2.0)
    assert levels == pytest.approx([1.0, 0.5, 0.0, 0.0, 0.0], abs=1e-6)


def test_nothing_comes_back_as_silence():
    assert to_magnitudes(np.array([0.0, -0.1]), 1.0) == pytest.approx([0.0, 0.0])
