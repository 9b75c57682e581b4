"""The one short-time Fourier transform of the project, on numpy arrays.

The network's torch version (`uasrm_core.model`) takes its sizes from the same `StftConfig`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples

Spectrum = npt.NDArray[np.complex64]

# Sums of cosines, by their coefficients (Harris, Proc. IEEE 66(1), 1978; flat top: D'Antona and
# Ferrero, 2006). Here rather than from scipy.signal, whose import takes half a second.
_COSINES = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.50, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "flattop": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
    "boxcar": (1.0,),
}
WINDOWS = tuple(_COSINES)


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
        One of `WINDOWS`; periodic.
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
        return _window(self.window, self.fft_size)

    def columns(self, frames: int) -> int:
        """Return how many columns `stft` makes of that many frames."""
        return 1 + frames // self.hop_frames

    def bin_hz(self, rate: int) -> float:
        """Return the distance between bins in Hz."""
        return rate / self.fft_size


@lru_cache(maxsize=16)
def _window(name: str, size: int) -> Samples:
    turn = 2 * np.pi * np.arange(size) / size
    shape = sum(
        (-1) ** order * factor * np.cos(order * turn) for order, factor in enumerate(_COSINES[name])
    )
    window: Samples = np.asarray(shape, dtype=np.float32)
    window.setflags(write=False)
    return window


def transform_blocks(blocks: Samples, config: StftConfig) -> Spectrum:
    """Window and transform ``(..., fft_size)`` into ``(..., bins)``, complex64."""
    # Here, so that a window is shown before this is loaded, which takes a fifth of a second.
    from scipy import fft

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
    from scipy import fft

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
