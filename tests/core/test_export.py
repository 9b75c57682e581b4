"""Exports: what was not repaired is as it was, and a failure leaves nothing behind."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch, Samples, SourceInfo
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat, format_for_target, formats_for
from uasrm_core.audio.sources import PlainSource
from uasrm_core.errors import Cancelled, ExportError
from uasrm_core.progress import Progress

RATE = 44100
STEPS = {"PCM_U8": 7, "PCM_S8": 7, "PCM_16": 15, "PCM_24": 23, "PCM_32": 31}


def with_chunks(data: bytes) -> bytes:
    """Return a WAV with what broadcasters and editors put before and behind the samples."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    at = data.index(b"data")
    # A mono file of 8 bits and odd length needs its padding before anything follows.
    data += b"\0" * (len(data) % 2)
    body = (
        data[8:12]
        + chunk(b"bext", b"Tape 7, side B".ljust(603, b"\0"))
        + data[12:at]
        + chunk(b"iXML", b"<BWFXML/>")
        + data[at:]
        + chunk(b"cue ", struct.pack("<III4sIII", 1, 1, 7, b"data", 0, 0, 7))
        + chunk(b"LIST", b"adtllabl" + struct.pack("<II", 5, 1) + b"A\0")
        + b"odd end"
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def make(
    path: Path, values: np.ndarray, container: str, subtype: str, endian: str = "FILE"
) -> Path:
    file = io.BytesIO()
    soundfile.write(file, values.T, RATE, format=container, subtype=subtype, endian=endian)
    data = file.getvalue()
    path.write_bytes(with_chunks(data) if container == "WAV" and endian == "FILE" else data)
    return path


def exact(path: Path) -> np.ndarray:
    samples, _ = soundfile.read(path, dtype="float64", always_2d=True)
    return samples.T


def noise(channels: int, frames: int, peak: float = 0.9) -> np.ndarray:
    return np.random.default_rng(frames).uniform(-peak, peak, (channels, frames))


def patched(clip: AudioClip, start: int = 100, frames: int = 50) -> AudioClip:
    """Return the clip with a stretch of its first channel replaced."""
    samples = np.random.default_rng(1).uniform(-0.8, 0.8, (1, frames)).astype(np.float32)
    return clip.with_patch(Patch(start, (0,), samples))


KINDS = [
    ("WAV", "PCM_U8", "FILE"),
    ("WAV", "PCM_16", "FILE"),
    ("WAV", "PCM_24", "FILE"),
    ("WAV", "PCM_32", "FILE"),
    ("WAV", "FLOAT", "FILE"),
    ("WAV", "DOUBLE", "FILE"),
    ("WAV", "PCM_24", "BIG"),
    ("WAVEX", "PCM_24", "FILE"),
    ("RF64", "PCM_24", "FILE"),
    ("W64", "PCM_16", "FILE"),
    ("AIFF", "PCM_S8", "FILE"),
    ("AIFF", "PCM_24", "FILE"),
    ("AIFF", "PCM_16", "LITTLE"),
    ("AIFF", "FLOAT", "FILE"),
]


@st.composite
def repairs(draw: st.DrawFn, channels: int, frames: int) -> list[Patch]:
    """Return patches that may overlap, clip, and in places equal what they cover."""
    made = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, frames - 1))
        length = draw(st.integers(1, frames - start))
        touched = draw(st.lists(st.integers(0, channels - 1), min_size=1, unique=True))
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        samples = rng.uniform(-1.2, 1.2, (len(touched), length)).astype(np.float32)
        made.append(Patch(start, tuple(touched), samples))
    return made


