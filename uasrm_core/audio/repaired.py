"""Which samples of a recording its repairs changed, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.encoding import Exact
from uasrm_core.audio.sources import FileSource
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Samples (frame × channel) held at once, whatever the number of channels.
_BLOCK_SAMPLES = 1 << 17


def block_frames(channels: int) -> int:
    """Return how many frames to work on at once."""
    return max(_BLOCK_SAMPLES // channels, 1)


def list_patched_stretches(clip: AudioClip) -> list[tuple[int, int]]:
    """Return the frames that patches cover, in order and without overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((patch.start_frame, patch.end_frame) for patch in clip.patches):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def iterate_changes(
    clip: AudioClip, stretches: list[tuple[int, int]]
) -> Iterator[tuple[int, Samples, npt.NDArray[np.bool_]]]:
    """Yield blocks under patches: first frame, samples, and which of them differ from the file."""
    for stretch_start, stretch_end in stretches:
        step = block_frames(clip.channels)
        for start in range(stretch_start, stretch_end, step):
            end = min(start + step, stretch_end)
            repaired, original = clip.read(start, end), clip.source.read(start, end)
            both_nan = np.isnan(repaired) & np.isnan(original)
            yield start, repaired, (repaired != original) & ~both_nan


def read_repaired_exact(
    clip: AudioClip, start: int, end: int, stretches: list[tuple[int, int]]
) -> tuple[Exact, int]:
    """Return the block as float64, unrounded where no repair changed it, and how many did."""
    values = read_original_exact(clip, start, end)
    inside = [(max(low, start), min(high, end)) for low, high in stretches]
    changed = 0
    for first, repaired, differs in iterate_changes(
        clip, [pair for pair in inside if pair[0] < pair[1]]
    ):
        block = values[:, first - start : first - start + repaired.shape[1]]
        block[differs] = repaired[differs]
        changed += int(differs.sum())
    return values, changed


def read_original_exact(clip: AudioClip, start: int, end: int) -> Exact:
    """Return a block as it was before any repair, float64 ``(channels, frames)``, unrounded."""
    if isinstance(clip.source, FileSource):
        return clip.source.read_exact(start, end)
    return clip.source.read(start, end).astype(np.float64)


def find_covered(clip: AudioClip, start: int, end: int) -> npt.NDArray[np.bool_]:
    """Return which samples of a block lie under a patch, bool ``(channels, frames)``."""
    mask = np.zeros((clip.channels, end - start), bool)
    for patch in clip.patches:
        low, high = max(start, patch.start_frame), min(end, patch.end_frame)
        if low < high:
            mask[list(patch.channels), low - start : high - start] = True
    return mask


def fits_bits(clip: AudioClip, bits: int, progress: Progress) -> bool:
    """Tell whether every original sample is a whole number of so many bits."""
    full_scale, step = 2.0 ** (bits - 1), block_frames(clip.channels)
    for start in range(0, clip.frames, step):
        progress.report(start / clip.frames, tr("Checking the recording"))
        scaled = read_original_exact(clip, start, min(start + step, clip.frames)) * full_scale
        if not np.array_equal(scaled, np.rint(scaled)):
            return False
    return True
