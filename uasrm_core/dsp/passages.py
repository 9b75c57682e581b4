"""Finding the passages of a recording whose surroundings fit those of a gap.

Music repeats itself and a voice keeps its colour, so that what was lost often stands elsewhere in
the same recording. Two comparisons see what the other misses: waveforms that correlate tell exact
repeats, to the frame; band levels that agree tell the same sound played or spoken again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.dsp.stft import StftConfig, istft, stft, transform_blocks

# Waveforms are compared below half of this rate, flattened so that the bass does not decide alone.
SEARCH_RATE = 11025
PRE_EMPHASIS = 0.9
# How much sound on each side is compared: as much as the gap is long, within these.
LEAST_CONTEXT_S = 0.12
MOST_CONTEXT_S = 0.4
HOP_S = 0.01
WINDOW_HOPS = 4
BANDS = 30
LOWEST_HZ = 60.0
HIGHEST_HZ = 16000.0
RANGE_DB = 60.0
# The nearer to the gap, the more a difference of levels counts.
NEARNESS_S = 0.1
# A passage may be so much louder or quieter than the gap's surroundings at no cost.
FREE_LEVEL_DB = 6.0
# Levels that differ by so much weigh against a passage as full correlation weighs for it.
TOLERANCE_DB = 12.0
# A passage of less than so much of the energy about the gap counts as silent.
AUDIBLE = 1e-6
MATCH_STFT = StftConfig()
MATCH_LIMIT_DB = 12.0
MATCH_EDGE_S = 0.1
MATCH_BANDS = 28

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Passage:
    """A stretch of the recording that may stand in for a gap.

    Attributes
    ----------
    shift_frames
        What to add to a frame in or about the gap to get to its counterpart.
    correlation
        Of the waveforms on both sides of the gap with the passage's, -1 to 1.
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


