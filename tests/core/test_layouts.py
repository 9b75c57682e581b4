"""The chunk walker: files made by hand, byte by byte."""

from __future__ import annotations

import io
import math
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.containers.chunks import chunk_sizes
from uasrm_core.audio.containers.layout import Layout
from uasrm_core.audio.containers.layouts import read_layout
from uasrm_core.audio.encoding import Encoding

RATE = 44100
W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
DATA = np.arange(-10, 10, dtype="<i2").tobytes()  # ten stereo frames


def chunk(name: bytes, body: bytes, *, order: str = "<", pad: bool = True) -> bytes:
    padding = b"\0" if pad and len(body) % 2 else b""
    return name + struct.pack(order + "I", len(body)) + body + padding


def fmt(tag: int = 1, channels: int = 2, bits: int = 16, *, order: str = "<") -> bytes:
    width = math.ceil(bits / 8)
    return struct.pack(
        order + "HHIIHH", tag, channels, RATE, RATE * channels * width, channels * width, bits
    )


def wave(*chunks: bytes, name: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack("<I", len(body) if size is None else size) + body


def aiff(compression: bytes | None, bits: int, frames: int, data: bytes, *, late: bool) -> bytes:
    exponent = 16383 + 15
    rate = struct.pack(">HQ", exponent, RATE << (63 - 15))
    comm = struct.pack(">HIH", 2, frames, bits) + rate
    if compression is not None:
        comm += compression + b"\x00\x00"
    chunks = [chunk(b"COMM", comm, order=">")]
    sound = chunk(b"SSND", struct.pack(">II", 0, 0) + data, order=">")
    chunks = [sound, *chunks] if late else [*chunks, sound]
    body = (b"AIFF" if compression is None else b"AIFC") + b"".join(chunks)
    return b"FORM" + struct.pack(">I", len(body)) + body


def layout_of(data: bytes) -> Layout | None:
    return read_layout(io.BytesIO(data))


def found(data: bytes) -> bytes:
    """Return the sample bytes that the walker finds in a file."""
    layout = layout_of(data)
    assert layout is not None
    assert layout.rate == RATE
    return data[layout.data_start : layout.data_start + layout.frames * layout.frame_bytes]


def test_samples_are_found_between_other_chunks() -> None:
    file = wave(
        chunk(b"bext", b"tape 7" * 101),
        chunk(b"fmt ", fmt()),
        chunk(b"iXML", b"<a/>!"),
        chunk(b"data", DATA),
        chunk(b"cue ", b"\1\0\0\0"),
    )
    assert found(file) == DATA


def test_a_chunk_of_odd_size_without_its_padding_is_stepped_over() -> None:
    file = wave(chunk(b"fmt ", fmt()), chunk(b"iXML", b"<a/>!", pad=False), chunk(b"data", DATA))
    assert found(file) == DATA


@pytest.mark.parametrize(("riff", "data"), [(0, 0), (0xFFFFFFFF, 0xFFFFFFFF), (36, 0)])
def test_a_stream_with_open_sizes_reaches_to_the_end_of_the_file(riff: int, data: int) -> None:
    start = wave(chunk(b"fmt ", fmt()), b"data", struct.pack("<I", data), size=riff)
    assert found(start + DATA) == DATA


def test_an_empty_recording_before_notes_is_empty() -> None:
    layout = layout_of(wave(chunk(b"fmt ", fmt()), chunk(b"data", b""), chunk(b"LIST", b"INFO")))
    assert layout is not None
    assert layout.frames == 0


def test_a_cut_file_gives_its_whole_frames_and_what_was_promised() -> None:
    layout = layout_of(wave(chunk(b"fmt ", fmt()), chunk(b"data", DATA))[:-5])
    assert layout is not None
    assert (layout.frames, layout.promised_frames) == (8, 10)


def test_the_long_wav_takes_its_size_from_ds64() -> None:
    ds64 = struct.pack("<QQQI", 0, len(DATA), 10, 0)
    file = wave(
        chunk(b"ds64", ds64),
        chunk(b"fmt ", fmt()),
        b"data\xff\xff\xff\xff" + DATA,
        chunk(b"LIST", b"INFO"),
        name=b"RF64",
        size=0xFFFFFFFF,
    )
    assert found(file) == DATA


def test_extensible_says_what_it_holds_in_its_guid() -> None:
    guid = struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
    extended = fmt(0xFFFE, 2, 32) + struct.pack("<HHI", 22, 32, 3) + guid
    layout = layout_of(wave(chunk(b"fmt ", extended), chunk(b"data", bytes(80))))
    assert layout is not None
    assert (layout.container, layout.encoding) == ("WAVEX", Encoding("float", 4))


def test_wave64_chunks_are_found_at_eight_byte_steps() -> None:
    def w64(name: bytes, body: bytes) -> bytes:
        padded = body + bytes(-len(body) % 8)
        return name + W64_TAIL + struct.pack("<Q", 24 + len(body)) + padded

    riff = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")
    chunks = w64(b"fmt ", fmt()) + w64(b"bext", b"tape 7!") + w64(b"data", DATA)
    file = riff + struct.pack("<Q", 40 + len(chunks)) + b"wave" + W64_TAIL + chunks
    assert found(file) == DATA


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("compression", "bits", "encoding"),
    [
        (None, 16, Encoding("signed", 2, big_endian=True)),
        (b"sowt", 16, Encoding("signed", 2)),
        (b"NONE", 24, Encoding("signed", 3, big_endian=True)),
        (b"fl32", 32, Encoding("float", 4, big_endian=True)),
        (b"FL32", 32, Encoding("float", 4, big_endian=True)),
        (b"fl64", 64, Encoding("float", 8, big_endian=True)),
    ],
)
def test_aiff_and_its_kinds(
    compression: bytes | None, bits: int, encoding: Encoding, late: bool
) -> None:
    data = bytes(range(2 * bits // 8)) * 3
    file = aiff(compression, bits, 3, data, late=late)
    layout = layout_of(file)
    assert layout is not None
    assert layout.encoding == encoding
    assert found(file) == data


def test_compressed_and_foreign_files_are_left_to_others() -> None:
    assert layout_of(wave(chunk(b"fmt ", fmt(tag=2, bits=4)), chunk(b"data", DATA))) is None
    assert layout_of(aiff(b"ima4", 16, 3, b"", late=False)) is None
    assert layout_of(b"fLaC" + bytes(100)) is None
    assert layout_of(b"") is None


@given(st.integers(0, 200))
def test_a_header_cut_anywhere_never_fails(length: int) -> None:
    file = wave(
        chunk(b"bext", b"x" * 31), chunk(b"fmt ", fmt()), chunk(b"data", DATA), chunk(b"id3 ", b"x")
    )
    layout = layout_of(file[:length])
    assert layout is None or layout.data_start + layout.frames * 4 <= length


@given(st.binary(max_size=120), st.sampled_from([b"RIFF", b"RF64", b"RIFX"]))
def test_rubbish_after_a_good_beginning_never_fails(rubbish: bytes, name: bytes) -> None:
    layout_of(name + b"\0\0\0\0WAVE" + rubbish)
    layout_of(b"FORM\0\0\0\0AIFC" + rubbish)
    layout_of(
        b"riff"
        + bytes.fromhex("2e91cf11a5d628db04c10000")
        + bytes(8)
        + b"wave"
        + W64_TAIL
        + rubbish
    )


@pytest.mark.parametrize(
    ("container", "subtype", "endian"),
    [
        ("WAV", "PCM_U8", "FILE"),
        ("WAV", "PCM_16", "FILE"),
        ("WAV", "PCM_24", "FILE"),
        ("WAV", "PCM_32", "FILE"),
        ("WAV", "FLOAT", "FILE"),
        ("WAV", "DOUBLE", "FILE"),
        ("WAV", "PCM_24", "BIG"),
        ("WAVEX", "PCM_24", "FILE"),
        ("RF64", "PCM_16", "FILE"),
        ("W64", "PCM_24", "FILE"),
        ("W64", "FLOAT", "FILE"),
        ("AIFF", "PCM_S8", "FILE"),
        ("AIFF", "PCM_16", "FILE"),
        ("AIFF", "PCM_24", "FILE"),
        ("AIFF", "PCM_16", "LITTLE"),
        ("AIFF", "FLOAT", "FILE"),
        ("AIFF", "DOUBLE", "FILE"),
        ("AIFF", "PCM_U8", "FILE"),
    ],
)
def test_our_reading_agrees_with_libsndfile(container: str, subtype: str, endian: str) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (101, 3))
    file = io.BytesIO()
    soundfile.write(file, values, RATE, format=container, subtype=subtype, endian=endian)
    expected, _ = soundfile.read(io.BytesIO(file.getvalue()), dtype="float64")
    layout = layout_of(file.getvalue())
    assert layout is not None
    assert (layout.container, layout.encoding.subtype) == (container, subtype)
    exact = layout.encoding.decode_exact(found(file.getvalue()))
    np.testing.assert_array_equal(exact.reshape(-1, 3), expected)
    np.testing.assert_array_equal(
        layout.encoding.decode(found(file.getvalue())), exact.astype(np.float32)
    )
    assert layout.encoding.encode(exact).tobytes() == found(file.getvalue())


def test_a_file_of_empty_chunks_is_not_walked_to_its_end():
    class Counting(io.BytesIO):
        seeks = 0

        def seek(self, *place):
            self.seeks += 1
            return super().seek(*place)

    for head in (b"RIFF\0\0\0\0WAVE", b"RF64\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF"):
        file = Counting(head + bytes(4_000_000))
        assert read_layout(file) is None
        assert len(chunk_sizes(file)) < 100_000
        assert file.seeks < 1_000_000
