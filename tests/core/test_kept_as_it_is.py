"""Less usual files keep their own format: only repaired samples, or their blocks, change."""

from __future__ import annotations

import io
import struct
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.encoding import Encoding
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.errors import FileError

# So many frames an ADPCM codec needs to follow a jump.
SETTLING_FRAMES = 16
RATE = 44100


def chunk(name: bytes, content: bytes, *, pad: bytes = b"\0") -> bytes:
    return name + struct.pack("<I", len(content)) + content + pad * (len(content) % 2)


def wave(fmt: bytes, data: bytes, *before: bytes) -> bytes:
    content = b"WAVE" + b"".join(before) + chunk(b"fmt ", fmt) + chunk(b"data", data)
    content += chunk(b"bext", b"Tape 7".ljust(602, b"\0")) + chunk(b"cue ", struct.pack("<I", 0))
    return b"RIFF" + struct.pack("<I", len(content)) + content


def extensible(width: int, valid_bits: int, channels: int = 2) -> bytes:
    frame_bytes = channels * width
    plain = struct.pack(
        "<HHIIHH", 0xFFFE, channels, RATE, RATE * frame_bytes, frame_bytes, 8 * width
    )
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    return plain + struct.pack("<HHI", 22, valid_bits, 3) + guid


def plain(width: int, bits: int, channels: int = 2) -> bytes:
    frame_bytes = channels * width
    return struct.pack("<HHIIHH", 1, channels, RATE, RATE * frame_bytes, frame_bytes, bits)


def whole_numbers(width: int, valid_bits: int, count: int, order: str = "<") -> bytes:
    """Return random samples whose lowest bits are zero, as bytes."""
    rng = np.random.default_rng(valid_bits)
    top = 1 << (valid_bits - 1)
    values = rng.integers(-top, top, count) << (8 * width - valid_bits)
    four = (values << (32 - 8 * width)).astype(">i4").view(np.uint8).reshape(-1, 4)[:, :width]
    return four[:, ::-1].tobytes() if order == "<" else four.tobytes()


def aiff(width: int, valid_bits: int, frames: int, data: bytes) -> bytes:
    rate = struct.pack(">HQ", 16383 + 15, RATE << 48)
    comm = b"COMM" + struct.pack(">IHIH", 18, 2, frames, valid_bits) + rate
    content = b"AIFF" + comm + b"SSND" + struct.pack(">III", 8 + len(data), 0, 0) + data
    return b"FORM" + struct.pack(">I", len(content)) + content


def patched(clip: AudioClip, start: int = 100, frames: int = 150) -> AudioClip:
    rng = np.random.default_rng(5)
    samples = rng.uniform(-1.1, 1.1, (2, frames)).astype(np.float32)
    return clip.with_patch(Patch(start, (0, 1), samples))


@pytest.mark.parametrize(
    ("kind", "width", "bits"),
    [
        ("extensible", 4, 24),
        ("extensible", 4, 20),
        ("extensible", 1, 6),
        *(
            (kind, width, bits)
            for kind in ("extensible", "plain", "aiff")
            for width, bits in ((3, 20), (2, 12), (3, 17))
        ),
        ("aiff", 1, 6),
    ],
)
def test_bits_that_do_not_count_are_never_written(
    tmp_path: Path, kind: str, width: int, bits: int
) -> None:
    frames = 400
    order = ">" if kind == "aiff" else "<"
    data = whole_numbers(width, bits, 2 * frames, order)
    if width == 1 and kind != "aiff":
        data = bytes(byte ^ 0x80 for byte in data)
    if kind == "aiff":
        file = aiff(width, bits, frames, data)
    else:
        fmt = extensible(width, bits) if kind == "extensible" else plain(width, bits)
        file = wave(fmt, data)
    path = tmp_path / "in.audio"
    path.write_bytes(file)
    clip = open_clip(path)
    assert clip.info.valid_bits == bits
    repaired = patched(clip)
    own = ExportFormat(clip.info.container, clip.info.subtype)
    report = export_clip(repaired, tmp_path / "out.audio", export_format=own)
    assert report.same_format
    written = open_clip(report.path)
    values = written.source.read_exact(0, frames) * 2.0 ** (bits - 1)
    np.testing.assert_array_equal(values, np.rint(values))
    step = 2.0 ** (1 - bits)
    wanted = np.clip(repaired.read(0, frames).astype(float), -1, 1 - step)
    np.testing.assert_allclose(values * step, wanted, atol=step / 2)
    out = report.path.read_bytes()
    start = 100 * 2 * width + file.index(data)
    assert out[:start] == file[:start]
    assert out[start + 150 * 2 * width :] == file[start + 150 * 2 * width :]


