"""How high in frequency sound goes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, transform_blocks

# Windows beside each other; Hann's leak so far.
WINDOWS = StftConfig()
LEAK_BINS = 4


def measure_above_db(stretches: Sequence[Samples], rate: int, *, above_hz: float) -> float:
    """Return how much of the power of sound lies above a frequency, in dB of all of it.

    Parameters
    ----------
    stretches
        Each ``(frames,)``; what is left over after whole windows is not heard.

    Returns
    -------
    -inf where nothing lies there, or nothing sounds; NaN where no stretch fills a window.
    """
    size = WINDOWS.fft_size
    whole = [each[: len(each) // size * size].reshape(-1, size) for each in stretches]
    blocks = np.concatenate(whole)
    if not len(blocks):
        return float("nan")
    spectra = np.abs(transform_blocks(blocks.astype(np.float32), WINDOWS)).astype(np.float64)
    power = np.square(spectra).sum(axis=0)
    first = int(above_hz / WINDOWS.bin_hz(rate)) + 1 + LEAK_BINS
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.divide(power[first:].sum(), power.sum())
        return float(10.0 * np.log10(np.nan_to_num(share)))
