"""Noise laid over the programme: whether it is there, how loud it is, and what sounds under it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.variation import find_stretches
from uasrm_core.spectral.stft import StftConfig, istft, stft

# Windows are of about this length, and overlap by three quarters.
WINDOW_S = 0.046
OVERLAP = 4
# Fewer columns wholly inside tell nothing.
LEAST_COLUMNS = 4
# Noise fills the valleys between partials: in bands of a third of an octave the quietest quarter of
# the bins is louder than in any stretch of intact sound, in so many bands side by side
# (decision 040).
BAND_RATIO = 2.0 ** (1 / 3)
LEAST_BINS = 3
VALLEYS = 0.25
STANDS_OUT_DB = 1.0
LEAST_BANDS = 3
# A band that is quieter than all intact sound by this much has lost its programme.
MISSING_DB = 6.0
# How loud the programme usually is, is told by so much sound on each side.
NEAR_S = 0.5
# The level of noise hardly changes over so many bins. It is taken to be a little louder than
# measured: what is left of it is heard more than what is rebuilt.
SMOOTH_BINS = 61
LOUDER = 1.3
# The fill's error is between these shares of the programme's power, and about so many decibels
# louder or quieter in a place than in its bin on average.
ERROR_SHARES = (0.02, 1.0)
SPREAD_DB = 8.0
SPREAD_STEPS = np.arange(-3.0, 3.01, 0.5)
# Power is averaged over so many bins and columns, which are worth so many that tell something new.
PLACE = (3, 3)
PLACE_FREEDOM = 3.0
SILENCE = 1e-14


@dataclass(frozen=True, eq=False)
class Noise:
    """What lies over a gap's sound.

    Attributes
    ----------
    bins
        ``(bins,)``: where it lies.
    power
        ``(channels, bins, columns)``: its power in the transform of `Gap.samples`.
    """

    config: StftConfig
    bins: npt.NDArray[np.bool_]
    power: Samples


def find_noise(gap: Gap) -> Noise | None:
    """Return the noise that lies over the programme in a gap, or None where none is found.

    There is none in silence, nor where a gap is so short, or so much around it damaged, that
    nothing can be told, nor where some of the programme is missing beside the noise.
    """
    if gap.search is None or not np.any(gap.samples[:, gap.start : gap.end]):
        return None
    config = choose_config(gap.rate)
    marked = np.asarray((gap.mask(config) > 0.5).any(axis=1))
    bins = _find_bins(gap, config, marked)
    if bins is None:
        return None
    spectrum = stft(gap.samples, config)
    power = np.stack(
        [_measure_noise(np.square(np.abs(own)), gap, config, bins) for own in spectrum]
    )
    return Noise(config, bins, power)


def uncover(gap: Gap, fill: Samples, noise: Noise) -> Samples:
    """Return a gap's sound with what lay over it taken off, ``(channels, frames)``.

    In each point of a transform the damaged sound and the fill are weighed by how large the errors
    of both are expected to be. For an error of power E of the fill under noise of power N the best
    weight of the damaged sound is E / (E + N). Here it is the mean of that over all E, each as
    likely as the power of the difference between damaged sound and fill makes it.

    Parameters
    ----------
    gap
        The damaged sound.
    fill
        `Gap.samples` as they may have been, made without the sound in the gap.
    """
    config = noise.config
    damaged, filled = stft(gap.samples, config), stft(fill, config)
    touched = _measure_share_inside(gap, config) > 0.0
    where = noise.bins[:, None] & touched
    mended = damaged.copy()
    for own, guess, power, made in zip(damaged, filled, noise.power, mended, strict=True):
        weights = _weigh_sound(
            np.square(np.abs(own)), np.square(np.abs(own - guess)), power, gap, config
        )
        made[where] = (guess + weights * (own - guess))[where]
    return istft(mended.astype(np.complex64), config, gap.samples.shape[1])


def choose_config(rate: int) -> StftConfig:
    """Return the transform that what lies over a programme is looked at with."""
    size = max(2 ** round(np.log2(rate * WINDOW_S)), OVERLAP)
    return StftConfig(fft_size=size, hop_frames=size // OVERLAP)


def split_bands(marked: npt.NDArray[np.bool_]) -> list[slice]:
    """Return the marked bins in bands of a third of an octave and no fewer than `LEAST_BINS`."""
    bins = np.flatnonzero(marked)
    bands, low, last = [], int(max(bins[0], 1)), int(bins[-1]) + 1
    while low < last:
        high = min(max(low + LEAST_BINS, round(low * BAND_RATIO)), last)
        # what is left at the top is no band of its own
        high = last if last - high < LEAST_BINS else high
        bands.append(slice(low, high))
        low = high
    return bands


def _find_bins(
    gap: Gap, config: StftConfig, marked: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_] | None:
    """Return over which of the marked bins noise lies, ``(bins,)``, or None."""
    search = gap.search
    assert search is not None
    if not marked.any():
        return None
    stretches = find_stretches(search, config, least=LEAST_COLUMNS, apart=OVERLAP)
    if stretches is None:
        return None
    inside, first = stretches.inside, stretches.first
    # not before, since it takes most of the time
    sound = search.read(stretches.low, stretches.high)
    power = np.square(np.abs(stft(sound, config))).sum(axis=0)
    bands = split_bands(marked)
    found, is_missing = np.zeros((2, len(bands)), dtype=np.bool_)
    for number, band in enumerate(bands):
        valleys = _sum_valleys_db(power[band])
        own, intact = (
            (valleys[start + len(inside)] - valleys[start]) / len(inside)
            for start in (inside[:1], first)
        )
        found[number] = own[0] > intact.max() + STANDS_OUT_DB
        is_missing[number] = own[0] < intact.min() - MISSING_DB
    least = np.ones(min(LEAST_BANDS, len(bands)), dtype=np.bool_)
    found = ndimage.binary_opening(found, least)
    if not found.any() or is_missing.any():
        return None
    if gap.shape is not None:
        return marked
    # between bands with noise it is only hidden, and at its edges it covers part of a band
    first_band, last_band = np.flatnonzero(found)[[0, -1]]
    found[max(first_band - 1, 0) : last_band + 2] = True
    bins = np.zeros(config.bins, dtype=np.bool_)
    for band, has_noise in zip(bands, found, strict=True):
        bins[band] = has_noise
    return np.asarray(bins & marked)


def _sum_valleys_db(power: Samples) -> Samples:
    """Return the level of the quietest bins summed over columns, ``(1 + columns,)``."""
    rank = int(VALLEYS * len(power))
    level = 10.0 * np.log10(np.partition(power, rank, axis=0)[rank] + SILENCE)
    return np.concatenate([[0.0], np.cumsum(level, dtype=np.float64)])


def _measure_share_inside(gap: Gap, config: StftConfig) -> Samples:
    """Return how much of each column's window lies in the gap, ``(columns,)``."""
    centres = np.arange(config.columns(gap.samples.shape[1])) * config.hop_frames
    half = config.fft_size // 2
    span = np.minimum(centres + half, gap.end) - np.maximum(centres - half, gap.start)
    return np.asarray(np.clip(span / config.fft_size, 0.0, 1.0))


