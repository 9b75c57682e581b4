"""Measuring how far a sound was turned down in a hole, sample by sample, by a model of the sound.

A dropout of a tape, or of a link, turns the sound down by 10 to 60 dB for some milliseconds. What
is left of it can be raised again once the gain is known: where it begins to fall, how fast, how
far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.interpolation.ar import Vector, burg_of
from uasrm_core.interpolation.fills import USUAL_RATE, one_blas_thread

# Orders of the models: one by which many falls are tried, one to settle which fits best.
ROUGH_ORDER, ORDER = 64, 256
CONTEXT_FRAMES = 4096
# An edge is looked for so far on each side of where it is said to be, and the gain takes at most so
# long to fall; what lies further out is taken to be intact.
EDGE_S, LONGEST_RAMP_S = 0.002, 0.0048
MARGIN_S = 0.0036
# So far inside an edge the sound tells whether it fits; further on it counts for less, since there
# it only tells how loud it is, which changes by itself.
NEAR_S, INSIDE_S = 0.0036, 0.002
FURTHER_WEIGHT = 0.15
# The gain is about what the levels say.
GAIN_SPREAD_DB, GAIN_MOST_DB = 3.0, 8.0
ROUGH_GAINS_DB = np.array([-3.0, 0.0, 3.0])
# So many lengths of ramps are tried with each end at first, of which so many are kept; then all
# lengths about theirs.
RAMPS, STARTS = 16, 4
RAMP_RATIO, GAINS_DB = 1.5, np.arange(-5.0, 5.1, 0.25)
MOST_GAIN = 0.95
# Both ends of a ramp, in frames, and its gain, in dB, are moved by such steps as long as that makes
# it likelier by so much.
FIRST_STEPS, LAST_STEPS = (2.0, 2.0, 0.25), (1.0, 1.0, 0.02)
LIKELIER = 0.01
# The longest fade out to silence, and by how many nepers it is to be likelier than none.
LONGEST_FADE_S, LIKELIER_FADE = 0.0025, 10.0
# Long ones are seldom: nepers for each frame.
FADE_COST = 0.1
# A fall is at least so deep, by the levels inside and around.
LEAST_FALL_DB = 8.0
LEAST_INSIDE_S = 0.002
# So much likelier, in nepers, is the sound that goes on in the hole than the same upside down, or
# a sound that rings on from before while nothing drives it.
LEAST_EVIDENCE = 300.0
LULL_FRAMES, MODEL_ERROR = 64, 2.0
LULL_STARTS, LULL_GAINS_DB = 8, np.arange(-24.0, 7.0, 3.0)
# The error at the edges that is left, against the sound.
MOST_ERROR = 0.2
# Ends whose gains differ by more have a slope between them.
SAME_GAIN_DB, SPREADS = 0.5, 4.0
ABOUT_FRAMES = 32
LEAST_POWER = 1e-20

Grid = npt.NDArray[np.float64]
_NEIGHBOURS = np.array(list(product((0.0, -1.0, 1.0), repeat=3)))


@dataclass(frozen=True, eq=False)
class Attenuation:
    """How a sound was turned down from `start` to `end`.

    Attributes
    ----------
    gains
        ``(end - start,)``, more than 0 and less than 1.
    error
        What part of the power of the raised sound is wrong, apart from rounding.
    """

    start: int
    end: int
    gains: Vector
    error: float


@dataclass(frozen=True)
class _Fall:
    """One edge: the gain falls over `ramp` frames, 1 or more, linearly, from `start` on.

    `start`, the last frame before it falls, is counted from where the edge was said to be.
    `evidence` and `error` are as `LEAST_EVIDENCE` and `MOST_ERROR` have them, `spread_db` how far
    off the gain may be.
    """

    start: float
    ramp: float
    gain: float
    evidence: float = 0.0
    error: float = 1.0
    spread_db: float = 0.0

    @property
    def end(self) -> float:
        """The first frame at which the gain falls no more."""
        return self.start + self.ramp


def measure_attenuation(
    row: Vector, start: int, end: int, rate: int, rounding_power: float
) -> Attenuation | None:
    """Return by how much a sound was turned down in a hole, or None where it does not go on there.

    The sound follows an autoregressive model, which is fitted to the surroundings. Where a fall of
    the gain is assumed at the right frame, of the right depth, the raised sound follows it, too;
    its prediction error tells how likely an assumption is. What is no part of the sound around,
    such as rounding or other sound, does not go on from it whatever the gain.

    Parameters
    ----------
    row
        ``(frames,)`` of one channel, intact around the hole.
    start, end
        The hole, half-open, to `EDGE_S`.
    rounding_power
        Power of what rounding added after the fall.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, chapter 4 (likelihood of samples
    under an autoregressive model).
    """
    expected = _expect_gain(row, start, end, rate, rounding_power)
    if expected is None:
        return None
    margin = round(MARGIN_S * rate)
    sides = row[: start - margin][-CONTEXT_FRAMES:], row[end + margin :][:CONTEXT_FRAMES]
    with one_blas_thread():
        orders = [round(order * min(rate / USUAL_RATE, 1.0)) for order in (ROUGH_ORDER, ORDER)]
        if min(map(len, sides)) < 3 * orders[1] + margin:
            return None
        models = [burg_of(sides, order) for order in orders]
        falls = []
        for whole, first in ((row, start), (row[::-1], len(row) - end)):
            rough, edge = (
                _Edge.cut(whole, first, end - start, rate, model, rounding_power)
                for model in models
            )
            fall = _measure_fall(rough, edge, expected, rate)
            if fall.evidence < LEAST_EVIDENCE or fall.error > MOST_ERROR:
                return None
            falls.append(fall)
    return _join(falls[0], falls[1], start, end)


def measure_ramps(
    row: Vector, start: int, end: int, rate: int, rounding_power: float
) -> tuple[int, int]:
    """Return over how many frames a sound fades out before silence, and in after it.

    Parameters
    ----------
    row
        ``(frames,)`` of one channel, silent in ``[start, end)``.
    rounding_power
        See `measure_attenuation`.
    """
    margin, order = round(MARGIN_S * rate), round(ROUGH_ORDER * min(rate / USUAL_RATE, 1.0))
    sides = row[: start - margin][-CONTEXT_FRAMES:], row[end + margin :][:CONTEXT_FRAMES]
    ramps = np.arange(1.0, round(LONGEST_FADE_S * rate))
    if len(ramps) < 2 or order < 1 or min(map(len, sides)) < 3 * order + margin:
        return 0, 0
    with one_blas_thread():
        model = burg_of(sides, order)
    silent = np.full(len(ramps), LEAST_POWER)
    found = []
    for whole, first in ((row, start), (row[::-1], len(row) - end)):
        edge = _Edge.cut(whole, first, 0, rate, model, rounding_power)
        costs = edge.judge(_shape(edge.times, -ramps, ramps, silent)) + FADE_COST * ramps
        best = int(np.argmin(costs))
        found.append(int(ramps[best]) if costs[0] - costs[best] > LIKELIER_FADE else 0)
    return found[0], found[1]


def _expect_gain(
    row: Vector, start: int, end: int, rate: int, rounding_power: float
) -> float | None:
    """Return the gain by the levels inside and around, or None where nothing fell or is left."""
    edge, around = round(EDGE_S * rate), round(4 * MARGIN_S * rate)
    inner = min(edge, (end - start) // 4)
    inside = row[start + inner : end - inner]
    outside = np.concatenate([row[: start - edge][-around:], row[end + edge :][:around]])
    if end - start < LEAST_INSIDE_S * rate or not len(outside):
        return None
    power, usual = (float(np.mean(np.square(part))) for part in (inside, outside))
    if power <= 2.0 * rounding_power or usual <= LEAST_POWER:
        return None
    gain = np.sqrt((power - rounding_power) / usual)
    return float(gain) if gain < 10 ** (-LEAST_FALL_DB / 20) else None


@dataclass(frozen=True, eq=False)
class _Edge:
    """The sound about the beginning of a hole, and what it takes to judge an assumed fall.

    Attributes
    ----------
    sound
        ``(order + frames,)``: first what the model needs of what was before.
    times
        ``(frames,)``, counted from where the edge was said to be.
    weights
        ``(frames,)``, how much each frame counts.
    power
        Of the model's prediction error before the hole.
    """

    sound: Vector
    times: Vector
    weights: Vector
    model: Vector
    power: float
    rounding_power: float

    @classmethod
    def cut(
        cls,
        row: Vector,
        start: int,
        inside: int,
        rate: int,
        model: Vector,
        rounding_power: float,
    ) -> _Edge:
        """Cut an edge out of a channel, ``(frames,)``, whose hole begins at `start`."""
        order, margin = len(model) - 1, round(MARGIN_S * rate)
        low = max(start - margin - order, 0)
        ahead = min(inside, round((NEAR_S + INSIDE_S) * rate))
        before = row[max(low - CONTEXT_FRAMES // 2, 0) : start - margin]
        power = float(np.mean(np.square(np.convolve(before, model, "valid")))) + LEAST_POWER
        times = np.arange(low + order - start, ahead, dtype=np.float64)
        weights = np.where(times < NEAR_S * rate, 1.0, FURTHER_WEIGHT)
        return cls(row[low : start + ahead], times, weights, model, power, rounding_power)

    def predict(self, gains: Grid) -> tuple[Grid, Grid]:
        """Return errors of predicting the raised sound, and the power that they should have.

        ``(assumptions, frames)`` each; `gains` are as many.
        """
        frames, order = len(self.times), len(self.model) - 1
        raising = np.concatenate([np.ones((len(gains), order)), 1.0 / gains], axis=1)
        size = fft.next_fast_len(frames + order, real=True)
        filters = fft.rfft(self.model, size), fft.rfft(np.square(self.model), size)
        error, spread = (
            fft.irfft(fft.rfft(values, size, axis=1) * response, size, axis=1)[:, order:]
            for values, response in zip(
                (self.sound * raising, np.square(raising)), filters, strict=True
            )
        )
        rounding = self.rounding_power * np.maximum(spread[:, :frames], 0.0)
        return error[:, :frames], self.power + rounding

    def cost(self, starts: Grid, ramps: Grid, gains: Grid, expected: float) -> Grid:
        """Return how unlikely falls are, in nepers, ``(falls,)``."""
        assumed = _shape(self.times, starts, ramps, gains)
        return np.asarray(self.judge(assumed) + _judge_gains(gains, expected))

    def judge(self, gains: Grid) -> Grid:
        """Return how unlikely gains are, ``(assumptions, frames)``, in nepers."""
        error, power = self.predict(gains)
        unlikely = 0.5 * (np.square(error) / power + np.log(power)) + np.log(np.abs(gains))
        return np.asarray(unlikely @ self.weights)

    def _judge_lull(self, fall: _Fall) -> float:
        """Return how unlikely it is that only what drives the sound fell, and that at once."""
        starts = np.unique(np.round(np.linspace(fall.start - 1.0, fall.end, LULL_STARTS)))
        starts, gains = (
            grid.ravel() for grid in np.meshgrid(starts, fall.gain * 10 ** (LULL_GAINS_DB / 20))
        )
        lulls = _shape(self.times, starts, np.ones_like(starts), gains)
        error, _ = self.predict(np.ones((1, len(self.times))))
        rounding = self.rounding_power * float(np.sum(np.square(self.model)))
        # a model of so many coefficients is off by so much, in proportion to what it predicts from
        order = len(self.model) - 1
        before = np.cumsum(np.square(self.sound))
        before = (before[LULL_FRAMES:] - before[:-LULL_FRAMES])[-len(self.times) :] / LULL_FRAMES
        off = MODEL_ERROR * order / CONTEXT_FRAMES * before / float(np.mean(before[:LULL_FRAMES]))
        power = self.power * (np.square(lulls) + off) + rounding
        unlikely = 0.5 * (np.square(error) / power + np.log(power))
        return float(np.min(unlikely @ self.weights))

    def weigh(self, fall: _Fall, expected: float) -> _Fall:
        """Return a fall with what speaks for it."""
        step = 0.05
        near = fall.gain * 10 ** (np.array([-step, 0.0, step]) / 20)
        starts, ramps = np.full(3, fall.start), np.full(3, fall.ramp)
        cost = self.cost(starts, ramps, near, expected)
        bend = (cost[0] - 2 * cost[1] + cost[2]) / step**2
        gains = _shape(self.times, starts[:1], ramps[:1], near[1:2])
        # the same sound, but for its sign: it has the same level and spectrum
        turned = np.where(gains < 1.0, -gains, gains)
        others = self.judge(turned)[0], self._judge_lull(fall)
        evidence = float(min(others) - self.judge(gains)[0])
        error, power = self.predict(gains)
        about = np.abs(self.times - fall.start - fall.ramp / 2) <= fall.ramp / 2 + ABOUT_FRAMES
        excess = float(np.mean((np.square(error) - power)[:, about]))
        usual = float(np.mean(np.square(self.sound[: len(self.model)]))) + LEAST_POWER
        share = max(excess, 0.0) / usual
        spread_db = 1.0 / np.sqrt(max(float(bend), 1e-6))
        return replace(fall, evidence=evidence, error=share, spread_db=spread_db)


def _judge_gains(gains: Grid, expected: float) -> Grid:
    """Return how unlikely gains are by the levels alone, in nepers."""
    return np.asarray(0.5 * np.square(20 * np.log10(gains / expected) / GAIN_SPREAD_DB))


def _shape(times: Vector, starts: Grid, ramps: Grid, gains: Grid) -> Grid:
    """Return the gains of falls at some times, ``(falls, times)``."""
    way = np.clip((times - starts[:, None]) / ramps[:, None], 0.0, 1.0)
    return np.asarray(1.0 + (gains[:, None] - 1.0) * way)


def _measure_fall(rough: _Edge, edge: _Edge, expected: float, rate: int) -> _Fall:
    """Return the likeliest fall, with what speaks for it.

    What is likely is a narrow valley: a ramp has to end at the right frame to fit at all, and where
    it begins and how deep it goes make up for one another. So some ends are found first, then all
    starts and depths of each are tried.
    """
    reach, longest = round(EDGE_S * rate), LONGEST_RAMP_S * rate
    ramps = np.unique(np.round(np.geomspace(1.0, longest, RAMPS)))
    chosen: list[_Fall] = []
    for fall in _list_best(rough, np.arange(-reach, reach + 1.0), ramps, ROUGH_GAINS_DB, expected):
        if all(abs(fall.end - other.end) > 2 for other in chosen):
            chosen.append(fall)
            if len(chosen) == STARTS:
                break
    refined = []
    for fall in chosen:
        ramps = np.arange(max(np.floor(fall.ramp / RAMP_RATIO), 1.0), fall.ramp * RAMP_RATIO + 2.0)
        best = next(_list_best(rough, np.array([fall.end]), ramps, GAINS_DB, expected))
        refined.append(_refine(edge, best, expected))
    return edge.weigh(min(refined, key=lambda pair: pair[1])[0], expected)


def _list_best(
    edge: _Edge, ends: Grid, ramps: Grid, gains_db: Grid, expected: float
) -> Iterator[_Fall]:
    """Yield all falls with one of some ends, ramps and gains, the likeliest first."""
    last, ramp, gain = (grid.ravel() for grid in np.meshgrid(ends, ramps, 10 ** (gains_db / 20)))
    inside = last - ramp >= edge.times[0] + 8
    last, ramp, gain = last[inside], ramp[inside], np.minimum(expected * gain[inside], MOST_GAIN)
    for number in np.argsort(edge.cost(last - ramp, ramp, gain, expected)):
        yield _Fall(*(float(each[number]) for each in (last - ramp, ramp, gain)))


def _refine(edge: _Edge, fall: _Fall, expected: float) -> tuple[_Fall, float]:
    """Return a fall moved to where it is likeliest, and its cost."""
    point = np.array([fall.start, fall.end, 20 * np.log10(fall.gain)])
    limits = 20 * np.log10(expected) + np.array([-GAIN_MOST_DB, GAIN_MOST_DB])
    limits[1] = min(limits[1], 20 * np.log10(MOST_GAIN))
    steps, least = np.array(FIRST_STEPS), np.array(LAST_STEPS)
    cost = np.inf
    while True:
        near = point + _NEIGHBOURS * steps
        near[:, 0] = np.clip(near[:, 0], edge.times[0] + 8, near[:, 1] - 1)
        near[:, 2] = np.clip(near[:, 2], *limits)
        costs = edge.cost(near[:, 0], near[:, 1] - near[:, 0], 10 ** (near[:, 2] / 20), expected)
        best = int(np.argmin(costs))
        if costs[best] < cost - LIKELIER:
            point, cost = near[best], float(costs[best])
        elif np.all(steps <= least):
            start, end, gain_db = map(float, point)
            return _Fall(start, end - start, 10 ** (gain_db / 20)), cost
        else:
            steps = np.maximum(np.round(steps / 2, 2), least)


def _join(fall: _Fall, rise: _Fall, start: int, end: int) -> Attenuation | None:
    """Return the whole hole, or None where nothing is left between its edges."""
    first, last = start + round(fall.start) + 1, end - round(rise.start) - 1
    frames = last - first
    if frames <= fall.ramp + rise.ramp:
        return None
    ends_db = 20 * np.log10([fall.gain, rise.gain])
    spreads = np.array([fall.spread_db, rise.spread_db])
    off_db = float(np.sqrt(1.0 / np.sum(1.0 / np.square(spreads))))
    if abs(ends_db[0] - ends_db[1]) <= max(SAME_GAIN_DB, SPREADS * float(np.hypot(*spreads))):
        ends_db[:] = np.average(ends_db, weights=1.0 / np.square(spreads))
    else:
        off_db = float(spreads.max())
    inside = 10 ** (np.linspace(ends_db[0], ends_db[1], frames) / 20)
    times, zeros = np.arange(1.0, frames + 1.0), np.zeros(1)
    falling, rising = (
        _shape(way, zeros, np.array([each.ramp]), zeros)[0]
        for each, way in ((fall, times), (rise, times[::-1]))
    )
    gains = inside + (1.0 - inside) * np.maximum(falling, rising)
    error = (off_db * np.log(10) / 20) ** 2
    return Attenuation(first, last, gains, float(error))
