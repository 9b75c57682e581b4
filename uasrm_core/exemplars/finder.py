"""Finding the exemplars of a recording whose surroundings fit those of a gap.

Music repeats itself and a voice keeps its colour, so that what was lost often stands elsewhere in
the same recording. Two comparisons see what the other misses: waveforms that correlate tell exact
repeats, to the frame; band levels that agree tell the same sound played or spoken again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.exemplars.features import (
    SILENCE_DB,
    WINDOW_HOPS,
    Features,
    Vector,
    band_matrix,
    decimation_factor,
    hop_frames,
)
from uasrm_core.spectral.correlate import correlate
from uasrm_core.spectral.stft import StftConfig, istft, stft

# So far the filter of the lower rate carries a sound over the edge of what is lost.
SPREAD_DECIMATED_FRAMES = 4
# How much sound on each side is compared: as much as the gap is long, within these.
LEAST_CONTEXT_S = 0.12
MOST_CONTEXT_S = 0.4
RANGE_DB = 60.0
# The nearer to the gap, the more a difference of levels counts.
NEARNESS_S = 0.1
# An exemplar may be so much louder or quieter than the gap's surroundings at no cost.
FREE_LEVEL_DB = 6.0
# Levels that differ by so much weigh against an exemplar as full correlation weighs for it.
TOLERANCE_DB = 12.0
# An exemplar of less than so much of the energy about the gap counts as silent.
AUDIBLE = 1e-6
TINY = 1e-12
MATCH_STFT = StftConfig()
MATCH_LIMIT_DB = 12.0
MATCH_EDGE_S = 0.1
MATCH_BANDS = 28

Spans = Sequence[tuple[int, int]]
Hops = npt.NDArray[np.int64]
Reader = Callable[[int, int], Samples]


@dataclass(frozen=True)
class Exemplar:
    """A stretch of the recording that may stand in for a gap.

    Attributes
    ----------
    shift_frames
        What to add to a frame in or about the gap to get to its counterpart.
    correlation
        Of the waveforms on both sides of the gap with the exemplar's, -1 to 1.
    difference_db
        RMS difference of the band levels on both sides; a common difference of up to
        `FREE_LEVEL_DB` is left out.
    """

    shift_frames: int
    correlation: float
    difference_db: float

    @property
    def score(self) -> float:
        """How well the surroundings fit; more is better."""
        return self.correlation - self.difference_db / TOLERANCE_DB


class ExemplarFinder:
    """A stretch of a recording, made ready for searches.

    Parameters
    ----------
    features
        Of the stretch, in parts that follow one another.
    read
        Returns frames of the stretch, ``(channels, frames)``.
    frames
        Length of the stretch.
    rate
        Frames a second.
    lost
        Spans of frames, half-open, whose sound is not to be looked at.
    kept_out
        Further spans of frames that no exemplar may be taken from.
    """

    def __init__(
        self,
        features: Sequence[Features],
        read: Reader,
        frames: int,
        rate: int,
        lost: Spans,
        *,
        kept_out: Spans = (),
    ) -> None:
        self.rate = rate
        self.frames = frames
        self._read = read
        self._lost = lost
        self._factor = decimation_factor(rate)
        self._hop = hop_frames(rate)
        self._unfit = (*lost, *kept_out)
        self._decimated = np.concatenate([part.decimated for part in features], axis=1)
        spread = SPREAD_DECIMATED_FRAMES if self._factor > 1 else 0
        for start, end in lost:
            low = max(start // self._factor - spread, 0)
            self._decimated[:, low : max(-(-end // self._factor) + spread, 0)] = 0.0
        power = np.square(self._decimated).sum(axis=0, dtype=np.float64)
        self._energy = np.append(0.0, np.cumsum(power))
        levels = np.concatenate([part.levels for part in features])
        self._levels = np.maximum(levels, self._find_loudest(levels) - RANGE_DB)

    def find(self, start: int, end: int, count: int = 1) -> list[Exemplar]:
        """Return exemplars for a gap, the best first, no two of them nearly the same.

        There are none where the recording is too short to hold one.
        """
        context = context_frames(end - start, self.rate)
        hops = self._list_hops(start, end)
        if not len(hops):
            return []
        differences = self._measure_differences(start, end, context, hops)
        correlations, places = self._correlate_shifts(start, end, context, hops)
        scores = correlations - differences / TOLERANCE_DB
        scores[~self._are_intact(start, end, hops)] = -np.inf
        apart = max((end - start) // 2, 4 * self._hop)
        found: list[Exemplar] = []
        while len(found) < count and np.isfinite(scores).any():
            best = int(np.argmax(scores))
            near = int(places(best)) * self._factor
            shift, correlation = self._refine(start, end, context, near)
            found.append(Exemplar(shift, correlation, float(differences[best])))
            scores[np.abs(hops * self._hop - near) < apart] = -np.inf
        return sorted(found, key=lambda exemplar: -exemplar.score)

    def _find_loudest(self, levels: Vector) -> float:
        reach = WINDOW_HOPS * self._hop // 2
        centres = np.arange(len(levels)) * self._hop
        intact = np.ones(len(levels), dtype=np.bool_)
        for start, end in self._lost:
            intact[(centres > start - reach) & (centres < end + reach)] = False
        return float(np.max(levels[intact], initial=SILENCE_DB))

    def _list_hops(self, start: int, end: int) -> Hops:
        """Return the shifts, in hops one after the other, whose exemplar is whole."""
        first = -((start - self._hop) // self._hop)
        last = (self.frames - end - self._hop) // self._hop
        return np.arange(first, last + 1)

    def _are_intact(self, start: int, end: int, hops: Hops) -> npt.NDArray[np.bool_]:
        low = start - self._hop + hops * self._hop
        high = end + self._hop + hops * self._hop
        intact = np.ones(len(hops), dtype=np.bool_)
        for first, last in self._unfit:
            intact &= (high <= first) | (low >= last)
        return intact

    def _measure_differences(self, start: int, end: int, context: int, hops: Hops) -> Vector:
        """Return the difference of the band levels for every shift, in dB."""
        half = WINDOW_HOPS * self._hop // 2
        centres = np.arange(len(self._levels)) * self._hop
        before = (centres + half <= start) & (centres - half >= start - context)
        after = (centres - half >= end) & (centres + half <= end + context)
        compared = np.flatnonzero(before | after)
        away = np.maximum(start - centres, centres - end)[compared] / self.rate
        level_sums, level_squares = self._levels.sum(1), np.square(self._levels).sum(1)
        products = self._levels @ self._levels[compared].T
        bands = self._levels.shape[1]
        squares, offsets, weights = np.zeros((3, len(hops)))
        for number, column in enumerate(compared):
            low, high = max(column + hops[0], 0), min(column + hops[-1] + 1, len(centres))
            at, to = slice(low, high), slice(low - column - hops[0], high - column - hops[0])
            weight = math.exp(-away[number] / NEARNESS_S)
            power = level_squares[at] - 2 * products[at, number] + level_squares[column]
            squares[to] += weight * power
            offsets[to] += weight * (level_sums[at] - level_sums[column])
            weights[to] += weight * bands
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = offsets / weights
            variance = np.maximum(squares / weights - offset**2, 0.0)
        beyond = np.maximum(np.abs(offset) - FREE_LEVEL_DB, 0.0)
        differences = np.where(weights > 0, np.sqrt(variance + beyond**2), RANGE_DB)
        return differences.astype(np.float32)

    def _correlate_shifts(
        self, start: int, end: int, context: int, hops: Hops
    ) -> tuple[Vector, Callable[[int], int]]:
        """Return the best correlation about every shift, and a finder of its place, decimated.

        About hop ``i`` are the places between it and the middles to its neighbours.
        """
        factor, last = self._factor, self._decimated.shape[1]
        spans = ((start - context, start), (end, end + context))
        known = [_clip_spans(round(a / factor), round(b / factor), last) for a, b in spans]
        origin, beyond = known[0][0], known[1][1]
        template = np.zeros((len(self._decimated), max(beyond - origin, 1)), dtype=np.float32)
        for low, high in known:
            template[:, low - origin : high - origin] = self._decimated[:, low:high]
        step = self._hop / factor
        bounds = np.round((np.arange(len(hops) + 1) + hops[0] - 0.5) * step).astype(np.int64)
        shifts = np.arange(bounds[0], bounds[-1])
        low = shifts[0] + origin
        high = low + len(shifts) - 1 + template.shape[1]
        under = np.stack([cut_padded(channel, low, high) for channel in self._decimated])
        products = correlate(under, template)
        energy = np.zeros(len(shifts))
        for low, high in known:
            energy += _extend(self._energy, high + shifts[0], len(shifts))
            energy -= _extend(self._energy, low + shifts[0], len(shifts))
        own = float(np.sum(np.square(template, dtype=np.float64)))
        # what is next to silent correlates with nothing but rounding errors
        least = max(AUDIBLE * own, TINY)
        scale = np.sqrt(np.maximum(energy, least) * own + TINY, dtype=np.float32)
        correlation = np.where(energy > least, products / scale, np.float32(0.0))
        best = np.maximum.reduceat(correlation, bounds[:-1] - bounds[0])

        def place(hop: int) -> int:
            about = correlation[bounds[hop] - bounds[0] : bounds[hop + 1] - bounds[0]]
            return int(bounds[hop] + np.argmax(about))

        return best, place

    def _refine(self, start: int, end: int, context: int, shift: int) -> tuple[int, float]:
        """Return the shift to the frame and the correlation there."""
        reach = self._factor + 1
        low, high = max(start - context, 0), min(end + context, self.frames)
        nearest, farthest = max(shift - reach, -low), min(shift + reach, self.frames - high)
        if nearest > farthest:
            return shift, -1.0
        own = self._read(low, high).copy()
        known = np.ones(high - low, dtype=np.float32)
        for a, b in (*self._lost, (start, end)):
            known[max(a - low, 0) : max(b - low, 0)] = 0.0
        own *= known
        other = self._read(low + nearest, high + farthest)
        products = sum(
            np.correlate(theirs, ours, "valid") for theirs, ours in zip(other, own, strict=True)
        )
        energies = np.correlate(np.sum(np.square(other), axis=0), known, "valid")
        found = products / (np.sqrt(energies * np.sum(np.square(own))) + TINY)
        best = int(np.argmax(found))
        return nearest + best, float(found[best])


def cut_padded(samples: Samples, low: int, high: int) -> Samples:
    """Return frames ``low`` to ``high`` of ``(frames,)``, silent beyond its ends."""
    out = np.zeros(high - low, dtype=np.float32)
    inside = samples[max(low, 0) : max(high, 0)]
    out[max(-low, 0) : max(-low, 0) + len(inside)] = inside
    return out


def context_frames(gap_frames: int, rate: int) -> int:
    """Return how much sound on each side of a gap is compared."""
    wanted = min(max(gap_frames / rate, LEAST_CONTEXT_S), MOST_CONTEXT_S)
    return round(wanted * rate)


def measure_agreement(source: Samples, target: Samples, start: int, end: int, rate: int) -> float:
    """Return the correlation of two aligned windows on both sides of a gap, -1 to 1."""
    context = context_frames(end - start, rate)
    known = np.r_[max(start - context, 0) : start, end : min(end + context, len(target))]
    return _correlate(source[known], target[known])


def match_levels(source: Samples, target: Samples, start: int, end: int, rate: int) -> Samples:
    """Give an exemplar the band levels that its surroundings would need to be those of the gap.

    Parameters
    ----------
    source, target
        Aligned windows, ``(frames,)``: the exemplar with its surroundings, and the gap's window.
    start, end
        The gap in both.

    Returns
    -------
    The source, a third of an octave at a time turned to the level of the target before the gap and
    after it, at most `MATCH_LIMIT_DB` up or down, and from one to the other in between.
    """
    frames = len(source)
    hop, half = MATCH_STFT.hop_frames, MATCH_STFT.fft_size // 2
    columns = MATCH_STFT.columns(frames)
    centres = np.arange(columns) * hop
    reach = round(MATCH_EDGE_S * rate)
    before = (centres + half // 2 <= start) & (centres >= start - half - reach)
    after = (centres - half // 2 >= end) & (centres <= end + half + reach)
    bands = band_matrix(MATCH_STFT.bins, rate, MATCH_BANDS)
    spectrum = stft(source, MATCH_STFT)
    hole = target.copy()
    hole[start:end] = 0.0
    own, other = (bands @ np.square(np.abs(s)) for s in (stft(hole, MATCH_STFT), spectrum))
    sides = [side for side in (before, after) if own[:, side].any()]
    if not sides:
        return source
    decibels = [_level_between(own[:, side], other[:, side]) for side in sides]
    place = np.clip((centres - start) / max(end - start, 1), 0.0, 1.0)
    between = decibels[0][:, None] * (1 - place) + decibels[-1][:, None] * place
    smooth = bands / np.maximum(bands.sum(0), 1e-9)
    gain = 10 ** ((smooth.T @ between) / 20)
    return istft((spectrum * gain).astype(np.complex64), MATCH_STFT, frames)


def _extend(values: Vector, first: int, count: int) -> Vector:
    """Return so many values from a place on, beyond the ends the first and the last."""
    inside = values[max(first, 0) : max(first + count, 0)]
    before = min(max(-first, 0), count)
    out = np.empty(count, dtype=values.dtype)
    out[:before] = values[0]
    out[before : before + len(inside)] = inside
    out[before + len(inside) :] = values[-1]
    return out


def _clip_spans(low: int, high: int, frames: int) -> tuple[int, int]:
    return min(max(low, 0), frames), max(min(high, frames), 0)


def _correlate(a: Samples, b: Samples) -> float:
    scale = float(np.sqrt(np.sum(np.square(a)) * np.sum(np.square(b)))) + TINY
    return float(np.sum(a * b)) / scale


def _level_between(own: Vector, other: Vector) -> Vector:
    """Return how much louder one side's bands are, ``(bands,)`` in dB, within the limit."""
    floor = 1e-6 * float(own.mean()) + 1e-12
    ratio = (own.mean(1) + floor) / (other.mean(1) + floor)
    return np.asarray(np.clip(10 * np.log10(ratio), -MATCH_LIMIT_DB, MATCH_LIMIT_DB))
