"""Where the samples lie in the uncompressed files: WAV, RF64, BW64, W64, AIFF, AIFC.

Only the chunks that say this are looked at. All others (``bext``, ``cue ``, ``iXML``, ...) matter
to their owners, which is why an export copies them and never writes them anew.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from uasrm_core.audio.encoding import Encoding

_W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
_W64_WAVE = b"wave" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_TAIL = _W64_WAVE[4:]
_UNKNOWN_SIZE = 0xFFFFFFFF
_PCM, _IEEE_FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# AIFC compression types that are plain numbers: kind and whether the high byte comes first;
# None for the width means that COMM says it.
_AIFC_TYPES: dict[bytes, tuple[str, int | None, bool]] = {
    b"NONE": ("signed", None, True),
    b"twos": ("signed", None, True),
    b"sowt": ("signed", None, False),
    b"in24": ("signed", 3, True),
    b"in32": ("signed", 4, True),
    b"42ni": ("signed", 3, False),
    b"23ni": ("signed", 4, False),
    b"raw ": ("unsigned", 1, True),
    b"fl32": ("float", 4, True),
    b"FL32": ("float", 4, True),
    b"fl64": ("float", 8, True),
    b"FL64": ("float", 8, True),
}


@dataclass(frozen=True)
class Layout:
    """Where and how a file holds its samples.

    Attributes
    ----------
    container
        libsndfile's name: ``WAV``, ``WAVEX``, ``RF64``, ``W64`` or ``AIFF``.
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
    """

    container: str
    encoding: Encoding
    rate: int
    channels: int
    data_start: int
    frames: int
    promised_frames: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return self.channels * self.encoding.width


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    start: int
    size: int


@dataclass(frozen=True)
class _Format:
    encoding: Encoding
    rate: int
    channels: int
    extensible: bool = False
    frames: int | None = None


def read_layout(file: BinaryIO) -> Layout | None:
    """Find the samples of an uncompressed file, or None if it is no such file.

    None is also the answer where the header is cut off or the samples are compressed.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(40)
    if len(head) < 12:
        return None
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _wave_layout(file, head, size)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _aiff_layout(file, size, is_aifc=head[8:12] == b"AIFC")
    if head[:16] == _W64_RIFF and head[24:40] == _W64_WAVE:
        return _w64_layout(file, size)
    return None


def _wave_layout(file: BinaryIO, head: bytes, size: int) -> Layout | None:
    order = ">" if head[:4] == b"RIFX" else "<"
    is_64 = head[:4] in (b"RF64", b"BW64")
    riff_end = 8 + int(struct.unpack(order + "I", head[4:8])[0])
    form: _Format | None = None
    size_64: int | None = None
    for chunk in _chunks(file, 12, size, order):
        if chunk.name == b"ds64" and is_64:
            data = _body(file, chunk, 16)
            size_64 = struct.unpack("<8xQ", data)[0] if len(data) == 16 else None
        elif chunk.name == b"fmt ":
            form = _wave_format(_body(file, chunk, 40), big_endian=order == ">")
        elif chunk.name == b"data":
            promised: int | None = chunk.size
            if chunk.size == _UNKNOWN_SIZE:
                promised = size_64
            elif chunk.size == 0 and riff_end < size:
                promised = None  # a recorder that never came back to complete its header
            container = "RF64" if is_64 else "WAV"
            if form is not None and form.extensible and not is_64:
                container = "WAVEX"
            return _layout(container, form, chunk.start, promised, size)
    return None


def _w64_layout(file: BinaryIO, size: int) -> Layout | None:
    form: _Format | None = None
    for chunk in _chunks_w64(file, size):
        if chunk.name == b"fmt ":
            form = _wave_format(_body(file, chunk, 40), big_endian=False)
        elif chunk.name == b"data":
            return _layout("W64", form, chunk.start, chunk.size or None, size)
    return None


def _aiff_layout(file: BinaryIO, size: int, *, is_aifc: bool) -> Layout | None:
    form: _Format | None = None
    sound: _Chunk | None = None
    for chunk in _chunks(file, 12, size, ">"):
        if chunk.name == b"COMM":
            form = _aiff_format(_body(file, chunk, 22), is_aifc=is_aifc)
        elif chunk.name == b"SSND":
            sound = chunk
        if form is not None and sound is not None:
            break
    if form is None or sound is None:
        return None
    prefix = _body(file, sound, 8)
    if len(prefix) < 8:
        return None
    skip = 8 + struct.unpack(">I4x", prefix)[0]
    promised = sound.size - skip if sound.size not in (0, _UNKNOWN_SIZE) else None
    if form.frames and form.encoding.is_known:
        in_comm = form.frames * form.channels * form.encoding.width
        promised = in_comm if promised is None else min(promised, in_comm)
    return _layout("AIFF", form, sound.start + skip, promised, size)


