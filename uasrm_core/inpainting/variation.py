"""How much intact sound varies by itself, which tells whether a marked area stands out.

A stretch of speech is louder than both of its sides every other time, in one bin or another. What
lies over the programme must stand out from that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.spectral.stft import StftConfig

# Surroundings that tell a bin's usual level: so many columns on each side.
SURROUNDING_COLUMNS = 20
# Where there is too little sound for stretches with such sides, they are shorter.
SIDE_COLUMNS = (SURROUNDING_COLUMNS, SURROUNDING_COLUMNS // 2, SURROUNDING_COLUMNS // 4)
# Stretches of intact sound that are compared with theirs, and the fewest that tell anything.
MOST_STRETCHES = 120
FEWEST_STRETCHES = 8
# A bin of intact sound changes by more in one stretch of twenty; bins this near tell of each other.
SELDOM = 0.95
NEAR_BINS = 4
SILENCE = 1e-12
# One bin stands out from all that intact sound did, if it does so by this much; and noise, if it
# is flatter by this much.
STANDS_OUT_DB = 1.0
# Few stretches do not tell all that a recording does. With fewer than so many that do not overlap,
# up to so much more is needed, in dB and as a share of the bins.
ENOUGH_STRETCHES = 20
SPARSE_DB = 12.0
SPARSE_SHARE = 0.3
NOISE_DB = 0.5


@dataclass(frozen=True, eq=False)
class Change:
    """By how much bins of a stretch are louder than the louder of its sides, or quieter, in dB.

    Attributes
    ----------
    louder, quieter
        ``(bins, stretches)``; NaN where nothing can be told.
    """

    louder: Samples
    quieter: Samples


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels of bins over stretches in dB, each ``(bins, stretches)``.

    Attributes
    ----------
    power_db
        Of the mean power.
    mean_db
        The mean of the columns' levels, which is lower the more these differ.
    """

    power_db: Samples
    mean_db: Samples

    def flatness_db(self, band: npt.NDArray[np.bool_]) -> Samples:
        """Return how flat a band is in time and frequency, ``(stretches,)``; noise is near 0."""
        power = np.mean(10 ** (self.power_db[band] / 10), axis=0)
        return np.asarray(self.mean_db[band].mean(axis=0) - 10.0 * np.log10(power))


@dataclass(frozen=True, eq=False)
class Stretches:
    """Intact stretches of the recording around a gap, in columns of a transform of it.

    Attributes
    ----------
    low, high
        The frames of the recording that are transformed, half-open.
    inside
        Columns that lie wholly in the gap.
    first
        Where intact stretches of as many columns begin.
    """

    low: int
    high: int
    inside: npt.NDArray[np.int_]
    first: npt.NDArray[np.int_]


@dataclass(frozen=True, eq=False)
class Variation:
    """What intact sound does by itself in stretches as long as a marked area.

    Attributes
    ----------
    levels, change
        Of many stretches.
    seldom_louder, seldom_quieter
        ``(bins,)``: change by more than this is seldom, in dB.
    sparsity
        1 where there is next to nothing to compare with, 0 where there is enough.
    """

    levels: Levels
    change: Change
    seldom_louder: Samples
    seldom_quieter: Samples
    sparsity: float


def find_lost_columns(
    lost: Iterable[tuple[int, int]], columns: int, config: StftConfig
) -> npt.NDArray[np.bool_]:
    """Return which columns of a transform hold damage, ``(columns,)``.

    Parameters
    ----------
    lost
        Spans of damaged frames in what is transformed, half-open.
    """
    centres = np.arange(columns) * config.hop_frames
    half = config.fft_size // 2
    found = np.zeros(columns, dtype=np.bool_)
    for start, end in lost:
        found |= (centres > start - half) & (centres < end + half)
    return found


def find_stretches(
    search: SearchContext, config: StftConfig, *, least: int, apart: int
) -> Stretches | None:
    """Return intact stretches as long as a gap, or None where too little can be told.

    Parameters
    ----------
    least
        Columns that have to lie wholly in the gap.
    apart
        Columns that stretches keep from damage.
    """
    low = max(search.start - search.reach, 0)
    high = min(search.end + search.reach, search.clip.frames)
    centres = low + np.arange(config.columns(high - low)) * config.hop_frames
    half = config.fft_size // 2
    inside = np.flatnonzero((centres >= search.start + half) & (centres <= search.end - half))
    if len(inside) < least:
        return None
    lost = [(start - low, end - low) for start, end in search.lost]
    lost_columns = find_lost_columns(lost, len(centres), config)
    first = choose_stretches(lost_columns, len(inside) + 2 * apart)
    return None if first is None else Stretches(low, high, inside, first + apart)


