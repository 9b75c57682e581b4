"""Autoregressive interpolation: Burg's method, extrapolation, and least squares through a gap.

All of it works on one channel in float64; the engines convert.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.interpolation.burg import burg_filter, impulse_response
from uasrm_core.interpolation.toeplitz import solve_toeplitz

Vector = npt.NDArray[np.float64]

BURG_ORDER = 1024
BURG_CONTEXT_FRAMES = 8192
# White noise added before a fit, under the sound's level: 100 dB, less than 16 bits leave.
NOISE = 10 ** (-100 / 20)


@dataclass(frozen=True, eq=False)
class Interpolation:
    """A stretch ``(frames,)`` with its gap filled, and the prediction error filter it follows."""

    filled: Vector
    start: int
    end: int
    model: Vector

    @property
    def missing(self) -> Vector:
        """What it found to be in the gap, ``(end - start,)``."""
        return self.filled[self.start : self.end]

    def measure_errors_beside(self) -> tuple[Vector, Vector]:
        """Measure the prediction errors before and after the gap, each up to the gap.

        Forwards in time before it, backwards after it: neither looks into it.
        """
        before = np.convolve(self.filled[: self.start], self.model, "valid")
        after = np.convolve(self.filled[self.end :][::-1], self.model, "valid")
        return before, after


def prepare() -> None:
    """Compile the loops that are called here, or load what was kept."""
    # of what stands still nothing is left to predict after the first step
    impulse_response(burg_filter([np.ones(16)], 2), 1)
    solve_toeplitz(np.ones(1), np.ones(1))


def burg(samples: Vector, order: int) -> Vector:
    """Fit an autoregressive model that is stable by construction.

    Parameters
    ----------
    samples
        ``(frames,)``, longer than `order`.
    order
        Number of coefficients.

    Returns
    -------
    ``(order + 1,)`` coefficients of the prediction error filter, the first being 1.

    References
    ----------
    Burg, "Maximum entropy spectral analysis", PhD thesis, Stanford 1975.
    """
    return burg_of((samples,), order)


def burg_of(stretches: Sequence[Vector], order: int) -> Vector:
    """Fit one model as `burg` does to several stretches, ``(frames,)`` each.

    What is no longer than `order` has nothing to tell and is left out; so some must be longer.

    References
    ----------
    de Waele & Broersen, "The Burg algorithm for segments", IEEE TSP 48(10), 2000.
    """
    stretches = [stretch for stretch in stretches if len(stretch) > order]
    frames = sum(len(stretch) for stretch in stretches)
    level = math.sqrt(sum(float(stretch @ stretch) for stretch in stretches) / frames)
    # Without any noise a few pure tones leave nothing to fit but rounding, and the fit falls apart.
    noisy = [stretch + _add_noise(len(stretch)) * (level * NOISE) for stretch in stretches]
    return burg_filter(noisy, order)


@lru_cache(maxsize=8)
def _add_noise(frames: int) -> Vector:
    noise = np.random.default_rng(0).standard_normal(frames)
    noise.flags.writeable = False
    return noise


def extrapolate(past: Vector, coefficients: Vector, frames: int) -> Vector:
    """Continue a signal by letting its model ring on without excitation.

    Returns ``(frames,)``, the samples that follow `past`. They are made in blocks: what all before
    a block says of it, and how that rings on within the block, are two convolutions.

    References
    ----------
    Kay, "Modern Spectral Estimation", Prentice Hall 1988; Burrus, "Block implementation of digital
    filters", IEEE Trans. Circuit Theory 18(6), 1971.
    """
    order = len(coefficients) - 1
    block = min(order, frames)
    known = past[-order:]
    rung = np.zeros(order + frames + block)
    rung[order - len(known) : order] = known
    ringing = impulse_response(coefficients, block)
    ring_size = fft.next_fast_len(2 * block, real=True)
    pull_size = fft.next_fast_len(2 * order + block, real=True)
    ring, pull = fft.rfft(ringing, ring_size), fft.rfft(coefficients[1:], pull_size)
    for start in range(order, order + frames, block):
        before = fft.rfft(rung[start - order : start], pull_size)
        pulled = fft.irfft(before * pull, pull_size)[order - 1 : order - 1 + block]
        answer = fft.irfft(fft.rfft(pulled, ring_size) * ring, ring_size)
        rung[start : start + block] = -answer[:block]
    return rung[order : order + frames]


def extrapolate_both(
    before: Vector, after: Vector, frames: int, order: int = BURG_ORDER
) -> tuple[Vector, Vector]:
    """Extrapolate both sides of a gap through it.

    Parameters
    ----------
    before, after
        The surroundings, ``(any length,)`` each; an empty or silent side yields silence. A side
        shorter than three times `order` is fitted with a lower order.

    Returns
    -------
    The continuation of `before` and that of `after`, ``(frames,)`` each, both in playing order.

    References
    ----------
    Kauppinen & Roth, "Audio signal extrapolation", DAFx 2002.
    """
    forward = _extrapolate(before, frames, order)
    backward = _extrapolate(after[::-1], frames, order)[::-1]
    return forward, backward


def _extrapolate(past: Vector, frames: int, order: int) -> Vector:
    order = min(order, len(past) // 3)
    if order < 1 or not np.any(past):
        return np.zeros(frames)
    return extrapolate(past, burg(past, order), frames)


def blend(forward: Vector, backward: Vector) -> Vector:
    """Cross from one continuation to the other with squared cosines, ``(frames,)``."""
    frames = len(forward)
    phase = (np.arange(frames) + 0.5) / frames * (np.pi / 2)
    mixed = forward * np.cos(phase) ** 2 + backward * np.sin(phase) ** 2
    return np.asarray(mixed, dtype=np.float64)


def interpolate(samples: Vector, start: int, end: int, order: int) -> Interpolation:
    """Fill a short gap by the model of what is on both sides of it, at once.

    Samples and model are usually estimated in turn, since a first model learns from the hole as
    well. This one does not, so there is nothing to repeat, and it comes as close.

    Parameters
    ----------
    samples
        ``(frames,)`` with context on both sides of the gap, which may hold anything.
    start, end
        The gap, half-open.
    order
        Number of coefficients; fewer where the context is short.

    References
    ----------
    Janssen, Veldhuis, Vries, "Adaptive interpolation of discrete-time signals that can be modeled
    as autoregressive processes", IEEE TASSP 34(2), 1986.
    """
    filled = samples.copy()
    filled[start:end] = 0.0
    model = np.ones(1)
    sides = samples[:start], samples[end:]
    order = min(order, sum(map(len, sides)) // 3)
    if order >= 1 and np.any(filled):
        model = burg_of(sides, order)
        filled[start:end] = _solve_missing(filled, start, end, model)
    return Interpolation(filled, start, end, model)


def interpolate_by_sides(
    samples: Vector, start: int, end: int, order: int
) -> tuple[Vector, Vector] | None:
    """Fill a short gap twice, by a model of what is before it and by one of what is after it.

    Each of the two, ``(end - start,)``, goes on from both sides, as `interpolate` does. None where
    a side is silent, or too short to have a model.
    """
    known = samples.copy()
    known[start:end] = 0.0
    sides = known[:start], known[end:]
    if not all(len(side) >= 3 and np.any(side) for side in sides):
        return None
    models = (burg(side, min(order, len(side) // 3)) for side in sides)
    by_before, by_after = (_solve_missing(known, start, end, model) for model in models)
    return by_before, by_after


def _solve_missing(samples: Vector, start: int, end: int, coefficients: Vector) -> Vector:
    """Return the gap's samples that minimise the prediction error's energy, ``(gap,)``."""
    column, pull = form_equations(samples, start, end, coefficients)
    return _solve_loaded(column, -pull)


def form_equations(
    samples: Vector, start: int, end: int, coefficients: Vector
) -> tuple[Vector, Vector]:
    """Form the equations of the gap's samples that minimise the prediction error's energy.

    Returns
    -------
    The first column of a banded symmetric Toeplitz matrix, as far as it is not zero, and what the
    known samples add, ``(gap,)``: the matrix times what is missing is the negative of it.
    """
    order = len(coefficients) - 1
    frames = end - start
    # Direct sums: a transform's rounding would already spoil band-limited material here.
    correlation = np.correlate(coefficients, coefficients, mode="full")
    around = np.zeros(frames + 2 * order)
    before, after = samples[max(start - order, 0) : start], samples[end : end + order]
    around[order - len(before) : order] = before
    around[order + frames :][: len(after)] = after
    return correlation[order:][: min(order + 1, frames)], np.correlate(around, correlation, "valid")


def _solve_loaded(column: Vector, target: Vector) -> Vector:
    """Solve a symmetric banded Toeplitz system, loading its diagonal only as far as needed."""
    for load in (0.0, 1e-14, 1e-13, 1e-12, 1e-10, 1e-8):
        loaded = np.concatenate([column[:1] * (1.0 + load), column[1:]])
        solution = solve_toeplitz(loaded, target)
        if solution is not None:
            return solution
    return np.zeros(len(target))
