"""Measuring how far a sound was turned down in a hole, sample by sample, by a model of the sound.

A dropout of a tape, or of a link, turns the sound down by 10 to 60 dB for some milliseconds. What
is left of it can be raised again once the gain is known: where it begins to fall, how fast, how
far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uasrm_core.interpolation.ar import Vector, burg_of
from uasrm_core.interpolation.falls import (
    CONTEXT_FRAMES,
    EDGE_S,
    LEAST_POWER,
    MARGIN_S,
    Edge,
    Fall,
    measure_fall,
    shape_falls,
)
from uasrm_core.interpolation.fills import USUAL_RATE, one_blas_thread

# Orders of the models: one by which many falls are tried, one to settle which fits best.
ROUGH_ORDER, ORDER = 64, 256
# The longest fade out to silence, and by how many nepers it is to be likelier than none.
LONGEST_FADE_S, LIKELIER_FADE = 0.0025, 10.0
# Long ones are seldom: nepers for each frame.
FADE_COST = 0.1
# A fall is at least so deep, by the levels inside and around.
LEAST_FALL_DB = 8.0
LEAST_INSIDE_S = 0.002
# A hole takes at least such a share of what was marked, and is found in so many rounds.
LEAST_SHARE, ROUNDS = 0.25, 8
# Each edge needs so much evidence, both together so much, and each may leave so much error (see
# `falls.Fall`). A slow ramp tells less than a step.
LEAST_EVIDENCE, LEAST_IN_ALL, MOST_ERROR = 100.0, 400.0, 0.2
# Ends whose gains differ by more have a slope between them, or by so much more are of other sound.
SAME_GAIN_DB, SPREADS, MOST_APART_DB = 0.5, 4.0, 9.0


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
        What the hole lies in, half-open; the sound beside the hole may be in it, too.
    rounding_power
        Power of what rounding added after the fall.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, chapter 4 (likelihood of samples
    under an autoregressive model).
    """
    start, end = _find_hole(row, start, end, rate)
    expected = _expect_gain(row, start, end, rate, rounding_power)
    if expected is None:
        return None
    margin = round(MARGIN_S * rate)
    sides = _cut_sides(row, start, end, margin)
    with one_blas_thread():
        orders = [round(order * min(rate / USUAL_RATE, 1.0)) for order in (ROUGH_ORDER, ORDER)]
        if orders[0] < 1 or min(map(len, sides)) < 3 * orders[1] + margin:
            return None
        models = [burg_of(sides, order) for order in orders]
        falls = []
        for whole, first in ((row, start), (row[::-1], len(row) - end)):
            rough, edge = (
                Edge.cut(whole, first, end - start, rate, model, rounding_power) for model in models
            )
            fall = measure_fall(rough, edge, expected, rate)
            # of figures that are no numbers neither holds
            if not (fall.evidence >= LEAST_EVIDENCE and fall.error <= MOST_ERROR):
                return None
            falls.append(fall)
    apart_db = 20 * abs(np.log10(falls[0].gain / falls[1].gain))
    if sum(fall.evidence for fall in falls) < LEAST_IN_ALL or apart_db > MOST_APART_DB:
        return None
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
    sides = _cut_sides(row, start, end, margin)
    ramps = np.arange(1.0, round(LONGEST_FADE_S * rate))
    if len(ramps) < 2 or order < 1 or min(map(len, sides)) < 3 * order + margin:
        return 0, 0
    with one_blas_thread():
        model = burg_of(sides, order)
    silent = np.full(len(ramps), LEAST_POWER)
    found = []
    for whole, first in ((row, start), (row[::-1], len(row) - end)):
        edge = Edge.cut(whole, first, 0, rate, model, rounding_power)
        costs = edge.judge(shape_falls(edge.times, -ramps, ramps, silent)) + FADE_COST * ramps
        best = int(np.argmin(costs))
        found.append(int(ramps[best]) if costs[0] - costs[best] > LIKELIER_FADE else 0)
    return found[0], found[1]


def _cut_sides(
    row: Vector, start: int, end: int, margin: int, frames: int = CONTEXT_FRAMES
) -> tuple[Vector, Vector]:
    """Return what lies before and after a hole, so many frames away from it."""
    return row[: max(start - margin, 0)][-frames:], row[end + margin :][:frames]


def _find_hole(row: Vector, start: int, end: int, rate: int) -> tuple[int, int]:
    """Return the stretch in which a sound is quieter, by its levels, or all where none stands out.

    Samples are taken for normally distributed, of one power in the hole and another around.
    """
    around = np.concatenate(_cut_sides(row, start, end, 0, round(4 * MARGIN_S * rate)))
    squares = np.square(row[start:end])
    usual = float(np.mean(np.square(around))) + LEAST_POWER if len(around) else LEAST_POWER
    power, found = usual * 10 ** (-LEAST_FALL_DB / 10), (0, 0)
    for _ in range(ROUNDS):
        likelier = np.log(usual / power) + squares * (1.0 / usual - 1.0 / power)
        before, found = found, _find_largest_sum(likelier)
        first, last = found
        if found == before or last - first < LEAST_SHARE * len(squares):
            break
        power = float(np.mean(squares[first:last])) + LEAST_POWER
    if found[1] - found[0] < LEAST_SHARE * len(squares):
        return start, end
    return start + found[0], start + found[1]


def _find_largest_sum(values: Vector) -> tuple[int, int]:
    """Return the stretch whose sum is the largest, half-open (Kadane's algorithm)."""
    sums = np.concatenate([np.zeros(1), np.cumsum(values)])
    gains = sums - np.minimum.accumulate(sums)
    last = int(np.argmax(gains))
    return int(np.argmin(sums[: last + 1])), last


def _expect_gain(
    row: Vector, start: int, end: int, rate: int, rounding_power: float
) -> float | None:
    """Return the gain by the levels inside and around, or None where nothing fell or is left."""
    edge, around = round(EDGE_S * rate), round(4 * MARGIN_S * rate)
    inner = min(edge, (end - start) // 4)
    inside = row[start + inner : end - inner]
    outside = np.concatenate(_cut_sides(row, start, end, edge, around))
    if end - start < LEAST_INSIDE_S * rate or not len(outside):
        return None
    power, usual = (float(np.mean(np.square(part))) for part in (inside, outside))
    if power <= 2.0 * rounding_power or usual <= LEAST_POWER:
        return None
    gain = np.sqrt((power - rounding_power) / usual)
    return float(gain) if gain < 10 ** (-LEAST_FALL_DB / 20) else None


def _join(fall: Fall, rise: Fall, start: int, end: int) -> Attenuation | None:
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
        shape_falls(way, zeros, np.array([each.ramp]), zeros)[0]
        for each, way in ((fall, times), (rise, times[::-1]))
    )
    gains = inside + (1.0 - inside) * np.maximum(falling, rising)
    error = (off_db * np.log(10) / 20) ** 2
    return Attenuation(first, last, gains, float(error))
