"""Where and how far the gain of a sound falls at one edge of a hole, by a model of the sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.interpolation.ar import Vector

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
# So many lengths of ramps are tried with each end at first, of which so many are kept; then lengths
# about theirs, so many frames apart.
RAMPS, STARTS = 16, 4
RAMP_RATIO, RAMP_STEP, GAINS_DB = 1.5, 2.0, np.arange(-5.0, 5.1)
MOST_GAIN = 0.95
# Moving a fall hardly makes up for so many nepers: 29 falls of a tape were the same with 100.
HOPELESS = 300.0
# Both ends of a ramp, in frames, and its gain, in dB, are moved by such steps as long as that makes
# it likelier by so much.
FIRST_STEPS, LAST_STEPS = (2.0, 2.0, 0.25), (1.0, 1.0, 0.05)
LIKELIER = 0.01
# A lull begins at one of so many frames, and what drives the sound falls by so much more or less.
LULL_STARTS, LULL_GAINS_DB = 8, np.arange(-24.0, 7.0, 3.0)
# A model of as many coefficients as it is fitted to frames is off by this share of its error, where
# what it predicts from (so many frames, or as many as it has coefficients) is as loud as before.
MODEL_ERROR, LULL_FRAMES = 2.0, 64
# So many falls are judged at a time, for what they take to stay in the processor's cache.
BLOCK = 32
# So many frames beside a ramp tell what error is left there.
ABOUT_FRAMES = 32
# So many frames before a fall are looked at, or more.
LEAST_BEFORE = 8
# The gain is known as well as such a step of it is unlikely.
SPREAD_STEP_DB = 0.05
LEAST_POWER = 1e-20

Grid = npt.NDArray[np.float64]
_NEIGHBOURS = np.array(list(product((0.0, -1.0, 1.0), repeat=3)))


@dataclass(frozen=True)
class Fall:
    """One edge: the gain falls over `ramp` frames, 1 or more, linearly, from `start` on.

    `start`, the last frame before it falls, is counted from where the edge was said to be.

    Attributes
    ----------
    evidence
        How much likelier it is, in nepers, than the same sound upside down, and than a lull.
    error
        Power of the prediction error that it leaves unexplained, against that of the sound.
    spread_db
        How far off the gain may be.
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

    @property
    def grids(self) -> tuple[Grid, Grid, Grid]:
        """Start, ramp and gain, ``(1,)`` each, as `Edge.cost` takes them."""
        return np.array([self.start]), np.array([self.ramp]), np.array([self.gain])


