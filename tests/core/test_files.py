"""Opening recordings: every kind gives the samples it holds; what is none says why."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.files import open_clip
from uasrm_core.errors import FileError

KINDS = [
    ("wav", "PCM_U8"),
    ("wav", "PCM_16"),
    ("wav", "PCM_24"),
    ("wav", "PCM_32"),
    ("wav", "FLOAT"),
    ("wav", "DOUBLE"),
    ("wav", "ULAW"),
    ("wav", "MS_ADPCM"),
    ("w64", "PCM_24"),
    ("rf64", "PCM_16"),
    ("aiff", "PCM_24"),
    ("flac", "PCM_16"),
    ("flac", "PCM_24"),
    ("ogg", "VORBIS"),
    ("mp3", "MPEG_LAYER_III"),
    ("au", "PCM_16"),
    ("caf", "PCM_16"),
]


def make_file(path: Path, samples: Samples, subtype: str, rate: int = 44100) -> Path:
    """Write in blocks: libsndfile's Vorbis encoder overflows its stack on long ones."""
    with soundfile.SoundFile(path, "w", rate, samples.shape[0], subtype) as file:
        for start in range(0, samples.shape[1], 10000):
            file.write(samples.T[start : start + 10000])
    return path


def whole(path: Path) -> Samples:
    """Decode a file in one go, from its beginning."""
    with soundfile.SoundFile(path) as file:
        samples = file.read(dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.T)


@pytest.mark.parametrize(("suffix", "subtype"), KINDS)
def test_blocks_from_anywhere_equal_one_whole_decode(
    tmp_path: Path,
    music_like: Callable[..., Samples],
    rng: np.random.Generator,
    suffix: str,
    subtype: str,
) -> None:
    path = make_file(tmp_path / f"music.{suffix}", music_like(4.0), subtype)
    clip, expected = open_clip(path), whole(path)
    assert (clip.channels, clip.frames) == expected.shape
    assert (clip.rate, clip.info.subtype, clip.info.note) == (44100, subtype, None)
    starts = [clip.frames - 5, 0, *rng.integers(0, clip.frames, 40)]
    for start in starts:
        end = min(start + 3000, clip.frames)
        np.testing.assert_array_equal(clip.read(start, end), expected[:, start:end])


@pytest.mark.parametrize(("suffix", "subtype"), [("vox", "VOX_ADPCM"), ("gsm", "GSM610")])
def test_telephone_recordings_without_a_header(
    tmp_path: Path, music_like: Callable[..., Samples], suffix: str, subtype: str
) -> None:
    samples = music_like(1.0, rate=8000, channels=1)
    raw = {"format": "RAW", "subtype": subtype}
    soundfile.write(tmp_path / f"a.{suffix}", samples.T, 8000, **raw)
    expected, _ = soundfile.read(tmp_path / f"a.{suffix}", dtype="float32")
    clip = open_clip(tmp_path / f"a.{suffix}")
    np.testing.assert_array_equal(clip.read(0, clip.frames)[0], expected)


@pytest.mark.parametrize("suffix", ["mp3", "ogg"])
def test_compressed_files_do_not_shift_after_a_jump(
    tmp_path: Path, music_like: Callable[..., Samples], suffix: str
) -> None:
    # Low rates in mono are where decoders that jump land beside the mark.
    subtype = {"mp3": "MPEG_LAYER_III", "ogg": "VORBIS"}[suffix]
    samples = music_like(20.0, rate=16000, channels=1)
    path = make_file(tmp_path / f"speech.{suffix}", samples, subtype, 16000)
    expected = whole(path)
    for start in range(0, expected.shape[1] - 200, 7919):
        block = open_clip(path).read(start, start + 200)
        np.testing.assert_array_equal(block, expected[:, start : start + 200])


