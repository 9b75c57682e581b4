"""Flatness and modulation of a fill against the sound around it, and steadiness of sound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig, transform_blocks

STFT = StftConfig(fft_size=512, hop_frames=128)
SURROUNDINGS_S = 1.0
LEAST_WINDOWS = 4
# Levels are raised by this share of a stretch's peak, so that empty bins do not decide.
FLOOR = 1e-3
# Windows that tell how steady a sound is, and the highest pitch that counts.
STEADY_WINDOW_S = 0.046
STEADY_MOST_HZ = 6400.0


@dataclass(frozen=True)
class Texture:
    """What a stretch of sound is made of.

    Attributes
    ----------
    flatness_db
        Geometric over arithmetic mean of each spectrum's power: 0 for white noise, far below for
        tones.
    modulation_db
        Standard deviation of each bin's level over time: about 5.6 for noise, 0 for a spectrum
        that stands still.
    """

    flatness_db: float
    modulation_db: float

    def __sub__(self, other: Texture) -> Texture:
        return Texture(
            self.flatness_db - other.flatness_db, self.modulation_db - other.modulation_db
        )


UNKNOWN = Texture(math.nan, math.nan)


def steadiness(stretches: Sequence[npt.NDArray[np.floating]], rate: int) -> float:
    """Return how much the spectra of short windows are alike, at most 1.

    The length of the mean of their square roots, each of length 1: about 0.97 for held chords, 0.87
    for speech. 1 where no stretch is long enough to tell.

    Parameters
    ----------
    stretches
        ``(frames,)`` each, of one sound; windows begin at the start of each.

    References
    ----------
    Mardia & Jupp, "Directional Statistics", Wiley 2000: mean resultant length.
    """
    size = 2 * round(STEADY_WINDOW_S * rate / 2)
    config = StftConfig(fft_size=size, hop_frames=size // 2)
    blocks = [
        np.lib.stride_tricks.sliding_window_view(stretch, size)[:: config.hop_frames]
        for stretch in stretches
        if len(stretch) >= size
    ]
    if not blocks:
        return 1.0
    spectra = transform_blocks(np.concatenate(blocks), config)
    roots = np.sqrt(np.abs(spectra[:, : round(STEADY_MOST_HZ * size / rate)]))
    lengths = np.linalg.norm(roots, axis=1, keepdims=True)
    return float(np.linalg.norm(np.mean(roots / np.maximum(lengths, 1e-12), axis=0)))


def texture_change(samples: Samples, start: int, end: int, rate: int) -> Texture:
    """Return a fill's texture less that of its surroundings; 0 is as it should be.

    The surroundings are up to `SURROUNDINGS_S` on each side, in stretches as long as the fill,
    since a short stretch varies less than a long one. NaN where the fill is shorter than
    `LEAST_WINDOWS` windows or nothing as long is intact beside it.

    Parameters
    ----------
    samples
        float32 ``(channels, frames)``.
    start, end
        The fill within it.

    References
    ----------
    Dubnov, "Generalization of spectral flatness measure for non-Gaussian linear processes", IEEE
    SPL 11(8), 2004, for the first figure.
    """
    frames = end - start
    if frames < STFT.fft_size + (LEAST_WINDOWS - 1) * STFT.hop_frames:
        return UNKNOWN
    around = round(SURROUNDINGS_S * rate)
    before = range(start - frames, max(start - max(around, frames), 0) - 1, -frames)
    after = range(end, min(end + max(around, frames), samples.shape[1]) - frames + 1, frames)
    known = [_measure_texture(samples[:, at : at + frames]) for at in (*before, *after)]
    heard = [texture for texture in known if texture is not None]
    own = _measure_texture(samples[:, start:end])
    if not heard or own is None:
        return UNKNOWN
    return own - Texture(
        float(np.mean([texture.flatness_db for texture in heard])),
        float(np.mean([texture.modulation_db for texture in heard])),
    )


def _measure_texture(samples: Samples) -> Texture | None:
    """Return the texture of ``(channels, frames)``, or None of silence."""
    blocks = np.lib.stride_tricks.sliding_window_view(samples, STFT.fft_size, axis=-1)
    magnitudes = np.abs(transform_blocks(blocks[:, :: STFT.hop_frames], STFT)).astype(np.float64)
    peak = float(magnitudes.max())
    if peak == 0.0:
        return None
    levels = 20.0 * np.log10(magnitudes + FLOOR * peak)
    return Texture(_measure_flatness_db(levels), float(np.mean(levels.std(axis=1))))


def _measure_flatness_db(levels: npt.NDArray[np.float64]) -> float:
    arithmetic = 10.0 * np.log10(np.mean(10.0 ** (levels / 10.0), axis=-1))
    return float(np.mean(levels.mean(axis=-1) - arithmetic))
