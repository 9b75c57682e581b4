"""Levels of a spectrogram in tiles, so that a view computes only what it shows.

A tile holds 256 columns of one hop, a power of two in frames. Its values are levels, not
colours: another colour map or range needs no transform. A column keeps the loudest of all the
transforms that begin in it, half a window apart at most, so a single click shows however far the
view is zoomed out. A rough tile looks at a few places of each column only, to be there soon.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.overview.peaks import finite
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, transform_blocks

TileValues = npt.NDArray[np.uint8]
Frames = npt.NDArray[np.int64]

TILE_COLUMNS = 256
FLOOR_DB = -120.0
STEP_DB = 0.5
TOP_DB = FLOOR_DB + 255 * STEP_DB
ROUGH_TRANSFORMS = 2
MAX_LANES = 8
# So much at a time stays in the processor's cache: twice as quick as a whole tile at once.
BATCH_FRAMES = 2**17
# Up to this many frames one read is cheaper than one for every transform.
ONE_READ_FRAMES = 2**20


# A click is told from its neighbours where a window is no wider, and tones where it is no narrower.
WINDOW_PIXELS = 48


@dataclass(frozen=True)
class ZoomedTransform:
    """The transform of a picture, with shorter windows where the view is closer.

    Attributes
    ----------
    widest
        The transform of far views; its hop is the least with that window.
    least_size
        Window length of the closest views; that of `widest` for one window in all views.
    """

    widest: StftConfig
    least_size: int

    @classmethod
    def fix_window(cls, config: StftConfig) -> ZoomedTransform:
        """Return one window for all views."""
        return cls(config, config.fft_size)

    @property
    def _overlap(self) -> int:
        return self.widest.fft_size // self.widest.hop_frames

    def at(self, hop_frames: int) -> StftConfig:
        """Return the transform of the tiles of a hop."""
        size = min(max(hop_frames * self._overlap, self.least_size), self.widest.fft_size)
        return replace(self.widest, fft_size=size, hop_frames=size // self._overlap)

    def hop_for(self, frames_per_pixel: float) -> int:
        """Return the hop that suits a view best.

        It is the widest that leaves a pixel a column, but none denser than the overlap asks for;
        with it the window covers 24 to 48 pixels, as far as the longest and the shortest allow.
        """
        seen = 1 << int(math.log2(max(frames_per_pixel, 1.0)))
        window = 1 << int(math.log2(max(WINDOW_PIXELS * frames_per_pixel, 1.0)))
        followed = min(window // self._overlap, self.widest.hop_frames)
        return max(seen, followed, self.least_size // self._overlap)


@dataclass(frozen=True)
class TileKey:
    """Which tile: the distance between its columns in frames, and its number from the start."""

    hop_frames: int
    index: int
    rough: bool = False

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
    exact = max(2 * key.hop_frames // config.fft_size, 1)
    per_column = min(exact, ROUGH_TRANSFORMS) if key.rough else exact
    columns = key.first_column + np.arange(TILE_COLUMNS)
    columns = columns[columns * key.hop_frames < clip.frames + config.fft_size // 2]
    within = (np.arange(per_column) - (per_column - 1) / 2) / per_column
    centres = ((columns[:, None] + within) * key.hop_frames).astype(np.int64)
    starts = centres - config.fft_size // 2
    shape = (lane_count(clip.channels), config.bins, TILE_COLUMNS)
    values = np.zeros(shape, dtype=np.uint8)
    if len(starts):
        loudest = _find_loudest(clip, starts, config, progress)
        values[..., : len(starts)] = np.swapaxes(quantise(loudest), -1, -2)
    return values


def quantise(power: Samples) -> TileValues:
    """Return levels as tile values: half decibels above the floor."""
    with np.errstate(divide="ignore"):
        level = 10.0 * np.log10(power)
    return np.clip(np.rint((level - FLOOR_DB) / STEP_DB), 0, 255).astype(np.uint8)


def power_of(blocks: Samples, config: StftConfig) -> Samples:
    """Return the power per bin of ``(..., fft_size)``; a full-scale sine has 1."""
    spectrum = transform_blocks(blocks, config)
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    power *= np.float32((2.0 / float(config.window_samples().sum())) ** 2)
    return power


def read_lanes(clip: AudioClip, start_frame: int, end_frame: int) -> Samples:
    """Read a range that may reach outside the recording, mixed down if it has many channels."""
    low = min(max(start_frame, 0), clip.frames)
    high = min(max(end_frame, low), clip.frames)
    before = min(max(low - start_frame, 0), end_frame - start_frame)
    return padded_lanes(finite(clip.read(low, high)), before, end_frame - start_frame)


def padded_lanes(samples: Samples, before: int, frames: int) -> Samples:
    """Mix many channels down, and put them into silence so many frames long."""
    if len(samples) > MAX_LANES:
        samples = samples.mean(axis=0, keepdims=True)
    if samples.shape[1] == frames:
        return samples
    lanes = np.zeros((len(samples), frames), dtype=np.float32)
    lanes[:, before : before + samples.shape[1]] = samples
    return lanes


def _find_loudest(
    clip: AudioClip, starts: Frames, config: StftConfig, progress: Progress
) -> Samples:
    """Return the power per bin, ``(lanes, columns, bins)``, the largest of each row of `starts`."""
    lanes, (columns, per_column) = lane_count(clip.channels), starts.shape
    out = np.empty((lanes, columns, config.bins), dtype=np.float32)
    together = max(BATCH_FRAMES // (config.fft_size * per_column * lanes), 1)
    rows = max(BATCH_FRAMES // (config.fft_size * lanes), 1)
    for first in range(0, columns, together):
        progress.check()
        batch = starts[first : first + together]
        # A single column may hold more transforms than fit, so these are taken in turns too.
        best: Samples | None = None
        for begin in range(0, per_column, rows):
            progress.check()
            power = power_of(_list_blocks(clip, batch[:, begin : begin + rows], config), config)
            peak = power.max(axis=-2)
            best = peak if best is None else np.maximum(best, peak, out=best)
        assert best is not None
        out[:, first : first + len(batch)] = best
    return out


def _list_blocks(clip: AudioClip, starts: Frames, config: StftConfig) -> Samples:
    """Return the samples of each transform, ``(lanes, *starts.shape, fft_size)``."""
    size = config.fft_size
    first, last = int(starts[0, 0]), int(starts[-1, -1])
    if last - first <= ONE_READ_FRAMES:
        samples = read_lanes(clip, first, last + size)
        windows = np.lib.stride_tricks.sliding_window_view(samples, size, axis=-1)
        return windows[:, starts - first]
    blocks = np.empty((lane_count(clip.channels), *starts.shape, size), dtype=np.float32)
    for place in np.ndindex(*starts.shape):
        start = int(starts[place])
        blocks[(slice(None), *place)] = read_lanes(clip, start, start + size)
    return blocks
