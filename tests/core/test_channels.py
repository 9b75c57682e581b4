"""The channel rotation: it loses nothing, and what was equal stays equal."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.inpainting.channels import find_principal_axes, rotate, rotate_back


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_rotating_there_and_back_gives_the_same_sound(rng, channels):
    mixing = rng.standard_normal((channels, channels))
    samples = (mixing @ rng.standard_normal((channels, 3000))).astype(np.float32)
    axes = find_principal_axes(samples)
    assert rotate_back(rotate(samples, axes), axes) == pytest.approx(samples, abs=1e-5)


def test_axes_are_uncorrelated_and_ordered(rng):
    common = rng.standard_normal(5000)
    samples = np.stack([common, 0.7 * common + 0.1 * rng.standard_normal(5000)]).astype("f4")
    turned = rotate(samples, find_principal_axes(samples))
    assert np.sum(turned[0] ** 2) > 10 * np.sum(turned[1] ** 2)
    assert abs(np.sum(turned[0] * turned[1])) < 1e-3 * np.sum(turned[1] ** 2)


def test_equal_channels_become_one(rng):
    one = rng.standard_normal(4000).astype(np.float32)
    samples = np.stack([one, one])
    axes = find_principal_axes(samples)
    turned = rotate(samples, axes)
    assert not np.any(turned[1])
    back = rotate_back(turned, axes)
    assert back[0] == pytest.approx(back[1], abs=1e-6)
