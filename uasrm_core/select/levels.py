"""Levels on a grid of time and frequency, for selection tools."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.shape import CELL_HZ, FULL, Shape, shape_of, top_cell
from uasrm_core.overview.peaks import finite
from uasrm_core.spectral.stft import StftConfig, stft

WINDOW_S = 0.046
FLOOR_DB = -140.0


@dataclass(frozen=True, eq=False)
class Levels:
    """A spectrogram in numbers.

    Attributes
    ----------
    values
        float32 ``(bins, columns)`` in dB; a full-scale sine reads 0.
    first_frame, hop_frames
        Column ``c`` is centred on ``first_frame + c * hop_frames``.
    bin_hz
        The distance between bins.
    """

    values: Samples
    first_frame: int
    hop_frames: int
    bin_hz: float

    def place(self, frame: float, hz: float) -> tuple[int, int]:
        """Return the bin and the column nearest to a point."""
        bins, columns = self.values.shape
        column = round((frame - self.first_frame) / self.hop_frames)
        return min(max(round(hz / self.bin_hz), 0), bins - 1), min(max(column, 0), columns - 1)

    def shape(self, chosen: npt.NDArray[np.bool_], rate: int) -> Shape:
        """Return the shape of some of its points, ``(bins, columns)``."""
        columns = np.arange(chosen.shape[1])
        starts = self.first_frame + columns * self.hop_frames - self.hop_frames // 2
        cells = (np.arange(top_cell(rate)) + 0.5) * CELL_HZ
        bins = np.clip(np.rint(cells / self.bin_hz).astype(np.int64), 0, chosen.shape[0] - 1)
        table = chosen[bins].T.astype(np.uint8) * FULL
        return shape_of(np.maximum(starts, 0), starts + self.hop_frames, 0, table)


def levels(
    clip: AudioClip,
    start_frame: int,
    end_frame: int,
    *,
    channels: tuple[int, ...] | None = None,
    window_s: float = WINDOW_S,
) -> Levels:
    """Return the levels of a stretch, the loudest of the channels (all unless told)."""
    size = max(fft.next_fast_len(round(window_s * clip.rate), real=True), 16)
    config = StftConfig(fft_size=size + size % 2, hop_frames=max(size // 4, 1))
    hop = config.hop_frames
    columns = math.ceil((end_frame - start_frame) / hop) + 1
    skipped = math.ceil(config.fft_size / 2 / hop)
    first, last = start_frame - skipped * hop, start_frame + (columns + skipped) * hop
    low, high = max(first, 0), min(last, clip.frames)
    samples = finite(clip.read(low, high, channels))
    spectrum = np.abs(stft(np.pad(samples, ((0, 0), (low - first, last - high))), config))
    loudest = spectrum.max(axis=0)[:, skipped : skipped + columns]
    scale = 2.0 / float(config.window_samples().sum())
    with np.errstate(divide="ignore"):
        values = np.maximum(20.0 * np.log10(loudest * scale), FLOOR_DB)
    return Levels(values, start_frame, hop, config.bin_hz(clip.rate))