@dataclass(frozen=True, eq=False)
class Edge:
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
    ) -> Edge:
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
        order = len(self.model) - 1
        raising = np.concatenate([np.ones((len(gains), order)), 1.0 / gains], axis=1)
        error = self._filter(self.sound * raising, self.model)
        spread = self._filter(np.square(raising), np.square(self.model))
        return error, self.power + self.rounding_power * np.maximum(spread, 0.0)

    def _filter(self, sounds: Grid, response: Vector) -> Grid:
        """Return sounds, ``(sounds, order + frames)``, filtered, at the frames of `times`."""
        frames, order = len(self.times), len(self.model) - 1
        size = fft.next_fast_len(frames + order, real=True)
        spectra = fft.rfft(sounds, size, axis=1) * fft.rfft(response, size)
        return np.asarray(fft.irfft(spectra, size, axis=1)[:, order : order + frames])

    def cost(self, starts: Grid, ramps: Grid, gains: Grid, expected: float) -> Grid:
        """Return how unlikely falls are, in nepers, ``(falls,)``."""
        costs = np.empty(len(gains))
        for low in range(0, len(gains), BLOCK):
            part = slice(low, low + BLOCK)
            assumed = shape_falls(self.times, starts[part], ramps[part], gains[part])
            costs[part] = self.judge(assumed)
        return costs + _judge_gains(gains, expected)

    def cost_ends(self, ends: Grid, ramp: float, gain: float, expected: float) -> Grid:
        """Return how unlikely falls of one ramp and gain are that end at one frame after the other.

        ``(ends,)``, as `cost` would; `ends` are successive frames.
        """
        frames, order = len(self.times), len(self.model) - 1
        # the gains about an end, which each fall has at another place
        times = np.arange(self.times[0] - order - ends[-1], self.times[-1] - ends[0] + 1.0)
        shape = shape_falls(times, *(np.array([each]) for each in (-ramp, ramp, gain)))[0]
        errors = self._filter(self.sound * _slide(1.0 / shape, order + frames), self.model)
        spread = np.convolve(np.square(1.0 / shape), np.square(self.model), "valid")
        power = self.power + self.rounding_power * spread
        fixed = 0.5 * np.log(power) + np.log(shape[order:])
        unlikely = np.square(errors) * _slide(0.5 / power, frames) + _slide(fixed, frames)
        return np.asarray(unlikely @ self.weights + _judge_gains(np.array([gain]), expected))

    def judge(self, gains: Grid) -> Grid:
        """Return how unlikely gains are, ``(assumptions, frames)``, in nepers."""
        error, power = self.predict(gains)
        unlikely = 0.5 * (np.square(error) / power + np.log(power)) + np.log(np.abs(gains))
        return np.asarray(unlikely @ self.weights)

    def _judge_lull(self, fall: Fall) -> float:
        """Return how unlikely it is that only what drives the sound fell, and that at once."""
        starts = np.unique(np.round(np.linspace(fall.start - 1.0, fall.end, LULL_STARTS)))
        starts, gains = (
            grid.ravel() for grid in np.meshgrid(starts, fall.gain * 10 ** (LULL_GAINS_DB / 20))
        )
        lulls = shape_falls(self.times, starts, np.ones_like(starts), gains)
        error, _ = self.predict(np.ones((1, len(self.times))))
        rounding = self.rounding_power * float(np.sum(np.square(self.model)))
        order = len(self.model) - 1
        frames = min(LULL_FRAMES, order)
        before = np.cumsum(np.square(self.sound))
        before = (before[frames:] - before[:-frames])[-len(self.times) :] / frames
        usual = float(np.mean(before[:frames])) + LEAST_POWER
        off = MODEL_ERROR * order / CONTEXT_FRAMES * before / usual
        power = self.power * (np.square(lulls) + off) + rounding
        unlikely = 0.5 * (np.square(error) / power + np.log(power))
        return float(np.min(unlikely @ self.weights))

    def weigh(self, fall: Fall, expected: float) -> Fall:
        """Return a fall with what speaks for it, which is nothing where no frame tells of it."""
        about = np.abs(self.times - fall.start - fall.ramp / 2) <= fall.ramp / 2 + ABOUT_FRAMES
        if not about.any():
            return fall
        near = fall.gain * 10 ** (SPREAD_STEP_DB * np.array([-1.0, 0.0, 1.0]) / 20)
        starts, ramps = np.full(3, fall.start), np.full(3, fall.ramp)
        cost = self.cost(starts, ramps, near, expected)
        bend = (cost[0] - 2 * cost[1] + cost[2]) / SPREAD_STEP_DB**2
        gains = shape_falls(self.times, starts[:1], ramps[:1], near[1:2])
        # the same sound, but for its sign: it has the same level and spectrum
        turned = np.where(gains < 1.0, -gains, gains)
        others = self.judge(turned)[0], self._judge_lull(fall)
        evidence = float(min(others) - self.judge(gains)[0])
        error, power = self.predict(gains)
        excess = float(np.mean((np.square(error) - power)[:, about]))
        usual = float(np.mean(np.square(self.sound[: len(self.model)]))) + LEAST_POWER
        share = max(excess, 0.0) / usual
        spread_db = 1.0 / np.sqrt(max(float(bend), 1e-6))
        return replace(fall, evidence=evidence, error=share, spread_db=spread_db)


def _judge_gains(gains: Grid, expected: float) -> Grid:
    """Return how unlikely gains are by the levels alone, in nepers."""
    return np.asarray(0.5 * np.square(20 * np.log10(gains / expected) / GAIN_SPREAD_DB))


def _slide(values: Vector, frames: int) -> Grid:
    """Return every stretch of so many frames, the last first."""
    return np.lib.stride_tricks.sliding_window_view(values, frames)[::-1]


def shape_falls(times: Vector, starts: Grid, ramps: Grid, gains: Grid) -> Grid:
    """Return the gains of falls at some times, ``(falls, times)``."""
    way = np.clip((times - starts[:, None]) / ramps[:, None], 0.0, 1.0)
    return np.asarray(1.0 + (gains[:, None] - 1.0) * way)