@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac", "mp3", "ogg"])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_block_belongs_to_who_read_it(
    tmp_path: Path, music_like: Callable[..., Samples], suffix: str, channels: int
) -> None:
    samples = music_like(1.0, channels=channels)
    subtype = {"mp3": "MPEG_LAYER_III", "ogg": "VORBIS"}.get(suffix, "PCM_16")
    clip = open_clip(make_file(tmp_path / f"a.{suffix}", samples, subtype))
    before = clip.read(0, 100)
    clip.read(0, 100)[:] = 9.0
    np.testing.assert_array_equal(clip.read(0, 100), before)


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (11025, 6), (96000, 2), (192000, 8)])
def test_any_rate_and_channel_count(
    tmp_path: Path, rng: np.random.Generator, rate: int, channels: int
) -> None:
    samples = rng.uniform(-1, 1, (channels, 999)).astype(np.float32)
    clip = open_clip(make_file(tmp_path / "a.wav", samples, "FLOAT", rate))
    assert (clip.rate, clip.channels) == (rate, channels)
    np.testing.assert_array_equal(clip.read(0, 999), samples)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg"])
def test_many_threads_read_the_right_samples(
    tmp_path: Path, music_like: Callable[..., Samples], rng: np.random.Generator, name: str
) -> None:
    subtype = "VORBIS" if name == "a.ogg" else "PCM_16"
    path = make_file(tmp_path / name, music_like(3.0), subtype)
    clip, expected = open_clip(path), whole(path)

    def agrees(start: int) -> bool:
        return np.array_equal(clip.read(start, start + 500), expected[:, start : start + 500])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(agrees, rng.integers(0, clip.frames - 500, 400)))


def test_what_is_not_a_number_comes_through_as_it_is(tmp_path: Path) -> None:
    samples = np.array([[0.0, np.nan, np.inf, -np.inf, 2.5]], np.float32)
    clip = open_clip(make_file(tmp_path / "a.wav", samples, "FLOAT"))
    np.testing.assert_array_equal(clip.read(0, 5), samples)


