"""Every kind of damage stays where it says it is, and a seed decides it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.spectral.stft import StftConfig
from uasrm_core.training.damage import boxes, bursts, gaps
from uasrm_core.training.pairs import KINDS

CONFIG = StftConfig()
RATE = 16000


@pytest.fixture(scope="module")
def clean():
    noise = 0.1 * np.random.default_rng(1).standard_normal((2, 3 * RATE))
    return noise.astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_nothing_is_touched_outside_the_damage(clean, kind, seed):
    damaged = KINDS[kind](clean, RATE, CONFIG, np.random.default_rng(seed))
    start, end = damaged.start_frame, damaged.end_frame
    assert 0 <= start < end <= clean.shape[1]
    np.testing.assert_array_equal(damaged.samples[:, :start], clean[:, :start])
    np.testing.assert_array_equal(damaged.samples[:, end:], clean[:, end:])
    assert not np.array_equal(damaged.samples, clean)
    assert damaged.mask.shape == (CONFIG.bins, CONFIG.columns(clean.shape[1]))
    assert damaged.mask.min() >= 0
    assert damaged.mask.max() == pytest.approx(1.0)
    again = KINDS[kind](clean, RATE, CONFIG, np.random.default_rng(seed))
    np.testing.assert_array_equal(again.samples, damaged.samples)


def test_gaps_are_silent_and_of_all_lengths(clean):
    lengths = []
    for seed in range(200):
        gap = gaps.damage(clean, RATE, CONFIG, np.random.default_rng(seed))
        assert not gap.samples[:, gap.start_frame : gap.end_frame].any()
        lengths.append((gap.end_frame - gap.start_frame) / RATE)
    assert 0.005 <= min(lengths) < 0.01
    assert 0.7 < max(lengths) <= 1.0
    assert 0.035 < np.median(lengths) < 0.14


def test_a_box_loses_its_band_and_keeps_the_rest(clean):
    for seed in range(20):
        box = boxes.damage(clean, RATE, CONFIG, np.random.default_rng(seed))
        if box.end_frame - box.start_frame > RATE and box.band_hz[1] < 4000:
            break
    middle = slice(box.start_frame + 4096, box.end_frame - 4096)
    before, after = (np.abs(np.fft.rfft(x[0, middle])) ** 2 for x in (clean, box.samples))
    hz = np.fft.rfftfreq(middle.stop - middle.start, 1 / RATE)
    width = box.band_hz[1] - box.band_hz[0]
    inside = (hz > box.band_hz[0] + 0.3 * width) & (hz < box.band_hz[1] - 0.3 * width)
    outside = hz > 2 * box.band_hz[1]
    assert after[inside].sum() < 0.1 * before[inside].sum()
    assert after[outside].sum() == pytest.approx(before[outside].sum(), rel=0.01)


def test_some_boxes_are_soft_and_some_are_hard(clean):
    values = [
        np.unique(boxes.damage(clean, RATE, CONFIG, np.random.default_rng(seed)).mask).size
        for seed in range(12)
    ]
    assert min(values) == 2
    assert max(values) > 20


def test_a_burst_leaves_the_programme_underneath(clean):
    burst = bursts.damage(clean, RATE, CONFIG, np.random.default_rng(2))
    added = burst.samples - clean
    np.testing.assert_allclose(added[0], added[1], atol=1e-6)
    stretch = slice(burst.start_frame, burst.end_frame)
    level = np.sqrt(np.mean(added[:, stretch] ** 2) / np.mean(clean[:, stretch] ** 2))
    assert 0.45 < level < 4.1
