"""The classical fills of a gap, which are an engine of their own and inputs of the network."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

import numpy as np
from threadpoolctl import ThreadpoolController

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation import ar
from uasrm_core.spectral.texture import steadiness

# Beyond this interpolation costs more and is no closer than plain extrapolation.
INTERPOLATED_LONGEST_S = 0.1
# The rate that orders and contexts are stated for; at others they keep their length in time.
USUAL_RATE = 44100
# Where the sound is at least as steady as the first figure a model learns from far on both
# sides, and from a fraction of that where it is no steadier than the second.
STEADY, UNSTEADY = 0.956, 0.898
STEADY_ORDER, UNSTEADY_ORDER = 2048, 256
# Frames on each side for every coefficient.
CONTEXT_ORDERS = 4
# So far about a gap it is heard how steady the sound is.
NEARBY_S = 0.186
# A click is over before a long model has anything to say: gaps up to so many seconds have models of
# at most such an order.
BRIEF = ((0.001, 512), (0.004, 1024))
# So short a gap is filled without the continuations, which nobody asks for.
SHORT_LONGEST_S = 0.004
# From there to here two models, one of half the other's order, err in different ways: the mean of
# their fills is nearer than either.
AVERAGED_LONGEST_S = 0.010


@dataclass(frozen=True, eq=False)
class ClassicalFills:
    """Three guesses at a gap, each float32 ``(gap frames,)``.

    Attributes
    ----------
    best
        Interpolation for a short gap, both continuations blended for a long one.
    forward, backward
        The sound before continued, and the sound after continued backwards in time.
    """

    best: Samples
    forward: Samples
    backward: Samples

    def stack(self) -> Samples:
        """Return best, forward, backward as ``(3, gap frames)``."""
        return np.stack([self.best, self.forward, self.backward])


def agreement_db(channels: Sequence[ClassicalFills]) -> float:
    """Return by how much fills are louder than what their continuations differ by, in dB.

    The two come from other sound. Where they say the same, they are right. Minus infinity of no
    channels.
    """
    if not channels:
        return -math.inf
    best, forward, backward = np.stack([fills.stack() for fills in channels], axis=1)
    middle = np.hanning(best.shape[-1] + 2)[1:-1]
    power, apart = (np.sum(middle * np.square(x)) for x in (best, forward - backward))
    return float(10.0 * np.log10((power + 1e-20) / (apart + 1e-20)))


def measure_middle(sound: Samples | ar.Vector) -> float:
    """Return the mean power of ``(frames,)``, most of it that of the middle, where fills differ."""
    middle = np.hanning(len(sound) + 2)[1:-1]
    return float(np.average(np.square(sound, dtype=np.float64), weights=middle))


def classical_fills(samples: Samples, start: int, end: int, rate: int) -> ClassicalFills:
    """Fill a gap in one channel from its surroundings.

    Parameters
    ----------
    samples
        ``(frames,)``; what stands in the gap is not looked at.
    start, end
        The gap, half-open; it may touch either end.
    rate
        Frames a second.
    """
    reach = max(ar.BURG_CONTEXT_FRAMES, _count_context_frames(STEADY_ORDER, rate))
    before, after = samples[max(start - reach, 0) : start], samples[end : end + reach]
    # all that is looked at, as what tells one gap from another
    around = (np.ascontiguousarray(side, dtype=np.float64).tobytes() for side in (before, after))
    return _make_fills(*around, end - start, rate)


def best_fill(samples: Samples, start: int, end: int, rate: int) -> Samples:
    """Return `ClassicalFills.best` alone, ``(gap frames,)``, and that of a click quickly."""
    frames = end - start
    inside = start > 0 and end < len(samples)
    if not inside or frames > SHORT_LONGEST_S * rate:
        return classical_fills(samples, start, end, rate).best
    with one_blas_thread():
        guess = interpolation(samples, start, end, rate)
    limit = 2.0 * float(np.max(np.abs(np.delete(guess.filled, slice(guess.start, guess.end)))))
    return np.clip(guess.missing, -limit, limit).astype(np.float32)


def interpolation(
    samples: Samples | ar.Vector, start: int, end: int, rate: int
) -> ar.Interpolation:
    """Interpolate a gap in ``(frames,)`` by one model of both its sides, in float64.

    How far the model reaches follows from how steady the sound is: notes go on for long, a voice
    is another one a twentieth of a second later.
    """
    return interpolation_of(samples, start, end, rate, limit_order(samples, start, end, rate))


def limit_order(samples: Samples | ar.Vector, start: int, end: int, rate: int) -> float:
    """Return the order that suits the sound, as `choose_order`, but no more than `BRIEF` allows."""
    order = choose_order(samples, start, end, rate)
    return min([order, *(most for longest, most in BRIEF if end - start <= longest * rate)])


def choose_order(samples: Samples | ar.Vector, start: int, end: int, rate: int) -> float:
    """Return the order that suits the sound about a gap, as it is at `USUAL_RATE`."""
    way = (STEADY - steadiness_about(samples, start, end, rate)) / (STEADY - UNSTEADY)
    return float(STEADY_ORDER * (UNSTEADY_ORDER / STEADY_ORDER) ** min(max(way, 0.0), 1.0))


def steadiness_about(samples: Samples | ar.Vector, start: int, end: int, rate: int) -> float:
    """Return how steady the sound near a gap is; see `uasrm_core.spectral.texture.steadiness`."""
    near = round(NEARBY_S * rate)
    # from the gap outwards
    sides = samples[max(start - near, 0) : start][::-1], samples[end : end + near]
    return steadiness(sides, rate)


def interpolation_of(
    samples: Samples | ar.Vector, start: int, end: int, rate: int, order: float
) -> ar.Interpolation:
    """Interpolate a gap as `interpolation` does, by a model of an order stated at `USUAL_RATE`."""
    return ar.interpolate(*_cut_context(samples, start, end, rate, order))


def measure_doubt(samples: Samples, start: int, end: int, rate: int) -> ar.Vector | None:
    """Return what the interpolation of a gap may be off by, ``(gap frames,)``.

    It is what two interpolations differ by, of which each knows the model of one side alone. Where
    the sides are of one kind, the two are alike, and right. None where a side has no model.
    """
    order = limit_order(samples, start, end, rate)
    with one_blas_thread():
        sides = ar.interpolate_by_sides(*_cut_context(samples, start, end, rate, order))
    return None if sides is None else sides[0] - sides[1]


def measure_doubts(doubts: Iterable[ar.Vector | None]) -> float:
    """Return the power of what the interpolations of all channels may be off by."""
    return sum(math.inf if doubt is None else measure_middle(doubt) for doubt in doubts)


def _cut_context(
    samples: Samples | ar.Vector, start: int, end: int, rate: int, order: float
) -> tuple[ar.Vector, int, int, int]:
    """Return what a model of an order learns from, the gap within it, and the order at the rate."""
    context = _count_context_frames(order, rate)
    low, high = max(start - context, 0), min(end + context, len(samples))
    stretch = samples[low:high].astype(np.float64)
    return stretch, start - low, end - low, round(order * min(rate / USUAL_RATE, 1.0))


def _interpolate(known: ar.Vector, start: int, end: int, rate: int) -> ar.Vector:
    """Return what is likely in a gap, ``(gap frames,)``."""
    if not SHORT_LONGEST_S < (end - start) / rate <= AVERAGED_LONGEST_S:
        return interpolation(known, start, end, rate).missing
    order = choose_order(known, start, end, rate)
    orders = [order] if order < 2 * UNSTEADY_ORDER else [order, order / 2]
    fills = [interpolation_of(known, start, end, rate, each).missing for each in orders]
    return np.asarray(np.mean(fills, axis=0))


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which linear algebra uses one thread.

    These systems are small: on a busy machine threads cost more than they bring.
    """
    return cast(AbstractContextManager[object], _find_blas().limit(limits=1, user_api="blas"))


