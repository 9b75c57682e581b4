"""Features for the exemplar search: decimated waveforms and band levels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.spectral.stft import StftConfig, transform_blocks

# Waveforms are compared below half of this rate or little more, flattened so that the bass does not
# decide alone.
SEARCH_RATE = 11025
PRE_EMPHASIS = 0.9
HOP_S = 0.01
WINDOW_HOPS = 4
BANDS = 30
LOWEST_HZ = 60.0
HIGHEST_HZ = 16000.0
SILENCE_DB = -200.0

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Features:
    """What searches look at of a stretch of sound, channels together.

    An exemplar fits all channels at once, whichever way they are turned against one another: powers
    and products are summed over the channels.

    Attributes
    ----------
    decimated
        float32 ``(channels, frames // decimation_factor)``, at the lower rate and flattened.
    levels
        float32 ``(hops, bands)`` in dB, hop ``i`` about the frame ``i * hop``.
    """

    decimated: Samples
    levels: Vector

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        return self.decimated.nbytes + self.levels.nbytes


def hop_frames(rate: int) -> int:
    """Return how far apart levels are taken."""
    return max(round(HOP_S * rate), 1)


def decimation_factor(rate: int) -> int:
    """Return how many frames make one of those that are searched: a power of two."""
    return int(2 ** max(math.floor(math.log2(rate / SEARCH_RATE)), 0))


def margin_frames(rate: int) -> int:
    """Return how much sound on each side decides the features of a stretch.

    A whole number of decimated frames: more than levels reach, and more than the resampling does.
    """
    factor = decimation_factor(rate)
    return -(-4 * WINDOW_HOPS * hop_frames(rate) // factor) * factor


def measure_features(samples: Samples, rate: int) -> Features:
    """Return the features of a stretch.

    Parameters
    ----------
    samples
        ``(channels, frames)``: the stretch with `margin_frames` more on each side.
    """
    margin, factor = margin_frames(rate), decimation_factor(rate)
    frames = samples.shape[1] - 2 * margin
    decimated = resample(samples, rate, rate // factor) if factor > 1 else samples
    first = margin // factor
    count = -(-frames // factor)
    kept = np.pad(decimated, ((0, 0), (0, max(first + count - decimated.shape[1], 0))))
    flat = kept[:, first : first + count] - PRE_EMPHASIS * kept[:, first - 1 : first + count - 1]
    return Features(flat.astype(np.float32), _measure_band_levels(samples, rate, margin))


def band_matrix(bins: int, rate: int, count: int) -> Vector:
    """Return triangular bands, evenly spaced in the logarithm of frequency, ``(bands, bins)``."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, count)
    edges = edges[edges < rate / 2]
    hz = np.maximum(np.arange(bins) * (rate / 2) / (bins - 1), 1e-3)
    place = np.interp(np.log(hz), np.log(edges), np.arange(len(edges)))
    distance = np.abs(place[None] - np.arange(len(edges))[:, None])
    return np.maximum(1.0 - distance, 0.0).astype(np.float32)


def _measure_band_levels(samples: Samples, rate: int, margin: int) -> Vector:
    """Return the band levels of every hop between the margins in dB, ``(hops, bands)``."""
    hop = hop_frames(rate)
    config = StftConfig(fft_size=WINDOW_HOPS * hop, hop_frames=hop)
    first, frames = margin - config.fft_size // 2, samples.shape[1] - 2 * margin
    bands = band_matrix(config.bins, rate, BANDS).T
    count = -(-frames // hop)
    levels = np.zeros((count, bands.shape[1]), dtype=np.float32)
    for row in samples:
        blocks = np.lib.stride_tricks.sliding_window_view(row[first:], config.fft_size)[::hop]
        # a part at a time: the spectrum of a long recording would fill the memory
        for low in range(0, count, 1024):
            spectrum = transform_blocks(blocks[low : min(low + 1024, count)], config)
            levels[low : low + 1024] += (spectrum.real**2 + spectrum.imag**2) @ bands
    return np.asarray(10.0 * np.log10(levels + 10 ** (SILENCE_DB / 10)), dtype=np.float32)
