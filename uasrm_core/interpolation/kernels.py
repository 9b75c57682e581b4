"""The loops of linear prediction, for numba to compile; `burg` and `toeplitz` say what they do.

Nothing here allocates or raises, so that they can be compiled ahead as well: the packaged
application has them in a library of their own, and no compiler (`packaging/compile_kernels.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numba import njit

# Rounding of correlations would show where less of the sound's power than this is left to predict.
LEAST_LEFT = 1e-8


def compile_kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return what compiles a function at its first call, and keeps it where there is a place to."""
    compile_it = partial(njit, nogil=True, error_model="numpy", fastmath={"contract", "reassoc"})
    try:
        return compile_it(cache=True)(function)
    except RuntimeError:
        return compile_it()(function)


@compile_kept
def _reflect(a, order, k):  # type: ignore[no-untyped-def]
    """Add to the filter, now of this order, its own mirror image."""
    if order % 2 == 0:
        a[order // 2] *= 1.0 + k
    for j in range((order + 1) // 2):
        front, back = a[j], a[order - j]
        a[j] = front + k * back
        a[order - j] = back + k * front


@compile_kept
def from_correlations(c, ends, turned_ends, a, work):  # type: ignore[no-untyped-def]
    """Fill the filter `a`, and return whether what is left to predict stays above rounding.

    All are float64: `c` and `a` are ``(order + 1,)``. `ends` holds the first samples of a stretch
    and its last ones, from the very end on, ``(stretches, 2, order + 1)``; `turned_ends` the same
    backwards. `work` is zeros for intermediate results, ``(3, order + 1)``.
    """
    # Names as in the paper: a is the filter, g the products of the correlation matrix R with it, r
    # the matrix's last row. That grows at its front, so it is kept from the back of its array on.
    # Loops only go forwards, which is what processors are fast at.
    order = len(a) - 1
    g, turned, r = work[0], work[1], work[2]
    a[0] = 1.0
    g[0], g[1] = 2.0 * c[0], 2.0 * c[1]
    for s in range(len(ends)):
        g[0] -= ends[s, 0, 0] ** 2 + ends[s, 1, 0] ** 2
    least = LEAST_LEFT * g[0]
    first = order
    r[first] = 2.0 * c[1]
    for i in range(order):
        for j in range(i + 2):
            turned[j] = g[i + 1 - j]
        error, product = 0.0, 0.0
        for j in range(i + 1):
            error += a[j] * g[j]
            product += a[j] * turned[j]
        if error <= least or abs(product) >= error:
            return False
        k = -product / error
        _reflect(a, i + 1, k)
        if i == order - 1:
            break
        for j in range(i + 2):
            g[j] += k * turned[j]
        row = r[first : first + i + 1]
        for s in range(len(ends)):
            x, y = turned_ends[s, 0, order - i - 1 :], turned_ends[s, 1, order - i - 1 :]
            by_head, by_tail = 0.0, 0.0
            for j in range(i + 2):
                by_head += x[j] * a[j]
                by_tail += y[j] * a[j]
            for j in range(i + 2):
                g[j] -= x[j] * by_head + y[j] * by_tail
            x, y = ends[s, 0], ends[s, 1]
            before, after = x[i + 1], y[i + 1]
            for j in range(i + 1):
                row[j] -= x[j] * before + y[j] * after
        first -= 1
        r[first] = 2.0 * c[i + 2]
        row = r[first : first + i + 2]
        total = 0.0
        for j in range(i + 2):
            total += row[j] * a[j]
        g[i + 2] = total
    return True


@compile_kept
def from_errors(forward, backward, bounds, a):  # type: ignore[no-untyped-def]
    """Fill the filter `a` of ``(order + 1,)``, which is zeros.

    `forward` and `backward` are the samples of all stretches, float64, and are changed; `bounds`
    are the stretches' bounds, int64 ``(stretches + 1,)``.
    """
    a[0] = 1.0
    for step in range(1, len(a)):
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


@compile_kept
def ring(a, response):  # type: ignore[no-untyped-def]
    """Fill `response` with what follows an impulse through a filter `a`, float64 both."""
    response[0] = 1.0
    for i in range(1, len(response)):
        pulled = 0.0
        for j in range(1, min(i, len(a) - 1) + 1):
            pulled += a[j] * response[i - j]
        response[i] = -pulled


@compile_kept
def solve_toeplitz(column, solution, rows, work):  # type: ignore[no-untyped-def]
    """Turn the right-hand side in `solution` into the solution; whether there is one.

    All are float64: `column` is ``(bandwidth,)``, `solution` ``(n,)``, and for intermediate results
    `rows` is ``(n, bandwidth)`` and `work` ``(2, bandwidth)``.
    """
    # Schur's algorithm: u is a row of the Cholesky factor, from its diagonal on, and v what turns
    # it into the next one.
    n, width = rows.shape
    u, v = work[0], work[1]
    if not column[0] > 0.0:
        return False
    scale = 1.0 / np.sqrt(column[0])
    for j in range(width):
        u[j] = column[j] * scale
        v[j] = u[j]
    for k in range(n):
        row, rest = rows[k], solution[k:]
        value = rest[0] / u[0]
        rest[0] = value
        row[0] = u[0]
        for j in range(1, min(width, n - k)):
            row[j] = u[j]
            rest[j] -= value * u[j]
        most = min(width, n - k - 1)
        if most == 0:
            break
        reflection = v[1] / u[0] if width > 1 else 0.0
        left = 1.0 - reflection**2
        if not left > 0.0:
            return False
        down = np.sqrt(left)
        up = 1.0 / down
        for j in range(min(width - 1, most)):
            other = v[j + 1]
            u[j] = up * (u[j] - reflection * other)
            v[j] = down * other - reflection * u[j]
        if most == width:
            # nothing of v lies beyond the band
            u[most - 1] *= up
            v[most - 1] = -reflection * u[most - 1]
    for k in range(n - 1, -1, -1):
        row, rest = rows[k], solution[k:]
        total = rest[0]
        for j in range(1, min(width, n - k)):
            total -= row[j] * rest[j]
        rest[0] = total / row[0]
    return True
