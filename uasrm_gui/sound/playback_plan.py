"""What is to be played, as the device wants it: any block of it, at any time, always the same.

Rendering has no state, so playback can take back what it prepared and prepare it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction

import numpy as np

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.resample import resample
from uasrm_core.spectral.isolate import Isolation

FADE_S = 0.005
HALF_SPEED = Fraction(1, 2)
# Frames of the recording on either side of a block that its resampling takes into account.
_PAD_FRAMES = 1024


class Version(Enum):
    """What can be listened to."""

    ORIGINAL = "original"
    REPAIRED = "repaired"
    CANDIDATE = "candidate"
    REMOVED = "removed"


@dataclass(frozen=True, eq=False)
class PlaybackPlan:
    """A stretch of a recording, in one of its versions.

    Attributes
    ----------
    start_frame, end_frame
        The stretch, in frames of the recording.
    candidate
        The recording with a candidate in place, while one is auditioned.
    version
        What is heard; of what was removed, the difference that the candidate makes, or without
        one the repairs.
    skipped
        Frames within the stretch that are left out, half-open, or None.
    isolation
        The part of the spectrum that is heard, or None for all of it.
    speed
        1, or `HALF_SPEED`: like a tape, an octave lower.
    loop
        Whether it goes on from its beginning at its end.
    rate_out, channels_out
        What the device takes; 0 until it is known.
    """

    original: AudioClip
    repaired: AudioClip
    start_frame: int
    end_frame: int
    candidate: AudioClip | None = None
    version: Version = Version.REPAIRED
    skipped: tuple[int, int] | None = None
    isolation: Isolation | None = None
    speed: Fraction = Fraction(1)
    loop: bool = False
    rate_out: int = 0
    channels_out: int = 0

    def __post_init__(self) -> None:
        if self.skipped is not None:
            low, high = max(self.skipped[0], self.start_frame), min(self.skipped[1], self.end_frame)
            # what would leave nothing to hear leaves out nothing
            sensible = low < high and high - low < self.end_frame - self.start_frame
            object.__setattr__(self, "skipped", (low, high) if sensible else None)

    @property
    def rate_in(self) -> int:
        """The recording's frames a second."""
        return self.repaired.rate

    @property
    def _ratio(self) -> Fraction:
        # A small denominator keeps blocks short; the error in pitch is below a millionth.
        return Fraction(self.rate_out, self.rate_in).limit_denominator(1000) / self.speed

    @property
    def _skip(self) -> tuple[int, int]:
        """Where the stretch jumps, in its own frames, and how far."""
        low, high = self.skipped or (self.end_frame, self.end_frame)
        return low - self.start_frame, high - low

    @property
    def frames(self) -> int:
        """Length in frames of the device."""
        return int((self.end_frame - self.start_frame - self._skip[1]) * self._ratio)

    def frame_at(self, position: int) -> int:
        """Return the frame of the recording at a position of this programme."""
        at, length = self._skip
        offset = int(position / self._ratio)
        return min(self.start_frame + offset + (length if offset >= at else 0), self.end_frame)

    def position_of(self, frame: int) -> int:
        """Return the position at which a frame of the recording is heard, or what follows it."""
        at, length = self._skip
        offset = min(max(frame, self.start_frame), self.end_frame) - self.start_frame
        if offset > at:
            offset = max(offset - length, at)
        return int(offset * self._ratio)

    def position_like(self, other: PlaybackPlan, position: int) -> int:
        """Return where this programme is when another one is at a position, to the sample."""
        if self._course == other._course:
            return position
        return self.position_of(other.frame_at(position))

    @property
    def _course(self) -> tuple[object, ...]:
        return self.start_frame, self.end_frame, self.skipped, self._ratio

    def fitted(self, rate: int, channels: int) -> PlaybackPlan:
        """Return this programme for a device."""
        return replace(self, rate_out=rate, channels_out=channels)

    def render(self, position: int, count: int) -> Samples:
        """Return float32 ``(count, channels_out)`` from a position of this programme on."""
        block = self._render(position, count)
        fade = min(round(FADE_S * self.rate_out), self.frames // 2)
        if self.loop and position + count > self.frames - fade:
            # the last milliseconds go over into those before the beginning, so the join is smooth
            late = np.arange(position, position + count) - (self.frames - fade)
            rise = np.clip((late + 1) / (fade + 1), 0.0, 1.0).astype(np.float32)
            block = block * (1 - rise) + self._render(position - self.frames, count) * rise
        return fold(np.nan_to_num(block), self.channels_out).T

    def _render(self, position: int, count: int) -> Samples:
        if self._ratio == 1:
            return self._read(position, position + count)
        return self._resample(position, count)

    def _resample(self, position: int, count: int) -> Samples:
        """Resample whole units, `step_in` frames that become exactly `step_out`."""
        step_out, step_in = self._ratio.as_integer_ratio()
        pad_units = -(-_PAD_FRAMES // step_in)
        first = position // step_out - pad_units
        last = -(-(position + count) // step_out) + pad_units
        out = resample(self._read(first * step_in, last * step_in), step_in, step_out)
        skip = position - first * step_out
        return out[:, skip : skip + count]

    def _read(self, start: int, end: int) -> Samples:
        """Read from frame `start` of the stretch on, over what is skipped."""
        at, length = self._skip
        here = self.start_frame
        before, after = min(max(at, start), end), min(max(at, start), end) + length
        if not length or before == end:
            block = self._read_sound(here + start, here + end)
        else:
            parts = (
                self._read_sound(here + start, here + before),
                self._read_sound(here + after, here + end + length),
            )
            block = np.concatenate(parts, axis=1)
        fade = round(FADE_S * self.rate_in)
        low, high = max(start, at - fade), min(end, at)
        if length and low < high:
            rise = ((np.arange(low, high) - (at - fade) + 1) / (fade + 1)).astype(np.float32)
            coming = self._read_sound(here + low + length, here + high + length)
            mixed = block[:, low - start : high - start] * (1 - rise) + coming * rise
            block[:, low - start : high - start] = mixed
        return block

    def _read_sound(self, start: int, end: int) -> Samples:
        """Return frames of the recording as they are to be heard, silence outside it."""
        pad = 0 if self.isolation is None else self.isolation.pad_frames
        block = self._read_version(start - pad, end + pad)
        return block if self.isolation is None else self.isolation.apply(block, start - pad)

    def _read_version(self, start: int, end: int) -> Samples:
        mended = self.repaired if self.candidate is None else self.candidate
        if self.version is Version.REMOVED:
            return self.original.read_padded(start, end) - mended.read_padded(start, end)
        clips = {Version.ORIGINAL: self.original, Version.REPAIRED: self.repaired}
        return clips.get(self.version, mended).read_padded(start, end)


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
