"""A gap: the damaged frames with their surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.shape import CELL_HZ, Mask, Shape, box, top_cell
from uasrm_core.spectral.stft import StftConfig

if TYPE_CHECKING:
    from uasrm_core.inpainting.search import SearchContext


@dataclass(frozen=True, eq=False)
class Gap:
    """A damaged stretch with its surroundings.

    Attributes
    ----------
    samples
        float32 ``(channels, frames)``: context, damage, context. The channels have been made
        independent of one another (see `uasrm_core.inpainting.channels`).
    start, end
        The damaged frames within `samples`, half-open.
    rate
        Frames a second.
    shape
        What of the stretch is damaged, in frames of `samples`, where that is not all of it.
    strength
        0 leaves the damage, 1 repairs it fully; only engines that keep part of the damaged sound
        (`attenuate`) look at it.
    take
        Which fill is wanted of an engine that draws one of many; 0 is the smooth one, None leaves
        it to the engine.
    search
        The recording, for an engine that searches it, or None if it does not.
    beside
        float32 ``(others, frames)``: the channels that are not repaired, as they are, for an engine
        that looks at them, or None if it does not.
    """

    samples: Samples
    start: int
    end: int
    rate: int
    shape: Shape | None = None
    strength: float = 1.0
    take: int | None = None
    search: SearchContext | None = None
    beside: Samples | None = None

    @property
    def frames(self) -> int:
        """Length of the damage in frames."""
        return self.end - self.start

    @property
    def duration_s(self) -> float:
        """Length of the damage in seconds."""
        return self.frames / self.rate

    def mask(self, config: StftConfig) -> Mask:
        """Return how far every point of a transform of `samples` is damaged, 0 to 1.

        ``(bins, columns)``, as `uasrm_core.spectral.stft.stft` places them; a column counts for the
        time that is nearer to it than to any other.
        """
        top_hz = top_cell(self.rate) * CELL_HZ
        shape = box(self.start, self.end, 0.0, top_hz) if self.shape is None else self.shape
        centres = np.arange(config.columns(self.samples.shape[1])) * config.hop_frames
        return shape.on_grid(centres, config.hop_frames, config.bins, config.bin_hz(self.rate))


def sounding_channels(gap: Gap) -> list[int]:
    """Return the channels that are not silent all around the gap."""
    return [
        channel
        for channel, row in enumerate(gap.samples)
        if np.any(row[: gap.start]) or np.any(row[gap.end :])
    ]


def silence_gap(gap: Gap) -> Samples:
    """Return `Gap.samples` with silence in the gap."""
    filled = gap.samples.copy()
    filled[:, gap.start : gap.end] = 0.0
    return filled