def choose_stretches(lost: npt.NDArray[np.bool_], columns: int) -> npt.NDArray[np.int_] | None:
    """Return where intact stretches of so many columns begin, or None where there are too few.

    Parameters
    ----------
    lost
        ``(columns,)``: which columns of the recording hold damage.
    """
    damage = np.concatenate([[0], np.cumsum(lost)])
    first = np.arange(max(len(lost) - columns + 1, 0))
    first = first[damage[first + columns] == damage[first]]
    if len(first) < FEWEST_STRETCHES:
        return None
    chosen = np.linspace(0, len(first) - 1, min(len(first), MOST_STRETCHES)).astype(int)
    return np.asarray(first[chosen])


def measure_variation(
    power: Samples, lost: npt.NDArray[np.bool_], columns: int, apart: int
) -> Variation | None:
    """Return how intact sound changes, or None where there is too little of it.

    Parameters
    ----------
    power
        ``(bins, columns)`` of the recording around the area: magnitudes squared.
    lost
        ``(columns,)``: which of them hold damage.
    columns
        Length of a stretch.
    apart
        Columns between a stretch and its sides, which hold some of both.
    """
    for side in SIDE_COLUMNS:
        whole = side + apart + columns + apart + side
        first = choose_stretches(lost, whole)
        if first is not None:
            break
    else:
        return None
    before, after = (
        measure_levels(power, start, side).power_db for start in (first, first + whole - side)
    )
    levels = measure_levels(power, first + side + apart, columns)
    change = compare_levels(levels.power_db, before, after)
    louder, quieter = (_find_seldom(each) for each in (change.louder, change.quieter))
    apart_stretches = 1 + (first[-1] - first[0]) / columns
    sparsity = max(1.0 - float(apart_stretches) / ENOUGH_STRETCHES, 0.0)
    return Variation(levels, change, louder, quieter, sparsity)


def measure_levels(power: Samples, first: npt.NDArray[np.int_], columns: int) -> Levels:
    """Return the levels of stretches of so many columns that begin at `first`."""
    sums = [
        np.pad(np.cumsum(each, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
        for each in (power, 10.0 * np.log10(power + SILENCE))
    ]
    mean, mean_db = ((total[:, first + columns] - total[:, first]) / columns for total in sums)
    power_db = 10.0 * np.log10(np.maximum(mean, 0.0) + SILENCE)
    return Levels(power_db.astype(np.float32), mean_db.astype(np.float32))


def compare_levels(inside: Samples, before: Samples, after: Samples) -> Change:
    """Return the change of levels in dB; a side that is not known is NaN."""
    return Change(inside - np.fmax(before, after), np.fmin(before, after) - inside)


def is_noise(
    power: Samples, whole: npt.NDArray[np.bool_], band: npt.NDArray[np.bool_], variation: Variation
) -> bool:
    """Return whether a marked area is flatter than any intact stretch: noise lies over it.

    Parameters
    ----------
    power, whole
        ``(bins, columns)``: magnitudes squared, and which of them lie wholly in the area.
    band
        ``(bins,)``: which bins were marked.
    """
    columns = np.flatnonzero(whole[band].any(axis=0))
    own = measure_levels(power, columns[:1], columns[-1] + 1 - columns[0]).flatness_db(band)
    return bool(own[0] > variation.levels.flatness_db(band).max() + NOISE_DB)


def stands_out(change: Change, band: npt.NDArray[np.bool_], variation: Variation) -> bool:
    """Return whether a marked area is anything but intact sound.

    It is where more of its bins changed, or one of them by more, than in any intact stretch.

    Parameters
    ----------
    change
        Of the area alone, ``(bins, 1)``.
    band
        ``(bins,)``: which bins were marked.
    """
    for name in ("louder", "quieter"):
        seldom = getattr(variation, f"seldom_{name}")[:, None]
        own, intact = (
            np.nan_to_num(getattr(each, name) - seldom, nan=-np.inf)[band]
            for each in (change, variation.change)
        )
        share = np.mean(intact > 0.0, axis=0).max() + SPARSE_SHARE * variation.sparsity
        if np.mean(own > 0.0) > share:
            return True
        if own.max() > intact.max() + STANDS_OUT_DB + SPARSE_DB * variation.sparsity:
            return True
    return False


def _find_seldom(change: Samples) -> Samples:
    """Return ``(bins,)``: the change that a bin and those near it seldom exceed."""
    known = np.nan_to_num(change, nan=0.0)
    each = np.quantile(known, SELDOM, axis=1)
    return np.asarray(ndimage.uniform_filter1d(each, 2 * NEAR_BINS + 1), dtype=np.float32)
