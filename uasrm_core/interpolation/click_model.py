"""Separating a click from the sound under it, by a model of either.

What of the sound is not known from its surroundings is Gaussian, and its covariance follows from
the models that interpolate. The click is modelled, too: first as white noise whose power changes,
and where that leaves a click by a network (see `click_network`), which knows how clicks ring.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import linalg, ndimage

from uasrm_core.interpolation.click_network import separate

Vector = npt.NDArray[np.float64]

LEAST_SHARE = 1e-12
# Before it is known how a click rings it is white noise, whose power is a mean over so many frames.
POWER_FRAMES = 9
PASSES = 8
# A click of so many times the guess's variance is beyond doubt, and counts as louder than it is.
STRONG, BEYOND_DOUBT = 10.0, 1000.0
# Longer clicks are noise: the network has not seen any.
LONGEST_FRAMES = 256
# Where less than so much of the difference is a click for noise, the network might take sound for
# one.
LEAST_CLICK = 0.3


def find_sound_under(off: Vector, covariance: Vector, rate: int) -> Vector:
    """Return what of the difference to a guess is sound, ``(frames,)``; the rest is the click.

    All of it is sound where the click is no louder than the error that taking it out would leave.

    Parameters
    ----------
    off
        ``(frames,)``, the observed sound less the guess.
    covariance
        ``(frames, frames)``, how far off the guess may be.
    rate
        Frames a second.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, section 9.1 (EM).
    """
    plain, left = find_under_noise(off, covariance)
    click = np.sum(np.square(off - plain))
    if click < float(np.trace(left)):
        return off
    if len(off) > LONGEST_FRAMES or click < LEAST_CLICK * np.sum(np.square(off)):
        return plain
    return separate(off, covariance, rate).sound


def find_under_noise(off: Vector, covariance: Vector) -> tuple[Vector, Vector]:
    """Take the click for white noise whose power changes with time.

    Returns the most likely sound, ``(frames,)``, and how far off that may be, ``(frames, frames)``.

    So where the region holds no click its sound stays, and tells what lies under the click beside.
    """
    power = _estimate_noise_power(off, covariance)
    # nothing is to be learnt from under a click beyond doubt
    power = np.where(power > STRONG * np.diag(covariance), power * BEYOND_DOUBT, power)
    return _compute_posterior(off, covariance, np.diag(power))


def _estimate_noise_power(off: Vector, covariance: Vector) -> Vector:
    """Estimate the power of a click that is white noise, ``(frames,)``."""
    least = _find_least(covariance)
    power = _smooth(off**2, POWER_FRAMES, least)
    for _ in range(PASSES):
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
