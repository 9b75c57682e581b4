"""Separating a click from the sound under it, by a model of either.

What of the sound is not known from its surroundings is Gaussian, and its covariance follows from
the model that interpolates. The click is modelled, too: as short bursts of noise that ring on, as
the arm of a record player or a mouth does after it was struck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, ndimage

Vector = npt.NDArray[np.float64]

LEAST_SHARE = 1e-12
# Before it is known how a click rings it is white noise, whose power is a mean over so many frames.
POWER_FRAMES = 9
PASSES, FIRST_PASSES, RING_PASSES = 8, 3, 5
# A click of so many times the guess's variance is beyond doubt, and counts as louder than it is.
STRONG, BEYOND_DOUBT = 10.0, 1000.0
# So much of all power is added where a ring is fitted to few frames.
RIDGE = 1e-3
# Longer clicks are noise: how they ring costs the cube of their length, and tells less.
LONGEST_RING_FRAMES = 256
# Where less than so much of the difference is a click for noise, a ring would take sound for one.
LEAST_CLICK = 0.3


@dataclass(frozen=True)
class Ring:
    """How a click rings: the order of its model, and the frames over which what strikes is even."""

    order: int
    strike_frames: int


# They err in different ways, and the mean of what they find is nearer than either.
RINGS = (Ring(4, 3), Ring(8, 9))


def find_sound_under(off: Vector, covariance: Vector) -> Vector:
    """Return what of the difference to a guess is sound, ``(frames,)``; the rest is the click.

    All of it is sound where the click is no louder than the error that taking it out would leave.

    Parameters
    ----------
    off
        ``(frames,)``, the observed sound less the guess.
    covariance
        ``(frames, frames)``, how far off the guess may be.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, section 9.1 (EM).
    """
    plain, left = _find_under_noise(off, covariance)
    click = np.sum(np.square(off - plain))
    if click < float(np.trace(left)):
        return off
    if len(off) > LONGEST_RING_FRAMES or click < LEAST_CLICK * np.sum(np.square(off)):
        return plain
    found = [_find_under_ring(off, covariance, ring) for ring in RINGS]
    return np.asarray(np.mean(found, axis=0))


def _find_under_noise(off: Vector, covariance: Vector) -> tuple[Vector, Vector]:
    """Take the click for white noise whose power changes with time; see `_compute_posterior`.

    So where the region holds no click its sound stays, and tells what lies under the click beside.
    """
    power = _estimate_noise_power(off, covariance, PASSES)
    # nothing is to be learnt from under a click beyond doubt
    power = np.where(power > STRONG * np.diag(covariance), power * BEYOND_DOUBT, power)
    return _compute_posterior(off, covariance, np.diag(power))


def _find_under_ring(off: Vector, covariance: Vector, ring: Ring) -> Vector:
    """Take the click for the output of an all-pole filter, which starts at rest.

    The power of its input, the filter and the sound are estimated in turn.
    """
    frames = len(off)
    power = _estimate_noise_power(off, covariance, FIRST_PASSES)
    sound, left = _compute_posterior(off, covariance, np.diag(power))
    order = min(ring.order, frames // 4)
    for _ in range(RING_PASSES):
        click = np.outer(off - sound, off - sound) + left
        model = _fit_ring(click, power, order)
        whiten = linalg.toeplitz(np.pad(model, (0, frames - len(model))), np.zeros(frames))
        struck = np.einsum("ij,ij->i", whiten @ click, whiten)
        power = _smooth(struck, ring.strike_frames, _find_least(covariance))
        ringing = linalg.solve_triangular(whiten, np.eye(frames), lower=True, check_finite=False)
        of_click = (ringing * power) @ ringing.T
        if not np.all(np.isfinite(of_click)):
            break
        sound, left = _compute_posterior(off, covariance, of_click)
    return sound


def _fit_ring(click: Vector, power: Vector, order: int) -> Vector:
    """Fit the filter that makes the click's input weakest against its power, ``(order + 1,)``.

    `click` is the expected product of each pair of its frames, ``(frames, frames)``.
    """
    frames = len(click)
    padded = np.pad(click, ((order, 0), (order, 0)))
    weights = power.mean() / power
    products = np.empty((order + 1, order + 1))
    for i in range(order + 1):
        for j in range(order + 1):
            apart = padded[order - i : order - i + frames, order - j : order - j + frames]
            products[i, j] = np.diagonal(apart) @ weights
    products += RIDGE * np.trace(products) / (order + 1) * np.eye(order + 1)
    if order == 0:
        return np.ones(1)
    return np.append(1.0, -np.linalg.solve(products[1:, 1:], products[1:, 0]))


def _estimate_noise_power(off: Vector, covariance: Vector, passes: int) -> Vector:
    """Estimate the power of a click that is white noise, ``(frames,)``."""
    least = _find_least(covariance)
    power = _smooth(off**2, POWER_FRAMES, least)
    for _ in range(passes):
        sound, left = _compute_posterior(off, covariance, np.diag(power))
        power = _smooth(np.square(off - sound) + np.diag(left), POWER_FRAMES, least)
    return power


def _find_least(covariance: Vector) -> float:
    """Return a power that is never less than rounding leaves of the covariance."""
    return LEAST_SHARE * float(np.trace(covariance)) / len(covariance) + np.finfo(np.float64).tiny


def _smooth(power: Vector, frames: int, least: float) -> Vector:
    mean = ndimage.uniform_filter1d(power, min(frames, len(power)), mode="nearest")
    return np.asarray(np.maximum(mean, least))


def _compute_posterior(off: Vector, covariance: Vector, click: Vector) -> tuple[Vector, Vector]:
    """Return the most likely sound beside a click of this covariance, and its own covariance."""
    both = covariance + click
    both[np.diag_indices_from(both)] += _find_least(covariance)
    factor = linalg.cho_factor(both, check_finite=False)
    gain = linalg.cho_solve(factor, covariance, check_finite=False).T
    return gain @ off, covariance - gain @ covariance
