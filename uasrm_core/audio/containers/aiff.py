"""Where the samples lie in AIFF and AIFC files."""

from __future__ import annotations

import math
import struct
from typing import BinaryIO

from uasrm_core.audio.containers.chunks import UNKNOWN_SIZE, Chunk, body, walk
from uasrm_core.audio.containers.layout import Form, Layout, layout_from
from uasrm_core.audio.encoding import Encoding, Kind

# AIFC compression types that are plain numbers: kind and whether the high byte comes first;
# None for the width means that COMM says it.
_TYPES: dict[bytes, tuple[Kind, int | None, bool]] = {
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
    b"alaw": ("alaw", 1, True),
    b"ALAW": ("alaw", 1, True),
    b"ulaw": ("ulaw", 1, True),
    b"ULAW": ("ulaw", 1, True),
}


def read_aiff(file: BinaryIO) -> Layout | None:
    """Find the samples of an AIFF or AIFC file, or None if they cannot be read as they lie."""
    size = file.seek(0, 2)
    file.seek(8)
    is_aifc = file.read(4) == b"AIFC"
    form: Form | None = None
    sound: Chunk | None = None
    for chunk in walk(file, "AIFF"):
        if chunk.name == b"COMM":
            form = _parse_form(body(file, chunk, 22), is_aifc=is_aifc)
        elif chunk.name == b"SSND":
            sound = chunk
        if form is not None and sound is not None:
            break
    if form is None or sound is None:
        return None
    prefix = body(file, sound, 8)
    if len(prefix) < 8:
        return None
    skip = 8 + struct.unpack(">I4x", prefix)[0]
    promised = sound.size - skip if sound.size not in (0, UNKNOWN_SIZE) else None
    if form.frames and form.encoding.is_known:
        in_comm = form.frames * form.channels * form.encoding.width
        promised = in_comm if promised is None else min(promised, in_comm)
    return layout_from("AIFF", form, sound.start + skip, promised, size)


def _parse_form(comm: bytes, *, is_aifc: bool) -> Form | None:
    if len(comm) < (22 if is_aifc else 18):
        return None
    channels, frames, bits, exponent, mantissa = struct.unpack(">HIHHQ", comm[:18])
    # The rate is an 80-bit extended float: a 15-bit exponent, then 64 bits with a leading one.
    rate = round(math.ldexp(mantissa, min(exponent & 0x7FFF, 16383 + 63) - 16383 - 63))
    compression = comm[18:22] if is_aifc else b"NONE"
    if compression not in _TYPES:
        return None
    kind, width, is_big_endian = _TYPES[compression]
    if kind == "signed":
        in_comm = math.ceil(bits / 8)
        valid_bits = bits if width in (None, in_comm) else 0
        encoding = Encoding.whole(kind, width or in_comm, is_big_endian, valid_bits)
    else:
        # One byte has no order.
        encoding = Encoding(kind, width or 1, is_big_endian and kind == "float")
    return Form(encoding, rate, channels, frames=frames)
