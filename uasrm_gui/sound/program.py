"""What is to be played, as the device wants it: any block of it, at any time, always the same.

Rendering has no state, so playback can take back what it prepared and prepare it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.resample import resample

FADE_S = 0.005
# Frames of the recording on either side of a block that its resampling takes into account.
_PAD_FRAMES = 1024


class Version(Enum):
    """What can be listened to."""

    ORIGINAL = "original"
    REPAIRED = "repaired"


@dataclass(frozen=True, eq=False)
class Program:
    """A stretch of a recording, in one of its versions.

    Attributes
    ----------
    start_frame, end_frame
        The stretch, in frames of the recording.
    rate_out, channels_out
        What the device takes; 0 until it is known.
    """

    original: AudioClip
    repaired: AudioClip
    start_frame: int
    end_frame: int
    version: Version = Version.REPAIRED
    rate_out: int = 0
    channels_out: int = 0

    @property
    def rate_in(self) -> int:
        """The recording's frames a second."""
        return self.repaired.rate

    @property
    def _ratio(self) -> Fraction:
        # A small denominator keeps blocks short; the error in pitch is below a millionth.
        return Fraction(self.rate_out, self.rate_in).limit_denominator(1000)

    @property
    def frames(self) -> int:
        """Length in frames of the device."""
        return int((self.end_frame - self.start_frame) * self._ratio)

    def frame_at(self, position: int) -> int:
        """Return the frame of the recording at a position of this programme."""
        return min(self.start_frame + int(position / self._ratio), self.end_frame)

    def render(self, position: int, count: int) -> Samples:
        """Return float32 ``(count, channels_out)`` from a position of this programme on."""
        clip = self.original if self.version is Version.ORIGINAL else self.repaired
        if self._ratio == 1:
            start = self.start_frame + position
            block = _read(clip, start, start + count)
        else:
            block = self._resampled(clip, position, count)
        return fold(np.nan_to_num(block), self.channels_out).T

    def _resampled(self, clip: AudioClip, position: int, count: int) -> Samples:
        """Resample whole units, `step_in` frames that become exactly `step_out`."""
        step_out, step_in = self._ratio.as_integer_ratio()
        pad_units = -(-_PAD_FRAMES // step_in)
        first = position // step_out - pad_units
        last = -(-(position + count) // step_out) + pad_units
        start = self.start_frame + first * step_in
        block = _read(clip, start, self.start_frame + last * step_in)
        out = resample(block, step_in, step_out)
        skip = position - first * step_out
        return out[:, skip : skip + count]


def _read(clip: AudioClip, start: int, end: int) -> Samples:
    """Read a stretch, with silence where it lies outside the recording."""
    low, high = min(max(start, 0), clip.frames), min(max(end, 0), clip.frames)
    block = clip.read(low, high)
    if (low, high) == (start, end):
        return block
    return np.pad(block, ((0, 0), (low - start, end - high)))


def fold(samples: Samples, channels: int) -> Samples:
    """Return ``(channels, frames)`` from any number of channels.

    Mono goes to all; more channels than the device has are averaged, in stereo the even ones to
    the left and the odd ones to the right.
    """
    have = len(samples)
    if have == channels:
        return samples
    if have == 1:
        return np.repeat(samples, channels, axis=0)
    if have < channels:
        return np.pad(samples, ((0, channels - have), (0, 0)))
    return np.stack([samples[channel::channels].mean(axis=0) for channel in range(channels)])