def _layout(
    container: str, form: _Format | None, start: int, promised: int | None, size: int
) -> Layout | None:
    if form is None or not form.encoding.is_known or form.channels < 1 or form.rate < 1:
        return None
    frame_bytes = form.channels * form.encoding.width
    present = max(size - start, 0)
    promised = present if promised is None else max(promised, 0)
    frames = min(promised, present) // frame_bytes
    return Layout(
        container, form.encoding, form.rate, form.channels, start, frames, promised // frame_bytes
    )


def _chunks(file: BinaryIO, start: int, end: int, order: str) -> Iterator[_Chunk]:
    position = start
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack(order + "4sI", file.read(8))
        yield _Chunk(name, position + 8, size)
        position += 8 + size
        if size % 2 and _is_padded(file, position):
            position += 1


def _is_padded(file: BinaryIO, position: int) -> bool:
    """Tell whether a chunk of odd size was rounded up, as it should be but is not always."""
    file.seek(position)
    name = file.read(4)
    return not (len(name) == 4 and all(32 <= byte < 127 for byte in name))


def _body(file: BinaryIO, chunk: _Chunk, most: int) -> bytes:
    file.seek(chunk.start)
    return file.read(min(chunk.size, most))


def _wave_format(body: bytes, *, big_endian: bool) -> _Format | None:
    if len(body) < 16:
        return None
    order = ">" if big_endian else "<"
    tag, channels, rate, _, frame_bytes, bits = struct.unpack(order + "HHIIHH", body[:16])
    extensible = tag == _EXTENSIBLE
    if extensible:
        if len(body) < 26:
            return None
        # The sub-format is a GUID that begins with the plain tag.
        tag = struct.unpack(order + "H", body[24:26])[0]
    width = math.ceil(bits / 8)
    if tag not in (_PCM, _IEEE_FLOAT) or channels * width != frame_bytes:
        return None
    if tag == _IEEE_FLOAT:
        encoding = Encoding("float", width, big_endian)
    else:
        encoding = Encoding("unsigned" if width == 1 else "signed", width, big_endian)
    return _Format(encoding, rate, channels, extensible)


def _aiff_format(body: bytes, *, is_aifc: bool) -> _Format | None:
    if len(body) < (22 if is_aifc else 18):
        return None
    channels, frames, bits, exponent, mantissa = struct.unpack(">HIHHQ", body[:18])
    # The rate is an 80-bit extended float: a 15-bit exponent, then 64 bits with a leading one.
    rate = round(math.ldexp(mantissa, min(exponent & 0x7FFF, 16383 + 63) - 16383 - 63))
    compression = body[18:22] if is_aifc else b"NONE"
    if compression not in _AIFC_TYPES:
        return None
    kind, width, big_endian = _AIFC_TYPES[compression]
    width = width or math.ceil(bits / 8)
    encoding = Encoding(kind, width, big_endian)  # type: ignore[arg-type]
    return _Format(encoding, rate, channels, frames=frames)


def chunk_sizes(file: BinaryIO) -> tuple[tuple[str, int], ...]:
    """Return the names of a WAV, RF64, W64 or AIFF file's chunks and the bytes each really holds.

    They come in the order of the file; a file of another kind has none.
    """
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(40)
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        chunks = _chunks_64(file, size)
    elif head[:4] in (b"RIFX", b"FORM") and head[8:12] in (b"WAVE", b"AIFF", b"AIFC"):
        chunks = _chunks(file, 12, size, ">")
    elif head[:16] == _W64_RIFF and head[24:40] == _W64_WAVE:
        chunks = _chunks_w64(file, size)
    else:
        return ()
    return tuple(
        (chunk.name.decode("latin-1").strip(), min(chunk.size, max(size - chunk.start, 0)))
        for chunk in chunks
    )


def _chunks_64(file: BinaryIO, end: int) -> Iterator[_Chunk]:
    """Walk over chunks of which the samples may have their size in another chunk, ``ds64``."""
    position, size_64 = 12, 0
    while position + 8 <= end:
        chunk = next(_chunks(file, position, end, "<"))
        if chunk.name == b"ds64":
            size_64 = int.from_bytes(_body(file, chunk, 16)[8:16], "little")
        elif chunk.name == b"data" and chunk.size == _UNKNOWN_SIZE:
            chunk = _Chunk(chunk.name, chunk.start, size_64)
        yield chunk
        position = chunk.start + chunk.size
        if chunk.size % 2 and _is_padded(file, position):
            position += 1


def _chunks_w64(file: BinaryIO, end: int) -> Iterator[_Chunk]:
    position = 40
    while position + 24 <= end:
        file.seek(position)
        guid, chunk_size = struct.unpack("<16sQ", file.read(24))
        # names of other makers than those of a WAV file are whole GUIDs
        name = guid[:4] if guid[4:] == _W64_TAIL else guid.hex().encode()
        yield _Chunk(name, position + 24, max(chunk_size - 24, 0))
        if chunk_size < 24:
            return
        position += (chunk_size + 7) // 8 * 8
