"""Correlation with a template, block by block."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.spectral.correlate import correlate


@pytest.mark.parametrize(
    ("channels", "frames", "taps"),
    [(1, 1, 1), (2, 50, 50), (1, 5000, 1), (2, 5000, 37), (3, 99, 80)],
)
def test_it_is_the_sum_of_products_at_every_place(rng, channels, frames, taps):
    sound = rng.standard_normal((channels, frames)).astype(np.float32)
    template = rng.standard_normal((channels, taps)).astype(np.float32)
    expected = sum(np.correlate(a, b, "valid") for a, b in zip(sound, template, strict=True))
    products = correlate(sound, template)
    assert products.shape == (frames - taps + 1,)
    assert products == pytest.approx(expected, abs=1e-4)
