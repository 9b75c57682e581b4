"""The classical ways to fill a gap, which are an engine of their own and what the network sees."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import cast

import numpy as np
from threadpoolctl import ThreadpoolController

from uasrm_core.audio.clip import Samples
from uasrm_core.dsp import ar

# Beyond this Janssen's iteration costs more and is no closer than plain extrapolation.
JANSSEN_LONGEST_S = 0.1
# The rate that orders and contexts are stated for.
USUAL_RATE = 44100


# A click is over before a long model has anything to say: half the order over half the time costs a
# quarter and is as close over 30 frames (22.3 against 22.4 dB on 40 recordings), though not over 90
# (14.7 against 16.4 dB).
CLICK_LONGEST_S = 0.001
CLICK_SHARE = 0.5
# Up to here one fit to both sides is as close as two passes of Janssen's iteration, and a third
# would bring a tenth of a decibel.
SHORT_LONGEST_S = 0.004


@dataclass(frozen=True, eq=False)
class ClassicalFills:
    """Three guesses at a gap, each float32 ``(gap frames,)``.

    Attributes
    ----------
    best
        Janssen's interpolation for a short gap, both continuations blended for a long one.
    forward, backward
        The sound before continued, and the sound after continued backwards in time.
    """

    best: Samples
    forward: Samples
    backward: Samples

    def stacked(self) -> Samples:
        """Return best, forward, backward as ``(3, gap frames)``."""
        return np.stack([self.best, self.forward, self.backward])


def classical_fills(
    samples: Samples, start: int, end: int, rate: int, *, order: int = ar.BURG_ORDER
) -> ClassicalFills:
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
    reach = max(ar.BURG_CONTEXT_FRAMES, _janssen_context(rate))
    before, after = samples[max(start - reach, 0) : start], samples[end : end + reach]
    # all that is looked at, as what tells one gap from another
    around = (np.ascontiguousarray(side, dtype=np.float64).tobytes() for side in (before, after))
    return _made(*around, end - start, rate, order)


def best_fill(samples: Samples, start: int, end: int, rate: int) -> Samples:
    """Return `ClassicalFills.best` alone, ``(gap frames,)``, and that of a click quickly."""
    frames = end - start
    inside = start > 0 and end < len(samples)
    if not inside or frames > SHORT_LONGEST_S * rate:
        return classical_fills(samples, start, end, rate).best
    with one_blas_thread():
        guess = quick_interpolation(samples, start, end, rate)
    limit = 2.0 * float(np.max(np.abs(np.delete(guess.filled, slice(guess.start, guess.end)))))
    return np.clip(guess.filled[guess.start : guess.end], -limit, limit).astype(np.float32)


def quick_interpolation(samples: Samples, start: int, end: int, rate: int) -> ar.Interpolation:
    """Interpolate a click in ``(frames,)`` from the milliseconds around it, in float64."""
    share = CLICK_SHARE if end - start <= CLICK_LONGEST_S * rate else 1.0
    context = round(share * ar.JANSSEN_CONTEXT_FRAMES * rate / USUAL_RATE)
    order = round(share * ar.BURG_ORDER * min(rate / USUAL_RATE, 1.0))
    low, high = max(start - context, 0), min(end + context, len(samples))
    stretch = samples[low:high].astype(np.float64)
    return ar.interpolate(stretch, start - low, end - low, order)


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which linear algebra uses one thread.

    These systems are small: on a busy machine threads cost more than they bring.
    """
    return cast(AbstractContextManager[object], _blas().limit(limits=1, user_api="blas"))


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


# Engines that are tried on the same gaps, one after the other, share what is made here.
@lru_cache(maxsize=16)
def _made(before: bytes, after: bytes, frames: int, rate: int, order: int) -> ClassicalFills:
    sides = np.frombuffer(before), np.frombuffer(after)
    known = np.concatenate([sides[0], np.zeros(frames), sides[1]])
    with one_blas_thread():
        fills = _fills(known, len(sides[0]), len(sides[0]) + frames, rate, order)
    for fill in (fills.best, fills.forward, fills.backward):
        fill.flags.writeable = False
    return fills


def _fills(known: ar.Vector, start: int, end: int, rate: int, order: int) -> ClassicalFills:
    frames = end - start
    before = known[max(start - ar.BURG_CONTEXT_FRAMES, 0) : start]
    after = known[end : end + ar.BURG_CONTEXT_FRAMES]
    forward, backward = ar.two_sided(before, after, frames, order)
    if not np.any(before):
        best = backward
    elif not np.any(after):
        best = forward
    elif frames <= JANSSEN_LONGEST_S * rate:
        best = _interpolated(known, start, end, rate, order)
    else:
        best = ar.blend(forward, backward)
    # An unlucky model can ring louder than anything around it.
    limit = 2.0 * float(np.max(np.abs(np.concatenate([before, after])), initial=0.0))
    return ClassicalFills(
        *(np.clip(fill, -limit, limit).astype(np.float32) for fill in (best, forward, backward))
    )


def _interpolated(known: ar.Vector, start: int, end: int, rate: int, order: int) -> ar.Vector:
    """Run Janssen's iteration over the same time at any rate, with an order for that time."""
    context = _janssen_context(rate)
    order = min(order, round(order * rate / USUAL_RATE))
    low = max(start - context, 0)
    stretch = known[low : end + context].copy()
    stretch[start - low : end - low] = 0.0
    return ar.janssen(stretch, start - low, end - low, order)[start - low : end - low]


def _janssen_context(rate: int) -> int:
    return round(ar.JANSSEN_CONTEXT_FRAMES * rate / USUAL_RATE)