@cache
def _find_blas() -> ThreadpoolController:
    return ThreadpoolController()


# Engines that are tried on the same gaps, one after the other, share what is made here.
@lru_cache(maxsize=16)
def _make_fills(before: bytes, after: bytes, frames: int, rate: int) -> ClassicalFills:
    sides = np.frombuffer(before), np.frombuffer(after)
    known = np.concatenate([sides[0], np.zeros(frames), sides[1]])
    with one_blas_thread():
        fills = _compute_fills(known, len(sides[0]), len(sides[0]) + frames, rate)
    for fill in (fills.best, fills.forward, fills.backward):
        fill.flags.writeable = False
    return fills


def _compute_fills(known: ar.Vector, start: int, end: int, rate: int) -> ClassicalFills:
    frames = end - start
    before = known[max(start - ar.BURG_CONTEXT_FRAMES, 0) : start]
    after = known[end : end + ar.BURG_CONTEXT_FRAMES]
    forward, backward = ar.extrapolate_both(before, after, frames)
    if not np.any(before):
        best = backward
    elif not np.any(after):
        best = forward
    elif frames <= INTERPOLATED_LONGEST_S * rate:
        best = _interpolate(known, start, end, rate)
    else:
        best = ar.blend(forward, backward)
    # An unlucky model can ring louder than anything around it.
    limit = 2.0 * float(np.max(np.abs(np.concatenate([before, after])), initial=0.0))
    return ClassicalFills(
        *(np.clip(fill, -limit, limit).astype(np.float32) for fill in (best, forward, backward))
    )


def _count_context_frames(order: float, rate: int) -> int:
    return round(CONTEXT_ORDERS * order * rate / USUAL_RATE)
