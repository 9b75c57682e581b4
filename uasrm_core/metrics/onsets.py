"""Onsets at the edges of a repair, which are heard as clicks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, stft

WINDOW_S = 0.006
SURROUNDINGS_S = 1.0
# An onset stands out from the clean surroundings by so many standard deviations, and raises the
# bins by at least so much (natural logarithm, on average), which steady tones never do.
DEVIATIONS = 3.0
LEAST_STRENGTH = 0.1
# A bin so far under the loudest one says nothing about what is heard.
QUIETEST_BIN = 1e-3
# Fewer columns tell nothing of what is usual.
LEAST_COLUMNS = 16

_Columns = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class EdgeOnsets:
    """Whether an onset is heard at either edge of a gap.

    Attributes
    ----------
    clean, repaired
        In the clean recording, and in the repaired one.
    """

    clean: bool
    repaired: bool

    @property
    def is_new(self) -> bool:
        """Whether the repair brought it."""
        return self.repaired and not self.clean


def edge_onsets(
    clean: Samples, repaired: Samples, start: int, end: int, rate: int
) -> EdgeOnsets | None:
    """Look for onsets within one window of each edge of a gap.

    The strength of an onset is the mean rise of log magnitudes over half a window, each bin
    measured against its own mean over the clean surroundings. What counts as an onset is decided
    by the clean surroundings, for both recordings alike.

    Parameters
    ----------
    clean, repaired
        float32 ``(channels, frames)``.
    start, end
        The gap within them.

    Returns
    -------
    None where the surroundings are silent or too short to go by.

    References
    ----------
    Dixon, "Onset detection revisited", DAFx 2006 (spectral flux); Stowell & Plumbley, "Adaptive
    whitening for improved real-time audio onset detection", ICMC 2007.
    """
    around = _EdgeColumns(start, end, rate, clean.shape[1])
    spectra = [around.spectrum(samples) for samples in (clean, repaired)]
    if not around.can_tell(spectra[0]):
        return None
    typical = _find_typical(spectra[0])
    known, found = (_measure_strength(spectrum / typical) for spectrum in spectra)
    limit = _limit(known)
    near = np.any([around.near(edge) for edge in (start, end)], axis=0)
    return EdgeOnsets(bool(np.any(known[near] > limit)), bool(np.any(found[near] > limit)))


def edge_strengths(
    repaired: Samples, start: int, end: int, rate: int
) -> tuple[float, float] | None:
    """Return how strong an onset is at the edges of a repair; 1 is as strong as onsets are.

    As `edge_onsets`, but decided by the sound outside the repair alone, since nobody knows what
    was in it.
    """
    around = _EdgeColumns(start, end, rate, repaired.shape[1])
    spectrum = around.spectrum(repaired)
    outside = around.outside()
    if not around.can_tell(spectrum[..., outside]):
        return None
    found = _measure_strength(spectrum / _find_typical(spectrum[..., outside]))
    limit = _limit(found[outside])
    before, after = (float(np.max(found[around.near(edge)])) / limit for edge in (start, end))
    return before, after


class _EdgeColumns:
    """The columns of a short transform about a gap in so many frames."""

    def __init__(self, start: int, end: int, rate: int, frames: int) -> None:
        size = 2 ** max(round(math.log2(WINDOW_S * rate)), 4)
        self._config = StftConfig(fft_size=size, hop_frames=size // 4)
        reach = round(SURROUNDINGS_S * rate)
        self._low, self._high = max(start - reach, 0), min(end + reach, frames)
        self._gap = start, end
        columns = self._config.columns(self._high - self._low)
        self._centres = self._low + np.arange(columns) * self._config.hop_frames

    def spectrum(self, samples: Samples) -> Samples:
        """Return magnitudes, ``(channels, bins, columns)``."""
        return np.abs(stft(samples[:, self._low : self._high], self._config))

    def can_tell(self, spectrum: Samples) -> bool:
        """Return whether there is sound enough to go by."""
        return spectrum.shape[-1] >= LEAST_COLUMNS and bool(np.any(spectrum))

    def near(self, edge: int) -> _Columns:
        """Return the columns within one window of an edge."""
        return np.abs(self._centres - edge) <= self._config.fft_size

    def outside(self) -> _Columns:
        """Return the columns that see nothing of the gap."""
        start, end = self._gap
        size = self._config.fft_size
        return (self._centres <= start - size) | (self._centres >= end + size)


def _find_typical(spectrum: Samples) -> Samples:
    typical = spectrum.mean(axis=-1, keepdims=True)
    return np.asarray(np.maximum(typical, QUIETEST_BIN * typical.max()))


def _limit(strengths: npt.NDArray[np.float64]) -> float:
    return max(float(strengths.mean() + DEVIATIONS * strengths.std()), LEAST_STRENGTH)


def _measure_strength(spectrum: Samples) -> npt.NDArray[np.float64]:
    """Return how much begins at each column, from ``(channels, bins, columns)``."""
    levels = np.log1p(spectrum.astype(np.float64))
    rise = np.zeros(levels.shape[-1])
    rise[2:] = np.maximum(levels[..., 2:] - levels[..., :-2], 0.0).mean(axis=(0, 1))
    return rise
