"""The prediction error of short linear models, in which clicks stand out.

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
# Stretches are the longest power of two that is no longer; a fit sees four of them.
HOP_S = 0.0233
LEAST_HOP_FRAMES = 128
WINDOW_HOPS = 4
# Windows, in hops from each, of which all but one lie apart from a click in its middle; how far a
# bin may stand out of their median.
NEIGHBOURS = (-4, -2, 0, 2, 4)
MOST_OVER = 4.0
# So many windows are compared at a time: their spectra stay in the processor's cache.
WINDOWS_AT_ONCE = 8
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
        ``(stretches, ORDER + 1)`` prediction error filters, one for each `hop_frames`.
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
    hop_frames: int

    def stretches_at(self, frames: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the number of the stretch that each of some frames lies in."""
        return np.minimum(frames // self.hop_frames, len(self.coefficients) - 1)


def hop_of(rate: int) -> int:
    """Return how many frames each model is for: sounds change as fast at any rate."""
    return int(max(2 ** int(np.log2(HOP_S * rate)), LEAST_HOP_FRAMES))


def predict(row: Samples, rate: int) -> Prediction:
    """Model one channel, ``(frames,)``, stretch by stretch.

    References
    ----------
    Godsill & Rayner, "Digital Audio Restoration", Springer 1998, section 5.3 (matched filter).
    """
    frames, hop = len(row), hop_of(rate)
    count, window, size = -(-frames // hop), WINDOW_HOPS * hop, 2 * hop
    around = (window - hop) // 2
    padded = np.pad(row, (around, count * hop - frames + around))
    coefficients = _fit(_cut(padded, window, count, hop))
    spectra = fft.rfft(coefficients, size, axis=1)
    gains = np.sqrt(np.sum(coefficients**2, axis=1))
    response = ((spectra.real**2 + spectra.imag**2) / gains[:, None]).astype(np.float32)
    segments = _cut(padded[around - ORDER :], hop + 2 * ORDER, count, hop)
    filtered = fft.irfft(fft.rfft(segments, size, axis=1) * response, size, axis=1)
    surprise = filtered[:, ORDER : ORDER + hop].reshape(-1)[:frames]
    return Prediction(coefficients, np.ascontiguousarray(surprise), gains, hop)


def _cut(row: Samples, length: int, count: int, hop: int) -> Samples:
    """Return overlapping pieces, ``(count, length)``, one each hop."""
    row = np.pad(row, (0, max((count - 1) * hop + length - len(row), 0)))
    pieces = np.lib.stride_tricks.sliding_window_view(row, length)
    return np.asarray(pieces[::hop][:count])


def _fit(windows: Samples) -> Vectors:
    """Fit a model to each window by its autocorrelation, ``(windows, ORDER + 1)``."""
    shape = np.hanning(windows.shape[1] + 2)[1:-1]
    spectra = fft.rfft(windows * shape, axis=1)
    power = _limit_bursts(spectra.real**2 + spectra.imag**2)
    correlation = fft.irfft(power, axis=1)[:, : ORDER + 1]
    correlation[:, 0] = correlation[:, 0] * (1.0 + NOISE_POWER) + LEAST_POWER
    return _solve_levinson(correlation)


def _limit_bursts(power: Samples) -> Samples:
    """Limit each bin to what it holds a little earlier and later as well, ``(windows, bins)``.

    A model that is fitted to a loud click expects its ring, and finds nothing odd in it. So short
    a sound fills one of the `NEIGHBOURS`, which a note goes on through.
    """
    reach = max(NEIGHBOURS)
    padded = np.pad(power, ((reach, reach), (0, 0)), mode="edge")
    limited = np.empty_like(power)
    for start in range(0, len(power), WINDOWS_AT_ONCE):
        own = power[start : start + WINDOWS_AT_ONCE]
        near = [padded[start + reach + away :][: len(own)] for away in NEIGHBOURS]
        np.minimum(own, MOST_OVER * _take_median_of_five(near), out=limited[start:][: len(own)])
    return limited


def _take_median_of_five(values: list[Samples]) -> Samples:
    a, b, c, d, e = values
    low, high = np.minimum(a, b), np.maximum(a, b)
    other_low, other_high = np.minimum(c, d), np.maximum(c, d)
    inner_low, inner_high = np.maximum(low, other_low), np.minimum(high, other_high)
    either = np.minimum(np.maximum(inner_low, inner_high), e)
    return np.asarray(np.maximum(np.minimum(inner_low, inner_high), either))


def _solve_levinson(correlation: Vectors) -> Vectors:
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
    taps = prediction.coefficients[prediction.stretches_at(frames)]
    padded = np.pad(row.astype(np.float64), reach + ORDER)
    width = 2 * (reach + ORDER)
    around = np.lib.stride_tricks.sliding_window_view(padded, width)[frames]
    spectra = fft.rfft(around, width, axis=1)
    forward = fft.irfft(spectra * fft.rfft(taps, width, axis=1), width, axis=1)
    backward = fft.irfft(spectra * fft.rfft(taps[:, ::-1], width, axis=1), width, axis=1)
    kept = slice(ORDER, ORDER + 2 * reach)
    return forward[:, kept], backward[:, 2 * ORDER :]
