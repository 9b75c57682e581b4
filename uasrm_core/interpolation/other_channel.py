"""What another channel, which is not repaired, says of the sound under a click.

A filter between the channels is fitted to both sides of the gap. What it makes of the other channel
is known in the gap as well; the models of `consensus` expect the rest. A click may have left a
trace in the other channel, so that is weighed against its own surroundings first.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation import ar
from uasrm_core.interpolation.click_model import find_under_noise
from uasrm_core.interpolation.consensus import (
    CONTEXT_ORDERS,
    Belief,
    Expected,
    choose_orders,
    expect_missing,
    fit_model,
    pool,
)

# The filter has so many coefficients, half of them for what comes later in the other channel, and
# is fitted to at least so many frames on each side.
TAPS, LEARN_FRAMES = 33, 3000
# Both channels are whitened by a model of no higher order before that.
WHITENING_ORDER = 64
# What is added to the filter's equations, against their mean power; and to those of the gap.
RIDGE, LOADING, LEAST_POWER = 1e-4, 1e-10, 1e-14


def choose_other(row: Samples, others: Samples, start: int, end: int) -> Samples | None:
    """Return that of ``(others, frames)`` which is most like a channel outside a gap, if any is."""
    known = np.r_[0:start, end : len(row)]
    alike = [abs(float(row[known] @ other[known])) for other in others]
    sizes = [float(np.linalg.norm(other[known])) for other in others]
    scores = [one / size if size > 0.0 else 0.0 for one, size in zip(alike, sizes, strict=True)]
    if not scores or max(scores) <= 0.0:
        return None
    return np.asarray(others[int(np.argmax(scores))])


def expect_beside(samples: Samples, other: Samples, start: int, end: int, rate: int) -> Expected:
    """Return what a channel's surroundings and another channel make likely in a gap.

    Parameters
    ----------
    samples, other
        ``(frames,)`` each; what stands in the gap of `samples` is not looked at.
    start, end
        The gap, half-open, with sound on both sides.
    """
    row, heard = samples.astype(np.float64), other.astype(np.float64)
    own = expect_missing(other, start, end, rate)
    off, left = find_under_noise(heard[start:end] - own.missing, own.covariance)
    heard[start:end] = own.missing + off
    beliefs = []
    for order in choose_orders(samples, start, end, rate):
        beliefs.append(fit_model(row, start, end, order))
        around = max(round(CONTEXT_ORDERS * order), LEARN_FRAMES)
        low, high = max(start - around, 0), min(end + around, len(row))
        taps = _fit_filter(
            row[low:high], heard[low:high], start - low, end - low, min(order, WHITENING_ORDER)
        )
        if taps is not None:
            shared = np.convolve(heard[low:high], taps[::-1], "same")
            rest = fit_model(row[low:high] - shared, start - low, end - low, order)
            beliefs.append(_add_shared(rest, shared[start - low : end - low], taps, left))
    return pool(beliefs)


def _fit_filter(
    row: ar.Vector, other: ar.Vector, start: int, end: int, order: int
) -> ar.Vector | None:
    """Fit the filter that makes a channel of another, ``(TAPS,)``, to both sides of a gap.

    Its middle is for the same frame. None where there is too little to learn from.
    """
    half = TAPS // 2
    order = min(order, (len(row) - (end - start)) // 3)
    apart = np.ones(len(row), bool)
    apart[: order + half] = apart[start : end + order] = apart[len(row) - half :] = False
    if order < 1 or np.count_nonzero(apart) < 4 * TAPS:
        return None
    model = ar.burg_of((row[:start], row[end:]), order)
    wanted, given = (np.convolve(each, model)[: len(row)] for each in (row, other))
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(given, half), TAPS)[apart]
    equations = windows.T @ windows
    equations[np.diag_indices(TAPS)] += RIDGE * np.trace(equations) / TAPS + LEAST_POWER
    return np.asarray(np.linalg.solve(equations, windows.T @ wanted[apart]))


def _add_shared(rest: Belief, shared: ar.Vector, taps: ar.Vector, left: ar.Vector) -> Belief:
    """Return what is believed of the sum of the rest and of what was filtered.

    `left` is how far off the other channel's sound may be in the gap, ``(frames, frames)``.
    """
    frames, half = len(shared), len(taps) // 2
    later, earlier = (np.zeros(max(frames, half + 1)) for _ in range(2))
    later[: half + 1], earlier[: half + 1] = taps[half:], taps[half::-1]
    matrix = linalg.toeplitz(earlier[:frames], later[:frames])
    values, axes = np.linalg.eigh(left)
    precision = rest.precision.copy()
    precision[np.diag_indices(frames)] *= 1.0 + LOADING
    factor = np.linalg.cholesky(precision)
    spread = factor.T @ (matrix @ (axes * np.sqrt(np.maximum(values, 0.0))))
    mean = shared + np.linalg.solve(precision, rest.pull)
    inside = linalg.cho_factor(np.eye(frames) + spread @ spread.T, check_finite=False)
    both = factor @ linalg.cho_solve(inside, factor.T, check_finite=False)
    return Belief(both, both @ mean)