@pytest.mark.parametrize(("container", "subtype", "endian"), KINDS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_only_the_bytes_of_repaired_samples_change(
    tmp_path_factory: pytest.TempPathFactory,
    container: str,
    subtype: str,
    endian: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.getbasetemp()
    channels, frames = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 61))
    path = make(folder / "in.audio", noise(channels, frames), container, subtype, endian)
    before = path.read_bytes()
    original = open_clip(path)
    clip = original.with_patches(data.draw(repairs(channels, frames)))
    own = formats_for(clip.info)[0][0]
    report = export_clip(clip, folder / "out.audio", export_format=own, overwrite=True)

    differs = clip.read(0, frames) != original.read(0, frames)
    assert report.same_format
    assert report.exact_outside
    assert report.samples_changed == differs.sum()
    after = (folder / "out.audio").read_bytes()
    assert isinstance(original.source, PlainSource)
    layout = original.source.layout
    may_differ = np.zeros(len(before), bool)
    samples_end = layout.data_start + frames * layout.frame_bytes
    may_differ[layout.data_start : samples_end] = np.repeat(
        differs.T.ravel(), layout.encoding.width
    )
    if b"PEAK" in before:  # which tells of the loudest samples
        peaks = before.index(b"PEAK")
        may_differ[peaks + 8 : peaks + 16 + 8 * channels] = True
    old, new = np.frombuffer(before, np.uint8), np.frombuffer(after, np.uint8)
    assert len(new) == len(old)
    np.testing.assert_array_equal(new[~may_differ], old[~may_differ])
    assert path.read_bytes() == before

    wanted = clip.read(0, frames).astype(np.float64)
    read_back = open_clip(folder / "out.audio").source.read(0, frames).astype(np.float64)
    if subtype in STEPS:
        step = 2.0 ** -STEPS[subtype]
        wanted = np.clip(wanted, -1.0, 1.0 - step)
        np.testing.assert_allclose(read_back, wanted, rtol=1e-7, atol=step / 2)
    else:
        np.testing.assert_array_equal(read_back, wanted)


def test_a_patch_that_equals_the_recording_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "in.wav", noise(2, 500), "WAV", "PCM_32")
    clip = open_clip(path)
    same = clip.with_patch(Patch(7, (0, 1), clip.read(7, 400)))
    report = export_clip(same, tmp_path / "out.wav")
    assert report.samples_changed == 0
    assert (tmp_path / "out.wav").read_bytes() == path.read_bytes()


def test_repairs_past_several_blocks_and_at_both_ends(tmp_path: Path) -> None:
    frames = 200_000
    path = make(tmp_path / "in.wav", noise(2, frames), "WAV", "PCM_16")
    new = np.random.default_rng(5).integers(-30000, 30000, (2, frames)).astype(np.float32) / 32768
    clip = open_clip(path).with_patch(Patch(0, (0, 1), new))
    export_clip(clip, tmp_path / "out.wav")
    np.testing.assert_array_equal(open_clip(tmp_path / "out.wav").read(0, frames), new)


def test_not_a_number_in_a_repair_becomes_silence(tmp_path: Path) -> None:
    path = make(tmp_path / "in.wav", noise(1, 9), "WAV", "PCM_16")
    clip = open_clip(path).with_patch(Patch(4, (0,), np.full((1, 1), np.nan, np.float32)))
    export_clip(clip, tmp_path / "out.wav")
    assert exact(tmp_path / "out.wav")[0, 4] == 0.0


@pytest.mark.parametrize(
    ("name", "subtype", "target"),
    [
        ("in.flac", "PCM_16", "out.flac"),
        ("in.flac", "PCM_24", "out.flac"),
        ("in.wav", "PCM_24", "out.flac"),
        ("in.wav", "PCM_U8", "out.flac"),
        ("in.wav", "PCM_16", "out.aiff"),
        ("in.flac", "PCM_24", "out.wav"),
        ("in.wav", "FLOAT", "out.w64"),
        ("in.caf", "FLOAT", "out.wav"),
        ("in.caf", "PCM_24", "out.flac"),
    ],
)
def test_lossless_formats_keep_every_other_sample(
    tmp_path: Path, name: str, subtype: str, target: str
) -> None:
    soundfile.write(tmp_path / name, noise(2, 70_000).T, RATE, subtype=subtype)
    original = exact(tmp_path / name)
    clip = patched(open_clip(tmp_path / name), start=65_500, frames=80)
    report = export_clip(clip, tmp_path / target)
    result = exact(tmp_path / target)
    wanted = original.copy()
    wanted[0, 65_500:65_580] = clip.read(65_500, 65_580)[0]
    assert report.exact_outside
    assert not report.same_format
    np.testing.assert_array_equal(result[1], original[1])
    np.testing.assert_array_equal(result[0, :65_500], original[0, :65_500])
    np.testing.assert_array_equal(result[0, 65_580:], original[0, 65_580:])
    step = 2.0 ** -STEPS.get(subtype, 40)
    np.testing.assert_allclose(result, wanted, atol=step / 2)


