"""Telling speech from music by how levels and partials move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.spectral.stft import StftConfig, transform_blocks

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

# Windows long enough to tell the partials of a voice apart, and how far one is from the next.
WINDOW_S = 0.046
HOP_S = 0.0115
# Shorter stretches are too short to tell anything.
LEAST_S = 0.5
# Levels are followed down to 40 dB under the mean.
LEVEL_FLOOR = 1e-4
TOP_HZ = 3000.0
# Pitches of voices, and the band in which they are looked for.
LOWEST_PITCH_HZ, HIGHEST_PITCH_HZ = 75.0, 420.0
PITCHED_FROM_HZ, PITCHED_TO_HZ = 60.0, 2500.0
# Partials: what rises above the mean of so many bins on each side, from this frequency on, and how
# many windows later it is compared with itself.
PARTIALS_FROM_HZ = 150.0
NEAR_BINS = 7
SOON, LATER = 8, 32


@dataclass(frozen=True)
class SpeechFeatures:
    """What tells speech from music.

    Attributes
    ----------
    level_change_db
        Standard deviation of the level over time.
    pitch
        Mean height of the highest peak of the autocorrelation at the pitches of voices.
    held_soon, held_later
        How well partials correlate with those of 0.09 and of 0.37 s later: notes are held, a voice
        glides.

    References
    ----------
    After Scheirer & Slaney, "Construction and evaluation of a robust multifeature speech/music
    discriminator", ICASSP 1997, who tell them apart by changes over about a second.
    """

    level_change_db: float
    pitch: float
    held_soon: float
    held_later: float


# Of a logistic regression on these features, and what is added (`tools/fit_speech.py CORPUS`).
WEIGHTS = SpeechFeatures(level_change_db=0.542, pitch=15.515, held_soon=-9.517, held_later=-3.929)
BIAS = -5.490


def speech_probability(stretches: Sequence[npt.NDArray[np.floating]], rate: int) -> float:
    """Return how likely a sound is to be speech, as against music, from 0 to 1.

    0 where no stretch is long enough to tell, or all of them are silent.

    Parameters
    ----------
    stretches
        ``(frames,)`` each, of one sound.
    """
    features = speech_features(stretches, rate)
    if features is None:
        return 0.0
    odds = float(np.dot(astuple(features), astuple(WEIGHTS))) + BIAS
    return 1.0 / (1.0 + float(np.exp(-odds)))


def speech_features(
    stretches: Sequence[npt.NDArray[np.floating]], rate: int
) -> SpeechFeatures | None:
    """Return what tells speech from music, or None where there is too little to tell."""
    if rate <= 2 * PARTIALS_FROM_HZ:
        return None
    powers = [_powers(stretch, rate) for stretch in stretches if len(stretch) >= LEAST_S * rate]
    whole = np.concatenate(powers) if powers else np.zeros((1, 1))
    hz = np.arange(whole.shape[1]) / WINDOW_S
    level = whole.sum(axis=1)
    mean = float(np.mean(level))
    if mean <= 0.0:
        return None
    partials = [_partials(power, hz) for power in powers]
    return SpeechFeatures(
        level_change_db=float(np.std(10.0 * np.log10(level / mean + LEVEL_FLOOR))),
        pitch=float(np.mean(_pitch_peaks(whole, hz, rate))),
        held_soon=_held(partials, powers, SOON),
        held_later=_held(partials, powers, LATER),
    )


def _powers(stretch: npt.NDArray[np.floating], rate: int) -> Matrix:
    """Return the power of each window and bin up to `TOP_HZ`, ``(windows, bins)``."""
    size = 2 * round(WINDOW_S * rate / 2)
    config = StftConfig(fft_size=size, hop_frames=max(round(HOP_S * rate), 1))
    blocks = np.lib.stride_tricks.sliding_window_view(stretch, size)[:: config.hop_frames]
    spectra = transform_blocks(blocks, config)[:, : round(TOP_HZ * WINDOW_S) + 1]
    return np.asarray(np.square(np.abs(spectra)), dtype=np.float64)


def _pitch_peaks(powers: Matrix, hz: Vector, rate: int) -> Vector:
    """Return the highest peak of each window's normalised autocorrelation at a voice's pitches."""
    size = 2 * round(WINDOW_S * rate / 2)
    sounding = (hz >= PITCHED_FROM_HZ) & (hz <= PITCHED_TO_HZ)
    alike = np.fft.irfft(np.sqrt(powers) * sounding, n=size, axis=1)
    lags = slice(int(rate / HIGHEST_PITCH_HZ), int(rate / LOWEST_PITCH_HZ))
    return np.asarray(alike[:, lags].max(axis=1) / (alike[:, 0] + 1e-12), dtype=np.float64)


def _partials(powers: Matrix, hz: Vector) -> Matrix:
    """Return the log spectra of windows less what is usual about each bin, each of length 1."""
    band = powers[:, hz >= PARTIALS_FROM_HZ]
    logs = np.log(band + 1e-5 * band.max() + 1e-12)
    padded = np.pad(logs, ((0, 0), (NEAR_BINS, NEAR_BINS)), mode="edge")
    near = np.lib.stride_tricks.sliding_window_view(padded, 2 * NEAR_BINS + 1, axis=1).mean(axis=-1)
    fine = logs - near
    return np.asarray(fine / (np.linalg.norm(fine, axis=1, keepdims=True) + 1e-9))


def _held(partials: Sequence[Matrix], powers: Sequence[Matrix], later: int) -> float:
    """Return how well partials correlate with those of so many windows later, loud ones most."""
    found = weights = 0.0
    for fine, power in zip(partials, powers, strict=True):
        level = power.sum(axis=1)
        weight = (level[later:] * level[:-later]) ** 0.25
        found += float(np.sum(weight * np.sum(fine[later:] * fine[:-later], axis=1)))
        weights += float(np.sum(weight))
    return found / (weights + 1e-12)
