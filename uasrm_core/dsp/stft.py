"""The one short-time Fourier transform of the project, on numpy arrays.

The network's torch version (`uasrm_core.model`) takes its sizes from the same `StftConfig`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft, signal

from uasrm_core.audio.clip import Samples

Spectrum = npt.NDArray[np.complex64]


@dataclass(frozen=True)
class StftConfig:
    """Sizes of a transform, in frames.

    Attributes
    ----------
    fft_size
        Window length and transform length.
    hop_frames
        Distance between windows.
    window
        A name that `scipy.signal.get_window` knows; periodic.
    """

    fft_size: int = 2048
    hop_frames: int = 512
    window: str = "hann"

    @property
    def bins(self) -> int:
        """Frequencies from 0 to half the rate, both included."""
        return self.fft_size // 2 + 1

    def window_samples(self) -> Samples:
        """Return the analysis window, float32 ``(fft_size,)``."""
        window = signal.get_window(self.window, self.fft_size, fftbins=True)
        return np.asarray(window, dtype=np.float32)

    def columns(self, frames: int) -> int:
        """Return how many columns `stft` makes of that many frames."""
        return 1 + frames // self.hop_frames

    def bin_hz(self, rate: int) -> float:
        """Return the distance between bins in Hz."""
        return rate / self.fft_size


def transform_blocks(blocks: Samples, config: StftConfig) -> Spectrum:
    """Window and transform ``(..., fft_size)`` into ``(..., bins)``, complex64."""
    spectrum = fft.rfft(blocks * config.window_samples(), axis=-1)
    return spectrum.astype(np.complex64, copy=False)  # type: ignore[no-any-return]


def stft(samples: Samples, config: StftConfig) -> Spectrum:
    """Transform ``(..., frames)`` into ``(..., bins, columns)``, complex64.

    Column ``k`` is centred on frame ``k * hop_frames``; outside the signal is silence.
    """
    half = config.fft_size // 2
    pad = [(0, 0)] * (samples.ndim - 1) + [(half, half)]
    padded = np.pad(samples, pad)
    blocks = np.lib.stride_tricks.sliding_window_view(padded, config.fft_size, axis=-1)
    blocks = blocks[..., :: config.hop_frames, :]
    return np.swapaxes(transform_blocks(blocks, config), -1, -2)


def istft(spectrum: Spectrum, config: StftConfig, frames: int) -> Samples:
    """Invert `stft` by windowed overlap-add, least squares (Griffin & Lim 1984, eq. 6).

    Takes ``(..., bins, columns)`` and returns float32 ``(..., frames)``.
    """
    window = config.window_samples()
    blocks = fft.irfft(np.swapaxes(spectrum, -1, -2), n=config.fft_size, axis=-1) * window
    columns = spectrum.shape[-1]
    length = config.fft_size + (columns - 1) * config.hop_frames
    out = np.zeros((*spectrum.shape[:-2], length), dtype=np.float32)
    weight = np.zeros(length, dtype=np.float32)
    for column in range(columns):
        start = column * config.hop_frames
        out[..., start : start + config.fft_size] += blocks[..., column, :]
        weight[start : start + config.fft_size] += window**2
    half = config.fft_size // 2
    out = out[..., half : half + frames] / np.maximum(weight[half : half + frames], 1e-6)
    return out.astype(np.float32, copy=False)
