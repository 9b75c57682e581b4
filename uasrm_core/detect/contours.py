"""How the prediction error and the spectrum rise and fall around a burst.

The pulses of a voice come again a few milliseconds later, in the bands of the voice; the click of a
mouth stands alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.detect.prediction import Vectors

# The error's level is taken over bins so long, so many on either side of a burst.
BIN_S, SIDE_BINS, LEAST_BIN_FRAMES = 0.0005, 16, 4
# Spectra over so long are compared with those so many times their length away.
SPECTRUM_S, AWAY = 0.004, (-3, -2, -1, 0, 1, 2, 3)
BAND_EDGES_HZ = (0.0, 700.0, 1500.0, 2500.0, 3700.0, 5200.0, 7800.0)
LEAST_SHARE, LEAST_POWER, TINY = 1e-6, 1e-12, 1e-20

Frames = npt.NDArray[np.intp]


def find_reach(rate: int) -> int:
    """Return for how many frames on either side of a burst `describe_errors` needs the error."""
    return SIDE_BINS * _count_bin_frames(rate) + _count_bin_frames(rate)


def describe_errors(errors: tuple[Vectors, Vectors], rate: int) -> list[Samples]:
    """Return the levels of the prediction errors, bin by bin, ``(n,)`` each.

    Parameters
    ----------
    errors
        Forwards and backwards in time, ``(n, 2 * reach)`` each, the bursts in their middle; `reach`
        is at least `find_reach`.
    """
    frames = _count_bin_frames(rate)
    first = errors[0].shape[1] // 2 - SIDE_BINS * frames - frames // 2
    cut = slice(first, first + (2 * SIDE_BINS + 1) * frames)
    powers = [
        np.square(error[:, cut]).reshape(len(error), 2 * SIDE_BINS + 1, frames).mean(axis=2)
        for error in errors
    ]
    usual = powers[0].mean(axis=1, keepdims=True) + TINY
    levels = np.concatenate([0.5 * np.log(power / usual + LEAST_SHARE) for power in powers], axis=1)
    return list(levels.T)


def describe_bands(row: Samples, peaks: Frames, rate: int) -> list[Samples]:
    """Return how a burst stands out of its surroundings in each band, ``(n,)`` each.

    Against what is usual within 14 ms, against just before and just after, and the spectrum of the
    surroundings themselves.
    """
    length = round(SPECTRUM_S * rate)
    furthest = (AWAY[-1] + 1) * length
    padded = np.pad(row, furthest)
    shape = np.hanning(length).astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, length)
    hz = fft.rfftfreq(length, 1.0 / rate)
    bands = np.searchsorted(BAND_EDGES_HZ, hz, side="right") - 1
    inside = np.eye(len(BAND_EDGES_HZ), dtype=np.float32)[bands][:, :-1]
    levels = []
    for away in AWAY:
        spectra = fft.rfft(pieces[peaks + furthest + away * length - length // 2] * shape, axis=1)
        power = (spectra.real**2 + spectra.imag**2) @ inside
        levels.append(0.5 * np.log(power + LEAST_POWER))
    usual = np.median(levels, axis=0)
    here = AWAY.index(0)
    columns = [
        levels[here] - usual,
        levels[here] - levels[here - 1],
        levels[here] - levels[here + 1],
        usual - usual.mean(axis=1, keepdims=True),
    ]
    return list(np.concatenate(columns, axis=1).T)


def _count_bin_frames(rate: int) -> int:
    return max(round(BIN_S * rate), LEAST_BIN_FRAMES)
