"""Making the MP3 decoder believe in the whole file.

libsndfile takes an MP3's length from the Xing header in its first frame, or guesses it from that
frame's bit rate where there is none, and never decodes beyond. A variable bit rate without that
header, or files joined end to end, would lose their last part without a word. So the frames are
counted, and where the decoder would stop short it is given a header that tells the truth, placed
before the untouched frames. Frame layout: ISO/IEC 11172-3, 2.4.1.
"""

from __future__ import annotations

import io
import mmap
import os
import struct
from dataclasses import dataclass

from uasrm_core.audio.open_file import OpenFile

# By the two bits of the MPEG version: 1 (3), 2 (2) and 2.5 (0).
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1, _LAYER_3, _MONO = 3, 1, 3
# What stays the same in all frames of a file: sync, version, layer and rate.
_SAME = 0xFFFE0C00


@dataclass(frozen=True)
class _Frames:
    first: int
    count: int
    header: int
    has_length: bool


def with_true_length(file: OpenFile, decoder_frames: int) -> io.BufferedReader | None:
    """Return the file behind a header with its real length, if the decoder would stop short.

    Parameters
    ----------
    decoder_frames
        The length that the decoder believes in.
    """
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        frames = _find_frames(data)
        if frames is None:
            return None
        samples = frames.count * (1152 if _version(frames.header) == _MPEG_1 else 576)
        # Encoders' delay and padding, which decoders take off, are less than four frames.
        if decoder_frames >= samples - 4 * 1152:
            return None
        # The header that was wrong would sound as a frame of silence.
        start = frames.first + (_length(frames.header) or 0) * frames.has_length
        header = _length_header(frames.header, frames.count - frames.has_length, len(data) - start)
    return io.BufferedReader(_Joined(header, file, start))


def _find_frames(data: mmap.mmap) -> _Frames | None:
    position = _after_id3(data)
    first, header, count = -1, 0, 0
    size = len(data)
    while position + 4 <= size:
        (found,) = struct.unpack_from(">I", data, position)
        length = _length(found) if not header or found & _SAME == header & _SAME else None
        if length is None:
            # Something between the frames, such as the tags of a file joined on.
            position = data.find(b"\xff", position + 1)
            if position < 0:
                break
            continue
        if not header:
            first, header = position, found
        count += position + length <= size
        position += length
    if not count:
        return None
    info = data[first + 4 + _side_bytes(header) :][:4]
    return _Frames(first, count, header, info in (b"Xing", b"Info"))


def _after_id3(data: mmap.mmap) -> int:
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:  # seven bits a byte
        size = size << 7 | byte & 0x7F
    return 10 + size


def _version(header: int) -> int:
    return header >> 19 & 3


def _side_bytes(header: int) -> int:
    is_mono = header >> 6 & 3 == _MONO
    if _version(header) == _MPEG_1:
        return 17 if is_mono else 32
    return 9 if is_mono else 17


def _length(header: int) -> int | None:
    """Return the bytes of a layer III frame, or None if this is no header of one."""
    version, rate_index = _version(header), header >> 10 & 3
    if header >> 21 != 0x7FF or header >> 17 & 3 != _LAYER_3 or version == 1 or rate_index == 3:
        return None
    is_1 = version == _MPEG_1
    kbits = (_KBITS_1 if is_1 else _KBITS_2)[header >> 12 & 15]
    if not kbits:
        return None
    rate = _RATES[version][rate_index]
    return (144 if is_1 else 72) * 1000 * kbits // rate + (header >> 9 & 1)


def _length_header(like: int, count: int, size: int) -> bytes:
    """Return a silent frame at 64 kbit/s, without checksum, that tells the number of frames."""
    rate_bits = (5 if _version(like) == _MPEG_1 else 8) << 12
    header = like & ~0xF200 | rate_bits | 0x10000
    length = _length(header) or 0
    told = struct.pack(">4sIII", b"Xing", 3, count, size + length)
    return (struct.pack(">I", header) + bytes(_side_bytes(header)) + told).ljust(length, b"\0")


class _Joined(io.RawIOBase):
    """A few bytes followed by the rest of a file, to read from."""

    def __init__(self, head: bytes, file: OpenFile, start: int) -> None:
        self._head = head
        self._file = file
        self._skipped = start - len(head)
        self._size = file.size - self._skipped
        self._position = 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def seekable(self) -> bool:
        """Say that this can be read in any order."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a byte."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(base + offset, 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer, as far as the head or the file reaches."""
        if self._position < len(self._head):
            block = self._head[self._position : self._position + len(buffer)]
        else:
            block = self._file.read_at(self._position + self._skipped, len(buffer))
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)
