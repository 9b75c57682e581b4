"""What was written is read back, and nothing takes a name that was not found to be right."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch, Samples
from uasrm_core.audio.encoding import Encoding
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.errors import ExportError, FileError
from uasrm_core.progress import Progress

RATE = 44100
FRAMES = 300_000
WavFile = Callable[..., Path]


@pytest.fixture
def recording(wav_file: WavFile, rng: np.random.Generator) -> Path:
    return wav_file(rng.uniform(-0.9, 0.9, (2, FRAMES)))


def patched(clip: AudioClip) -> AudioClip:
    """Return the clip with 50 frames of its first channel replaced."""
    return clip.with_patch(Patch(100, (0,), np.full((1, 50), 0.5, np.float32)))


def once(step: str, act: Callable[[], None]) -> Progress:
    """Return progress that acts when a step is reported for the second time."""
    seen: list[str] = []

    def report(_: float, message: str) -> None:
        seen.append(message)
        if message == step and seen.count(step) == 2:
            act()

    return Progress(report)


def overwrite(path: Path, at: int, data: bytes) -> None:
    """Write into a file and give it the date of before, as some programs do."""
    status = path.stat()
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("name", ["out.wav", "out.flac", "out.aiff"])
def test_what_was_compared_is_told(tmp_path: Path, recording: Path, name: str) -> None:
    report = export_clip(patched(open_clip(recording)), tmp_path / name)
    assert report.proof.identical == report.proof.outside == 2 * FRAMES - 50
    told = "599,950 of 599,950 samples outside the repairs are identical."
    assert report.proof.sentence == told


@pytest.mark.parametrize("name", ["out.wav", "out.flac"])
def test_a_file_that_reads_back_wrong_is_thrown_away(
    tmp_path: Path, recording: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(b"an earlier export")

    def damage() -> None:
        (draft,) = (entry for entry in tmp_path.iterdir() if entry.name.endswith(".part"))
        overwrite(draft, draft.stat().st_size - 5000, b"rot")

    clip = patched(open_clip(recording))
    progress = once("Reading the file back", damage)
    with pytest.raises(ExportError, match=rf"“{name}” was not written: .*the disk may be faulty"):
        export_clip(clip, tmp_path / name, overwrite=True, progress=progress)
    assert (tmp_path / name).read_bytes() == b"an earlier export"
    assert {entry.name for entry in tmp_path.iterdir()} == {name, recording.name}


def test_repairs_that_were_written_wrong_are_noticed(
    tmp_path: Path, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Encoding.encode
    monkeypatch.setattr(Encoding, "encode", lambda self, values: right(self, 0.9 * values))
    with pytest.raises(ExportError, match=r"50 of its samples .* the first at 0\.002 s"):
        export_clip(patched(open_clip(recording)), tmp_path / "out.wav")
    assert [entry.name for entry in tmp_path.iterdir()] == [recording.name]


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("out.wav", "Copying the original"),
        ("out.wav", "Reading the file back"),
        ("out.flac", "Writing"),
        ("out.flac", "Reading the file back"),
    ],
)
def test_foreign_bytes_in_the_recording_never_reach_an_export(
    tmp_path: Path, wav_file: WavFile, rng: np.random.Generator, name: str, step: str
) -> None:
    path = wav_file(rng.uniform(-0.9, 0.9, (2, 3_000_000)))  # copied in more than one block
    clip = patched(open_clip(path))
    progress = once(step, lambda: overwrite(path, path.stat().st_size - 999, b"foreign"))
    with pytest.raises((FileError, ExportError), match=r"was changed by another|was not written"):
        export_clip(clip, tmp_path / name, progress=progress)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_foreign_bytes_written_before_the_export_are_noticed(
    tmp_path: Path, recording: Path
) -> None:
    clip = patched(open_clip(recording))
    clip.source.sha256()
    overwrite(recording, 5000, b"foreign")
    for name in ("out.wav", "out.flac"):
        with pytest.raises(FileError, match=r"recording\.wav” was changed by another program"):
            export_clip(clip, tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir()] == [recording.name]


@pytest.mark.parametrize("dither", [True, False])
def test_fewer_bits_are_told_as_what_they_are(
    tmp_path: Path, wav_file: WavFile, dither: bool
) -> None:
    rng = np.random.default_rng(3)
    path = wav_file(rng.uniform(-1, 1, (2, FRAMES)), subtype="PCM_24")
    short = ExportFormat("WAV", "PCM_16")
    clip = patched(open_clip(path))
    proof = export_clip(clip, tmp_path / "out.wav", export_format=short, dither=dither).proof
    assert proof.outside == 2 * FRAMES - 50
    assert proof.identical < 0.01 * proof.outside
    # uniform noise at -4.8 dB; half a step either way, or that and triangular dither
    assert abs(proof.difference_db - (-91.6 if dither else -96.3)) < 0.5
    assert "outside the repairs are identical; the difference in the others is 9" in proof.sentence


@pytest.mark.parametrize("name", ["out.ogg", "out.mp3", "out.opus"])
def test_compressed_formats_are_told_as_what_they_are(
    tmp_path: Path, music_like: Callable[..., Samples], wav_file: WavFile, name: str
) -> None:
    path = wav_file(music_like(2.0, rate=48000), 48000)
    proof = export_clip(patched(open_clip(path)), tmp_path / name).proof
    assert proof.identical < 0.1 * proof.outside
    assert -70 < proof.difference_db < -20
    assert "dB below the recording" in proof.sentence


def test_a_silent_recording_and_one_that_is_all_repair(tmp_path: Path) -> None:
    silent = AudioClip(MemorySource(np.zeros((1, 5000), np.float32), RATE))
    proof = export_clip(silent, tmp_path / "a.mp3").proof
    assert proof.outside == 5000
    whole = silent.with_patch(Patch(0, (0,), np.full((1, 5000), 0.25, np.float32)))
    proof = export_clip(whole, tmp_path / "b.wav").proof
    assert (proof.outside, proof.sentence) == (0, "The repairs cover the whole recording.")
