"""What the sound's own model does not expect: the signal that clicks stand out in.

A model is fitted to every short stretch, all stretches at once. Filtering with it and with its
mirror image is the matched filter for a click of one sample: it asks of every sample how far it is
from what those before and after it make likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples

ORDER = 40
HOP_FRAMES = 1024
WINDOW_FRAMES = 4096
FILTER_FFT = 2048
# White noise added to a fit, under the sound's level: what lies lower cannot be told from rounding.
NOISE_POWER = 1e-9
LEAST_POWER = 1e-20

Vectors = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Prediction:
    """The models of a stretch of one channel and what they did not expect.

    Attributes
    ----------
    coefficients
        ``(stretches, ORDER + 1)`` prediction error filters, one for each `HOP_FRAMES`.
    surprise
        float32 ``(frames,)``, the matched filter's output; where there is no damage its RMS is
        that of the prediction error.
    gains
        ``(stretches,)``: how much a lone wrong sample stands out in `surprise`, against its own
        size.
    """

    coefficients: Vectors
    surprise: Samples
    gains: Vectors


def predict(row: Samples) -> Prediction:
    """Model one channel, ``(frames,)``, stretch by stretch.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, section 5.3 (matched filter).
    """
    frames = len(row)
    count = -(-frames // HOP_FRAMES)
    around = (WINDOW_FRAMES - HOP_FRAMES) // 2
    padded = np.pad(row, (around, count * HOP_FRAMES - frames + around))
    coefficients = _fit(_cut(padded, WINDOW_FRAMES, count))
    spectra = fft.rfft(coefficients, FILTER_FFT, axis=1)
    gains = np.sqrt(np.sum(coefficients**2, axis=1))
    response = ((spectra.real**2 + spectra.imag**2) / gains[:, None]).astype(np.float32)
    segments = _cut(padded[around - ORDER :], FILTER_FFT, count, HOP_FRAMES + 2 * ORDER)
    filtered = fft.irfft(fft.rfft(segments, FILTER_FFT, axis=1) * response, FILTER_FFT, axis=1)
    surprise = filtered[:, ORDER : ORDER + HOP_FRAMES].reshape(-1)[:frames]
    return Prediction(coefficients, np.ascontiguousarray(surprise), gains)


def _cut(row: Samples, width: int, count: int, length: int | None = None) -> Samples:
    """Return overlapping pieces, ``(count, length)``, one each `HOP_FRAMES`."""
    length = length or width
    short = (count - 1) * HOP_FRAMES + length - len(row)
    row = np.pad(row, (0, max(short, 0)))
    pieces = np.lib.stride_tricks.sliding_window_view(row, length)
    return np.asarray(pieces[::HOP_FRAMES][:count])


def _fit(windows: Samples) -> Vectors:
    """Fit a model to each window by its autocorrelation, ``(windows, ORDER + 1)``."""
    shape = np.hanning(windows.shape[1] + 2)[1:-1]
    spectra = fft.rfft(windows * shape, 2 * windows.shape[1] // 2, axis=1)
    power = spectra.real**2 + spectra.imag**2
    correlation = fft.irfft(power, axis=1)[:, : ORDER + 1]
    correlation[:, 0] = correlation[:, 0] * (1.0 + NOISE_POWER) + LEAST_POWER
    return _levinson(correlation)


def _levinson(correlation: Vectors) -> Vectors:
    """Solve the normal equations of all rows at once (Levinson's recursion)."""
    coefficients = np.zeros_like(correlation)
    coefficients[:, 0] = 1.0
    error = correlation[:, 0].copy()
    for step in range(1, correlation.shape[1]):
        pull = np.einsum("ij,ij->i", coefficients[:, :step], correlation[:, step:0:-1])
        reflection = np.clip(-pull / error, -0.9999999, 0.9999999)
        mirrored = coefficients[:, step::-1][:, : step + 1].copy()
        coefficients[:, : step + 1] += reflection[:, None] * mirrored
        error *= 1.0 - reflection**2
    return coefficients


def errors_around(
    row: Samples, prediction: Prediction, frames: npt.NDArray[np.intp], reach: int
) -> tuple[Vectors, Vectors]:
    """Return the errors within `reach` of each of some frames, forwards and backwards in time.

    Each by the model of its own stretch; both are ``(n, 2 * reach)``.
    """
    stretches = np.minimum(frames // HOP_FRAMES, len(prediction.coefficients) - 1)
    taps = prediction.coefficients[stretches]
    padded = np.pad(row.astype(np.float64), reach + ORDER)
    width = 2 * (reach + ORDER)
    around = np.lib.stride_tricks.sliding_window_view(padded, width)[frames]
    spectra = fft.rfft(around, width, axis=1)
    forward = fft.irfft(spectra * fft.rfft(taps, width, axis=1), width, axis=1)
    backward = fft.irfft(spectra * fft.rfft(taps[:, ::-1], width, axis=1), width, axis=1)
    kept = slice(ORDER, ORDER + 2 * reach)
    return forward[:, kept], backward[:, 2 * ORDER :]
