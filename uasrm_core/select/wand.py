"""The magic wand: selecting what is as loud as a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.shape import EMPTY, Shape
from uasrm_core.progress import Progress
from uasrm_core.select.levels import levels

# How far from the point it looks at most, on each side.
REACH_S = 30.0


@dataclass(frozen=True)
class WandSettings:
    """How the wand chooses.

    Attributes
    ----------
    tolerance_db
        How much quieter than the place pointed at a place may be.
    contiguous
        Whether only what hangs together with the place pointed at is meant.
    """

    tolerance_db: float = 12.0
    contiguous: bool = True


def wand(
    clip: AudioClip,
    frame: int,
    hz: float,
    settings: WandSettings = WandSettings(),
    *,
    within: tuple[int, int],
    channels: tuple[int, ...] | None = None,
    progress: Progress = Progress(),
) -> Shape:
    """Return what is as loud as a point of the spectrogram, or louder.

    Parameters
    ----------
    clip
        The recording.
    frame, hz
        The point.
    within
        The stretch to look at, half-open in frames; no more than `REACH_S` on each side is.
    channels
        The channels to look at, the loudest of which counts; None for all.

    Returns
    -------
    The shape; empty where the recording is.
    """
    reach = round(REACH_S * clip.rate)
    low = max(within[0], frame - reach, 0)
    high = min(within[1], frame + reach, clip.frames)
    if low >= high or not low <= frame <= high:
        return EMPTY
    grid = levels(clip, low, high, channels=channels)
    progress.check()
    row, column = grid.place(frame, hz)
    near = grid.values[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    # Aiming is not that exact: the loudest of the neighbours is meant.
    reference = float(near.max())
    chosen = grid.values >= reference - settings.tolerance_db
    if settings.contiguous:
        parts, _ = ndimage.label(chosen, structure=np.ones((3, 3)))
        at = np.argmax(near)
        row = max(row - 1, 0) + int(at) // near.shape[1]
        column = max(column - 1, 0) + int(at) % near.shape[1]
        chosen = parts == parts[row, column]
    # What beats dips for a moment and comes back: a hole of a point or two is not meant.
    chosen = ndimage.binary_closing(np.pad(chosen, 1, mode="edge"), np.ones((3, 3)))[1:-1, 1:-1]
    return grid.shape(chosen, clip.rate).within(low, high)
