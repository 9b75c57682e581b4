"""What is laid over part of the spectrum: where it is, how loud, and of what kinds."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.spectral.stft import StftConfig, stft
from uasrm_core.training import box_damage
from uasrm_core.training.settings import BoxSettings

CONFIG = StftConfig()
FRAMES, GAP = 32768, (12000, 20000)


@pytest.fixture
def band():
    hz = np.arange(CONFIG.bins) * CONFIG.bin_hz(44100)
    inside = ((hz > 1000) & (hz < 4000)).astype(np.float32)
    return np.repeat(inside[:, None], CONFIG.columns(FRAMES), axis=1)


@pytest.fixture
def sounds(rng):
    return rng.standard_normal((2, FRAMES)).astype(np.float32)


BOX = BoxSettings()


def laid_over(sounds, band, seed, settings=BOX):
    return box_damage.damage_box(
        *sounds[:1], GAP, band, sounds[1], CONFIG, settings, np.random.default_rng(seed)
    )


@pytest.mark.parametrize("seed", range(6))
def test_only_the_marked_part_changes(sounds, band, seed):
    change = laid_over(sounds, band, seed) - sounds[0]
    assert not change[: GAP[0]].any()
    assert not change[GAP[1] :].any()
    power = np.square(np.abs(stft(change, CONFIG)[:, 26:38])).sum(axis=1)
    hz = np.arange(CONFIG.bins) * CONFIG.bin_hz(44100)
    far = (hz < 800) | (hz > 4200)
    assert power[far].sum() < 1e-3 * power.sum()


def test_levels_span_what_is_stated(sounds, band):
    middle = slice(13000, 19000)
    ratios = []
    for seed in range(60):
        change = laid_over(sounds, band, seed) - sounds[0]
        own = np.square(np.abs(stft(change[middle], CONFIG) * band[:, :12])).sum()
        programme = np.square(np.abs(stft(sounds[0, middle], CONFIG) * band[:, :12])).sum()
        ratios.append(10 * np.log10(own / programme))
    assert min(ratios) > -BoxSettings.below_db - 4.0
    assert max(ratios) < BoxSettings.above_db + 4.0
    assert np.ptp(ratios) > 20.0


def test_the_programme_may_be_weakened(sounds, band):
    quiet = BoxSettings(weaker=1.0, above_db=-80.0, below_db=80.0)
    damaged = laid_over(sounds, band, 1, quiet)
    before, after = (
        np.square(np.abs(stft(s, CONFIG)[60:170, 26:38])).sum() for s in (sounds[0], damaged)
    )
    assert after < 0.9 * before


def test_silence_stays_finite(band, rng):
    silence = np.zeros((2, FRAMES), dtype=np.float32)
    for seed in range(8):
        assert np.isfinite(laid_over(silence, band, seed)).all()
