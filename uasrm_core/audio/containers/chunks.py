"""The chunks of WAV, RF64, BW64, W64, AIFF, AIFC and CAF files, in the order of the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal

Family = Literal["RIFF", "RIFX", "RF64", "W64", "AIFF", "CAF"]

UNKNOWN_SIZE = 0xFFFFFFFF
W64_RIFF = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
W64_WAVE = b"wave" + bytes.fromhex("f3acd3118cd100c04f8edb8a")
W64_TAIL = W64_WAVE[4:]

_HEAD_BYTES = 40
# More than any program writes; a file made of nothing but headers is given up on.
_MOST_CHUNKS = 1 << 16
# Names that settle where a chunk begins when its neighbour's padding is in doubt.
_KNOWN = frozenset(
    b"RIFF LIST JUNK PAD  FLLR fmt  data fact bext iXML axml chna cue  plst smpl inst PEAK levl "
    b"MD5  ID3  id3  _PMX aXML umid cart acid strc DISP disp ds64 COMM SSND MARK INST COMT NAME "
    b"AUTH (c)  ANNO MIDI AESD APPL FVER".split(b" ")
)
_FIRST_CHUNK = 12


@dataclass(frozen=True)
class Chunk:
    """A part of a file with a name.

    Attributes
    ----------
    name
        Four bytes; longer for those that Wave64 names by a GUID.
    head
        Byte at which its header begins.
    start
        Byte at which its content begins.
    size
        Bytes of content that its header promises.
    """

    name: bytes
    head: int
    start: int
    size: int


def family_of(file: BinaryIO) -> Family | None:
    """Return how the chunks of a file are written, or None if it has none."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head[8:12] == b"WAVE" and head[:4] in (b"RIFF", b"RIFX"):
        return "RIFF" if head[:4] == b"RIFF" else "RIFX"
    if head[8:12] == b"WAVE" and head[:4] in (b"RF64", b"BW64"):
        return "RF64"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[:16] == W64_RIFF and head[24:40] == W64_WAVE:
        return "W64"
    return "CAF" if head[:4] == b"caff" else None


def walk(file: BinaryIO, family: Family) -> Iterator[Chunk]:
    """Yield the chunks of a file; sizes may promise more than there is."""
    end = file.seek(0, 2)
    if family == "W64":
        chunks = _walk_w64(file, end)
    elif family == "CAF":
        chunks = _walk_caf(file, end)
    elif family == "RF64":
        chunks = _walk_rf64(file, end)
    else:
        chunks = _walk_32(file, _FIRST_CHUNK, end, "<" if family == "RIFF" else ">")
    return islice(chunks, _MOST_CHUNKS)


def body(file: BinaryIO, chunk: Chunk, most: int) -> bytes:
    """Return what a chunk holds, up to so many bytes."""
    file.seek(chunk.start)
    return file.read(min(chunk.size, most))


def chunk_sizes(file: BinaryIO) -> tuple[tuple[str, int], ...]:
    """Return the names of a file's chunks and the bytes each really holds; none for other files."""
    family = family_of(file)
    if family is None:
        return ()
    end = file.seek(0, 2)
    return tuple(
        (chunk.name.decode("latin-1").strip(), min(chunk.size, max(end - chunk.start, 0)))
        for chunk in walk(file, family)
    )


def decode_text(raw: bytes) -> str:
    """Return a text of which the encoding is not told."""
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _walk_32(file: BinaryIO, start: int, end: int, order: str) -> Iterator[Chunk]:
    position = start
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack(order + "4sI", file.read(8))
        yield Chunk(name, position, position + 8, size)
        position = _find_next(file, position + 8 + size, size, end, order)


def _walk_rf64(file: BinaryIO, end: int) -> Iterator[Chunk]:
    """Walk over chunks of which the samples may have their size in another chunk, ``ds64``."""
    position, size_64 = _FIRST_CHUNK, 0
    while position + 8 <= end:
        file.seek(position)
        name, size = struct.unpack("<4sI", file.read(8))
        chunk = Chunk(name, position, position + 8, size)
        if name == b"ds64":
            size_64 = int.from_bytes(body(file, chunk, 16)[8:16], "little")
        elif name == b"data" and size == UNKNOWN_SIZE:
            chunk = Chunk(name, position, position + 8, size_64)
        yield chunk
        position = _find_next(file, chunk.start + chunk.size, chunk.size, end, "<")


def _walk_w64(file: BinaryIO, end: int) -> Iterator[Chunk]:
    position = _HEAD_BYTES
    while position + 24 <= end:
        file.seek(position)
        guid, size = struct.unpack("<16sQ", file.read(24))
        # names of other makers than those of a WAV file are whole GUIDs
        name = guid[:4] if guid[4:] == W64_TAIL else guid.hex().encode()
        yield Chunk(name, position, position + 24, max(size - 24, 0))
        if size < 24:
            return
        position += (size + 7) // 8 * 8


def _walk_caf(file: BinaryIO, end: int) -> Iterator[Chunk]:
    position = 8
    while position + 12 <= end:
        file.seek(position)
        name, size = struct.unpack(">4sq", file.read(12))
        if size < 0:  # as far as the file reaches
            size = end - position - 12
        yield Chunk(name, position, position + 12, size)
        position += 12 + size


def _find_next(file: BinaryIO, position: int, size: int, end: int, order: str) -> int:
    """Return where the chunk behind one that ends at `position` begins.

    A chunk of odd size should be followed by a byte of padding, but is not always, and that byte
    may look like a letter. What looks more like a chunk decides, and the rule where both do.
    """
    if size % 2 == 0 or position + 8 > end:
        return position
    file.seek(position)
    heads = file.read(9)
    unpadded = _score_header(heads[:8], position, end, order)
    return position + (unpadded <= _score_header(heads[1:], position + 1, end, order))


def _score_header(head: bytes, position: int, end: int, order: str) -> int:
    """Return how much eight bytes look like the header of a chunk, from 0 to 3."""
    if len(head) < 8 or not all(32 <= byte < 127 for byte in head[:4]):
        return 0
    name, size = struct.unpack(order + "4sI", head)
    if name.rstrip() in _KNOWN:
        return 3
    return 2 if position + 8 + size <= end else 1
