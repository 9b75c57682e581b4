"""Within-dB accuracy: the share of the spectrogram that a repair has right."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig

STFT = StftConfig(fft_size=2048, hop_frames=512)
RANGE_DB = 80.0


def within_db_accuracy(
    clean: Samples, repaired: Samples, start: int, end: int, *, tolerance_db: float
) -> float:
    """Return the share of cells of the gap's spectrogram that are right, in per cent.

    A cell counts where its levels in the two recordings differ by at most `tolerance_db`. Levels
    are in dB under the peak of the clean stretch, and no lower than `RANGE_DB` under it, so that
    two silent cells agree. Columns are those centred in the gap, every `STFT.hop_frames`; bins are
    weighed alike, and so are channels.

    Parameters
    ----------
    clean, repaired
        float32 ``(channels, frames)``, with surroundings of at least half a window.
    start, end
        The gap within them.

    References
    ----------
    T. Goldfarb, "Unet Audio Spectrogram Repair Model", 2024: 1 where the output equals the
    original and 0 elsewhere, averaged over the damaged portion, "exact and close-to-exact".
    """
    peak = max(float(np.abs(_compute_spectra(clean, 0, clean.shape[1])).max(initial=0.0)), 1e-12)
    levels = [
        _measure_levels(_compute_spectra(samples, start, end), peak)
        for samples in (clean, repaired)
    ]
    close = np.abs(levels[0] - levels[1]) <= tolerance_db
    return 100.0 * float(np.mean(close))


def _compute_spectra(samples: Samples, start: int, end: int) -> npt.NDArray[np.complex128]:
    """Return the spectra of windows centred in a stretch, ``(channels, columns, bins)``."""
    half = STFT.fft_size // 2
    padded = np.pad(samples.astype(np.float64), ((0, 0), (half, half)))
    centres = np.arange(start + (end - start) % STFT.hop_frames // 2, end, STFT.hop_frames)
    blocks = np.lib.stride_tricks.sliding_window_view(padded, STFT.fft_size, axis=-1)
    return np.asarray(fft.rfft(blocks[:, centres] * STFT.window_samples(), axis=-1))


def _measure_levels(spectra: npt.NDArray[np.complex128], peak: float) -> npt.NDArray[np.float64]:
    floor = peak * 10 ** (-RANGE_DB / 20)
    return np.asarray(20.0 * np.log10(np.maximum(np.abs(spectra), floor) / peak))
