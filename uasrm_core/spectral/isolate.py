"""Band and shape filters for listening to a part of the spectrum alone.

What comes out for a frame does not depend on where the block begins that it is asked for in, so
that a recording can be heard block by block, from any place on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import Shape
from uasrm_core.spectral.stft import StftConfig, istft, stft

TRANSITION_HZ = 100.0
ATTENUATION_DB = 80.0
SHAPE_STFT = StftConfig()


class Isolation(Protocol):
    """Lets through a part of the spectrum."""

    @property
    def pad_frames(self) -> int:
        """How many frames more `apply` needs on each side than it returns."""
        ...

    def apply(self, samples: Samples, start_frame: int) -> Samples:
        """Return what is let through, ``(channels, frames - 2 * pad_frames)``.

        `start_frame` is where in the recording the first of `samples` lies.
        """
        ...


def isolation_of(region: Region, rate: int) -> Isolation | None:
    """Return what lets through only a region's part of the spectrum, or None if that is all."""
    if region.shape is not None:
        return ShapeIsolation(region.shape, rate)
    if not region.has_band:
        return None
    return BandIsolation(region.low_hz or 0.0, region.high_hz or rate / 2, rate)


@dataclass(frozen=True)
class BandIsolation:
    """A band, by a linear-phase filter whose delay is taken out again.

    Flat inside the band and down by `ATTENUATION_DB` at `TRANSITION_HZ` outside it (`band_kernel`).
    """

    low_hz: float
    high_hz: float
    rate: int

    @property
    def pad_frames(self) -> int:
        """Half the filter."""
        return len(self._kernel) // 2

    @cached_property
    def _kernel(self) -> npt.NDArray[np.float64]:
        return band_kernel(self.low_hz, self.high_hz, self.rate)

    def apply(self, samples: Samples, start_frame: int) -> Samples:
        """Return the band alone; see `Isolation`."""
        if samples.shape[1] < len(self._kernel):
            # nothing is asked for; a convolution would take the sound for the filter
            return samples[:, :0]
        # Here, for a window's start need not wait for it.
        from scipy import signal

        filtered = signal.oaconvolve(samples, self._kernel[None], mode="valid", axes=-1)
        return np.asarray(filtered, dtype=np.float32)


@dataclass(frozen=True)
class ShapeIsolation:
    """What a shape takes in, and silence beside it, by weights on a short-time transform."""

    shape: Shape
    rate: int

    @property
    def pad_frames(self) -> int:
        """Two windows, so that whole ones reach every frame wherever the first one is put."""
        return 2 * SHAPE_STFT.fft_size

    def apply(self, samples: Samples, start_frame: int) -> Samples:
        """Return the shape's part alone; see `Isolation`."""
        # columns lie on multiples of the hop in the recording, whatever the block
        ahead = -start_frame % SHAPE_STFT.hop_frames
        block = samples[:, ahead:]
        spectrum = stft(block, SHAPE_STFT)
        hops = np.arange(spectrum.shape[-1]) * SHAPE_STFT.hop_frames
        centres = start_frame + ahead + hops
        bin_hz = SHAPE_STFT.bin_hz(self.rate)
        weights = self.shape.on_grid(centres, SHAPE_STFT.hop_frames, SHAPE_STFT.bins, bin_hz)
        kept = istft((spectrum * weights).astype(np.complex64), SHAPE_STFT, block.shape[1])
        pad = self.pad_frames
        return kept[:, pad - ahead : samples.shape[1] - pad - ahead]


def band_kernel(low_hz: float, high_hz: float, rate: int) -> npt.NDArray[np.float64]:
    """Return a linear-phase band filter of odd length (Kaiser's design), float64 ``(taps,)``.

    It is flat inside the band and down by `ATTENUATION_DB` at `TRANSITION_HZ` outside it; a band
    that takes in all frequencies gives a filter that changes nothing.
    """
    from scipy import signal

    nyquist = rate / 2
    taps, beta = signal.kaiserord(ATTENUATION_DB, TRANSITION_HZ / nyquist)
    low, high = low_hz - TRANSITION_HZ / 2, high_hz + TRANSITION_HZ / 2
    edges = [edge for edge in (low, high) if 0 < edge < nyquist]
    if not edges:
        return np.ones(1)
    window = ("kaiser", beta)
    kernel = signal.firwin(taps | 1, edges, window=window, fs=rate, pass_zero=low <= 0)
    return np.asarray(kernel, dtype=np.float64)
