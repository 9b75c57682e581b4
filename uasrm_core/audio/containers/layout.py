"""What the readers of uncompressed files find: where and how the samples lie."""

from __future__ import annotations

from dataclasses import dataclass

from uasrm_core.audio.encoding import Encoding


@dataclass(frozen=True)
class Layout:
    """Where and how a file holds its samples.

    Attributes
    ----------
    container
        libsndfile's name: ``WAV``, ``WAVEX``, ``RF64``, ``W64``, ``AIFF``, ``AU`` or ``CAF``.
    encoding
        How one sample is stored; the channels of a frame follow one another.
    rate
        Frames a second.
    data_start
        Byte at which the first frame begins.
    frames
        Whole frames that are really in the file.
    promised_frames
        Frames that the header promises; `frames` where the header leaves it open.
    speakers
        WAV's channel mask, where the header has one.
    """

    container: str
    encoding: Encoding
    rate: int
    channels: int
    data_start: int
    frames: int
    promised_frames: int
    speakers: int | None = None

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return self.channels * self.encoding.width


@dataclass(frozen=True)
class Form:
    """What a header says of the samples.

    Attributes
    ----------
    extensible
        Whether it is Microsoft's longer header.
    frames
        How many there are, where this header says so.
    speakers
        WAV's channel mask, where this header has one.
    """

    encoding: Encoding
    rate: int
    channels: int
    extensible: bool = False
    frames: int | None = None
    speakers: int | None = None


def layout_from(
    container: str, form: Form | None, start: int, promised: int | None, size: int
) -> Layout | None:
    """Return the layout of a file, or None if it holds nothing that can be read as it lies.

    Parameters
    ----------
    start
        Byte at which the samples begin.
    promised
        Bytes of samples that the header promises, or None if it leaves that open.
    size
        Bytes of the whole file.
    """
    if form is None or not form.encoding.is_known or form.channels < 1 or form.rate < 1:
        return None
    frame_bytes = form.channels * form.encoding.width
    present = max(size - start, 0)
    promised = present if promised is None else max(promised, 0)
    frames = min(promised, present) // frame_bytes
    return Layout(
        container,
        form.encoding,
        form.rate,
        form.channels,
        start,
        frames,
        promised // frame_bytes,
        form.speakers,
    )
