"""Where the samples lie in WAV, RF64, BW64 and W64 files.

Only the chunks that say this are looked at. All others (``bext``, ``cue ``, ``iXML``, ...) matter
to their owners, which is why an export copies them.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import BinaryIO

from uasrm_core.audio.adpcm import Blocks, Codec
from uasrm_core.audio.containers.chunks import UNKNOWN_SIZE, Family, body, walk
from uasrm_core.audio.containers.layout import Form, Layout, layout_from
from uasrm_core.audio.encoding import Encoding

PCM, MS_ADPCM, IEEE_FLOAT, ALAW, ULAW, IMA_ADPCM, _EXTENSIBLE = 1, 2, 3, 6, 7, 17, 0xFFFE
# A format chunk with all of the coefficients that MS ADPCM may have.
_FORMAT_BYTES = 22 + 4 * 256


@dataclass(frozen=True)
class WaveParts:
    """The chunks of a WAV file that its samples need.

    Attributes
    ----------
    container
        libsndfile's name.
    order
        Byte order, as `struct` writes it.
    form
        The body of the format chunk, empty if there is none before the samples.
    data_start
        Byte at which the samples begin.
    promised
        Bytes of samples that the header promises, or None if it leaves that open.
    size
        Bytes of the whole file.
    """

    container: str
    order: str
    form: bytes
    data_start: int
    promised: int | None
    size: int


def read_parts(file: BinaryIO, family: Family) -> WaveParts | None:
    """Find the format and the samples of a WAV, RF64 or W64 file, or None if they are missing."""
    size = file.seek(0, 2)
    order = ">" if family == "RIFX" else "<"
    file.seek(4)
    riff_end = 8 + int(struct.unpack(order + "I", file.read(4))[0])
    form = b""
    for chunk in walk(file, family):
        if chunk.name == b"fmt ":
            form = body(file, chunk, _FORMAT_BYTES)
        elif chunk.name == b"data":
            promised: int | None = chunk.size
            if chunk.size == UNKNOWN_SIZE and family != "RF64":
                promised = None
            elif chunk.size == 0 and (family == "W64" or riff_end < size):
                promised = None  # a recorder that never came back to complete its header
            container = {"RF64": "RF64", "W64": "W64"}.get(family, "WAV")
            if container == "WAV" and _read_tag(form, order) == _EXTENSIBLE:
                container = "WAVEX"
            return WaveParts(container, order, form, chunk.start, promised, size)
    return None


def read_wave(file: BinaryIO, family: Family) -> Layout | None:
    """Find the samples of a WAV, RF64 or W64 file, or None if they cannot be read as they lie."""
    parts = read_parts(file, family)
    if parts is None:
        return None
    form = _parse_form(parts.form, parts.order)
    return layout_from(parts.container, form, parts.data_start, parts.promised, parts.size)


def _read_tag(form: bytes, order: str) -> int:
    return int(struct.unpack(order + "H", form[:2])[0]) if len(form) >= 2 else 0


def _parse_form(form: bytes, order: str) -> Form | None:
    if len(form) < 16:
        return None
    tag, channels, rate, _, frame_bytes, bits = struct.unpack(order + "HHIIHH", form[:16])
    extensible = tag == _EXTENSIBLE
    valid_bits, speakers = bits, None
    if extensible:
        if len(form) < 26:
            return None
        # The sub-format is a GUID that begins with the plain tag.
        valid_bits, speakers, tag = struct.unpack(order + "HIH", form[18:26])
    width = math.ceil(bits / 8)
    if frame_bytes not in (channels * width, 0):
        return None
    encoding = _choose_encoding(tag, width, valid_bits, is_big_endian=order == ">")
    if encoding is None:
        return None
    return Form(encoding, rate, channels, extensible, speakers=speakers)


def _choose_encoding(
    tag: int, width: int, valid_bits: int, *, is_big_endian: bool
) -> Encoding | None:
    if tag == IEEE_FLOAT:
        return Encoding("float", width, is_big_endian)
    if tag == PCM:
        if width == 1:
            return Encoding.whole("unsigned", 1, False, valid_bits)
        return Encoding.whole("signed", width, is_big_endian, valid_bits)
    if tag in (ALAW, ULAW):
        return Encoding("alaw" if tag == ALAW else "ulaw", width)
    return None


def read_blocks(file: BinaryIO, family: Family) -> Blocks | None:
    """Find the blocks of a WAV, RF64 or W64 file of ADPCM, or None if it is no such file."""
    parts = read_parts(file, family)
    if parts is None or parts.order == ">" or len(parts.form) < 16:
        return None
    tag, channels = struct.unpack("<HH", parts.form[:4])
    if tag not in (MS_ADPCM, IMA_ADPCM):
        return None
    block_bytes = struct.unpack("<H", parts.form[12:14])[0]
    codec: Codec = "ima" if tag == IMA_ADPCM else "ms"
    return Blocks.read(codec, channels, parts.data_start, block_bytes, parts.form)
