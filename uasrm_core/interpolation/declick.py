"""Clicks: what the surroundings make likely, weighed against what is there.

Interpolation throws away all that a click covers. A weak click covers little, and what lies under
it is nearer to what is heard than any guess; a strong one leaves nothing to go by.
"""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.interpolation import ar
from uasrm_core.interpolation.fills import interpolation, one_blas_thread

# How surprising the sound is right beside a click says how far off a guess under it may be.
BESIDE_FRAMES = (64, 256)
# A click stands where something begins more often than elsewhere, and there guesses are worse.
CAUTION = 4.0
PASSES = 30
# Powers against the guess's variance: of a click beyond doubt, and of what is no sound in one.
STRONG, FAR = 1000.0, 4.0
LEAST_SHARE = 1e-12


def declick(samples: Samples, start: int, end: int, rate: int) -> Samples:
    """Return the most likely sound under a click, float32 ``(end - start,)``.

    The sound follows an autoregressive model with Gaussian excitation, so it is Gaussian given its
    surroundings; the click is white noise of unknown power, which is estimated with it (EM).

    Parameters
    ----------
    samples
        ``(frames,)`` of one channel, the click included, with context on both sides.
    start, end
        The click, half-open, inside `samples`.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, sections 5.2.3 and 9.1.
    """
    with one_blas_thread():
        guess = interpolation(samples, start, end, rate)
        observed = samples[start:end].astype(np.float64)
        variances, axes = _uncertainty(guess)
        off = axes.T @ (observed - guess.missing)
        kept = _estimate_share(off, variances)
    mended = guess.missing + axes @ (off * kept)
    limit = max(float(np.max(np.abs(guess.filled))), float(np.max(np.abs(observed))))
    return np.clip(mended, -limit, limit).astype(np.float32)


def _uncertainty(guess: ar.Interpolation) -> tuple[ar.Vector, ar.Vector]:
    """Return how far off a guess may be: variances along its principal axes, and those axes."""
    model, frames = guess.model, guess.end - guess.start
    correlation = np.correlate(model, model, mode="full")[len(model) - 1 :][:frames]
    column = np.pad(correlation, (0, frames - len(correlation)))
    distance = np.abs(np.subtract.outer(np.arange(frames), np.arange(frames)))
    precision, axes = np.linalg.eigh(column[distance])
    precision = np.maximum(precision, precision[-1] * LEAST_SHARE)
    return CAUTION * _surprise(guess) / precision, axes


def _surprise(guess: ar.Interpolation) -> float:
    """Return the power of the prediction error where it is highest beside the gap."""
    order = len(guess.model) - 1
    # forwards in time before the gap, backwards after it: none of them looks into it
    before = np.convolve(guess.filled[: guess.start], guess.model, "valid")
    after = np.convolve(guess.filled[guess.end :][::-1], guess.model, "valid")
    sides = [np.square(side) for side in (before, after) if len(side)]
    if not sides:
        return float(np.mean(np.square(guess.filled[:order])))
    nearest = [np.mean(side[-frames:]) for side in sides for frames in BESIDE_FRAMES]
    return float(max(np.mean(np.concatenate(sides)), *nearest))


def _estimate_share(off: ar.Vector, variances: ar.Vector) -> ar.Vector:
    """Return what share of the difference to the guess is sound, along each axis."""
    variances = variances + np.finfo(np.float64).tiny
    power = float(np.mean(off**2))
    for _ in range(PASSES):
        share = power / (variances + power)
        power = float(np.mean((off * share) ** 2 + variances * share))
    kept = variances / (variances + power)
    surprises = off**2 / variances
    if np.mean(surprises) > STRONG:
        # so strong a click need not be white to be told from the sound
        kept[surprises > FAR] = 0.0
    return np.asarray(kept)
