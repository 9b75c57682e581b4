"""Where the samples lie in AU files (Sun, NeXT) and in CAF files (Apple)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from uasrm_core.audio.containers.chunks import UNKNOWN_SIZE, body, walk
from uasrm_core.audio.containers.layout import Form, Layout, layout_from
from uasrm_core.audio.encoding import Encoding, Kind

_AU_TYPES: dict[int, tuple[Kind, int]] = {
    1: ("ulaw", 1),
    2: ("signed", 1),
    3: ("signed", 2),
    4: ("signed", 3),
    5: ("signed", 4),
    6: ("float", 4),
    7: ("float", 8),
    27: ("alaw", 1),
}
_CAF_IS_FLOAT, _CAF_IS_LITTLE_ENDIAN = 1, 2


def read_au(file: BinaryIO) -> Layout | None:
    """Find the samples of an AU file, or None if they cannot be read as they lie."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(24)
    if len(head) < 24:
        return None
    order = ">" if head[:4] == b".snd" else "<"
    start, promised, code, rate, channels = struct.unpack(order + "5I", head[4:])
    if code not in _AU_TYPES or start < 24:
        return None
    kind, width = _AU_TYPES[code]
    form = Form(Encoding(kind, width, order == ">" and width > 1), rate, channels)
    return layout_from("AU", form, start, None if promised == UNKNOWN_SIZE else promised, size)


def read_caf(file: BinaryIO) -> Layout | None:
    """Find the samples of a CAF file, or None if they cannot be read as they lie."""
    size = file.seek(0, 2)
    form: Form | None = None
    for chunk in walk(file, "CAF"):
        if chunk.name == b"desc":
            form = _parse_caf_form(body(file, chunk, 32))
        elif chunk.name == b"data":
            # The samples follow a count of edits.
            return layout_from("CAF", form, chunk.start + 4, chunk.size - 4, size)
    return None


def _parse_caf_form(desc: bytes) -> Form | None:
    if len(desc) < 32:
        return None
    rate, name, flags, packet_bytes, packet_frames, channels, bits = struct.unpack(">d4s5I", desc)
    if packet_frames != 1 or not 1 <= rate < 1 << 31 or not channels:
        return None
    width, rest = divmod(packet_bytes, channels)
    is_big_endian = not flags & _CAF_IS_LITTLE_ENDIAN and width > 1
    encoding: Encoding | None = None
    if name in (b"alaw", b"ulaw"):
        encoding = Encoding("alaw" if name == b"alaw" else "ulaw", width)
    elif name == b"lpcm" and flags & _CAF_IS_FLOAT:
        encoding = Encoding("float", width, is_big_endian)
    elif name == b"lpcm":
        encoding = Encoding.whole("signed", width, is_big_endian, bits)
    return None if encoding is None or rest else Form(encoding, round(rate), channels)
