"""What several models of different order expect in a gap together, and how sure they are of it.

Each model makes a Gaussian of what is missing: its prediction error is white noise of a power that
is measured beside the gap. A short model follows how a voice changes, a long one knows its pitch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation import ar
from uasrm_core.interpolation.fills import USUAL_RATE, limit_order

# Orders against the one that suits the sound, and the longest at `USUAL_RATE`.
ORDERS, LONGEST_ORDER = (0.5, 1.6), 1024
# Frames on each side for every coefficient: no more, or they are of another sound.
CONTEXT_ORDERS = 2.75
# How surprising the sound is right beside a gap says how far off a guess in it may be.
BESIDE_FRAMES = (64, 256)
# So many times the covariance of the pool: models of the same sound err alike.
CAUTION = 1.25
LEAST_SHARE, LEAST_POWER = 1e-12, 1e-14


@dataclass(frozen=True, eq=False)
class Expected:
    """What is likely in a gap, ``(frames,)``, and how far off it may be, ``(frames, frames)``."""

    missing: ar.Vector
    covariance: ar.Vector


@dataclass(frozen=True, eq=False)
class Belief:
    """What one model makes of a gap: a precision ``(frames, frames)``, and that times the mean."""

    precision: ar.Vector
    pull: ar.Vector


def expect_missing(samples: Samples, start: int, end: int, rate: int) -> Expected:
    """Return what models of several orders make likely in a gap of ``(frames,)``.

    Parameters
    ----------
    samples
        ``(frames,)`` of one channel; what stands in the gap is not looked at.
    start, end
        The gap, half-open, with sound on both sides.
    """
    return pool(
        [
            fit_model(samples.astype(np.float64), start, end, order)
            for order in choose_orders(samples, start, end, rate)
        ]
    )


def pool(beliefs: Sequence[Belief]) -> Expected:
    """Average the negative logarithms of densities, so that each counts where it is sure.

    References
    ----------
    Genest & Zidek, "Combining probability distributions", Statistical Science 1(1), 1986
    (logarithmic pooling).
    """
    precision = np.sum([each.precision for each in beliefs], axis=0)
    pull = np.sum([each.pull for each in beliefs], axis=0)
    # what rounding leaves of directions in which the models are surer than it allows
    values, axes = np.linalg.eigh(precision)
    values = np.maximum(values, values[-1] * LEAST_SHARE)
    covariance = (axes * (CAUTION * len(beliefs) / values)) @ axes.T
    return Expected(axes @ ((axes.T @ pull) / values), covariance)


def fit_model(samples: ar.Vector, start: int, end: int, order: int) -> Belief:
    """Return what a model of this order, fitted to both sides, makes of a gap.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, 5.2.3.
    """
    context, frames = round(CONTEXT_ORDERS * order), end - start
    low, high = max(start - context, 0), min(end + context, len(samples))
    guess = ar.interpolate(samples[low:high], start - low, end - low, order)
    column, known = ar.form_equations(guess.filled, guess.start, guess.end, guess.model)
    column = np.pad(column, (0, frames - len(column)))
    power = _measure_surprise(guess) + LEAST_POWER
    return Belief(linalg.toeplitz(column) / power, -known / power)


def choose_orders(samples: Samples, start: int, end: int, rate: int) -> list[int]:
    """Return the orders of the models that suit the sound about a gap."""
    usual = limit_order(samples, start, end, rate)
    orders = [min(usual * each, max(LONGEST_ORDER, usual)) for each in ORDERS]
    return [max(round(order * min(rate / USUAL_RATE, 1.0)), 4) for order in orders]


def _measure_surprise(guess: ar.Interpolation) -> float:
    """Return the power of the prediction error where it is highest beside the gap."""
    sides = [np.square(side) for side in guess.measure_errors_beside() if len(side)]
    if not sides:
        return float(np.mean(np.square(guess.filled[: len(guess.model) - 1])))
    nearest = [np.mean(side[-frames:]) for side in sides for frames in BESIDE_FRAMES]
    return float(max(np.mean(np.concatenate(sides)), *nearest))
