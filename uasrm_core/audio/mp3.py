"""Making the MP3 decoder read the whole file, whatever length its header states.

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
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from uasrm_core.audio.open_file import OpenFile
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# By the two bits of the MPEG version: 1 (3), 2 (2) and 2.5 (0).
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MPEG_1, _LAYER_3, _MONO = 3, 1, 3
_SEARCHED_BYTES = 1 << 24
_NEAR_BYTES = 1 << 10
_FRAMES_A_REPORT = 1 << 16


@dataclass(frozen=True)
class _Frames:
    first: int
    count: int
    header: int
    has_length: bool


# A recording is opened by several decoders, one after the other.
_counted: WeakKeyDictionary[OpenFile, _Frames | None] = WeakKeyDictionary()


def add_true_length(
    file: OpenFile, decoder_frames: int, progress: Progress = Progress()
) -> io.BufferedReader | None:
    """Return the file behind a header with its real length, if the decoder would stop short.

    Parameters
    ----------
    decoder_frames
        The length that the decoder believes in.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    if file not in _counted:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            _counted[file] = _find_frames(data, progress)
    frames = _counted[file]
    if frames is None:
        return None
    samples = frames.count * (1152 if _read_version(frames.header) == _MPEG_1 else 576)
    # Encoders' delay and padding, which decoders take off, are less than four frames.
    if decoder_frames >= samples - 4 * 1152:
        return None
    # The header that was wrong would sound as a frame of silence.
    start = frames.first + (_measure_frame(frames.header) or 0) * frames.has_length
    header = _build_length_frame(frames.header, frames.count - frames.has_length, file.size - start)
    return io.BufferedReader(_Joined(header, file, start))


def _find_frames(data: mmap.mmap, progress: Progress) -> _Frames | None:
    first = _search(_build_header_pattern(), data, _skip_id3(data), progress)
    if first is None:
        return None
    header = int.from_bytes(data[first : first + 4], "big")
    lengths = _list_frame_lengths(header)
    kind = header >> 16 & 0xFE  # its last bit says whether there is a checksum
    kinds = (kind, kind | 1)
    like = _build_pattern(kinds, lengths)
    position, size, count = first, len(data), 0
    while position + 4 <= size:
        sync, second, third = data[position : position + 3]
        length = lengths.get(third, 0) if sync == 0xFF and second in kinds else 0
        if length:
            count += position + length <= size
            position += length
            if count % _FRAMES_A_REPORT == 0:
                _tell(progress, position, size)
            continue
        # Something between the frames, such as the tags of a file joined on.
        near = like.search(data, position + 1, position + _NEAR_BYTES)
        found = near.start() if near else _search(like, data, position + 1, progress)
        if found is None:
            break
        position = found
    if not count:
        return None
    start = first + 4 + _count_side_bytes(header)
    return _Frames(first, count, header, data[start : start + 4] in (b"Xing", b"Info"))


def _search(
    pattern: re.Pattern[bytes], data: mmap.mmap, start: int, progress: Progress
) -> int | None:
    """Return where a pattern of four bytes first matches, reporting progress on the way."""
    for low in range(start, len(data), _SEARCHED_BYTES):
        _tell(progress, low, len(data))
        found = pattern.search(data, low, low + _SEARCHED_BYTES + 3)
        if found is not None:
            return found.start()
    return None


def _tell(progress: Progress, position: int, size: int) -> None:
    progress.report(position / size, tr("Counting the frames of the recording"))


@cache
def _build_header_pattern() -> re.Pattern[bytes]:
    second = [byte for byte in range(256) if _measure_frame(0xFF009000 | byte << 16)]
    return _build_pattern(
        second, [byte for byte in range(256) if _measure_frame(0xFFFB0000 | byte << 8)]
    )


def _list_frame_lengths(header: int) -> dict[int, int]:
    """Return the length of a frame by its third byte, for frames of the same rate as another."""
    lengths = {}
    for rates in range(256):
        length = _measure_frame(header & ~0xFF00 | rates << 8)
        if length is not None and rates & 0x0C == header >> 8 & 0x0C:
            lengths[rates] = length
    return lengths


def _build_pattern(second: Iterable[int], third: Iterable[int]) -> re.Pattern[bytes]:
    """Return a pattern for headers whose second and third byte are among those given."""
    classes = (b"".join(b"\\x%02x" % value for value in values) for values in (second, third))
    return re.compile(b"\\xff[%b][%b]." % tuple(classes), re.DOTALL)


def _skip_id3(data: mmap.mmap) -> int:
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:  # seven bits a byte
        size = size << 7 | byte & 0x7F
    return 10 + size


def _read_version(header: int) -> int:
    return header >> 19 & 3


def _count_side_bytes(header: int) -> int:
    is_mono = header >> 6 & 3 == _MONO
    if _read_version(header) == _MPEG_1:
        return 17 if is_mono else 32
    return 9 if is_mono else 17


def _measure_frame(header: int) -> int | None:
    """Return the bytes of a layer III frame, or None if this is no header of one."""
    version, rate_index = _read_version(header), header >> 10 & 3
    if header >> 21 != 0x7FF or header >> 17 & 3 != _LAYER_3 or version == 1 or rate_index == 3:
        return None
    is_1 = version == _MPEG_1
    kbits = (_KBITS_1 if is_1 else _KBITS_2)[header >> 12 & 15]
    if not kbits:
        return None
    rate = _RATES[version][rate_index]
    return (144 if is_1 else 72) * 1000 * kbits // rate + (header >> 9 & 1)


def _build_length_frame(like: int, count: int, size: int) -> bytes:
    """Return a silent frame at 64 kbit/s, without checksum, that tells the number of frames."""
    rate_bits = (5 if _read_version(like) == _MPEG_1 else 8) << 12
    header = like & ~0xF200 | rate_bits | 0x10000
    length = _measure_frame(header) or 0
    told = struct.pack(">4sIII", b"Xing", 3, count, size + length)
    return (struct.pack(">I", header) + bytes(_count_side_bytes(header)) + told).ljust(
        length, b"\0"
    )


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
