"""Exports that cannot be: each is told in a sentence, and leaves nothing behind."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.export import export_clip
from uasrm_core.audio.files import open_clip
from uasrm_core.errors import Cancelled, ExportError, FileError
from uasrm_core.progress import Progress

RATE = 44100
WavFile = Callable[..., Path]


def noise(frames: int = 400, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(frames)
    return rng.uniform(-0.9, 0.9, (channels, frames)).astype(np.float32)


def patched(clip: AudioClip) -> AudioClip:
    """Return the clip with a stretch of its first channel replaced."""
    return clip.with_patch(Patch(100, (0,), np.full((1, 50), 0.5, dtype=np.float32)))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("name", ["out.wav", "out.flac", "out.ogg", "out.mp3", "out.aiff"])
@pytest.mark.parametrize("size", [0, 50, 20_000])
def test_a_full_disk_leaves_the_earlier_export(
    tmp_path: Path, wav_file: WavFile, name: str, size: int
) -> None:
    path = wav_file(noise(200_000, channels=2))
    before = path.read_bytes()
    (tmp_path / name).write_bytes(b"an earlier export")
    clip = patched(open_clip(path))
    with room_for(size), pytest.raises(ExportError, match="could not be written: the file would"):
        export_clip(clip, tmp_path / name, overwrite=True)
    assert (tmp_path / name).read_bytes() == b"an earlier export"
    assert {entry.name for entry in tmp_path.iterdir()} == {"recording.wav", name}
    assert path.read_bytes() == before


def test_the_word_for_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    clip = AudioClip(MemorySource(noise(9), RATE))
    with pytest.raises(ExportError, match=r"“out\.wav” could not be written: the disk is full\."):
        export_clip(clip, tmp_path / "out.wav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.wav", "out.flac"])
@pytest.mark.parametrize("after", [0, 1])
def test_a_cancelled_export_leaves_nothing(
    tmp_path: Path, wav_file: WavFile, name: str, after: int
) -> None:
    path = wav_file(noise(200_000, channels=2))
    seen: list[float] = []
    progress = Progress(lambda fraction, _: seen.append(fraction), lambda: len(seen) >= after)
    with pytest.raises(Cancelled):
        export_clip(patched(open_clip(path)), tmp_path / name, progress=progress)
    assert [entry.name for entry in tmp_path.iterdir()] == ["recording.wav"]


def test_the_original_is_never_the_target(tmp_path: Path, wav_file: WavFile) -> None:
    path = wav_file(noise())
    before = path.read_bytes()
    (tmp_path / "link.wav").symlink_to(path)
    (tmp_path / "hard.wav").hardlink_to(path)
    for name in ("recording.wav", "link.wav", "hard.wav"):
        with pytest.raises(ExportError, match="is the original, which is never changed"):
            export_clip(patched(open_clip(path)), tmp_path / name, overwrite=True)
    assert path.read_bytes() == before


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path, wav_file: WavFile) -> None:
    path = wav_file(noise())
    target = tmp_path / "out.wav"
    target.write_bytes(b"mine")
    with pytest.raises(ExportError, match="exists already"):
        export_clip(open_clip(path), target)
    assert target.read_bytes() == b"mine"
    export_clip(open_clip(path), target, overwrite=True)
    assert target.read_bytes() == path.read_bytes()


def test_targets_that_cannot_be(tmp_path: Path, wav_file: WavFile) -> None:
    clip = open_clip(wav_file(noise(channels=3)))
    (tmp_path / "folder.wav").mkdir()
    for name, words in {
        "gone/out.wav": "folder .* does not exist",
        "folder.wav": "is a folder",
        "out.m4a": "files that end in .m4a are not known",
        "out.mp3": "MP3 cannot hold 3 channels at 44100 Hz",
        "x" * 300 + ".wav": "name is too long",
    }.items():
        with pytest.raises(ExportError, match=words):
            export_clip(clip, tmp_path / name, overwrite=True)
    assert {entry.name for entry in tmp_path.iterdir()} == {"folder.wav", "recording.wav"}


def test_a_folder_one_may_not_write_to(tmp_path: Path) -> None:
    clip = AudioClip(MemorySource(noise(9), RATE))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    user = os.geteuid()
    if user == 0:  # nobody keeps an administrator from writing
        tmp_path.chmod(0o755)
        os.seteuid(65534)
    try:
        with pytest.raises(ExportError, match="permission denied"):
            export_clip(clip, closed / "out.wav")
    finally:
        os.seteuid(user)


def test_a_recording_that_was_changed_meanwhile_is_not_mixed_up(
    tmp_path: Path, wav_file: WavFile
) -> None:
    path = wav_file(noise())
    clip = patched(open_clip(path))
    wav_file(noise(500))
    with pytest.raises(FileError, match=r"recording\.wav.*was changed by another program"):
        export_clip(clip, tmp_path / "out.wav")
    path.unlink()
    with pytest.raises(FileError, match=r"recording\.wav.*was changed by another program"):
        export_clip(clip, tmp_path / "out.wav")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_a_recording_that_was_moved_or_deleted_exports_all_the_same(
    tmp_path: Path, wav_file: WavFile, suffix: str
) -> None:
    path = wav_file(noise(channels=2), name=f"recording.{suffix}")
    clip = patched(open_clip(path))
    export_clip(clip, tmp_path / f"before.{suffix}")
    path.rename(tmp_path / "moved")
    export_clip(clip, tmp_path / f"moved.{suffix}")
    (tmp_path / "moved").unlink()
    export_clip(clip, tmp_path / f"deleted.{suffix}")
    wanted = (tmp_path / f"before.{suffix}").read_bytes()
    if suffix == "ogg":  # a stream's serial number is drawn anew
        wanted_samples = open_clip(tmp_path / f"before.{suffix}").read(0, 400)
        for name in ("moved", "deleted"):
            again = open_clip(tmp_path / f"{name}.{suffix}").read(0, 400)
            np.testing.assert_array_equal(again, wanted_samples)
    else:
        for name in ("moved", "deleted"):
            assert (tmp_path / f"{name}.{suffix}").read_bytes() == wanted
