"""Loudness and true peak of a recording, by ITU-R BS.1770-4 (EBU R 128)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from uasrm_core.audio.clip import AudioClip, playable
from uasrm_core.errors import DataError
from uasrm_core.optional import optional_package
from uasrm_core.progress import Progress

# pyloudnorm takes a recording as a whole, as numbers of 64 bits.
LONGEST_S = 1800.0
_MOST_CHANNELS = 5
_OVERSAMPLING = 4
_BLOCK_S, _MARGIN_S = 30.0, 0.05


@dataclass(frozen=True)
class Loudness:
    """How loud a recording is.

    Attributes
    ----------
    lufs
        Integrated loudness, or None for silence and for what is too short.
    true_peak_db
        Of four times as many samples, in dB of full scale; None for silence.
    """

    lufs: float | None
    true_peak_db: float | None


def measure_loudness(clip: AudioClip, progress: Progress = Progress()) -> Loudness | None:
    """Measure a recording; None where it is too long, or the package for it is not installed.

    Raises
    ------
    FileError
        It cannot be read any more.
    """
    if clip.info.duration_s > LONGEST_S or clip.channels > _MOST_CHANNELS:
        return None
    try:
        pyloudnorm = optional_package("pyloudnorm", "batch", "Loudness needs")
    except DataError:
        return None
    progress.report(0.0)
    peak = _true_peak(clip, progress.part(0.0, 0.6))
    samples = playable(clip.read(0, clip.frames)).T.astype(np.float64)
    try:
        with np.errstate(divide="ignore"):
            lufs = float(pyloudnorm.Meter(clip.rate).integrated_loudness(samples))
    except ValueError:  # shorter than a block of its measure
        lufs = -math.inf
    return Loudness(
        round(lufs, 2) if math.isfinite(lufs) else None,
        round(20 * math.log10(peak), 2) if peak > 0.0 else None,
    )


def _true_peak(clip: AudioClip, progress: Progress) -> float:
    import soxr

    step, margin = round(_BLOCK_S * clip.rate), round(_MARGIN_S * clip.rate)
    peak = 0.0
    for start in range(0, clip.frames, step):
        progress.report(start / clip.frames)
        block = playable(clip.read_padded(start - margin, start + step + margin))
        finer = soxr.resample(block.T, clip.rate, _OVERSAMPLING * clip.rate)
        peak = max(peak, float(np.max(np.abs(finer), initial=0.0)))
    return peak
