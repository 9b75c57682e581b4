"""The result of every kind of damage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.spectral.stft import StftConfig


@dataclass(frozen=True, eq=False)
class Damaged:
    """A recording that was damaged on purpose.

    Attributes
    ----------
    samples
        float32 ``(channels, frames)``, as long as the clean recording.
    start_frame, end_frame
        Where the damage lies, half-open.
    mask
        float32 ``(bins, columns)`` of the transform that was asked for: how far each point is
        damaged, 0 to 1.
    band_hz
        The damaged band, or None for all frequencies.
    """

    samples: Samples
    start_frame: int
    end_frame: int
    mask: Samples
    band_hz: tuple[float, float] | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of a recording, half-open in frames."""

    start_frame: int
    end_frame: int
    frames: int

    def touched_columns(self, config: StftConfig) -> npt.NDArray[np.bool_]:
        """Return which columns of the recording's transform it reaches into, ``(columns,)``."""
        centres = np.arange(config.columns(self.frames)) * config.hop_frames
        half = config.fft_size // 2
        touched = (centres > self.start_frame - half) & (centres < self.end_frame + half)
        return np.asarray(touched)


def random_span(
    frames: int, rate: int, rng: np.random.Generator, *, shortest_s: float, longest_s: float
) -> Span:
    """Draw a stretch, its length spread evenly over the octaves, anywhere in a recording.

    In a recording shorter than three times `longest_s` the lengths end at a third of it.
    """
    longest = min(longest_s, frames / rate / 3)
    shortest = min(shortest_s, longest)
    length = max(round(shortest * (longest / shortest) ** rng.uniform() * rate), 1)
    start = int(rng.integers(0, frames - length + 1))
    return Span(start, start + length, frames)
