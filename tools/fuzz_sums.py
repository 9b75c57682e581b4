"""Checksums of damaged Ogg and FLAC files made right, so that decoders read on, for `fuzz`."""

from __future__ import annotations

import zlib

_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_OGG_HEADER, _OGG_SUM = 27, slice(22, 26)
_FLAC_MAGIC, _FLAC_LAST = b"fLaC", 0x80
# Bytes of a frame's header that its codes of block size and of rate ask for.
_SIZE_BYTES, _RATE_BYTES = {6: 1, 7: 2}, {12: 1, 13: 2, 14: 2}


def mend_sums(data: bytearray) -> None:
    """Give every Ogg page and every FLAC frame the checksums of what it holds now."""
    if data[:4] == _FLAC_MAGIC:
        _mend_flac(data)
    else:
        _mend_ogg(data)


def ogg_sum(page: bytes) -> int:
    """Return the checksum of an Ogg page whose own field is zero (RFC 3533)."""
    # zlib's sum of the same polynomial begins and ends with ones, and takes the lowest bit first.
    mirrored = ~zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) & 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _mend_ogg(data: bytearray) -> None:
    at = data.find(b"OggS")
    while at >= 0 and len(data) >= at + _OGG_HEADER:
        segments = data[at + _OGG_HEADER - 1]
        body = at + _OGG_HEADER + segments
        end = body + sum(data[at + _OGG_HEADER : body])
        if end > len(data):
            break
        page = bytearray(data[at:end])
        page[_OGG_SUM] = bytes(4)
        data[at + 22 : at + 26] = ogg_sum(bytes(page)).to_bytes(4, "little")
        at = data.find(b"OggS", end)


def _table(polynomial: int, bits: int) -> list[int]:
    top, mask, table = 1 << (bits - 1), (1 << bits) - 1, []
    for byte in range(256):
        value = byte << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value & top else 0)
        table.append(value & mask)
    return table


_SUM_8, _SUM_16 = _table(0x07, 8), _table(0x8005, 16)


def flac_sum_8(header: bytes) -> int:
    """Return the checksum of a FLAC frame's header (RFC 9639)."""
    value = 0
    for byte in header:
        value = _SUM_8[value ^ byte]
    return value


def flac_sum_16(frame: bytes) -> int:
    """Return the checksum of a FLAC frame (RFC 9639)."""
    value = 0
    for byte in frame:
        value = (value << 8 & 0xFFFF) ^ _SUM_16[value >> 8 ^ byte]
    return value


def _mend_flac(data: bytearray) -> None:
    starts = _flac_frames(data)
    for start, end in zip(starts, [*starts[1:], len(data)], strict=False):
        size = _flac_header_bytes(data[start : start + 16])
        if end - start < size + 3:
            continue
        data[start + size] = flac_sum_8(data[start : start + size])
        data[end - 2 : end] = flac_sum_16(data[start : end - 2]).to_bytes(2, "big")


def _flac_frames(data: bytearray) -> list[int]:
    """Return where frames seem to begin: at the first's sync code with the first's channels."""
    at, is_last = len(_FLAC_MAGIC), False
    while not is_last and at + 4 <= len(data):
        is_last = bool(data[at] & _FLAC_LAST)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    first, starts = bytes(data[at : at + 4]), []
    while len(first) == 4 and 0 <= at <= len(data) - 4:
        if data[at + 3] == first[3]:
            starts.append(at)
        at = data.find(first[:2], at + 2)
    return starts


def _flac_header_bytes(header: bytes) -> int:
    """Return how long a frame's header is without its checksum."""
    if len(header) < 5:
        return len(header)
    number = max(f"{header[4]:08b}".find("0"), 1) if header[4] < 255 else 8
    extra = _SIZE_BYTES.get(header[2] >> 4, 0) + _RATE_BYTES.get(header[2] & 15, 0)
    return 4 + number + extra
