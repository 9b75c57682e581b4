"""Levels of a spectrogram in tiles, so that a view computes only what it shows.

A tile holds 256 columns of one hop, a power of two in frames. Its values are levels, not
colours: another colour map or range needs no transform. However far the view is zoomed out, a
column costs a bounded number of transforms, of which each frequency keeps the loudest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.dsp.peaks import finite
from uasrm_core.dsp.stft import StftConfig, transform_blocks
from uasrm_core.progress import Progress

TileValues = npt.NDArray[np.uint8]

TILE_COLUMNS = 256
FLOOR_DB = -120.0
STEP_DB = 0.5
TOP_DB = FLOOR_DB + 255 * STEP_DB
MAX_TRANSFORMS = 4
# Up to this many frames one read is cheaper than one for every transform.
ONE_READ_FRAMES = 2**21
MAX_LANES = 2


@dataclass(frozen=True)
class TileKey:
    """Which tile: the distance between its columns in frames, and its number from the start."""

    hop_frames: int
    index: int

    @property
    def first_column(self) -> int:
        """The column the tile begins with; column ``c`` is centred on ``c * hop_frames``."""
        return self.index * TILE_COLUMNS

    def reach(self, config: StftConfig) -> tuple[int, int]:
        """Return the frames, half-open, that the tile's values depend on."""
        start = self.first_column * self.hop_frames
        margin = self.hop_frames // 2 + config.fft_size // 2
        last = start + (TILE_COLUMNS - 1) * self.hop_frames
        return start - margin, last + margin + 1


def hop_for(frames_per_pixel: float, config: StftConfig) -> int:
    """Return the hop whose columns come nearest to a pixel, but not denser than is useful."""
    closest = config.fft_size // 16
    return max(closest, 1 << round(math.log2(max(frames_per_pixel, 1.0))))


def lane_count(channels: int) -> int:
    """Return how many spectrograms a recording shows: one a channel, or one of the mix."""
    return channels if channels <= MAX_LANES else 1


def level_db(value: float) -> float:
    """Return the level that a tile's value stands for; a full-scale sine reads 0 dB."""
    return FLOOR_DB + STEP_DB * value


def tile_values(
    clip: AudioClip, key: TileKey, config: StftConfig, progress: Progress = Progress()
) -> TileValues:
    """Compute a tile, uint8 ``(lanes, bins, 256)``; beyond the recording is silence.

    Raises
    ------
    Cancelled
        When `progress` asks to stop.
    """
    per_column = min(max(2 * key.hop_frames // config.fft_size, 1), MAX_TRANSFORMS)
    columns = key.first_column + np.arange(TILE_COLUMNS)
    within = (np.arange(per_column) - (per_column - 1) / 2) / per_column
    centres = ((columns[:, None] + within) * key.hop_frames).astype(np.int64)
    power = np.zeros((lane_count(clip.channels), TILE_COLUMNS, config.bins), dtype=np.float32)
    inside = columns * key.hop_frames < clip.frames + config.fft_size // 2
    if inside.any():
        starts = centres[inside] - config.fft_size // 2
        power[:, inside] = _loudest(clip, starts, config, progress)
    return np.ascontiguousarray(np.swapaxes(_quantised(power), -1, -2))


def _loudest(
    clip: AudioClip, starts: npt.NDArray[np.int64], config: StftConfig, progress: Progress
) -> Samples:
    """Return the power per bin, the largest over the last axis of `starts`."""
    if int(starts[-1, -1] - starts[0, 0]) <= ONE_READ_FRAMES:
        first = int(starts[0, 0])
        samples = _lanes(clip, first, int(starts[-1, -1]) + config.fft_size)
        windows = np.lib.stride_tricks.sliding_window_view(samples, config.fft_size, axis=-1)
        blocks = windows[:, starts - first]
    else:
        blocks = np.empty((lane_count(clip.channels), *starts.shape, config.fft_size), np.float32)
        for place in np.ndindex(*starts.shape):
            progress.check()
            start = int(starts[place])
            blocks[(slice(None), *place)] = _lanes(clip, start, start + config.fft_size)
    scale = 2.0 / float(config.window_samples().sum())
    spectrum = transform_blocks(blocks, config)
    power: Samples = (spectrum.real**2 + spectrum.imag**2).max(axis=-2) * scale**2
    return power


def _lanes(clip: AudioClip, start_frame: int, end_frame: int) -> Samples:
    """Read a range that may reach outside the recording, mixed down if it has many channels."""
    low = min(max(start_frame, 0), clip.frames)
    high = min(max(end_frame, low), clip.frames)
    samples = finite(clip.read(low, high))
    if clip.channels > MAX_LANES:
        samples = samples.mean(axis=0, keepdims=True)
    lanes = np.zeros((samples.shape[0], end_frame - start_frame), dtype=np.float32)
    if low < high:
        lanes[:, low - start_frame : high - start_frame] = samples
    return lanes


def _quantised(power: Samples) -> TileValues:
    with np.errstate(divide="ignore"):
        level = 10.0 * np.log10(power)
    return np.clip(np.rint((level - FLOOR_DB) / STEP_DB), 0, 255).astype(np.uint8)
