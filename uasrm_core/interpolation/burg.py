"""Burg's recursion, in the form that works on correlations in place of errors; compiled.

Of every stretch it needs the autocorrelation and what lies at both its ends, so that a model of
order ``m`` costs some ``10 m ** 2`` operations however long the stretches are. The impulse response
of a model is compiled with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.interpolation import loops

Vector = npt.NDArray[np.float64]


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
    correlation = np.sum([_autocorrelate(s, order) for s in stretches], axis=0)
    ends = np.array(
        [[each[: order + 1], each[::-1][: order + 1]] for each in stretches], np.float64
    )
    turned_ends = np.ascontiguousarray(ends[..., ::-1])
    model, work = np.zeros(order + 1), np.zeros((3, order + 1))
    if not loops.call("from_correlations", correlation, ends, turned_ends, model, work):
        bounds = np.cumsum([0, *map(len, stretches)], dtype=np.int64)
        forward = np.concatenate(stretches).astype(np.float64)
        model = np.zeros(order + 1)
        loops.call("from_errors", forward, forward.copy(), bounds, model)
    return model


def impulse_response(model: Vector, frames: int) -> Vector:
    """Return how a model rings on after an impulse, ``(frames,)``, from the impulse itself on.

    `scipy.signal.lfilter` does the same; its package takes half a second to import.
    """
    response = np.empty(frames)
    loops.call("ring", np.ascontiguousarray(model, dtype=np.float64), response)
    return response


def _autocorrelate(samples: Vector, order: int) -> Vector:
    """Return the sums of products at lags of 0 to `order`, ``(order + 1,)``."""
    size = fft.next_fast_len(len(samples) + order, real=True)
    spectrum = fft.rfft(samples, size)
    power = spectrum.real**2 + spectrum.imag**2
    return np.asarray(fft.irfft(power, size)[: order + 1], dtype=np.float64)