def test_a_recording_too_long_for_memory_opens_and_reads_at_its_end(tmp_path: Path) -> None:
    # 6 GiB of nothing, kept as a hole, with a single click near its end.
    path = tmp_path / "long.wav"
    frames, click = 6 << 28, (6 << 28) - 7
    fmt = struct.pack("<HHIIHH", 1, 2, 48000, 192000, 4, 16)
    ds64 = struct.pack("<QQQI", 4 * frames + 72, 4 * frames, frames, 0)
    head = b"RF64\xff\xff\xff\xffWAVEds64" + struct.pack("<I", 28) + ds64
    head += b"fmt " + struct.pack("<I", 16) + fmt + b"data\xff\xff\xff\xff"
    with path.open("wb") as file:
        file.write(head)
        file.seek(len(head) + 4 * click)
        file.write(struct.pack("<hh", 16384, -16384))
        file.truncate(len(head) + 4 * frames)
    clip = open_clip(path)
    assert clip.frames == frames
    block = clip.read(frames - 10, frames)
    np.testing.assert_array_equal(np.flatnonzero(block[0]), [3])
    np.testing.assert_array_equal(block[:, 3], [0.5, -0.5])


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_a_truncated_file_gives_what_is_there_and_says_so(
    tmp_path: Path, music_like: Callable[..., Samples], name: str
) -> None:
    subtype = "MPEG_LAYER_III" if name == "a.mp3" else "PCM_16"
    path = make_file(tmp_path / name, music_like(3.0), subtype)
    full = whole(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    clip = open_clip(path)
    assert 0.5 * full.shape[1] < clip.frames < 0.8 * full.shape[1]
    assert clip.info.note is not None
    assert "ends early: its header promises 3.000 s" in clip.info.note
    # An MP3's last frame leans on the one that was cut off.
    safe = clip.frames - 2304 if name == "a.mp3" else clip.frames
    np.testing.assert_array_equal(clip.read(0, clip.frames)[:, :safe], full[:, :safe])


def test_a_streamed_flac_that_does_not_know_its_length(
    tmp_path: Path, music_like: Callable[..., Samples]
) -> None:
    path = make_file(tmp_path / "a.flac", music_like(1.0), "PCM_16")
    expected = whole(path)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0  # the 36-bit number of frames in STREAMINFO
    data[22:26] = bytes(4)
    path.write_bytes(data)
    clip = open_clip(path)
    assert clip.info.note is None
    np.testing.assert_array_equal(clip.read(0, clip.frames), expected)


def without_length_header(data: bytes) -> bytes:
    """Return an MP3 of MPEG 1 without its first frame, which only tells the length."""
    at = data.index(b"\xff\xfb")
    assert data[at + 36 : at + 40] in (b"Xing", b"Info")
    return data[data.index(b"\xff\xfb", at + 40) :]


def test_an_mp3_that_does_not_tell_its_length_is_read_to_its_end(
    tmp_path: Path, music_like: Callable[..., Samples]
) -> None:
    # A quiet beginning has a low bit rate, from which the length would be guessed.
    samples = music_like(10.0)
    samples[:, :44100] = 0.0
    path = tmp_path / "a.mp3"
    with soundfile.SoundFile(path, "w", 44100, 2, bitrate_mode="VARIABLE") as file:
        for start in range(0, 441_000, 10_000):
            file.write(samples.T[start : start + 10_000])
    path.write_bytes(without_length_header(path.read_bytes()))
    clip = open_clip(path)
    assert 0 <= clip.frames - samples.shape[1] < 4 * 1152
    assert clip.read(clip.frames - 20_000, clip.frames).std() > 0.01


def test_mp3_files_joined_end_to_end_are_read_to_their_end(
    tmp_path: Path, music_like: Callable[..., Samples]
) -> None:
    path = make_file(tmp_path / "a.mp3", music_like(2.0), "MPEG_LAYER_III")
    path.write_bytes(path.read_bytes() + b"TAG".ljust(128, b" ") + path.read_bytes())
    clip = open_clip(path)
    assert 0 <= clip.frames - 2 * 88_200 < 8 * 1152
    assert clip.read(clip.frames - 20_000, clip.frames).std() > 0.01


def refusal(path: Path) -> str:
    with pytest.raises(FileError) as caught:
        open_clip(path)
    message = str(caught.value)
    assert message.count("\n") == 0
    assert message.endswith(".")
    assert path.name in message
    return message


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    assert "no file" in refusal(tmp_path / "gone.wav")
    assert "no file" in refusal(tmp_path / "gone" / "a.wav")
    assert "is a folder" in refusal(tmp_path)
    (tmp_path / "empty.wav").touch()
    assert "is empty" in refusal(tmp_path / "empty.wav")


@pytest.mark.parametrize(
    "beginning",
    [b"\0\0\0\x20ftypM4A ", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"\x1a\x45\xdf\xa3\x9f"],
)
def test_what_phones_and_videos_hold_is_to_be_converted_first(
    tmp_path: Path, beginning: bytes
) -> None:
    (tmp_path / "memo.m4a").write_bytes(beginning + bytes(500))
    assert "Convert it to WAV or FLAC" in refusal(tmp_path / "memo.m4a")


@pytest.mark.parametrize("name", ["notes.txt", "notes.wav", "notes.mp3", "notes.raw", "notes"])
def test_what_is_not_audio(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Remember the milk.\n" * 50)
    assert "not an audio file" in refusal(tmp_path / name)


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg", "a.w64"])
def test_a_header_cut_short(tmp_path: Path, music_like: Callable[..., Samples], name: str) -> None:
    subtype = "VORBIS" if name == "a.ogg" else "PCM_16"
    path = make_file(tmp_path / name, music_like(0.5), subtype)
    path.write_bytes(path.read_bytes()[:30])
    assert "damaged" in refusal(path)


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.w64"])
def test_no_frames(tmp_path: Path, name: str) -> None:
    path = make_file(tmp_path / name, np.zeros((2, 0), np.float32), "PCM_16")
    assert "its length is zero" in refusal(path)


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.wav", np.zeros((1, 9), np.float32), "PCM_16")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # nobody keeps an administrator from reading
        os.seteuid(65534)
    try:
        message = refusal(path)
    finally:
        os.seteuid(user)
    assert "permission denied" in message


def test_a_file_that_shrinks_under_us_is_told_of(tmp_path: Path, rng: np.random.Generator) -> None:
    samples = rng.uniform(-1, 1, (2, 50000)).astype(np.float32)
    path = make_file(tmp_path / "a.wav", samples, "PCM_16")
    clip: AudioClip = open_clip(path)
    os.truncate(path, 1000)
    with pytest.raises(FileError, match=r"a\.wav.*no longer be read"):
        clip.read(40000, 40100)
