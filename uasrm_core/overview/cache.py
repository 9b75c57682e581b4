"""The overview cache: peaks and coarse levels from one reading of a whole recording.

Both come from the same blocks, so that an hour is read and decoded once. Whatever is zoomed out
beyond the pool's hop is drawn from here without a transform; what is closer comes from `tiles`.
"""

from __future__ import annotations

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.overview.peaks import BASE_FRAMES, BLOCK_FRAMES, PeakPyramid, finite, sample_peaks
from uasrm_core.overview.tiles import (
    BATCH_FRAMES,
    TILE_COLUMNS,
    TileKey,
    TileValues,
    lane_count,
    padded_lanes,
    power_of,
    quantise,
)
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig

POOL_BYTES = 12 * 2**20
# Samples of all channels that are read at once, and frames at the least: powers of two.
BLOCK = 2 * BLOCK_FRAMES
LEAST_BLOCK_FRAMES = 2**15


class MaxPooledSpectrogram:
    """The loudest level of every bin in every column of a wide hop, over the whole recording.

    Attributes
    ----------
    hop_frames
        Width of a column: the smallest power of two, from the transform's length upwards, with
        which the pool keeps within its bound. Column ``c`` holds the transforms that are centred
        from ``c * hop_frames`` to the next, half a window apart.
    values
        uint8 ``(lanes, bins, columns)``, as in tiles.
    ready_frames
        How much of the recording, from its start, is filled in.
    """

    def __init__(self, channels: int, frames: int, config: StftConfig) -> None:
        self.config = config
        self.frames = frames
        self.ready_frames = 0
        lanes = lane_count(channels)
        self.hop_frames = max(config.fft_size, BASE_FRAMES)
        while lanes * config.bins * (frames // self.hop_frames + 1) > POOL_BYTES:
            self.hop_frames *= 2
        columns = frames // self.hop_frames + 1
        self.values: TileValues = np.zeros((lanes, config.bins, columns), dtype=np.uint8)

    def serves(self, key: TileKey) -> bool:
        """Whether a tile can be made of what is filled in."""
        end = min(key.reach(self.config)[1], self.frames)
        return key.hop_frames >= self.hop_frames and end <= self.ready_frames

    def tile(self, key: TileKey) -> TileValues:
        """Return a tile of this hop or a wider one, uint8 ``(lanes, bins, 256)``."""
        ratio = key.hop_frames // self.hop_frames
        # a tile's column is centred on its frame, a pool's begins there
        first = key.first_column * ratio - ratio // 2
        wanted = np.arange(first, first + TILE_COLUMNS * ratio)
        inside = (wanted >= 0) & (wanted < self.values.shape[-1])
        values = self.values[..., np.clip(wanted, 0, self.values.shape[-1] - 1)]
        values[..., ~inside] = 0
        pooled: TileValues = values.reshape(*values.shape[:2], TILE_COLUMNS, ratio).max(axis=-1)
        return pooled

    def put(self, lanes: Samples, start_frame: int, stop_frame: int) -> None:
        """Fill in a stretch; `lanes` reaches half a window beyond it on either side.

        A column that an earlier stretch began is gone on with.
        """
        size, step = self.config.fft_size, self.config.fft_size // 2
        windows = np.lib.stride_tricks.sliding_window_view(lanes, size, axis=-1)[:, ::step]
        windows = windows[:, : -(-(stop_frame - start_frame) // step)]
        batch = max(BATCH_FRAMES // (size * len(lanes)), 1)
        for column in range(start_frame // self.hop_frames, -(-stop_frame // self.hop_frames)):
            begin = max(column * self.hop_frames - start_frame, 0) // step
            end = min(((column + 1) * self.hop_frames - start_frame) // step, windows.shape[1])
            best = np.zeros((len(lanes), self.config.bins), dtype=np.float32)
            for low in range(begin, end, batch):
                power = power_of(windows[:, low : min(low + batch, end)], self.config)
                np.maximum(best, power.max(axis=1), out=best)
            levels = quantise(best)
            if column * self.hop_frames < start_frame:
                levels = np.maximum(levels, self.values[:, :, column])
            self.values[:, :, column] = levels


class OverviewCache:
    """Peaks and far levels of a whole recording, filled together.

    One thread may fill it while another reads.
    """

    def __init__(self, channels: int, frames: int, config: StftConfig) -> None:
        self.frames = frames
        self._block_frames = BLOCK_FRAMES
        while self._block_frames > LEAST_BLOCK_FRAMES and self._block_frames * channels > BLOCK:
            self._block_frames //= 2
        self.peaks = PeakPyramid(channels, frames)
        self.levels = MaxPooledSpectrogram(channels, frames, config)

    @property
    def ready_frames(self) -> int:
        """How much of the recording, from its start, is filled in."""
        return min(self.peaks.ready_frames, self.levels.ready_frames)

    def set_transform(self, channels: int, config: StftConfig) -> None:
        """Begin the levels anew with another transform; the peaks stay."""
        self.levels = MaxPooledSpectrogram(channels, self.frames, config)

    def fill(
        self,
        clip: AudioClip,
        start_frame: int,
        end_frame: int,
        *,
        progress: Progress = Progress(),
    ) -> None:
        """Compute all that a range touches, in blocks; the same call serves an edit.

        Raises
        ------
        Cancelled
            When `progress` asks to stop; what is filled by then stays.
        """
        levels = self.levels
        half = levels.config.fft_size // 2
        hop = levels.hop_frames
        # Whole columns: from the start of the first to the end of the last that is touched.
        begin = max(start_frame - half, 0) // hop * hop
        end = min(-(-min(end_frame + half, self.frames) // hop) * hop, self.frames)
        for start in range(begin, end, self._block_frames):
            progress.report((start - begin) / (end - begin), "Reading the recording")
            stop = min(start + self._block_frames, end)
            self._fill_block(clip, start, stop, levels, half)

    def _fill_block(
        self, clip: AudioClip, start: int, stop: int, levels: MaxPooledSpectrogram, half: int
    ) -> None:
        low, high = max(start - half, 0), min(stop + half, self.frames)
        samples = clip.read(low, high)
        inner = samples[:, start - low : samples.shape[1] - (high - stop)]
        self.peaks.put(sample_peaks(inner, BASE_FRAMES), start)
        lanes = padded_lanes(finite(samples), low - (start - half), stop - start + 2 * half)
        levels.put(lanes, start, stop)
        for part in (self.peaks, levels):
            if start <= part.ready_frames:
                part.ready_frames = max(part.ready_frames, stop)
