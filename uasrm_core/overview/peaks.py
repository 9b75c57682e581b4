"""Extremes and RMS of stretches at every zoom, from which waveforms are drawn.

A pyramid holds those of 256 frames, of 4 times as many, and so on to the top. Below its base,
`read_peaks` goes to the samples themselves.
"""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.progress import Progress

Peaks = npt.NDArray[np.float32]
"""``(3, channels, columns)``: the smallest sample, the largest, and the root mean square.

The last is NaN where a stretch holds values that are no numbers or infinite.
"""

BASE_FRAMES = 256
FACTOR = 4
# A power of four times the base, so that a block fills whole columns up to the sixth level.
BLOCK_FRAMES = BASE_FRAMES * FACTOR**5
SKETCH_COLUMNS = 4096
SKETCH_FRAMES = 1024


def finite(samples: Samples) -> Samples:
    """Return the samples with NaN as silence and infinities as full scale."""
    return np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)


def pool_columns(peaks: Peaks, starts: npt.NDArray[np.intp]) -> Peaks:
    """Join columns: each result reaches from one start to the next, and holds one at least."""
    counts = np.maximum(np.diff(np.append(starts, peaks.shape[-1])), 1)
    with np.errstate(over="ignore"):
        power = np.add.reduceat(np.square(peaks[2]), starts, axis=-1) / counts
    return np.stack(
        [
            np.minimum.reduceat(peaks[0], starts, axis=-1),
            np.maximum.reduceat(peaks[1], starts, axis=-1),
            np.sqrt(power),
        ]
    ).astype(np.float32, copy=False)


def sample_peaks(samples: Samples, frames_per_column: int) -> Peaks:
    """Return the peaks of every `frames_per_column` frames of ``(channels, frames)``.

    The last column may cover fewer. NaN counts as silence, an infinity as full scale.
    """
    if samples.shape[-1] == 0:
        return np.zeros((3, samples.shape[0], 0), dtype=np.float32)
    whole = samples.shape[-1] // frames_per_column
    cut = whole * frames_per_column
    peaks = _reduce(samples[:, :cut].reshape(samples.shape[0], whole, frames_per_column))
    if cut < samples.shape[-1]:
        peaks = np.concatenate([peaks, _reduce(samples[:, None, cut:])], axis=-1)
    # Checked on the few results: a NaN or an infinity always reaches them.
    odd = ~np.isfinite(peaks[:2]).all(axis=0)
    if odd.any():
        peaks = sample_peaks(finite(samples), frames_per_column)
        peaks[2, odd] = np.nan
    return peaks


def _reduce(blocks: Samples) -> Peaks:
    """Return the peaks over the last axis of ``(channels, columns, frames)``."""
    with np.errstate(over="ignore", invalid="ignore"):
        power = np.einsum("cnf,cnf->cn", blocks, blocks) / max(blocks.shape[-1], 1)
    if not blocks.size:
        return np.zeros((3, *blocks.shape[:-1]), dtype=np.float32)
    peaks = np.stack([blocks.min(axis=-1), blocks.max(axis=-1), np.sqrt(power)])
    return peaks.astype(np.float32, copy=False)


def read_peaks(
    clip: AudioClip, start_frame: int, end_frame: int, *, frames_per_column: int
) -> Peaks:
    """Return the peaks of a stretch straight from the samples, for close views."""
    return sample_peaks(clip.read(start_frame, end_frame), frames_per_column)


