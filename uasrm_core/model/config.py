"""Sizes of the hybrid network, as kept in a model file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.dsp.stft import StftConfig

# A recording at a rate between these is worked on as it is; one of more frames a second, or of
# fewer, is resampled.
RATE = 44100
LOWEST_RATE = 16000


def working_rate(rate: int) -> int:
    """Return the rate in Hz that the network works at on a recording of another.

    Of speech at 16 kHz, a transform of as many frames tells the partials of a voice apart, and has
    no bins in which nothing can be.
    """
    return min(max(rate, LOWEST_RATE), RATE)


@dataclass(frozen=True)
class HybridConfig:
    """The U-Net that mends classical fills.

    Attributes
    ----------
    rate
        The highest rate it works at; see `working_rate`.
    stft
        Its transform; the top bin (half the rate) is left to the classical fill.
    channels
        Feature maps at each level; every level halves time and frequency.
    frequency_stride
        Neighbouring bins that the first level takes together.
    context_frames
        What is seen of the sound on each side of a gap, at least.
    crossfade_s
        Where the fill blends into the known sound, outside the gap on each side.
    """

    rate: int = RATE
    stft: StftConfig = field(default_factory=StftConfig)
    channels: tuple[int, ...] = (40, 64, 96, 128, 160)
    frequency_stride: int = 8
    context_frames: int = 12288
    crossfade_s: float = 0.004

    @property
    def window_multiple(self) -> int:
        """Frames of which a window must be a whole number, so that every level halves evenly."""
        return self.stft.hop_frames << (len(self.channels) - 1)

    def window_frames(self, gap_frames: int) -> int:
        """Return the length of the window that a gap is seen in."""
        multiple = self.window_multiple
        return -(-(gap_frames + 2 * self.context_frames) // multiple) * multiple

    def band_weights(self, low_hz: float, high_hz: float) -> Samples:
        """Return the weight of every bin for a damaged band, float32 ``(bins,)``.

        1 inside the band, falling to 0 over two bins outside it.
        """
        step = self.stft.bin_hz(self.rate)
        hz = np.arange(self.stft.bins) * step
        outside = np.maximum(low_hz - hz, hz - high_hz)
        weights = np.clip(1.0 - outside / (2.0 * step), 0.0, 1.0)
        return np.asarray(weights, dtype=np.float32)