@pytest.mark.parametrize("lowest_bits_are_empty", [True, False])
def test_valid_bits_decide_what_is_exact_where_they_tell_the_truth(
    tmp_path: Path, lowest_bits_are_empty: bool
) -> None:
    data = whole_numbers(4, 24 if lowest_bits_are_empty else 32, 2 * 4000)
    path = tmp_path / "in.wav"
    path.write_bytes(wave(extensible(4, 24), data))
    report = export_clip(patched(open_clip(path)), tmp_path / "out.flac")
    assert report.export_format == ExportFormat("FLAC", "PCM_24")
    assert report.exact_outside == lowest_bits_are_empty
    assert (report.proof.identical == report.proof.outside) == lowest_bits_are_empty


@pytest.mark.parametrize("subtype", ["ALAW", "ULAW"])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "W64", "AIFF", "AU", "CAF"])
def test_companded_samples_stay_as_they_are(tmp_path: Path, container: str, subtype: str) -> None:
    rng = np.random.default_rng(1)
    path = tmp_path / "in.audio"
    values = rng.uniform(-1, 1, (900, 2)) * rng.uniform(0, 1, (900, 1)) ** 4
    soundfile.write(path, values, 8000, format=container, subtype=subtype)
    clip = open_clip(path)
    expected, _ = soundfile.read(path, dtype="float64")
    np.testing.assert_array_equal(clip.source.read_exact(0, 900), expected.T)
    assert (clip.info.container, clip.info.subtype) == (container, subtype)
    repaired = patched(clip)
    own = ExportFormat(container, subtype)
    report = export_clip(repaired, tmp_path / "out.audio", export_format=own)
    assert report.same_format
    assert report.proof.identical == report.proof.outside == 1800 - 300
    before, after = path.read_bytes(), report.path.read_bytes()
    differing = np.flatnonzero(np.frombuffer(before, "u1") != np.frombuffer(after, "u1"))
    assert 200 < len(differing) <= 300
    assert differing[-1] - differing[0] < 300


@pytest.mark.parametrize("law", ["alaw", "ulaw"])
def test_each_companded_sample_is_its_own_nearest(law: str) -> None:
    encoding = Encoding(law, 1)  # type: ignore[arg-type]
    codes = bytes(range(256))
    values = encoding.decode_exact(codes)
    again = encoding.decode_exact(encoding.encode(values).tobytes())
    np.testing.assert_array_equal(again, values)
    halfway = encoding.encode(np.array([np.nan, np.inf, -np.inf]))
    assert np.abs(encoding.decode_exact(halfway.tobytes())[0]) == np.abs(values).min()


def adpcm(path: Path, samples: Samples, subtype: str, container: str = "WAV") -> Path:
    soundfile.write(path, samples.T, RATE, format=container, subtype=subtype)
    if container == "WAV":
        data = path.read_bytes()
        data += b"\0" * (len(data) % 2) + chunk(b"bext", b"Tape 7".ljust(602, b"\0"))
        path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