@pytest.mark.parametrize("name", ["in.flac", "in.ogg", "in.mp3"])
def test_nothing_repaired_is_a_plain_copy_of_any_format(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / name, noise(2, 5000).T, RATE)
    target = tmp_path / f"out{Path(name).suffix}"
    assert export_clip(open_clip(tmp_path / name), target).same_format
    assert target.read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("name", ["in.ogg", "in.mp3"])
def test_compressed_formats_are_written_anew_and_say_so(
    tmp_path: Path, music_like: Callable[..., Samples], name: str
) -> None:
    soundfile.write(tmp_path / name, music_like(1.0).T, RATE)
    clip = patched(open_clip(tmp_path / name))
    report = export_clip(clip, tmp_path / f"out{Path(name).suffix}")
    assert not report.same_format
    assert not report.exact_outside
    again = open_clip(report.path)
    assert again.frames == clip.frames
    difference = again.read(2000, 40_000) - clip.read(2000, 40_000)
    assert np.sqrt(np.mean(difference**2)) < 0.01


def test_tags_go_along_into_flac(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "in.flac", "w", RATE, 1, "PCM_16") as file:
        file.title, file.artist = "Magyar táncok", "Brahms"
        file.write(np.zeros(500))
    export_clip(patched(open_clip(tmp_path / "in.flac")), tmp_path / "out.flac")
    with soundfile.SoundFile(tmp_path / "out.flac") as file:
        assert (file.title, file.artist) == ("Magyar táncok", "Brahms")


@pytest.mark.parametrize("picture_bytes", [10, 300_000])
def test_everything_that_describes_a_flac_survives(tmp_path: Path, picture_bytes: int) -> None:
    soundfile.write(tmp_path / "in.flac", noise(2, 30_000).T, RATE, subtype="PCM_16")
    data = (tmp_path / "in.flac").read_bytes()
    tags = struct.pack("<I", 4) + b"test" + struct.pack("<II", 1, 15) + b"MATRIX=AB 12/78"
    picture = struct.pack(">II", 3, 9) + b"image/png" + struct.pack(">5I", 0, 8, 8, 24, 0)
    picture += struct.pack(">I", picture_bytes) + b"\x55" * picture_bytes
    described = b""
    for kind, body in ((4, tags), (2, b"riffbext"), (6, picture)):
        described += bytes([kind]) + len(body).to_bytes(3, "big") + body
    # After STREAMINFO and before what the encoder put there itself, without its own tags.
    frames = data.index(b"\xff\xf8", 42)
    padded = described + bytes([0x81, 0, 0, 0])
    (tmp_path / "in.flac").write_bytes(data[:4] + b"\0" + data[5:42] + padded + data[frames:])

    clip = patched(open_clip(tmp_path / "in.flac"))
    export_clip(clip, tmp_path / "out.flac")
    assert described in (tmp_path / "out.flac").read_bytes()
    original = exact(tmp_path / "in.flac")
    result = exact(tmp_path / "out.flac")
    np.testing.assert_array_equal(result[:, 150:], original[:, 150:])
    np.testing.assert_allclose(result[0, :150], clip.read(0, 150)[0], atol=2**-16)


def test_dither_only_where_samples_become_shorter(tmp_path: Path) -> None:
    quiet = np.full((1, 100_000), 0.3 / 32768)  # between two steps of 16 bits
    make(tmp_path / "in.wav", quiet, "WAV", "PCM_24")
    clip = open_clip(tmp_path / "in.wav")
    short = ExportFormat("WAV", "PCM_16")
    report = export_clip(clip, tmp_path / "short.wav", export_format=short)
    steps = exact(tmp_path / "short.wav") * 32768
    assert not report.exact_outside
    # Triangular dither keeps the mean, and its noise is the same whatever the signal.
    assert abs(steps.mean() - 0.3) < 0.01
    assert abs(steps.var() - 0.25) < 0.01
    assert set(np.unique(steps)) <= {-1.0, 0.0, 1.0}

    export_clip(clip, tmp_path / "again.wav", export_format=short)
    assert (tmp_path / "again.wav").read_bytes() == (tmp_path / "short.wav").read_bytes()
    export_clip(clip, tmp_path / "other.wav", export_format=short, rng=np.random.default_rng(9))
    assert (tmp_path / "other.wav").read_bytes() != (tmp_path / "short.wav").read_bytes()
    export_clip(clip, tmp_path / "plain.wav", export_format=short, dither=False)
    assert not exact(tmp_path / "plain.wav").any()


