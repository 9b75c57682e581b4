"""Sizes of the hybrid network, as kept in a model file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import WINDOWS, StftConfig

# A recording at a rate between these is worked on as it is; one of more frames a second, or of
# fewer, is resampled.
RATE = 44100
LOWEST_RATE = 22050
# Limits to what a model file may ask for. The groups are those of the network's normalisation.
MOST_RATE = 768_000
MOST_FFT_SIZE = 2**14
MOST_CHANNELS = 1024
MOST_LEVELS = 10
MOST_CONTEXT_FRAMES = 2**20
GROUPS = 8


def working_rate(rate: int) -> int:
    """Return the rate in Hz that the network works at on a recording of another.

    A transform has as many frames at each of them. At the lowest it lasts 93 ms: one that lasts
    longer tells the partials of a voice apart, but not the pulses and sounds that it makes.
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

    Raises
    ------
    ValueError
        A size is not possible; the message is a part of a sentence.
    """

    rate: int = RATE
    stft: StftConfig = field(default_factory=StftConfig)
    channels: tuple[int, ...] = (40, 64, 96, 128, 160)
    frequency_stride: int = 8
    context_frames: int = 12288

    def __post_init__(self) -> None:
        check_whole("rate", self.rate, 1000, MOST_RATE)
        check_stft(self.stft)
        levels = len(self.channels)
        check_whole("number of levels", levels, 1, MOST_LEVELS)
        for count in self.channels:
            check_whole("channels", count, GROUPS, MOST_CHANNELS, multiple=GROUPS)
        half = self.stft.fft_size // 2
        check_whole("frequency_stride", self.frequency_stride, 1, half)
        if half % (self.frequency_stride << (levels - 1)):
            raise ValueError("its levels do not halve the number of frequencies evenly")
        check_whole("context_frames", self.context_frames, 1, MOST_CONTEXT_FRAMES)

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


def check_whole(name: str, value: object, low: int, high: int, *, multiple: int = 1) -> None:
    """Raise `ValueError` unless a size is a whole number within limits."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not (is_whole and low <= value <= high and value % multiple == 0):  # type: ignore[operator]
        of = f" and a multiple of {multiple}" if multiple > 1 else ""
        raise ValueError(f"its {name} must be a whole number from {low} to {high}{of}")


def check_number(name: str, value: object, low: float, high: float) -> None:
    """Raise `ValueError` unless a value is a number within limits."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and low <= value <= high):  # type: ignore[operator]
        raise ValueError(f"its {name} must be a number from {low:g} to {high:g}")


def check_stft(stft: object) -> None:
    """Raise `ValueError` unless these are the sizes of a transform that can be inverted."""
    if not isinstance(stft, StftConfig):
        raise ValueError("it does not state its transform")
    check_whole("fft_size", stft.fft_size, 16, MOST_FFT_SIZE, multiple=2)
    check_whole("hop_frames", stft.hop_frames, 1, stft.fft_size // 2)
    if stft.fft_size % stft.hop_frames or stft.window not in WINDOWS:
        raise ValueError("its transform cannot be inverted")
