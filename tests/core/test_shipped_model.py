"""Floors that the model which ships keeps, on gaps cut into the bundled clean recording.

A change of the model or of the repair path that makes repairs worse fails here, and one that makes
them better moves the floors up. `uasrm evaluate hungarian_dance_clean.wav --gaps 20,50,100,300
--places random:6 --engines unet --metrics snr,lsd,level300,level1000,level3000` prints the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from uasrm_core.evaluation.benchmark import BenchmarkSettings, Places, run_benchmark
from uasrm_core.evaluation.measures import MEASURES
from uasrm_core.resources import resource

LEVELS = ("level300", "level1000", "level3000")
# How far below the figure that was measured a floor lies: arithmetic differs between processors,
# and six gaps are few.
SNR_MARGIN_DB, LSD_MARGIN_DB, LEVEL_MARGIN_DB = 0.4, 0.25, 1.0


@dataclass(frozen=True)
class Figures:
    """What was measured of six gaps of one length, in dB (2026-11-29).

    Attributes
    ----------
    level
        How much louder than the lost sound the repair is: the mean of three bands' medians.
    """

    snr: float
    lsd: float
    level: float


MEASURED = {
    20.0: Figures(snr=6.54, lsd=3.72, level=-1.51),
    50.0: Figures(snr=3.32, lsd=4.45, level=-3.19),
    100.0: Figures(snr=1.46, lsd=4.86, level=-3.11),
    300.0: Figures(snr=-0.39, lsd=4.89, level=-6.73),
}


@pytest.fixture(scope="module")
def found() -> dict[float, Figures]:
    """Return the figures of today, by length in ms."""
    settings = BenchmarkSettings(
        gaps_ms=tuple(MEASURED),
        engines=("unet",),
        places=Places(count=6),
        metrics=("snr", "lsd", *LEVELS),
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
        )
        for length in MEASURED
    }


@pytest.mark.parametrize("length_ms", MEASURED)
def test_repairs_are_as_near_as_they_were(found, length_ms):
    assert found[length_ms].snr > MEASURED[length_ms].snr - SNR_MARGIN_DB
    assert found[length_ms].lsd < MEASURED[length_ms].lsd + LSD_MARGIN_DB


@pytest.mark.parametrize("length_ms", MEASURED)
def test_repairs_are_as_loud_as_they_were(found, length_ms):
    assert MEASURED[length_ms].level - LEVEL_MARGIN_DB < found[length_ms].level < 3.0
