"""A small network that tells a click from the sound under it.

What is not known of the sound is Gaussian, and its covariance follows from the models that
interpolate (see `consensus`). The network makes a Gaussian of the click as well: from the
difference to the guess it tells at which frequencies the click rings when, and how loud what does
not ring is. What of the difference is sound then follows in closed form. Two stages do that one
after the other; the second knows what the first found.

``tools/fit_declicker.py`` trains it. Everything that it sees and says is in units of the
difference's RMS, so levels do not matter, and frequencies are fractions of the rate.

References
----------
Nugraha, Liutkus, Vincent, "Multichannel audio source separation with deep neural networks",
IEEE/ACM TASLP 24(9), 2016: powers from a network, what they say of the sources in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import linalg

from uasrm_core.resources import resource

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

# What the stages see, and what the second sees besides.
INPUTS, MORE_INPUTS = 8, 5
# Each convolution sees one frame, and one on either side that is so far away.
DILATIONS = (1, 2, 4, 8, 16, 32, 1, 2)
# A click rings in so many bands, from here to there in cycles a frame; besides, it has waves of any
# shape whose level is not known.
BANDS, LOWEST, HIGHEST = 20, 0.012, 0.45
SHAPES = 6
OUTPUTS = 2 + SHAPES + BANDS
# What is added to the covariance of the guess, against its mean power, where it is inverted; and
# the least noise in a click.
LOADING, LEAST_NOISE, LEAST = 1e-5, 1e-3, 1e-6
# Before anything is learnt: where the outputs of noise and of bands start.
NOISE_START, BAND_START = -1.5, -2.5
# Powers are seen as logarithms, a quarter of the natural one, within these limits.
LEAST_POWER, LOG_RANGE, LOG_SCALE = 1e-9, (-16.0, 4.0), 0.25
USUAL_RATE = 16000


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution: weights ``(outputs, inputs, taps)`` and biases ``(outputs,)``."""

    weights: Vector
    biases: Vector

    def convolve(self, values: Matrix, dilation: int = 1) -> Matrix:
        """Return ``(outputs, frames)`` of ``(inputs, frames)``, with zeros beyond the ends."""
        outputs, _, taps = self.weights.shape
        reach = dilation * (taps // 2)
        padded = np.pad(values, ((0, 0), (reach, reach)))
        frames = values.shape[1]
        shifted = [padded[:, k * dilation : k * dilation + frames] for k in range(taps)]
        flat = self.weights.transpose(0, 2, 1).reshape(outputs, -1)
        return np.asarray(flat @ np.concatenate(shifted) + self.biases[:, None])


@dataclass(frozen=True, eq=False)
class Whitening:
    """The inverse Cholesky factor of a covariance, and the factor of its inverse."""

    inverse: Matrix
    precision: Matrix

    def measure_surprise(self, off: Vector) -> tuple[Vector, Vector, Vector]:
        """Return how surprising each frame is after those before, beside all, before those after.

        Each is ``(frames,)`` and has a variance of 1 where there is no click.
        """
        forward = self.inverse @ off
        beside = self.inverse.T @ forward / np.sqrt(np.sum(np.square(self.inverse), axis=0))
        return forward, beside, self.precision.T @ off

    def measure_density(self, off: Vector) -> tuple[float, float]:
        """Return the logarithm of the density of `off`, and with its likeliest level."""
        steps = float(np.sum(np.log(np.diagonal(self.inverse))))
        size, frames = float(np.sum(np.square(self.inverse @ off))), len(off)
        return steps - size / 2, steps - frames / 2 * (np.log(size / frames) + 1)


@dataclass(frozen=True, eq=False)
class _Found:
    """What a stage finds: sound, the power of the click's noise, and the density of both."""

    sound: Vector
    noise: Vector
    density: float


@dataclass(frozen=True, eq=False)
class Separation:
    """What of a difference is sound, ``(frames,)``, and how likely a click is in it.

    Attributes
    ----------
    with_click, without
        The logarithm of the difference's density as a sound with that click, and as one without.
    louder
        The same for a sound whose guess is off by as much as the difference says.
    """

    sound: Vector
    with_click: float
    without: float
    louder: float


def separate(off: Vector, covariance: Matrix, rate: int) -> Separation:
    """Tell what of the difference to a guess is sound; the rest is the click.

    Parameters
    ----------
    off
        ``(frames,)``, the observed sound less the guess; not silent.
    covariance
        ``(frames, frames)``, how far off the guess may be.
    rate
        Frames a second.
    """
    scale = float(np.sqrt(np.mean(np.square(off))))
    off, covariance = off / scale, covariance / scale**2
    first, second = load_stages()
    whitening = _whiten(covariance)
    seen = describe(off, covariance, whitening, rate)
    found = _separate_by(first, seen, off, covariance)
    seen = np.concatenate([seen, describe_found(off, found.sound, found.noise, whitening)])
    found = _separate_by(second, seen, off, covariance)
    return Separation(found.sound * scale, found.density, *whitening.measure_density(off))


def describe(off: Vector, covariance: Matrix, whitening: Whitening, rate: int) -> Matrix:
    """Describe a difference to a guess for the network, ``(INPUTS, frames)``."""
    forward, beside, backward = whitening.measure_surprise(off)
    variance = np.diagonal(covariance)
    even = np.ones(len(off))
    return np.stack(
        [
            off,
            np.arcsinh(forward),
            np.arcsinh(backward),
            np.arcsinh(beside),
            _take_log(variance),
            even,
            even * np.log2(rate / USUAL_RATE),
            even * _take_log(np.mean(variance)),
        ]
    )


def describe_found(off: Vector, sound: Vector, noise: Vector, whitening: Whitening) -> Matrix:
    """Describe what the first stage found, ``(MORE_INPUTS, frames)``."""
    forward, beside, _ = whitening.measure_surprise(sound)
    return np.stack(
        [sound, off - sound, np.arcsinh(forward), np.arcsinh(beside), LOG_SCALE * np.log(noise)]
    )


def _take_log(power: npt.ArrayLike) -> Vector:
    return np.asarray(LOG_SCALE * np.clip(np.log(np.maximum(power, LEAST_POWER)), *LOG_RANGE))


def _whiten(covariance: Matrix) -> Whitening:
    frames = len(covariance)
    loaded = covariance + LOADING * np.trace(covariance) / frames * np.eye(frames)
    factor = np.linalg.cholesky(loaded)
    inverse = linalg.solve_triangular(factor, np.eye(frames), lower=True, check_finite=False)
    return Whitening(inverse, np.linalg.cholesky(inverse.T @ inverse))


def _separate_by(
    layers: tuple[Layer, ...], seen: Matrix, off: Vector, covariance: Matrix
) -> _Found:
    first, *middle, last = layers
    values = first.convolve(seen)
    for layer, dilation in zip(middle, DILATIONS, strict=True):
        values = values + layer.convolve(np.maximum(values, 0.0), dilation)
    answer = last.convolve(np.maximum(values, 0.0))
    mean = float(np.trace(covariance)) / len(off)
    noise = np.square(_soften(answer[1] + NOISE_START)) + LEAST_NOISE * mean + LEAST
    waves = np.concatenate(
        [answer[2 : 2 + SHAPES], _ring(_soften(answer[2 + SHAPES :] + BAND_START))]
    )
    both = waves.T @ waves + covariance
    both[np.diag_indices_from(both)] += noise
    factor = linalg.cho_factor(both, check_finite=False)
    rest = off - answer[0]
    solved = linalg.cho_solve(factor, rest, check_finite=False)
    density = -float(np.sum(np.log(np.diagonal(factor[0]))) + rest @ solved / 2)
    return _Found(covariance @ solved, noise, density)


def _ring(envelopes: Matrix) -> Matrix:
    """Return a cosine and a sine under each envelope, ``(2 * BANDS, frames)``."""
    bands, frames = envelopes.shape
    turn = 2 * np.pi * LOWEST * (HIGHEST / LOWEST) ** (np.arange(bands) / (bands - 1))
    phase = turn[:, None] * np.arange(frames)
    return np.concatenate([envelopes * np.cos(phase), envelopes * np.sin(phase)])


def _soften(values: Matrix) -> Matrix:
    """Return the softplus."""
    return np.asarray(np.logaddexp(0.0, values))


@cache
def load_stages() -> tuple[tuple[Layer, ...], ...]:
    """Return the layers of both stages as they ship."""
    return read_stages(resource("declick.npz"))


def read_stages(path: Path) -> tuple[tuple[Layer, ...], ...]:
    """Return the layers of both stages from what ``tools/fit_declicker.py`` wrote."""
    with np.load(path, allow_pickle=False) as held:
        arrays = {name: held[name].astype(np.float64) for name in held.files}
    return tuple(
        tuple(
            Layer(arrays[f"{stage}.{number}.weights"], arrays[f"{stage}.{number}.biases"])
            for number in range(len(DILATIONS) + 2)
        )
        for stage in ("first", "second")
    )