@pytest.mark.parametrize("container", ["WAV", "W64"])
@pytest.mark.parametrize("subtype", ["IMA_ADPCM", "MS_ADPCM"])
@pytest.mark.parametrize("channels", [1, 2])
def test_only_blocks_with_repairs_are_compressed_anew(
    tmp_path_factory: pytest.TempPathFactory,
    music_like: Callable[..., Samples],
    container: str,
    subtype: str,
    channels: int,
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    path = adpcm(folder / "in.wav", music_like(0.5, channels=channels), subtype, container)
    clip = open_clip(path)
    blocks = clip.source.blocks
    before = path.read_bytes()

    @settings(max_examples=15)
    @given(st.integers(0, clip.frames - 1), st.integers(1, 3000))
    @example(5169, 3000)
    def check(start: int, frames: int) -> None:
        end = min(start + frames, clip.frames)
        new = 0.7 * clip.read(start, end, [0]) + np.float32(0.02)
        repaired = clip.with_patch(Patch(start, (0,), new))
        own = ExportFormat(container, subtype)
        target = folder / f"{uuid.uuid4()}.wav"
        report = export_clip(repaired, target, export_format=own)
        assert report.same_format
        assert not report.exact_outside
        first = start // blocks.block_frames
        last = (end - 1) // blocks.block_frames + 1
        places = [blocks.data_start + number * blocks.block_bytes for number in (first, last)]
        after = report.path.read_bytes()
        assert len(after) == len(before)
        assert after[: places[0]] == before[: places[0]]
        assert after[places[1] :] == before[places[1] :]
        written = open_clip(report.path)
        np.testing.assert_array_equal(written.read(0, start), clip.read(0, start))
        whole = written.read(0, clip.frames)
        np.testing.assert_array_equal(whole[1:], clip.read(0, clip.frames)[1:])
        stop = min(last * blocks.block_frames, clip.frames)
        difference = written.read(start, stop)[0] - repaired.read(start, stop)[0]
        # A jump takes the codec a few frames to follow. Until then it is off by the jump, and by as
        # much again where its predictor, a straight line through two frames, runs past it.
        jump = np.max(np.abs(new - clip.read(start, end, [0])))
        assert np.max(np.abs(difference)) < 0.03 + 2 * jump
        settled = difference[SETTLING_FRAMES:]
        assert not len(settled) or np.sqrt(np.mean(settled**2)) < 0.03
        assert "samples outside the repairs are identical" in report.proof.sentence

    check()


def test_a_compressed_recording_is_exact_in_a_format_of_16_bits(
    tmp_path: Path, music_like: Callable[..., Samples]
) -> None:
    path = adpcm(tmp_path / "in.wav", music_like(0.3), "IMA_ADPCM")
    report = export_clip(patched(open_clip(path)), tmp_path / "out.flac")
    assert report.export_format == ExportFormat("FLAC", "PCM_16")
    assert report.exact_outside
    assert report.proof.identical == report.proof.outside


@pytest.mark.parametrize("pad", [b"A", b" ", b"d", b"z"])
def test_padding_that_looks_like_a_letter(tmp_path: Path, pad: bytes) -> None:
    data = whole_numbers(2, 16, 800)
    path = tmp_path / "in.wav"
    path.write_bytes(wave(plain(2, 16), data, chunk(b"iXML", b"<a/>!", pad=pad)))
    report = export_clip(patched(open_clip(path)), tmp_path / "out.wav")
    assert report.same_format
    assert b"iXML" in report.path.read_bytes()


def test_a_header_without_a_block_size(tmp_path: Path) -> None:
    data = whole_numbers(2, 16, 800)
    fmt = struct.pack("<HHIIHH", 1, 2, RATE, 0, 0, 16)
    path = tmp_path / "in.wav"
    path.write_bytes(wave(fmt, data))
    report = export_clip(patched(open_clip(path)), tmp_path / "out.wav")
    assert report.same_format
    assert report.path.read_bytes().endswith(path.read_bytes()[-622:])


def test_the_annotation_of_an_au_file_stays(tmp_path: Path) -> None:
    note = b"Reel 12, second take, transferred at half speed\0"
    data = whole_numbers(2, 16, 800, ">")
    head = struct.pack(">4s5I", b".snd", 24 + len(note), len(data), 3, RATE, 2)
    (tmp_path / "in.au").write_bytes(head + note + data)
    report = export_clip(patched(open_clip(tmp_path / "in.au")), tmp_path / "out.au")
    assert report.same_format
    assert note in report.path.read_bytes()


@pytest.mark.parametrize(
    ("rate", "channels"), [(0, 1), (1, 1), (100, 2), (199, 1), (2_000_000_000, 1), (48000, 5000)]
)
def test_rates_and_channel_counts_that_make_no_sense_are_told(
    tmp_path: Path, rate: int, channels: int
) -> None:
    width = 2 * channels
    fmt = struct.pack("<HHIIHH", 1, channels, rate, (rate * width) % 2**32, width, 16)
    path = tmp_path / "in.wav"
    path.write_bytes(wave(fmt, bytes(10 * width)))
    with pytest.raises(FileError, match=r"“in\.wav”.*(damaged|cannot be opened)") as caught:
        open_clip(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("container", ["AU", "CAF"])
@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("endian", ["BIG", "LITTLE"])
def test_au_and_caf_are_read_where_their_samples_lie(
    container: str, subtype: str, endian: str, tmp_path: Path
) -> None:
    values = np.random.default_rng(3).uniform(-1, 1, (301, 3))
    file = io.BytesIO()
    soundfile.write(file, values, RATE, format=container, subtype=subtype, endian=endian)
    path = tmp_path / "in.audio"
    path.write_bytes(file.getvalue())
    expected, _ = soundfile.read(path, dtype="float64")
    clip = open_clip(path)
    np.testing.assert_array_equal(clip.source.read_exact(0, 301), expected.T)
    np.testing.assert_array_equal(clip.read(0, 301), expected.T.astype(np.float32))
    own = ExportFormat(container, subtype)
    assert export_clip(patched(clip), tmp_path / "out.audio", export_format=own).same_format
