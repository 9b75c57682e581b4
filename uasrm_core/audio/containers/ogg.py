"""The end of a written Opus file, set to the sample (RFC 3533 for pages, RFC 7845 for Opus)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

OPUS_HZ = 48000
_HEAD_BYTES, _CHECKSUM_AT = 27, 22
_END_OF_STREAM = 4
_POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True)
class _Page:
    start: int
    size: int
    granule: int


def end_opus_at(draft: BinaryIO, frames: int, rate: int) -> None:
    """Let an Opus file that was written longer end after so many frames.

    Pages wholly behind the end are cut off, and the last one is told where the sound ends.
    """
    skipped = _read_pre_skip(draft)
    end = skipped + -(-frames * OPUS_HZ // rate)
    for page in _read_pages(draft):
        if page.granule >= end and page.granule < 1 << 63:
            draft.seek(page.start)
            data = bytearray(draft.read(page.size))
            data[5] |= _END_OF_STREAM
            data[6:14] = end.to_bytes(8, "little")
            data[_CHECKSUM_AT : _CHECKSUM_AT + 4] = bytes(4)
            data[_CHECKSUM_AT : _CHECKSUM_AT + 4] = _compute_checksum(bytes(data)).to_bytes(
                4, "little"
            )
            draft.seek(page.start)
            draft.write(data)
            draft.truncate()
            return


def _read_pre_skip(draft: BinaryIO) -> int:
    draft.seek(0)
    head = draft.read(200)
    place = head.index(b"OpusHead") + 10
    return int.from_bytes(head[place : place + 2], "little")


def _read_pages(draft: BinaryIO) -> Iterator[_Page]:
    position = 0
    while True:
        draft.seek(position)
        head = draft.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES or head[:4] != b"OggS":
            return
        size = _HEAD_BYTES + head[26] + sum(draft.read(head[26]))
        yield _Page(position, size, int.from_bytes(head[6:14], "little"))
        position += size


def _compute_checksum(data: bytes) -> int:
    table, total = _build_table(), 0
    for byte in data:
        total = (total << 8 & 0xFFFFFFFF) ^ table[total >> 24 ^ byte]
    return total


@cache
def _build_table() -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 & 0xFFFFFFFF) ^ (_POLYNOMIAL if value & 1 << 31 else 0)
        values.append(value)
    return tuple(values)
