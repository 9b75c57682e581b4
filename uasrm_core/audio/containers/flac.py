"""Carrying a FLAC file's tags, pictures and cue sheet over into its repaired copy.

The encoder writes only the few tags that libsndfile has names for, so the other blocks are taken
from the original as they are. The layout is that of RFC 9639, section 8.
"""

from __future__ import annotations

from typing import BinaryIO

_STREAMINFO, _PADDING = 0, 1
_KEPT = (2, 4, 5, 6)  # application data, tags, cue sheet, pictures
_LAST = 0x80
_MOVE_BYTES = 1 << 22
# What describes a recording is held in memory; more than this is none that was meant well.
_MOST_BLOCKS, _MOST_BYTES = 1 << 12, 1 << 27


def restore_metadata(file: BinaryIO, original: BinaryIO) -> None:
    """Give the FLAC file just written the original's descriptive blocks in place of its own.

    Does nothing where either does not begin as a FLAC file should.
    """
    described = _read_blocks(original)
    written = _read_blocks(file)
    if described is None or written is None:
        return
    kept = [block for block in described[0] if block[0] in _KEPT]
    streaminfo = [block for block in written[0] if block[0] == _STREAMINFO]
    frames_start = written[1]
    needed = 4 + sum(4 + len(body) for _, body in streaminfo + kept)
    # Some padding, so that the frames never move towards the start and tags can be edited later.
    padding = max(frames_start - needed - 4, 1024)
    blocks = [*streaminfo, *kept, (_PADDING, bytes(padding))]
    move_to(file, frames_start, needed + 4 + padding)
    file.seek(0)
    file.write(b"fLaC")
    for index, (kind, body) in enumerate(blocks):
        last = _LAST if index == len(blocks) - 1 else 0
        file.write(bytes([last | kind]) + len(body).to_bytes(3, "big") + body)


def _read_blocks(file: BinaryIO) -> tuple[list[tuple[int, bytes]], int] | None:
    """Return the metadata blocks (kind, body) and the byte at which the frames begin."""
    file.seek(id3_bytes(file))
    if file.read(4) != b"fLaC":
        return None
    blocks: list[tuple[int, bytes]] = []
    room = _MOST_BYTES
    while len(blocks) < _MOST_BLOCKS and room > 0:
        head = file.read(4)
        size = int.from_bytes(head[1:], "big")
        body = file.read(size)
        if len(head) < 4 or len(body) < size:
            return None
        blocks.append((head[0] & ~_LAST, body))
        room -= size
        if head[0] & _LAST:
            return blocks, file.tell()
    return None


def id3_bytes(file: BinaryIO) -> int:
    """Return the bytes of the ID3 tag that some programs put before a file, 0 if there is none."""
    file.seek(0)
    head = file.read(10)
    if len(head) < 10 or head[:3] != b"ID3" or head[3] == 0xFF:
        return 0
    size = 0
    for byte in head[6:]:  # seven bits a byte
        size = size << 7 | byte & 0x7F
    has_footer = head[5] & 0x10
    return 20 + size if has_footer else 10 + size


def move_to(file: BinaryIO, start: int, new_start: int) -> None:
    """Move everything from `start` to the end towards the end, the last part first."""
    position = file.seek(0, 2)
    while position > start:
        length = min(_MOVE_BYTES, position - start)
        position -= length
        file.seek(position)
        block = file.read(length)
        file.seek(position + new_start - start)
        file.write(block)
