"""Burg's recursion, in the form that works on correlations in place of errors; compiled.

Of every stretch it needs the autocorrelation and what lies at both its ends, so that a model of
order ``m`` costs some ``10 m ** 2`` operations however long the stretches are. It is compiled when
it is first called, and kept beside this file or among the user's caches for the next time; while it
runs other threads go on. The impulse response of a model is compiled with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import fft

Vector = npt.NDArray[np.float64]

# Rounding of correlations would show where less of the sound's power than this is left to predict.
LEAST_LEFT = 1e-8


def burg_filter(stretches: Sequence[Vector], order: int) -> Vector:
    """Fit one autoregressive model to several stretches, ``(frames,)`` each, longer than `order`.

    Returns
    -------
    ``(order + 1,)`` coefficients of the prediction error filter, the first being 1.

    References
    ----------
    Burg, "Maximum entropy spectral analysis", PhD thesis, Stanford 1975; from correlations: Vos,
    "A fast implementation of Burg's method", 2013; several stretches: de Waele & Broersen, "The
    Burg algorithm for segments", IEEE TSP 48(10), 2000.
    """
    correlation = np.sum([_autocorrelation(s, order) for s in stretches], axis=0)
    ends = np.empty((2, len(stretches), order + 1))
    for row, stretch in enumerate(stretches):
        ends[0, row] = stretch[: order + 1]
        ends[1, row] = stretch[::-1][: order + 1]
    model, is_sound = _call(_from_correlations, correlation, ends[0], ends[1], order)
    if not is_sound:
        bounds = np.cumsum([0, *map(len, stretches)])
        model = _call(_from_errors, np.concatenate(stretches), bounds, order)
    return np.asarray(model, dtype=np.float64)


def impulse_response(model: Vector, frames: int) -> Vector:
    """Return how a model rings on after an impulse, ``(frames,)``, from the impulse itself on.

    `scipy.signal.lfilter` does the same; its package takes half a second to import.
    """
    return np.asarray(_call(_ring, model, frames), dtype=np.float64)


def prepare() -> None:
    """Compile all of it, or load what was kept."""
    # of what stands still nothing is left to predict after the first step
    impulse_response(burg_filter([np.ones(16)], 2), 1)


def _call(compiled: Callable[..., Any], *arguments: object) -> Any:
    try:
        return compiled(*arguments)
    except OSError:
        # It is compiled but could not be kept: the disk is full.
        return compiled(*arguments)


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what compiles a function at its first call, and keeps it where there is a place to."""
    compile_it = partial(njit, nogil=True, fastmath={"contract", "reassoc"})
    try:
        return compile_it(cache=True)(function)
    except RuntimeError:
        return compile_it()(function)


def _autocorrelation(samples: Vector, order: int) -> Vector:
    """Return the sums of products at lags of 0 to `order`, ``(order + 1,)``."""
    size = fft.next_fast_len(len(samples) + order, real=True)
    spectrum = fft.rfft(samples, size)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(fft.irfft(power, size)[: order + 1], dtype=np.float64)


@_compile
def _reflect(a, order, k):  # type: ignore[no-untyped-def]
    """Add to the filter, now of this order, its own mirror image."""
    if order % 2 == 0:
        a[order // 2] *= 1.0 + k
    for j in range((order + 1) // 2):
        front, back = a[j], a[order - j]
        a[j] = front + k * back
        a[order - j] = back + k * front


@_compile
def _from_correlations(c, heads, tails, order):  # type: ignore[no-untyped-def]
    # Names as in the paper: a is the filter, g the products of the correlation matrix R with it, r
    # the matrix's last row. That grows at its front, so it is kept from the back of its array on.
    a = np.zeros(order + 1)
    g = np.zeros(order + 1)
    turned = np.zeros(order + 1)
    r = np.zeros(order + 1)
    a[0] = 1.0
    g[0], g[1] = 2.0 * c[0], 2.0 * c[1]
    for s in range(len(heads)):
        g[0] -= heads[s, 0] ** 2 + tails[s, 0] ** 2
    least = LEAST_LEFT * g[0]
    first = order
    r[first] = 2.0 * c[1]
    for i in range(order):
        error = 0.0
        for j in range(i + 1):
            error += a[j] * g[j]
        for j in range(i + 2):
            turned[j] = g[i + 1 - j]
        product = 0.0
        for j in range(i + 1):
            product += a[j] * turned[j]
        if error <= least or abs(product) >= error:
            return a, False
        k = -product / error
        _reflect(a, i + 1, k)
        if i == order - 1:
            break
        for j in range(i + 2):
            g[j] += k * turned[j]
        for s in range(len(heads)):
            x, y = heads[s], tails[s]
            before, after = x[i + 1], y[i + 1]
            by_head, by_tail = 0.0, 0.0
            for j in range(i + 2):
                by_head += x[i + 1 - j] * a[j]
                by_tail += y[i + 1 - j] * a[j]
            for j in range(i + 2):
                g[j] -= x[i + 1 - j] * by_head + y[i + 1 - j] * by_tail
            for j in range(i + 1):
                r[first + j] -= x[j] * before + y[j] * after
        first -= 1
        r[first] = 2.0 * c[i + 2]
        row = 0.0
        for j in range(i + 2):
            row += r[first + j] * a[j]
        g[i + 2] = row
    return a, True


@_compile
def _from_errors(samples, bounds, order):  # type: ignore[no-untyped-def]
    forward, backward = samples.copy(), samples.copy()
    a = np.zeros(order + 1)
    a[0] = 1.0
    for step in range(1, order + 1):
        error, product = 0.0, 0.0
        for s in range(len(bounds) - 1):
            f, b = forward[bounds[s] + step : bounds[s + 1]], backward[bounds[s] :]
            for i in range(len(f)):
                error += f[i] ** 2 + b[i] ** 2
            for i in range(len(f)):
                product += f[i] * b[i]
        if error <= 0.0:
            break
        k = -2.0 * product / error
        for s in range(len(bounds) - 1):
            f, b = forward[bounds[s] + step : bounds[s + 1]], backward[bounds[s] :]
            for i in range(len(f)):
                front, back = f[i], b[i]
                f[i] = front + k * back
                b[i] = back + k * front
        _reflect(a, step, k)
    return a


@_compile
def _ring(a, frames):  # type: ignore[no-untyped-def]
    response = np.zeros(frames)
    response[0] = 1.0
    for i in range(1, frames):
        pulled = 0.0
        for j in range(1, min(i, len(a) - 1) + 1):
            pulled += a[j] * response[i - j]
        response[i] = -pulled
    return response