def test_a_recording_in_memory_can_be_exported(tmp_path: Path) -> None:
    samples = noise(2, 300).astype(np.float32)
    report = export_clip(AudioClip(MemorySource(samples, RATE)), tmp_path / "out.wav")
    assert report.exact_outside
    np.testing.assert_array_equal(exact(tmp_path / "out.wav"), samples)


@pytest.mark.parametrize("name", ["out.wav", "out.flac"])
def test_progress_grows_to_the_end(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "in.wav", noise(2, 200_000), "WAV", "PCM_16")
    seen: list[float] = []
    progress = Progress(lambda fraction, _: seen.append(fraction))
    export_clip(patched(open_clip(path)), tmp_path / name, progress=progress)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_past_four_gigabytes_a_wav_becomes_rf64_and_an_aiff_is_refused(tmp_path: Path) -> None:
    endless = np.broadcast_to(np.zeros((1, 1), np.float32), (1, 1 << 31))
    clip = AudioClip(MemorySource(endless, RATE))
    heads: list[bytes] = []

    def look(_: float, __: str) -> None:
        (draft,) = tmp_path.iterdir()
        heads.append(draft.read_bytes()[:4])

    with pytest.raises(Cancelled):
        export_clip(clip, tmp_path / "a.wav", progress=Progress(look, lambda: bool(heads)))
    assert heads == [b"RF64"]
    with pytest.raises(ExportError, match="4 GiB"):
        export_clip(clip, tmp_path / "a.aiff")


def test_formats_on_offer_begin_with_the_recordings_own(tmp_path: Path) -> None:
    info = open_clip(make(tmp_path / "in.wav", noise(6, 99), "WAV", "PCM_24")).info
    offered = formats_for(info)
    assert offered[0] == (ExportFormat("WAV", "PCM_24"), "WAV, 24 bit (as the original)")
    names = [name for _, name in offered]
    assert len(set(names)) == len(names)
    assert "MP3" not in names  # which has two channels at most
    assert "FLAC, 24 bit" in names
    for export_format, _ in offered:
        target = tmp_path / f"out-{export_format.subtype}{export_format.suffix}"
        export_clip(open_clip(tmp_path / "in.wav"), target, export_format=export_format)
        assert open_clip(target).info.subtype == export_format.subtype


@pytest.mark.parametrize(
    ("subtype", "target", "expected"),
    [
        ("PCM_16", "a.wav", ("WAV", "PCM_16")),
        ("PCM_16", "a", ("WAV", "PCM_16")),
        ("PCM_16", "a.FLAC", ("FLAC", "PCM_16")),
        ("PCM_24", "a.flac", ("FLAC", "PCM_24")),
        ("FLOAT", "a.flac", ("FLAC", "PCM_24")),
        ("FLOAT", "a.aif", ("AIFF", "FLOAT")),
        ("PCM_16", "a.ogg", ("OGG", "VORBIS")),
        ("PCM_16", "a.mp3", ("MP3", "MPEG_LAYER_III")),
    ],
)
def test_a_name_chooses_the_nearest_format(
    tmp_path: Path, subtype: str, target: str, expected: tuple[str, str]
) -> None:
    info = open_clip(make(tmp_path / "in.wav", noise(1, 99), "WAV", subtype)).info
    assert format_for_target(info, Path(target)) == ExportFormat(*expected)


@pytest.mark.parametrize(
    ("own", "target", "expected"),
    [
        (("MP3", "MPEG_LAYER_II"), "a.mp3", ("MP3", "MPEG_LAYER_III")),
        (("OGG", "VORBIS"), "a.opus", ("OGG", "OPUS")),
        (("OGG", "VORBIS"), "a.oga", ("OGG", "VORBIS")),
        (("OGG", "OPUS"), "a.ogg", ("OGG", "OPUS")),
        (("OGG", "OPUS"), "a.opus", ("OGG", "OPUS")),
    ],
)
def test_a_name_that_is_not_for_the_own_kind_of_sound_chooses_another(
    own: tuple[str, str], target: str, expected: tuple[str, str]
) -> None:
    info = SourceInfo(None, *own, 48000, 2, 48000)
    assert format_for_target(info, Path(target)) == ExportFormat(*expected)
