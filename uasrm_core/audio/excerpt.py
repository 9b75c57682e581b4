"""Excerpts of a recording, and a recording at another rate, as recordings of their own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace

import numpy as np
import soxr

from uasrm_core.audio.clip import AudioClip, Samples, SourceInfo, silence_unplayable
from uasrm_core.audio.region import Region
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

_BLOCK_FRAMES = 1 << 16


@dataclass(frozen=True, eq=False)
class ExcerptSource:
    """A stretch of a recording as it sounds with its repairs, half-open in frames."""

    clip: AudioClip
    start_frame: int
    end_frame: int

    @property
    def info(self) -> SourceInfo:
        """What it is: like the recording, but no file."""
        frames = self.end_frame - self.start_frame
        return replace(self.clip.info, path=None, frames=frames, note=None)

    @property
    def ready_frames(self) -> int:
        """As of the recording."""
        ready = self.clip.ready_frames - self.start_frame
        return min(max(ready, 0), self.end_frame - self.start_frame)

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, end_frame - start_frame)``."""
        return self.clip.read(self.start_frame + start_frame, self.start_frame + end_frame)


@dataclass(frozen=True, eq=False)
class ResampledSource:
    """A recording at another rate, computed once into a file without a name."""

    info: SourceInfo
    samples: np.memmap = field(repr=False)

    @property
    def ready_frames(self) -> int:
        """All of it."""
        return self.info.frames

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, end_frame - start_frame)``."""
        return np.array(self.samples[start_frame:end_frame].T, np.float32)


def take_excerpt(clip: AudioClip, start_frame: int, end_frame: int) -> AudioClip:
    """Return a stretch of a recording, which must lie inside, as a recording."""
    return AudioClip(ExcerptSource(clip, start_frame, end_frame))


def cut_piece(
    clip: AudioClip, region: Region | None, rate: int | None, progress: Progress = Progress()
) -> AudioClip:
    """Return a recording, or the stretch of a region, at a rate; None keeps the whole, or the rate.

    Raises
    ------
    OSError
        There is no room for it.
    Cancelled
        The user asked to stop.
    """
    if region is not None:
        clip = take_excerpt(clip, region.start_frame, region.end_frame)
    return clip if rate in (None, clip.rate) else resample_clip(clip, rate, progress)


def resample_clip(clip: AudioClip, rate: int, progress: Progress = Progress()) -> AudioClip:
    """Return a recording with its repairs at another rate (soxr, very high quality).

    Raises
    ------
    OSError
        There is no room for it.
    Cancelled
        The user asked to stop.
    """
    resampler = soxr.ResampleStream(clip.rate, rate, clip.channels, "float32", "VHQ")
    frames = 0
    # the mapping outlives the file's being closed, and what has no name goes with it
    with tempfile.TemporaryFile() as file:
        for start in range(0, clip.frames, _BLOCK_FRAMES):
            progress.report(start / clip.frames, tr("Changing the rate"))
            end = min(start + _BLOCK_FRAMES, clip.frames)
            # what is no number would spread over the length of the filter
            block = np.ascontiguousarray(silence_unplayable(clip.read(start, end)).T)
            finer = resampler.resample_chunk(block, last=end == clip.frames)
            file.write(np.ascontiguousarray(finer, np.float32).tobytes())
            frames += len(finer)
        if not frames:
            # less than a sample at the new rate; a recording holds one at least
            frames = file.write(np.ascontiguousarray(block[:1]).tobytes()) // block[:1].nbytes
        file.flush()
        samples = np.memmap(file, np.float32, "r", shape=(frames, clip.channels))
    info = SourceInfo(None, "WAV", "FLOAT", rate, clip.channels, frames)
    return AudioClip(ResampledSource(info, samples))