class PeakPyramid:
    """The peaks of a whole recording at every zoom from 256 frames a column upwards.

    One thread may fill it while another reads: a reader sees silence, a sketch or the truth.

    Attributes
    ----------
    levels
        `Peaks` of 256 frames a column, of 1024, and so on.
    ready_frames
        How much of the recording, from its start, is filled in.
    """

    def __init__(self, channels: int, frames: int) -> None:
        self.frames = frames
        self.ready_frames = 0
        self.levels: list[Peaks] = []
        columns = max(1, -(-frames // BASE_FRAMES))
        while True:
            self.levels.append(np.zeros((3, channels, columns), dtype=np.float32))
            if columns == 1:
                break
            columns = -(-columns // FACTOR)

    def sketch(self, clip: AudioClip, *, budget_s: float, progress: Progress = Progress()) -> None:
        """Fill the upper levels roughly from a few frames a column, within a time budget.

        The first picture of an hour comes from this; the cache then replaces it.
        """
        stop = time.monotonic() + budget_s
        level = next(i for i, p in enumerate(self.levels) if p.shape[-1] <= SKETCH_COLUMNS)
        size = BASE_FRAMES * FACTOR**level
        peaks = self.levels[level]
        for column in range(peaks.shape[-1]):
            progress.check()
            if time.monotonic() > stop:
                break
            start = column * size
            end = min(start + min(size, SKETCH_FRAMES), self.frames)
            peaks[:, :, column] = sample_peaks(clip.read(start, end), SKETCH_FRAMES)[:, :, 0]
        self._raise_from(level, 0, peaks.shape[-1])

    def put(self, peaks: Peaks, start_frame: int) -> None:
        """Fill in the base columns from a frame on, a multiple of 256, and those above them."""
        first = start_frame // BASE_FRAMES
        last = first + peaks.shape[-1]
        self.levels[0][:, :, first:last] = peaks
        self._raise_from(0, first, last)

    def query(self, start_frame: float, end_frame: float, pixels: int) -> Peaks:
        """Return ``(3, channels, pixels)`` over a range, which may reach outside (silence there).

        Edges snap to the columns of the coarsest level that is finer than a pixel.
        """
        wanted = max((end_frame - start_frame) / pixels / BASE_FRAMES, 1.0)
        level = min(int(np.log(wanted) / np.log(FACTOR) + 1e-9), len(self.levels) - 1)
        size = BASE_FRAMES * FACTOR**level
        return pool_range(
            self.levels[level], column_edges(start_frame, end_frame, pixels, frames_per_column=size)
        )

    def odd_frames(self) -> list[int]:
        """Return where stretches with values begin that are no numbers or infinite, to 256 frames.

        Stretches that touch count once.
        """
        odd = np.isnan(self.levels[0][2]).any(axis=0)
        begins = np.flatnonzero(odd & ~np.concatenate([[False], odd[:-1]]))
        return [int(column) * BASE_FRAMES for column in begins]

    def _raise_from(self, level: int, first: int, last: int) -> None:
        """Recompute the columns above ``first`` to ``last`` of a level, up to the top."""
        for lower, upper in zip(self.levels[level:], self.levels[level + 1 :], strict=False):
            first, last = first // FACTOR, -(-last // FACTOR)
            children = lower[:, :, first * FACTOR : last * FACTOR]
            starts = np.arange(0, children.shape[-1], FACTOR)
            upper[:, :, first:last] = pool_columns(children, starts)


def column_edges(
    start_frame: float, end_frame: float, pixels: int, *, frames_per_column: int
) -> npt.NDArray[np.intp]:
    """Return where each pixel of a range begins, in columns, and where the last one ends."""
    edges = np.linspace(start_frame, end_frame, pixels + 1) / frames_per_column
    # The column that the range ends in belongs to the last pixel.
    return np.append(np.floor(edges[:-1]), np.ceil(edges[-1])).astype(np.intp)


def pool_range(peaks: Peaks, edges: npt.NDArray[np.intp]) -> Peaks:
    """Join the columns between consecutive edges, rising; outside the columns is silence."""
    columns = peaks.shape[-1]
    out = np.zeros((*peaks.shape[:-1], len(edges) - 1), dtype=np.float32)
    inside = (edges[:-1] < columns) & (np.maximum(edges[1:], edges[:-1] + 1) > 0)
    if inside.any():
        starts = np.clip(edges[:-1][inside], 0, columns - 1)
        last = edges[1:][inside][-1]
        stop = int(min(max(last, starts[-1] + 1), columns))
        out[..., inside] = pool_columns(peaks[..., :stop], starts)
    return out