class PassageFinder:
    """One channel of a recording, made ready for searches.

    Parameters
    ----------
    samples
        ``(frames,)``.
    rate
        Frames a second.
    lost
        Spans of frames, half-open, that no passage may be taken from.
    """

    def __init__(self, samples: Samples, rate: int, lost: Sequence[tuple[int, int]]) -> None:
        self.rate = rate
        self.samples = np.array(samples, dtype=np.float32)
        self._lost = np.zeros(len(samples) + 1, dtype=np.int64)
        for start, end in lost:
            self.samples[start:end] = 0.0
            self._lost[start + 1 : end + 1] = 1
        np.cumsum(self._lost, out=self._lost)
        self._slow_rate = min(SEARCH_RATE, rate)
        slow = resample(self.samples[None], rate, self._slow_rate)[0]
        self._slow = np.append(slow[:1], slow[1:] - PRE_EMPHASIS * slow[:-1])
        self._size = fft.next_fast_len(len(slow), real=True)
        self._spectrum = fft.rfft(self._slow, self._size)
        self._energy = np.append(0.0, np.cumsum(np.square(self._slow, dtype=np.float64)))
        self._hop = max(round(HOP_S * rate), 1)
        self._levels = _band_levels(self.samples, rate, self._hop)

    def find(self, start: int, end: int, count: int = 1) -> list[Passage]:
        """Return passages for a gap, the best first, no two of them nearly the same.

        There are none where the recording is too short to hold one.
        """
        context = context_frames(end - start, self.rate)
        hops = self._hops(start, end)
        if not len(hops):
            return []
        differences = self._differences(start, end, context, hops)
        correlations, slow_shifts = self._correlations(start, end, context, hops)
        scores = correlations - differences / TOLERANCE_DB
        shifts = np.round(slow_shifts * (self.rate / self._slow_rate)).astype(np.int64)
        apart = max((end - start) // 2, 4 * self._hop)
        found: list[Passage] = []
        while len(found) < count and np.isfinite(scores).any():
            best = int(np.argmax(scores))
            shift, correlation = self._refined(start, end, context, int(shifts[best]))
            found.append(Passage(shift, correlation, float(differences[best])))
            scores[np.abs(shifts - shifts[best]) < apart] = -np.inf
        return sorted(found, key=lambda passage: -passage.score)

    def _hops(self, start: int, end: int) -> npt.NDArray[np.int64]:
        """Return the shifts, in hops, whose passage is whole and intact."""
        margin = self._hop
        first = -((start - margin) // self._hop)
        last = (len(self.samples) - end - margin) // self._hop
        hops = np.arange(first, last)
        low, high = start - margin + hops * self._hop, end + margin + hops * self._hop
        inside = (low >= 0) & (high <= len(self.samples))
        hops, low, high = hops[inside], low[inside], high[inside]
        return np.asarray(hops[self._lost[high] == self._lost[low]])

    def _differences(
        self, start: int, end: int, context: int, hops: npt.NDArray[np.int64]
    ) -> Vector:
        """Return the difference of the band levels for every shift, in dB."""
        half = WINDOW_HOPS * self._hop // 2
        columns = np.arange(len(self._levels))
        centres = columns * self._hop
        before = (centres + half <= start) & (centres - half >= start - context)
        after = (centres - half >= end) & (centres + half <= end + context)
        away = np.maximum(start - centres, centres - end) / self.rate
        total = np.zeros(len(hops))
        squares, offsets, weights = total.copy(), total.copy(), total.copy()
        level_sums, level_squares = self._levels.sum(1), np.square(self._levels).sum(1)
        bands = self._levels.shape[1]
        for column in np.flatnonzero(before | after):
            counterpart = column + hops
            valid = (counterpart >= 0) & (counterpart < len(columns))
            at = np.where(valid, counterpart, 0)
            weight = valid * np.exp(-away[column] / NEARNESS_S)
            own = self._levels[column]
            products = (self._levels @ own)[at]
            squares += weight * (level_squares[at] - 2 * products + own @ own)
            offsets += weight * (level_sums[at] - own.sum())
            weights += weight * bands
        with np.errstate(divide="ignore", invalid="ignore"):
            offset = offsets / weights
            variance = np.maximum(squares / weights - offset**2, 0.0)
        beyond = np.maximum(np.abs(offset) - FREE_LEVEL_DB, 0.0)
        differences = np.where(weights > 0, np.sqrt(variance + beyond**2), RANGE_DB)
        return differences.astype(np.float32)

    def _correlations(
        self, start: int, end: int, context: int, hops: npt.NDArray[np.int64]
    ) -> tuple[Vector, npt.NDArray[np.int64]]:
        """Return the best correlation about every shift, and where it is in slow frames."""
        ratio = self._slow_rate / self.rate
        spans = [(start - context, start), (end, end + context)]
        known = [_clipped(round(a * ratio), round(b * ratio), len(self._slow)) for a, b in spans]
        template = np.zeros(self._size, dtype=np.float32)
        for low, high in known:
            template[low:high] = self._slow[low:high]
        products = fft.irfft(self._spectrum * np.conj(fft.rfft(template)), self._size)
        step = self._hop * ratio
        offsets = np.arange(round(step)) - round(step / 2)
        shifts = np.round(hops * step).astype(np.int64)[:, None] + offsets
        energy = np.zeros(shifts.shape)
        last = len(self._slow)
        for low, high in known:
            energy += self._energy[np.clip(high + shifts, 0, last)]
            energy -= self._energy[np.clip(low + shifts, 0, last)]
        own = float(np.sum(np.square(template, dtype=np.float64)))
        # what is next to silent correlates with nothing but rounding errors
        audible = energy > AUDIBLE * own
        scale = np.sqrt(np.where(audible, energy * own, 1.0))
        correlation = np.where(audible, products[shifts % self._size] / scale, 0.0)
        best = np.argmax(correlation, axis=1)
        rows = np.arange(len(hops))
        return correlation[rows, best].astype(np.float32), shifts[rows, best]

    def _refined(self, start: int, end: int, context: int, shift: int) -> tuple[int, float]:
        """Return the shift to the frame and the correlation there."""
        reach = round(self.rate / self._slow_rate) + 1
        low, high = max(start - context, 0), min(end + context, len(self.samples))
        known = np.r_[low:start, end:high]
        best = (shift, -1.0)
        for nearby in range(shift - reach, shift + reach + 1):
            where = known + nearby
            if where[0] < 0 or where[-1] >= len(self.samples):
                continue
            found = _correlation(self.samples[known], self.samples[where])
            if found > best[1]:
                best = (nearby, found)
        return best


def cut(samples: Samples, low: int, high: int) -> Samples:
    """Return frames ``low`` to ``high`` of ``(frames,)``, silent beyond its ends."""
    out = np.zeros(high - low, dtype=np.float32)
    inside = samples[max(low, 0) : max(high, 0)]
    out[max(-low, 0) : max(-low, 0) + len(inside)] = inside
    return out


def context_frames(gap_frames: int, rate: int) -> int:
    """Return how much sound on each side of a gap is compared."""
    wanted = min(max(gap_frames / rate, LEAST_CONTEXT_S), MOST_CONTEXT_S)
    return round(wanted * rate)


def agreement(source: Samples, target: Samples, start: int, end: int, rate: int) -> float:
    """Return the correlation of two aligned windows on both sides of a gap, -1 to 1."""
    context = context_frames(end - start, rate)
    known = np.r_[max(start - context, 0) : start, end : min(end + context, len(target))]
    return _correlation(source[known], target[known])


def matched(source: Samples, target: Samples, start: int, end: int, rate: int) -> Samples:
    """Give a passage the band levels that its surroundings would need to be those of the gap.

    Parameters
    ----------
    source, target
        Aligned windows, ``(frames,)``: the passage with its surroundings, and the gap with its own.
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
    bands = _band_matrix(MATCH_STFT.bins, rate, MATCH_BANDS)
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


def _clipped(low: int, high: int, frames: int) -> tuple[int, int]:
    return max(low, 0), max(min(high, frames), 0)


def _correlation(a: Samples, b: Samples) -> float:
    scale = float(np.sqrt(np.sum(np.square(a)) * np.sum(np.square(b)))) + 1e-12
    return float(np.sum(a * b)) / scale


def _level_between(own: Vector, other: Vector) -> Vector:
    """Return how much louder one side's bands are, ``(bands,)`` in dB, within the limit."""
    floor = 1e-6 * float(own.mean()) + 1e-12
    ratio = (own.mean(1) + floor) / (other.mean(1) + floor)
    return np.asarray(np.clip(10 * np.log10(ratio), -MATCH_LIMIT_DB, MATCH_LIMIT_DB))


def _band_matrix(bins: int, rate: int, count: int) -> Vector:
    """Return triangular bands, evenly spaced in the logarithm of frequency, ``(bands, bins)``."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, count)
    edges = edges[edges < rate / 2]
    hz = np.maximum(np.arange(bins) * (rate / 2) / (bins - 1), 1e-3)
    place = np.interp(np.log(hz), np.log(edges), np.arange(len(edges)))
    distance = np.abs(place[None] - np.arange(len(edges))[:, None])
    return np.maximum(1.0 - distance, 0.0).astype(np.float32)


def _band_levels(samples: Samples, rate: int, hop: int) -> Vector:
    """Return the band levels of every hop in dB, ``(hops, bands)``, `RANGE_DB` under the top."""
    config = StftConfig(fft_size=WINDOW_HOPS * hop, hop_frames=hop)
    half = config.fft_size // 2
    bands = _band_matrix(config.bins, rate, BANDS).T
    padded = np.pad(samples, (half, half))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, config.fft_size)[::hop]
    levels = np.empty((len(blocks), bands.shape[1]), dtype=np.float32)
    # a part at a time: the spectrum of a long recording would fill the memory
    for first in range(0, len(blocks), 4096):
        spectrum = transform_blocks(blocks[first : first + 4096], config)
        levels[first : first + 4096] = np.square(np.abs(spectrum)) @ bands
    top = float(np.max(levels, initial=0.0))
    kept = np.maximum(levels, top * 10 ** (-RANGE_DB / 10))
    return np.asarray(10.0 * np.log10(kept + 1e-20), dtype=np.float32)
