"""Changing the rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44100, 48000), (96000, 44100), (8000, 44100)])
@pytest.mark.parametrize("frames", [1, 7, 1000, 44101])
def test_the_length_is_the_rounded_ratio(rate_in: int, rate_out: int, frames: int) -> None:
    out = resample(np.zeros((3, frames), np.float32), rate_in, rate_out)
    assert out.shape == (3, round(frames * rate_out / rate_in))
    assert out.dtype == np.float32


def test_a_tone_stays_in_place(tone: Callable[..., Samples]) -> None:
    out = resample(tone(1000.0, rate=44100, channels=2), 44100, 48000)
    expected = tone(1000.0, rate=48000, channels=2)
    assert np.abs(out - expected)[:, 2000:-2000].max() < 1e-4


def test_the_same_rate_changes_nothing(tone: Callable[..., Samples]) -> None:
    samples = tone()
    np.testing.assert_array_equal(resample(samples, 44100, 44100), samples)
