"""A recording as the rest of the program sees it: a file read on demand, with patches over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from uasrm_core.progress import Progress

Samples = npt.NDArray[np.float32]

# So much is decoded between two questions whether that is still wanted: a few hundredths of a
# second's work.
PREPARED_FRAMES = 2**20
# 160 dB over full scale; the engines' sums of squares overflow from about 190 dB on.
LOUDEST = 1e8


def silence_unplayable(samples: Samples) -> Samples:
    """Return samples with zeros in place of what is not finite or louder than `LOUDEST`."""
    return np.where(np.abs(samples) <= LOUDEST, samples, np.float32(0.0))


@dataclass(frozen=True)
class SourceInfo:
    """What is known of a recording without reading its samples.

    Attributes
    ----------
    path
        The file, or None for audio that lives in memory only.
    container, subtype
        libsndfile's names, such as ``WAV`` and ``PCM_24``.
    rate
        Frames a second.
    note
        One sentence for the user where the file opened but is not as it should be.
    valid_bits
        How many of the bits of a whole-number sample count, where the file says that not all do.
    speakers
        Which loudspeakers the channels are meant for, as the bits of WAV's channel mask, where the
        file says so; 0 for none in particular.
    """

    path: Path | None
    container: str
    subtype: str
    rate: int
    channels: int
    frames: int
    note: str | None = None
    valid_bits: int | None = None
    speakers: int | None = None

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate


class AudioSource(Protocol):
    """Something that hands out blocks of samples, from any thread."""

    @property
    def info(self) -> SourceInfo:
        """What the recording is."""
        ...

    @property
    def ready_frames(self) -> int:
        """How much, from the start, can be read without much ado; the rest takes decoding."""
        ...

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return float32 ``(channels, end_frame - start_frame)``; the range lies inside."""
        ...


@dataclass(frozen=True, eq=False)
class MemorySource:
    """A recording held in memory, float32 ``(channels, frames)``."""

    samples: Samples
    rate: int

    @property
    def info(self) -> SourceInfo:
        """What the recording is."""
        channels, frames = self.samples.shape
        return SourceInfo(None, "WAV", "FLOAT", self.rate, channels, frames)

    @property
    def ready_frames(self) -> int:
        """All of it."""
        return int(self.samples.shape[1])

    def read(self, start_frame: int, end_frame: int) -> Samples:
        """Return a copy of the block, float32 ``(channels, frames)``."""
        return self.samples[:, start_frame:end_frame].copy()


@dataclass(frozen=True, eq=False)
class Patch:
    """New samples for some channels of a stretch of a recording.

    Attributes
    ----------
    start_frame
        Where the patch begins in the recording.
    channels
        The channels (from 0) that the rows of `samples` replace.
    samples
        float32 ``(len(channels), frames)``.
    """

    start_frame: int
    channels: tuple[int, ...]
    samples: Samples

    @property
    def end_frame(self) -> int:
        """The first frame after the patch."""
        return self.start_frame + int(self.samples.shape[1])


@dataclass(frozen=True, eq=False)
class AudioClip:
    """A recording with the repairs made so far laid over it; immutable, so a job may keep it.

    Later patches lie over earlier ones. The file itself is never written to.
    """

    source: AudioSource
    patches: tuple[Patch, ...] = ()
    revision: int = 0
    info: SourceInfo = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "info", self.source.info)

    @property
    def rate(self) -> int:
        """Frames a second."""
        return self.info.rate

    @property
    def channels(self) -> int:
        """Number of channels."""
        return self.info.channels

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.info.frames

    @property
    def ready_frames(self) -> int:
        """How much, from the start, can be read without much ado; the rest takes decoding."""
        return self.source.ready_frames

    def prepare(self, end_frame: int, progress: Progress) -> None:
        """Make sure that all up to a frame can be read at once, telling how far it is.

        Raises
        ------
        Cancelled
            When `progress` asks to stop; what is decoded by then stays.
        """
        begin = self.ready_frames
        for start in range(begin, end_frame, PREPARED_FRAMES):
            progress.report((start - begin) / (end_frame - begin), "Decoding the recording")
            end = min(start + PREPARED_FRAMES, end_frame)
            self.source.read(end - 1, end)

    def read(
        self, start_frame: int, end_frame: int, channels: Sequence[int] | None = None
    ) -> Samples:
        """Return the block as it now sounds, float32 ``(channels, end_frame - start_frame)``.

        The range must lie inside the recording.
        """
        if not 0 <= start_frame <= end_frame <= self.frames:
            raise IndexError(f"frames {start_frame}-{end_frame} of {self.frames}")
        block = self.source.read(start_frame, end_frame)
        for patch in self.patches:
            low = max(start_frame, patch.start_frame)
            high = min(end_frame, patch.end_frame)
            if low < high:
                block[list(patch.channels), low - start_frame : high - start_frame] = patch.samples[
                    :, low - patch.start_frame : high - patch.start_frame
                ]
        return block if channels is None else block[list(channels)]

    def read_padded(
        self, start_frame: int, end_frame: int, channels: Sequence[int] | None = None
    ) -> Samples:
        """Return a block like `read`, which may lie anywhere: beyond the ends there is silence."""
        first, last = (min(max(frame, 0), self.frames) for frame in (start_frame, end_frame))
        block = self.read(first, last, channels)
        if (first, last) == (start_frame, end_frame):
            return block
        frames = end_frame - start_frame
        before = min(max(-start_frame, 0), frames)
        return np.pad(block, ((0, 0), (before, frames - before - (last - first))))

    def with_patches(self, patches: Sequence[Patch]) -> AudioClip:
        """Return this recording with exactly these patches over it, as a new revision."""
        return replace(self, patches=tuple(patches), revision=self.revision + 1)

    def with_patch(self, patch: Patch) -> AudioClip:
        """Return this recording with one more patch on top."""
        return self.with_patches((*self.patches, patch))
