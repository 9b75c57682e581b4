"""Level and modulation of a fill, band by band, against the lost sound."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import transform_blocks
from uasrm_core.spectral.texture import FLOOR, LEAST_WINDOWS, STFT

# Bands in Hz: the voice's pitch and its first partials, first formants, second and third formants,
# and hiss.
BANDS_HZ = ((0, 300), (300, 1000), (1000, 3000), (3000, 8000))
# A band with so much less power than the loudest of the lost sound is not heard.
SILENT_DB = -70.0
# A band that is missing is not heard to be missing more.
FARTHEST_DB = 20.0


def level_error_db(
    clean: Samples, repaired: Samples, start: int, end: int, rate: int, *, band_hz: tuple[int, int]
) -> float:
    """Return by how many dB a band of the fill is louder than the band of the lost sound.

    NaN where the band is above half the rate, or silent in the lost sound.

    Parameters
    ----------
    clean, repaired
        float32 ``(channels, frames)``.
    start, end
        The gap within them.
    """
    truth, fill = (_measure_band_power(sound[:, start:end], rate) for sound in (clean, repaired))
    inside = _find_bins(band_hz, rate, 2 * (len(truth) - 1))
    lost = truth[inside].sum()
    if not inside.any() or lost <= truth.sum() * 10 ** (SILENT_DB / 10):
        return math.nan
    return float(10.0 * np.log10((fill[inside].sum() + 1e-4 * lost) / lost))


def modulation_error_db(
    clean: Samples, repaired: Samples, start: int, end: int, rate: int, *, band_hz: tuple[int, int]
) -> float:
    """Return by how much more a band of the fill changes over time than that of the lost sound.

    The standard deviation of each bin's level over time, in dB, averaged over the band: below 0 the
    fill is smeared, above 0 restless. NaN where the gap is too short to tell or the band above half
    the rate.

    Parameters
    ----------
    clean, repaired, start, end
        As `level_error_db` has them.
    """
    inside = _find_bins(band_hz, rate, STFT.fft_size)
    too_short = end - start < STFT.fft_size + (LEAST_WINDOWS - 1) * STFT.hop_frames
    if too_short or not inside.any():
        return math.nan
    truth, fill = (_measure_magnitudes(sound[:, start:end]) for sound in (clean, repaired))
    floor = FLOOR * float(truth.max())
    if floor == 0.0:
        return math.nan
    lively = [np.mean((20.0 * np.log10(m + floor)).std(axis=1)[:, inside]) for m in (fill, truth)]
    return float(lively[0] - lively[1])


def level_distance_db(clean: Samples, repaired: Samples, start: int, end: int, rate: int) -> float:
    """Return how far off the levels of a fill's bands are: the mean, each at most `FARTHEST_DB`.

    Parameters
    ----------
    clean, repaired, start, end
        As `level_error_db` has them.

    Returns
    -------
    0 where there is nothing to go by.
    """
    return _average_distance_db(level_error_db, clean, repaired, start, end, rate)


def modulation_distance_db(
    clean: Samples, repaired: Samples, start: int, end: int, rate: int
) -> float:
    """Return how far off the modulation of a fill's bands is, as `level_distance_db` does."""
    return _average_distance_db(modulation_error_db, clean, repaired, start, end, rate)


def _average_distance_db(
    error_db: Callable[..., float],
    clean: Samples,
    repaired: Samples,
    start: int,
    end: int,
    rate: int,
) -> float:
    found = [
        abs(error_db(clean, repaired, start, end, rate, band_hz=band_hz)) for band_hz in BANDS_HZ
    ]
    known = [min(error, FARTHEST_DB) for error in found if not math.isnan(error)]
    return sum(known) / len(known) if known else 0.0


def _measure_band_power(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """Return the power of ``(channels, frames)`` at each frequency, faded at both ends."""
    fade = np.hanning(samples.shape[1] + 2)[1:-1]
    # at least 20 bins up to 300 Hz, however short the gap is
    size = max(samples.shape[1], round(rate / 15))
    spectrum = np.fft.rfft(samples * fade, n=size + size % 2, axis=1)
    return np.asarray(np.square(np.abs(spectrum)).sum(axis=0))


def _find_bins(band_hz: tuple[int, int], rate: int, size: int) -> npt.NDArray[np.bool_]:
    """Return which bins of a transform lie in a band that is below half the rate."""
    hz = np.arange(size // 2 + 1) * rate / size
    low, high = band_hz
    return (hz >= low) & (hz < high) & (high <= rate / 2)


def _measure_magnitudes(samples: Samples) -> npt.NDArray[np.float64]:
    """Return ``(channels, windows, bins)``."""
    blocks = np.lib.stride_tricks.sliding_window_view(samples, STFT.fft_size, axis=-1)
    return np.abs(transform_blocks(blocks[:, :: STFT.hop_frames], STFT)).astype(np.float64)
