"""What a file says of its sound is brought up to date, named, or added when asked for."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.containers.chunks import body, family_of, walk
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.errors import ExportError
from uasrm_core.progress import Progress

RATE = 48000


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def bext(history: bytes = b"", *, room: int = 0, loudness: int = 0) -> bytes:
    fixed = bytearray(b"Tape 7, side B".ljust(602, b"\0"))
    struct.pack_into("<H", fixed, 346, 2)
    struct.pack_into("<h", fixed, 412, loudness)
    return bytes(fixed) + history + bytes(room)


def wave(*chunks: bytes, frames: int = 4000) -> bytes:
    rng = np.random.default_rng(1)
    data = rng.integers(-9000, 9000, 2 * frames).astype("<i2").tobytes()
    fmt = struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16)
    content = b"WAVE" + chunk(b"fmt ", fmt) + chunk(b"data", data) + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def patched(clip: AudioClip) -> AudioClip:
    return clip.with_patch(Patch(100, (0,), np.full((1, 50), -0.75, np.float32)))


def chunks_of(path: Path) -> dict[bytes, bytes]:
    with path.open("rb") as file:
        family = family_of(file)
        assert family is not None
        return {known.name: body(file, known, 1 << 20) for known in walk(file, family)}


@pytest.mark.parametrize("reverse", [False, True])
def test_the_checksum_of_the_sound_is_brought_up_to_date(tmp_path: Path, reverse: bool) -> None:
    plain = wave()
    total = hashlib.md5(plain[44:]).digest()[:: -1 if reverse else 1]
    (tmp_path / "in.wav").write_bytes(wave(chunk(b"MD5 ", total)))
    report = export_clip(patched(open_clip(tmp_path / "in.wav")), tmp_path / "out.wav")
    chunks = chunks_of(report.path)
    assert chunks[b"MD5 "] == hashlib.md5(chunks[b"data"]).digest()[:: -1 if reverse else 1]
    assert chunks[b"MD5 "] != total
    assert report.notes == ()


def test_a_checksum_that_fitted_no_more_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.wav").write_bytes(wave(chunk(b"MD5 ", bytes(16))))
    report = export_clip(patched(open_clip(tmp_path / "in.wav")), tmp_path / "out.wav")
    assert chunks_of(report.path)[b"MD5 "] == bytes(16)
    assert "The checksum of the sound (MD5) did not fit the original" in report.sentences


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_peaks_are_brought_up_to_date(tmp_path: Path, container: str) -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(-0.5, 0.5, (70_000, 2))
    path = tmp_path / "in.audio"
    soundfile.write(path, values, RATE, format=container, subtype="FLOAT")
    assert b"PEAK" in chunks_of(path)
    own = ExportFormat(container, "FLOAT")
    report = export_clip(patched(open_clip(path)), tmp_path / "out.audio", export_format=own)
    order = ">" if container == "AIFF" else "<"
    peaks = struct.unpack(order + "fIfI", chunks_of(report.path)[b"PEAK"][8:24])
    right = np.abs(values[:, 1])
    assert peaks[:2] == (0.75, 100)
    assert peaks[2] == pytest.approx(right.max())
    assert peaks[3] == right.argmax()


def test_levels_and_loudness_that_stay_are_named(tmp_path: Path) -> None:
    data = wave(chunk(b"levl", bytes(120)), chunk(b"bext", bext(loudness=-2300)))
    (tmp_path / "in.wav").write_bytes(data)
    clip = open_clip(tmp_path / "in.wav")
    notes = export_clip(patched(clip), tmp_path / "out.wav").notes
    assert len(notes) == 2
    assert "(levl)" in notes[0]
    assert "loudness" in notes[1]
    assert export_clip(clip, tmp_path / "same.wav").notes == ()


@pytest.mark.parametrize("room", [0, 400])
@pytest.mark.parametrize("history", [b"", b"A=ANALOGUE,M=stereo,T=Studer A807\r\n"])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_the_restoration_is_told_in_the_coding_history(
    tmp_path: Path, history: bytes, room: int, subtype: str
) -> None:
    before = bext(history, room=room)
    (tmp_path / "in.wav").write_bytes(wave(chunk(b"bext", before), chunk(b"iXML", b"<a/>")))
    clip = patched(open_clip(tmp_path / "in.wav"))
    wanted = ExportFormat("WAV", subtype)
    report = export_clip(clip, tmp_path / "out.wav", export_format=wanted, coding_history=True)
    chunks = chunks_of(report.path)
    assert chunks[b"bext"][:602] == before[:602]
    told = chunks[b"bext"][602:].rstrip(b"\0")
    bits = subtype[-2:].encode()
    assert told.startswith(history + b"A=PCM,F=48000,W=" + bits + b",M=stereo,T=UASRM ")
    assert told.endswith(b"; 1 stretches repaired\r\n")
    assert chunks[b"iXML"].rstrip(b"\0") == b"<a/>"
    if room:
        assert len(chunks[b"bext"]) == len(before)
    assert report.proof.identical == report.proof.outside
    with report.path.open("rb") as file:
        assert struct.unpack("<4xI", file.read(8))[0] == report.path.stat().st_size - 8


@pytest.mark.parametrize("container", ["WAV", "RF64"])
def test_a_coding_history_where_there_was_none(tmp_path: Path, container: str) -> None:
    path = tmp_path / "in.audio"
    rng = np.random.default_rng(1)
    soundfile.write(path, rng.uniform(-1, 1, (999, 1)), RATE, "PCM_24", format=container)
    own = ExportFormat(container, "PCM_24")
    report = export_clip(open_clip(path), tmp_path / "out", export_format=own, coding_history=True)
    content = chunks_of(report.path)[b"bext"]
    assert b"A=PCM,F=48000,W=24,M=mono,T=UASRM" in content
    assert content[256:261] == b"UASRM"
    assert soundfile.info(report.path).frames == 999


def test_a_coding_history_that_has_no_place_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = wave()
    for name, data in (
        ("open", whole[:40] + b"\xff\xff\xff\xff" + whole[44:]),
        ("cut", whole[:-9]),
    ):
        (tmp_path / f"{name}.wav").write_bytes(data)
        clip = patched(open_clip(tmp_path / f"{name}.wav"))
        with pytest.raises(ExportError, match="no coding history can be added"):
            export_clip(clip, tmp_path / "out.wav", coding_history=True)
    with pytest.raises(ExportError, match="FLAC, 16 bit has no coding history"):
        export_clip(clip, tmp_path / "out.flac", coding_history=True)
    assert {entry.name for entry in tmp_path.iterdir()} == {"open.wav", "cut.wav"}


def test_a_copy_whose_notes_were_damaged_is_thrown_away(tmp_path: Path) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(wave(chunk(b"bext", bext())))

    def damage(_: float, message: str) -> None:
        if message == "Reading the file back":
            (draft,) = (entry for entry in tmp_path.iterdir() if entry.suffix == ".part")
            with draft.open("r+b") as file:
                file.seek(-300, 2)
                file.write(b"rot")

    clip = patched(open_clip(path))
    with pytest.raises(ExportError, match="what lies around the samples was not as in the orig"):
        export_clip(clip, tmp_path / "out.wav", progress=Progress(damage))
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.wav"]


@pytest.mark.parametrize("rate", [8000, 24000, 48000])
@pytest.mark.parametrize("frames", [200, 12_345, 48_000, 50_000])
def test_an_opus_file_is_right_to_its_end(
    tmp_path: Path, tone: Callable[..., Samples], rate: int, frames: int
) -> None:
    samples = tone(440.0, frames / rate, rate=rate, channels=2)
    soundfile.write(tmp_path / "in.wav", samples.T, rate)
    report = export_clip(open_clip(tmp_path / "in.wav"), tmp_path / "out.opus")
    written = open_clip(report.path)
    assert written.frames == frames
    difference = written.read(0, frames) - samples
    assert np.abs(difference[:, -300:]).max() < 0.06
    assert np.sqrt(np.mean(difference[:, -300:] ** 2)) < 0.015
