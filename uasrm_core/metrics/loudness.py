"""Loudness and true peak of a recording, by ITU-R BS.1770-4 (EBU R 128)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from uasrm_core.audio.clip import AudioClip, silence_unplayable
from uasrm_core.errors import DataError
from uasrm_core.optional import optional_package
from uasrm_core.progress import Progress
from uasrm_core.translation import mark

# BS.1770: channels in the order left, right, centre, left and right surround
_CHANNEL_GAINS = (1.0, 1.0, 1.0, 1.41, 1.41)
_MOST_CHANNELS = len(_CHANNEL_GAINS)
_STEP_S, _STEPS_A_GATE = 0.1, 4
_GATE_LUFS, _GATE_BELOW_LU = -70.0, -10.0
_OVERSAMPLING = 4
_BLOCK_S, _MARGIN_S = 30.0, 0.05

Powers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


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
    """Measure a recording of any length, block by block.

    None where it has too many channels, or the package for it is not installed.

    Raises
    ------
    FileError
        It cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    if clip.channels > _MOST_CHANNELS:
        return None
    try:
        pyloudnorm = optional_package("pyloudnorm", "batch", mark("Loudness needs"))
    except DataError:
        return None
    progress.report(0.0)
    peak = _find_true_peak(clip, progress.part(0.0, 0.6))
    filters = tuple(pyloudnorm.Meter(clip.rate)._filters.values())
    lufs = _gate_loudness(_measure_gate_powers(clip, filters, progress.part(0.6, 1.0)))
    return Loudness(
        round(lufs, 2) if math.isfinite(lufs) else None,
        round(20 * math.log10(peak), 2) if peak > 0.0 else None,
    )


def _measure_gate_powers(clip: AudioClip, filters: Sequence[Any], progress: Progress) -> Powers:
    """Return the K-weighted power of each gate of 400 ms, all channels together (BS.1770, eq. 3).

    Gates begin every 100 ms; the filters' states go from one block of the recording to the next.
    """
    from scipy.signal import lfilter

    sums = np.zeros(math.floor(clip.info.duration_s / _STEP_S))
    gains = np.array(_CHANNEL_GAINS[: clip.channels])[:, np.newaxis]
    states = [np.zeros((clip.channels, 2)) for _ in filters]
    block_steps = round(_BLOCK_S / _STEP_S)
    for first in range(0, len(sums), block_steps):
        progress.report(first / len(sums))
        borders = (
            np.arange(first, min(first + block_steps, len(sums)) + 1) * clip.rate * _STEP_S
        ).astype(int)
        sound = silence_unplayable(clip.read(borders[0], borders[-1])).astype(np.float64)
        for number, stage in enumerate(filters):
            sound, states[number] = lfilter(stage.b, stage.a, sound, zi=states[number])
        squares = (gains * sound**2).sum(axis=0)
        sums[first : first + block_steps] = np.add.reduceat(squares, borders[:-1] - borders[0])
    if len(sums) < _STEPS_A_GATE:
        return np.zeros(0)
    gates = np.lib.stride_tricks.sliding_window_view(sums, _STEPS_A_GATE).sum(axis=-1)
    return np.asarray(gates / (_STEPS_A_GATE * _STEP_S * clip.rate))


def _gate_loudness(powers: Powers) -> float:
    """Return the loudness of the gates that count, or minus infinity (BS.1770, eq. 4 to 7)."""
    powers = powers[_convert_to_lufs(powers) >= _GATE_LUFS]
    if not len(powers):
        return -math.inf
    powers = powers[_convert_to_lufs(powers) > _convert_to_lufs(powers.mean()) + _GATE_BELOW_LU]
    return float(_convert_to_lufs(powers.mean()))


def _convert_to_lufs(power: Any) -> Any:
    with np.errstate(divide="ignore"):
        return -0.691 + 10 * np.log10(power)


def _find_true_peak(clip: AudioClip, progress: Progress) -> float:
    import soxr

    step, margin = round(_BLOCK_S * clip.rate), round(_MARGIN_S * clip.rate)
    peak = 0.0
    for start in range(0, clip.frames, step):
        progress.report(start / clip.frames)
        block = silence_unplayable(clip.read_padded(start - margin, start + step + margin))
        finer = soxr.resample(block.T, clip.rate, _OVERSAMPLING * clip.rate)
        peak = max(peak, float(np.max(np.abs(finer), initial=0.0)))
    return peak
