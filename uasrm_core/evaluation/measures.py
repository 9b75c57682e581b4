"""The table of measures: what each is called, how it is printed, and how it is taken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.metrics import bands, perceptual
from uasrm_core.metrics.distances import lsd_bins, lsd_db, outside_db, snr_db
from uasrm_core.metrics.onsets import EdgeOnsets, edge_onsets
from uasrm_core.metrics.within_db import within_db_accuracy
from uasrm_core.spectral.texture import texture_change
from uasrm_core.translation import mark


@dataclass(frozen=True, eq=False)
class Comparison:
    """A stretch of a recording in three states, each float32 ``(channels, frames)``.

    Attributes
    ----------
    start, end
        The damaged frames within it.
    band_hz
        The damaged band, or None where all frequencies are.
    """

    clean: Samples
    damaged: Samples
    repaired: Samples
    start: int
    end: int
    rate: int
    band_hz: tuple[float, float] | None = None


@dataclass(frozen=True)
class Measure:
    """One figure of a repair.

    Attributes
    ----------
    title
        The head of its column.
    meaning
        One line for the help.
    average
        What stands for many gaps.
    """

    title: str
    meaning: str
    decimals: int
    take: Callable[[Comparison], float]
    average: Callable[..., npt.NDArray[np.float64]] = np.mean


_PairMeasure = Callable[[Samples, Samples, int, int, int], float]
_BandMeasure = Callable[..., float]


def _measure_pair(measure: _PairMeasure) -> Callable[[Comparison], float]:
    return lambda c: measure(c.clean, c.repaired, c.start, c.end, c.rate)


def _measure_snr(c: Comparison) -> float:
    return snr_db(c.clean, c.repaired, c.start, c.end)


def _measure_lsd(c: Comparison) -> float:
    return lsd_db(c.clean, c.repaired, c.start, c.end)


def _measure_lsd_in_box(c: Comparison) -> float:
    bins = slice(None) if c.band_hz is None else lsd_bins(c.band_hz, c.rate)
    return lsd_db(c.clean, c.repaired, c.start, c.end, bins=bins)


def _measure_outside(c: Comparison) -> float:
    return outside_db(c.clean, c.damaged, c.repaired, c.start, c.end, c.rate, c.band_hz)


def _measure_within_db(c: Comparison, tolerance_db: float) -> float:
    return within_db_accuracy(c.clean, c.repaired, c.start, c.end, tolerance_db=tolerance_db)


def _find_onset(c: Comparison, which: Callable[[EdgeOnsets], bool]) -> float:
    onsets = edge_onsets(c.clean, c.repaired, c.start, c.end, c.rate)
    return math.nan if onsets is None else 100.0 * which(onsets)


def _measure_clean_plcmos(c: Comparison) -> float:
    return perceptual.plcmos(c.clean, c.clean, c.start, c.end, c.rate)


def _measure_silent_plcmos(c: Comparison) -> float:
    return perceptual.plcmos(c.clean, c.damaged, c.start, c.end, c.rate)


def _measure_flatness(c: Comparison) -> float:
    return texture_change(c.repaired, c.start, c.end, c.rate).flatness_db


def _measure_modulation(c: Comparison) -> float:
    return texture_change(c.repaired, c.start, c.end, c.rate).modulation_db


def _name_band(band_hz: tuple[int, int]) -> str:
    low, high = (f"{hz / 1000:g}" for hz in band_hz)
    return f"{low}-{high} kHz"


def _measure_by_band(
    name: str, title: str, meaning: str, measure: _BandMeasure
) -> dict[str, Measure]:
    """Return a measure of each band; the median counts, since a few gaps may be far off."""

    def take(c: Comparison, band_hz: tuple[int, int]) -> float:
        return measure(c.clean, c.repaired, c.start, c.end, c.rate, band_hz=band_hz)

    return {
        f"{name}{band[1]}": Measure(
            f"{title} {_name_band(band)}",
            meaning if number == 0 else "",
            1,
            partial(take, band_hz=band),
            np.median,
        )
        for number, band in enumerate(bands.BANDS_HZ)
    }


_LEVELS = _measure_by_band(
    "level",
    "level dB",
    mark("how much louder than the lost sound the fill is, by band; the median of the gaps"),
    bands.level_error_db,
)
_MODULATIONS = _measure_by_band(
    "modulation",
    "modulation dB",
    mark("how much livelier than the lost sound it is, by band; the median of the gaps"),
    bands.modulation_error_db,
)

MEASURES = {
    "snr": Measure("SNR dB", mark("signal-to-noise ratio over the lost samples"), 1, _measure_snr),
    "lsd": Measure("LSD dB", mark("log-spectral distance; lower is better"), 2, _measure_lsd),
    "box": Measure(
        "LSD in box", mark("the same over the damaged band alone"), 2, _measure_lsd_in_box
    ),
    "outside": Measure(
        "outside dB", mark("change outside the damage, under the sound there"), 0, _measure_outside
    ),
    "zimtohrli": Measure(
        "zimtohrli MOS",
        mark("opinion score of a model of hearing"),
        2,
        _measure_pair(perceptual.zimtohrli_mos),
    ),
    "visqol": Measure(
        "ViSQOL MOS",
        mark("opinion score of ViSQOL's audio mode"),
        2,
        _measure_pair(perceptual.visqol_mos),
    ),
    "pesq": Measure(
        "PESQ MOS", mark("speech only, at 16 kHz"), 2, _measure_pair(perceptual.pesq_mos)
    ),
    "stoi": Measure(
        "STOI", mark("intelligibility, speech only"), 3, _measure_pair(perceptual.stoi)
    ),
    "plcmos": Measure(
        "PLCMOS",
        mark("opinion score of speech with losses concealed, speech only"),
        2,
        _measure_pair(perceptual.plcmos),
    ),
    "clean_plcmos": Measure(
        "clean PLCMOS", mark("the same of the clean speech"), 2, _measure_clean_plcmos
    ),
    "silent_plcmos": Measure(
        "silent PLCMOS", mark("the same of the damaged speech"), 2, _measure_silent_plcmos
    ),
    "closeness1": Measure(
        "within 1 dB %",
        mark("share of the lost spectrogram within 1, 3 and 6 dB"),
        1,
        partial(_measure_within_db, tolerance_db=1.0),
    ),
    "closeness3": Measure("within 3 dB %", "", 1, partial(_measure_within_db, tolerance_db=3.0)),
    "closeness6": Measure("within 6 dB %", "", 1, partial(_measure_within_db, tolerance_db=6.0)),
    "onsets": Measure(
        "onsets %",
        mark("gaps with an onset at an edge"),
        0,
        partial(_find_onset, which=lambda onsets: onsets.repaired),
    ),
    "clean_onsets": Measure(
        "clean onsets %",
        mark("clean recordings with one there"),
        0,
        partial(_find_onset, which=lambda onsets: onsets.clean),
    ),
    "new_onsets": Measure(
        "new onsets %",
        mark("gaps with one that the clean recording lacks"),
        0,
        partial(_find_onset, which=lambda onsets: onsets.is_new),
    ),
    "flatness": Measure(
        "flatness dB",
        mark("spectral flatness of the fill less that of its surroundings"),
        2,
        _measure_flatness,
    ),
    "liveliness": Measure(
        "liveliness dB",
        mark("how lively the fill is less its surroundings; below 0 is smeared"),
        2,
        _measure_modulation,
    ),
    **_LEVELS,
    **_MODULATIONS,
}

# One word for measures that are read together.
GROUPS = {
    "closeness": ("closeness1", "closeness3", "closeness6"),
    "seam": ("onsets", "clean_onsets", "new_onsets"),
    "texture": ("flatness", "liveliness"),
    "level": tuple(_LEVELS),
    "modulation": tuple(_MODULATIONS),
}