def _find_near_columns(gap: Gap, config: StftConfig) -> npt.NDArray[np.bool_]:
    """Return the columns that tell of the programme, ``(columns,)``."""
    centres = np.arange(config.columns(gap.samples.shape[1])) * config.hop_frames
    half, reach = config.fft_size // 2, round(NEAR_S * gap.rate)
    before = (centres <= gap.start - half) & (centres >= gap.start - half - reach)
    after = (centres >= gap.end + half) & (centres <= gap.end + half + reach)
    return np.asarray(before | after)


def _measure_noise(
    power: Samples, gap: Gap, config: StftConfig, bins: npt.NDArray[np.bool_]
) -> Samples:
    """Return the power of the noise in one channel, ``(bins, columns)``: a spectrum that swells.

    The median over near bins is what noise has there, since the programme is in few of them; what
    it is in the sound around is taken off. How the noise swells is told by the quieter points of
    each column likewise. The squared magnitude of noise is distributed exponentially, by which its
    mean follows from its quantiles.
    """
    share = _measure_share_inside(gap, config)
    inside, near = share == 1.0, _find_near_columns(gap, config)
    level = np.zeros(len(power))
    for each in np.flatnonzero(bins):
        some = slice(max(each - SMOOTH_BINS // 2, 0), each + SMOOTH_BINS // 2 + 1)
        own, usual = (
            np.median(power[some][bins[some]][:, where]) if where.any() else 0.0
            for where in (inside, near)
        )
        level[each] = max(own - usual, 0.0) / np.log(2)
    sounding = level > 0.0
    if not sounding.any():
        return np.zeros_like(power)
    relative = power[sounding] / level[sounding][:, None]
    swell = np.quantile(relative, VALLEYS, axis=0) / -np.log(1.0 - VALLEYS)
    usual = np.median(swell[near]) if near.any() else 0.0
    swell = np.where(share > 0.0, np.maximum(swell - usual, 0.0), 0.0)
    return np.asarray(LOUDER * level[:, None] * swell)


def _weigh_sound(
    power: Samples, difference: Samples, noise: Samples, gap: Gap, config: StftConfig
) -> Samples:
    """Return the weight of the damaged sound in one channel, ``(bins, columns)``.

    Parameters
    ----------
    power, difference, noise
        ``(bins, columns)`` of the damaged sound, of its difference from the fill, and of the noise.
    """
    inside, near = _measure_share_inside(gap, config) == 1.0, _find_near_columns(gap, config)
    where = near if near.any() else inside
    usual = ndimage.uniform_filter1d(power[:, where].mean(axis=1), PLACE[0]) + SILENCE
    error = (difference - noise)[:, inside].mean(axis=1)
    error = ndimage.uniform_filter1d(error, SMOOTH_BINS)
    error = np.clip(error, ERROR_SHARES[0] * usual, ERROR_SHARES[1] * usual)[:, None]
    found = np.maximum(ndimage.uniform_filter(difference, PLACE, mode="nearest"), SILENCE)
    logs, gains = [], []
    for step in SPREAD_STEPS:
        errors = error * 10 ** (step * SPREAD_DB / 10)
        total = errors + noise
        likely = np.log(found / total) - found / total
        logs.append(PLACE_FREEDOM * likely - step**2 / 2)
        gains.append(errors / total)
    likelihood = np.exp(np.array(logs) - np.max(logs, axis=0))
    return np.asarray((likelihood * np.array(gains)).sum(axis=0) / likelihood.sum(axis=0))
