"""Floors that the model which ships keeps, on gaps cut into the bundled clean recording.

A change of the model or of the repair path that makes repairs worse fails here, and one that makes
them better moves the floors up. `uasrm evaluate hungarian_dance_clean.wav --gaps 20,50,100,300
--places random:6 --engines unet --take 0 --metrics snr,lsd,level,modulation` prints the figures of
the smooth fill, which is held to the lost sound; without `--take 0` those of what is drawn where
nobody asks for a take, which is held to its level and its life.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pytest

from uasrm_core.evaluation.benchmark import BenchmarkSettings, Places, run_benchmark
from uasrm_core.evaluation.measures import MEASURES
from uasrm_core.resources import resource

LEVELS = ("level300", "level1000", "level3000")
MODULATIONS = ("modulation300", "modulation1000", "modulation3000")
# How far below the figure that was measured a floor lies: arithmetic differs between processors,
# and six gaps are few.
SNR_MARGIN_DB, LSD_MARGIN_DB, LEVEL_MARGIN_DB, MODULATION_MARGIN_DB = 0.4, 0.25, 1.0, 0.5


@dataclass(frozen=True)
class Figures:
    """What was measured of six gaps of one length, in dB.

    Attributes
    ----------
    level, modulation
        How much louder than the lost sound the repair is, and how much more it changes over time:
        the means of three bands' medians.
    """

    snr: float
    lsd: float
    level: float
    modulation: float


# 2026-11-29; of modulation and of what is drawn 2026-11-30. Gaps of 20 ms are too short for it.
SMOOTH = {
    20.0: Figures(snr=6.54, lsd=3.72, level=-1.51, modulation=float("nan")),
    50.0: Figures(snr=3.32, lsd=4.45, level=-3.19, modulation=-0.46),
    100.0: Figures(snr=1.46, lsd=4.86, level=-3.11, modulation=-0.52),
    300.0: Figures(snr=-0.39, lsd=4.89, level=-6.73, modulation=-1.98),
}
DRAWN = {300.0: Figures(snr=-0.84, lsd=5.26, level=-4.59, modulation=-0.93)}


def measure(lengths_ms: Iterable[float], take: int | None) -> dict[float, Figures]:
    """Return the figures of today, by length in ms."""
    settings = BenchmarkSettings(
        gaps_ms=tuple(lengths_ms),
        engines=("unet",),
        places=Places(count=6),
        metrics=("snr", "lsd", *LEVELS, *MODULATIONS),
        take=take,
    )
    benchmark = run_benchmark([resource("samples", "hungarian_dance_clean.wav")], settings)

    def average(metric: str, length_ms: float) -> float:
        scores = [score for score in benchmark.scores if score.cut.length_ms == length_ms]
        assert len(scores) == 6
        return float(MEASURES[metric].average([score.values[metric] for score in scores]))

    return {
        length: Figures(
            average("snr", length),
            average("lsd", length),
            float(np.mean([average(band, length) for band in LEVELS])),
            float(np.mean([average(band, length) for band in MODULATIONS])),
        )
        for length in settings.gaps_ms
    }


@pytest.fixture(scope="module")
def smooth() -> dict[float, Figures]:
    return measure(SMOOTH, take=0)


@pytest.fixture(scope="module")
def drawn() -> dict[float, Figures]:
    return measure(DRAWN, take=None)


@pytest.mark.parametrize("length_ms", SMOOTH)
def test_smooth_fills_are_as_near_as_they_were(smooth, length_ms):
    assert smooth[length_ms].snr > SMOOTH[length_ms].snr - SNR_MARGIN_DB
    assert smooth[length_ms].lsd < SMOOTH[length_ms].lsd + LSD_MARGIN_DB


@pytest.mark.parametrize("length_ms", SMOOTH)
def test_smooth_fills_are_as_loud_as_they_were(smooth, length_ms):
    assert SMOOTH[length_ms].level - LEVEL_MARGIN_DB < smooth[length_ms].level < 3.0


@pytest.mark.parametrize("length_ms", DRAWN)
def test_what_is_drawn_is_as_near_loud_and_lively_as_it_was(drawn, length_ms):
    found, measured = drawn[length_ms], DRAWN[length_ms]
    assert found.snr > measured.snr - SNR_MARGIN_DB
    assert found.lsd < measured.lsd + LSD_MARGIN_DB
    assert measured.level - LEVEL_MARGIN_DB < found.level < 3.0
    assert measured.modulation - MODULATION_MARGIN_DB < found.modulation < 1.0


def test_what_is_drawn_is_nearer_in_level_and_life_than_the_smooth_fill(smooth, drawn):
    for length_ms, lively in drawn.items():
        assert abs(lively.level) < abs(smooth[length_ms].level)
        assert abs(lively.modulation) < abs(smooth[length_ms].modulation)
