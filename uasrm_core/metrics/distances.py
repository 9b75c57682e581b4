"""SNR, LSD and other distances between a repair and the lost sound.

Every measure takes the clean and the repaired stretch (the same frames of both, with surroundings)
and the gap within it, half-open. Frames beyond the arrays count as silence.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, stft

SNR_LIMIT_DB = 60.0
LSD_STFT = StftConfig(fft_size=1024, hop_frames=256)
LSD_EDGE_FRAMES = LSD_STFT.fft_size - LSD_STFT.hop_frames
LSD_FLOOR = 1e-3
LSD_SILENCE = 1e-5
# A window whose side lobes stay far under what is measured with it.
OUTSIDE_STFT = StftConfig(fft_size=4096, hop_frames=1024, window="blackmanharris")
OUTSIDE_HZ = 100.0
OUTSIDE_EDGE_S = 0.010
LEAST_OUTSIDE_DB = -120.0


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


def lsd_db(
    clean: Samples,
    repaired: Samples,
    start: int,
    end: int,
    *,
    bins: slice = slice(None),
) -> float:
    """Return the log-spectral distance of every frame that meets the gap, in dB; lower is better.

    Root mean square over the 513 bins of each window (or those of `bins`, such as `lsd_bins` gives
    for a band), then the mean over windows and channels.
    Both magnitudes are raised by a thousandth of the larger of the two windows' peaks, so that
    empty bins do not decide. Windows silent in both signals are left out; NaN if all of them are.

    References
    ----------
    Gray & Markel, "Distance measures for speech processing", IEEE TASSP 24(5), 1976; window, floor
    and range as in the npm package ``@audio/denoise-repair`` 0.4, so that figures compare.
    """
    x = _cut_windows(clean, start, end)
    y = _cut_windows(repaired, start, end)
    audible = (np.sum(x**2, axis=-1) >= LSD_SILENCE) | (np.sum(y**2, axis=-1) >= LSD_SILENCE)
    if not np.any(audible):
        return math.nan
    shape = LSD_STFT.window_samples()
    x = np.abs(fft.rfft(x[audible] * shape, axis=-1))
    y = np.abs(fft.rfft(y[audible] * shape, axis=-1))
    peak = np.maximum(x.max(axis=-1), y.max(axis=-1))
    floor = LSD_FLOOR * peak[:, None]
    distance = 20.0 * np.log10((x + floor) / (y + floor))
    return float(np.mean(np.sqrt(np.mean(distance[:, bins] ** 2, axis=-1))))


def lsd_bins(band_hz: tuple[float, float], rate: int) -> slice:
    """Return the bins of `lsd_db` that lie inside a band, at least one."""
    step = LSD_STFT.bin_hz(rate)
    low = min(math.ceil(band_hz[0] / step), LSD_STFT.bins - 1)
    return slice(low, max(math.floor(band_hz[1] / step) + 1, low + 1))


def _cut_windows(samples: Samples, start: int, end: int) -> npt.NDArray[np.float64]:
    """Return the blocks that meet the gap, float64 ``(channels, windows, fft_size)``."""
    low, high = start - LSD_EDGE_FRAMES, end + LSD_EDGE_FRAMES
    inside = samples[:, max(low, 0) : high].astype(np.float64)
    before = max(-low, 0)
    after = (high - low) - before - inside.shape[1]
    padded = np.pad(inside, ((0, 0), (before, after)))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, LSD_STFT.fft_size, axis=-1)
    return blocks[:, :: LSD_STFT.hop_frames]


def outside_db(
    clean: Samples,
    damaged: Samples,
    repaired: Samples,
    start: int,
    end: int,
    rate: int,
    band_hz: tuple[float, float] | None,
) -> float:
    """Return how loud a repair's change is outside what was damaged, in dB under the clean sound.

    Outside is what lies more than `OUTSIDE_HZ` beyond the band, and every window that the region
    does not reach; the sound there is the measure. At least `LEAST_OUTSIDE_DB`; NaN where nothing
    sounds outside.

    Parameters
    ----------
    clean, damaged, repaired
        float32 ``(channels, frames)``.
    start, end
        The region within them.
    band_hz
        The damaged band, or None for all frequencies.
    """
    change, sound = (
        np.abs(stft(np.asarray(part, dtype=np.float32), OUTSIDE_STFT)).astype(np.float64) ** 2
        for part in (repaired - damaged, clean)
    )
    centres = np.arange(change.shape[-1]) * OUTSIDE_STFT.hop_frames
    reach = OUTSIDE_STFT.fft_size // 2 + OUTSIDE_EDGE_S * rate
    outside = np.ones(change.shape[1:], dtype=np.bool_)
    outside[:, (centres > start - reach) & (centres < end + reach)] = False
    if band_hz is not None:
        hz = np.arange(OUTSIDE_STFT.bins) * OUTSIDE_STFT.bin_hz(rate)
        beyond = (hz < band_hz[0] - OUTSIDE_HZ) | (hz > band_hz[1] + OUTSIDE_HZ)
        outside |= beyond[:, None]
    level = float(np.sum(sound[:, outside]))
    if level == 0.0:
        return math.nan
    moved = float(np.sum(change[:, outside]))
    return 10.0 * math.log10(max(moved / level, 10 ** (LEAST_OUTSIDE_DB / 10)))