def measure_fall(rough: Edge, edge: Edge, expected: float, rate: int) -> Fall:
    """Return the likeliest fall, with what speaks for it.

    What is likely is a narrow valley: a ramp has to end at the right frame to fit at all, and where
    it begins and how deep it goes make up for one another. So some ends are found first, then all
    starts and depths of each are tried. At rates of so few frames a second that no fall fits into
    the times, nothing speaks for any.
    """
    reach, longest = round(EDGE_S * rate), LONGEST_RAMP_S * rate
    chosen: list[Fall] = []
    for fall in _list_ends(rough, np.arange(-reach, reach + 1.0), longest, expected):
        if all(abs(fall.end - other.end) > 2 for other in chosen):
            chosen.append(fall)
            if len(chosen) == STARTS:
                break
    if not chosen:
        return Fall(0.0, 1.0, expected)
    found = []
    for fall in chosen:
        shortest, longest = max(np.floor(fall.ramp / RAMP_RATIO), 1.0), fall.ramp * RAMP_RATIO + 2.0
        ramps = np.arange(shortest, longest, RAMP_STEP)
        best = _find_best(rough, fall.end, ramps, expected)
        found.append((float(edge.cost(*best.grids, expected)[0]), best))
    likeliest, least = chosen[0], np.inf
    for rough_cost, fall in sorted(found, key=lambda pair: pair[0]):
        if rough_cost < least + HOPELESS:
            moved, cost = _refine(edge, fall, expected)
            if cost < least:
                likeliest, least = moved, cost
    return edge.weigh(likeliest, expected)


def _list_ends(edge: Edge, ends: Grid, longest: float, expected: float) -> Iterator[Fall]:
    """Yield all falls that end at one of some successive frames, the likeliest first."""
    ramps = np.unique(np.round(np.geomspace(1.0, longest, RAMPS)))
    gains = np.minimum(expected * 10 ** (ROUGH_GAINS_DB / 20), MOST_GAIN)
    falls, costs = [], []
    for ramp, gain in product(ramps, gains):
        inside = ends[ends - ramp >= edge.times[0] + LEAST_BEFORE]
        if len(inside):
            falls += [Fall(float(end - ramp), float(ramp), float(gain)) for end in inside]
            costs.append(edge.cost_ends(inside, ramp, gain, expected))
    for number in np.argsort(np.concatenate(costs)) if costs else ():
        yield falls[number]


def _find_best(edge: Edge, end: float, ramps: Grid, expected: float) -> Fall:
    """Return the likeliest fall that ends at a frame, of some ramps and all gains."""
    ramp, gain = (grid.ravel() for grid in np.meshgrid(ramps, expected * 10 ** (GAINS_DB / 20)))
    inside = end - ramp >= edge.times[0] + LEAST_BEFORE
    ramp, gain = ramp[inside], np.minimum(gain[inside], MOST_GAIN)
    best = int(np.argmin(edge.cost(end - ramp, ramp, gain, expected)))
    return Fall(end - float(ramp[best]), float(ramp[best]), float(gain[best]))


def _refine(edge: Edge, fall: Fall, expected: float) -> tuple[Fall, float]:
    """Return a fall moved to where it is likeliest, and its cost."""
    point = np.array([fall.start, fall.end, 20 * np.log10(fall.gain)])
    limits = 20 * np.log10(expected) + np.array([-GAIN_MOST_DB, GAIN_MOST_DB])
    limits[1] = min(limits[1], 20 * np.log10(MOST_GAIN))
    steps, least = np.array(FIRST_STEPS), np.array(LAST_STEPS)
    cost = np.inf
    while True:
        near = point + _NEIGHBOURS * steps
        near[:, 0] = np.clip(near[:, 0], edge.times[0] + LEAST_BEFORE, near[:, 1] - 1)
        near[:, 2] = np.clip(near[:, 2], *limits)
        costs = edge.cost(near[:, 0], near[:, 1] - near[:, 0], 10 ** (near[:, 2] / 20), expected)
        best = int(np.argmin(costs))
        if costs[best] < cost - LIKELIER:
            point, cost = near[best], float(costs[best])
        elif np.all(steps <= least):
            start, end, gain_db = map(float, point)
            return Fall(start, end - start, 10 ** (gain_db / 20)), cost
        else:
            steps = np.maximum(np.round(steps / 2, 2), least)
