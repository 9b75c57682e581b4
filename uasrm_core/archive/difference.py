"""The difference signal: what repairs took out of a recording and put into it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Samples, SourceInfo
from uasrm_core.audio.formats import ExportFormat, source_format
from uasrm_core.audio.repaired import find_covered
from uasrm_core.progress import Progress

WHOLE, FINE = ExportFormat("FLAC", "PCM_24"), ExportFormat("WAV", "FLOAT")
_MOST_WHOLE_CHANNELS = 8


@dataclass(frozen=True, eq=False)
class DifferenceSource:
    """The original less what was made of it; silence outside the repairs.

    Attributes
    ----------
    clip
        The original with the repairs over it.
    written
        The repaired file, whose samples are rounded.
    """

    clip: AudioClip
    written: AudioClip

    @property
    def info(self) -> SourceInfo:
        """What it is: as long as the recording, in floating point."""
        info = self.clip.info
        return SourceInfo(None, "WAV", "FLOAT", info.rate, info.channels, info.frames)

    @property
    def ready_frames(self) -> int:
        """As of the recording."""
        return self.clip.ready_frames

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, end_frame - start_frame)``."""
        mask = find_covered(self.clip, start_frame, end_frame)
        if not mask.any():
            return np.zeros(mask.shape, np.float32)
        original = self.clip.source.read(start_frame, end_frame)
        change = original - self.written.read(start_frame, end_frame)
        return np.where(mask, change, np.float32(0.0))


def difference_format(clip: AudioClip) -> ExportFormat:
    """Return as what the difference is written: FLAC where whole numbers of 24 bits hold it."""
    bits = source_format(clip.info).bits
    fits = bits is not None and bits <= 24 and clip.channels <= _MOST_WHOLE_CHANNELS
    return WHOLE if fits and clip.rate <= 655_350 else FINE


def write_difference(
    clip: AudioClip,
    written: Path,
    target: Path,
    *,
    overwrite: bool,
    progress: Progress = Progress(),
) -> None:
    """Write the difference between a recording's file and what was written of `clip`'s repairs.

    Raises
    ------
    ExportError
        It cannot be written.
    FileError
        One of the files cannot be read any more.
    """
    api.export_clip(
        AudioClip(DifferenceSource(clip, api.open_clip(written))),
        target,
        export_format=difference_format(clip),
        overwrite=overwrite,
        dither=False,
        progress=progress,
    )
