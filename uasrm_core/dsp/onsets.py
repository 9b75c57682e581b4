"""Whether something begins where a repair begins or ends: a seam that is heard as a click."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.dsp.stft import StftConfig, stft

WINDOW_S = 0.006
SURROUNDINGS_S = 1.0
# An onset stands out from the clean surroundings by so many standard deviations, and raises the
# bins by at least so much (natural logarithm, on average), which steady tones never do.
DEVIATIONS = 3.0
LEAST_STRENGTH = 0.1
# A bin so far under the loudest one says nothing about what is heard.
QUIETEST_BIN = 1e-3


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
    size = 2 ** max(round(math.log2(WINDOW_S * rate)), 4)
    config = StftConfig(fft_size=size, hop_frames=size // 4)
    around = round(SURROUNDINGS_S * rate)
    low, high = max(start - around, 0), min(end + around, clean.shape[1])
    spectra = [np.abs(stft(samples[:, low:high], config)) for samples in (clean, repaired)]
    typical = spectra[0].mean(axis=-1, keepdims=True)
    if not np.any(typical) or spectra[0].shape[-1] < 16:
        return None
    typical = np.maximum(typical, QUIETEST_BIN * typical.max())
    known, found = (_strength(spectrum / typical) for spectrum in spectra)
    limit = max(float(known.mean() + DEVIATIONS * known.std()), LEAST_STRENGTH)
    near = _near_edges(len(known), (start - low, end - low), config)
    return EdgeOnsets(bool(np.any(known[near] > limit)), bool(np.any(found[near] > limit)))


def _strength(spectrum: Samples) -> npt.NDArray[np.float64]:
    """Return how much begins at each column, from ``(channels, bins, columns)``."""
    levels = np.log1p(spectrum.astype(np.float64))
    rise = np.zeros(levels.shape[-1])
    rise[2:] = np.maximum(levels[..., 2:] - levels[..., :-2], 0.0).mean(axis=(0, 1))
    return rise


def _near_edges(columns: int, edges: tuple[int, int], config: StftConfig) -> npt.NDArray[np.bool_]:
    centres = np.arange(columns) * config.hop_frames
    near = np.zeros(columns, dtype=np.bool_)
    for edge in edges:
        near |= np.abs(centres - edge) <= config.fft_size
    return near
