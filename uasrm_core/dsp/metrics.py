"""How near a repair comes to what was lost, each measure on ``(channels, frames)`` arrays.

Every measure takes the clean and the repaired stretch (the same frames of both, with surroundings)
and the gap within it, half-open. Frames beyond the arrays count as silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.resample import resample
from uasrm_core.dsp.stft import StftConfig
from uasrm_core.errors import DataError

SNR_LIMIT_DB = 60.0
LSD_STFT = StftConfig(fft_size=1024, hop_frames=256)
LSD_EDGE_FRAMES = LSD_STFT.fft_size - LSD_STFT.hop_frames
LSD_FLOOR = 1e-3
LSD_SILENCE = 1e-5
MOS_RATE = 48_000
MOS_EDGE_S = 1.0

Metric = Callable[[Samples, Samples, int, int, int], float]


def snr_db(clean: Samples, repaired: Samples, start: int, end: int) -> float:
    """Return the signal-to-noise ratio over the lost samples in dB, within ±`SNR_LIMIT_DB`.

    Energies are summed over the channels before they are compared.
    """
    lost = clean[:, start:end].astype(np.float64)
    signal = float(np.sum(lost**2))
    noise = float(np.sum((repaired[:, start:end] - lost) ** 2))
    if noise == 0.0:
        return SNR_LIMIT_DB
    if signal == 0.0:
        return -SNR_LIMIT_DB
    return max(-SNR_LIMIT_DB, min(SNR_LIMIT_DB, 10.0 * math.log10(signal / noise)))


def lsd_db(clean: Samples, repaired: Samples, start: int, end: int) -> float:
    """Return the log-spectral distance of every frame that meets the gap, in dB; lower is better.

    Root mean square over the 513 bins of each window, then the mean over windows and channels.
    Both magnitudes are raised by a thousandth of the larger of the two windows' peaks, so that
    empty bins do not decide. Windows silent in both signals are left out; NaN if all of them are.

    References
    ----------
    Gray & Markel, "Distance measures for speech processing", IEEE TASSP 24(5), 1976; window, floor
    and range as in the npm package ``@audio/denoise-repair`` 0.4, so that figures compare.
    """
    x = _windows(clean, start, end)
    y = _windows(repaired, start, end)
    audible = (np.sum(x**2, axis=-1) >= LSD_SILENCE) | (np.sum(y**2, axis=-1) >= LSD_SILENCE)
    if not np.any(audible):
        return math.nan
    shape = LSD_STFT.window_samples()
    x = np.abs(fft.rfft(x[audible] * shape, axis=-1))
    y = np.abs(fft.rfft(y[audible] * shape, axis=-1))
    peak = np.maximum(x.max(axis=-1), y.max(axis=-1))
    floor = LSD_FLOOR * peak[:, None]
    distance = 20.0 * np.log10((x + floor) / (y + floor))
    return float(np.mean(np.sqrt(np.mean(distance**2, axis=-1))))


def _windows(samples: Samples, start: int, end: int) -> npt.NDArray[np.float64]:
    """Return the blocks that meet the gap, float64 ``(channels, windows, fft_size)``."""
    low, high = start - LSD_EDGE_FRAMES, end + LSD_EDGE_FRAMES
    inside = samples[:, max(low, 0) : high].astype(np.float64)
    before = max(-low, 0)
    after = (high - low) - before - inside.shape[1]
    padded = np.pad(inside, ((0, 0), (before, after)))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, LSD_STFT.fft_size, axis=-1)
    return blocks[:, :: LSD_STFT.hop_frames]


def zimtohrli_mos(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return the opinion score (1 to 5) that the zimtohrli model predicts; higher is better.

    It hears the gap and `MOS_EDGE_S` on each side; the mean over the channels.

    Raises
    ------
    DataError
        The package is not installed.

    References
    ----------
    Alakuijala et al., "Zimtohrli: an efficient psychoacoustic audio similarity metric", 2025.
    """
    try:
        import zimtohrli
    except ImportError:
        raise DataError(
            "The metric zimtohrli needs the package of that name: pip install 'uasrm[evaluate]'."
        ) from None
    edge = round(MOS_EDGE_S * rate)
    heard = slice(max(start - edge, 0), end + edge)
    scores = [
        zimtohrli.mos_from_signals(x, y)
        for x, y in zip(
            resample(clean[:, heard], rate, MOS_RATE),
            resample(repaired[:, heard], rate, MOS_RATE),
            strict=True,
        )
    ]
    return float(np.mean(scores))


METRICS: dict[str, Metric] = {
    "snr": lambda clean, repaired, start, end, _rate: snr_db(clean, repaired, start, end),
    "lsd": lambda clean, repaired, start, end, _rate: lsd_db(clean, repaired, start, end),
    "zimtohrli": zimtohrli_mos,
}
