"""A file held open gives what it held when it was opened, and its hash."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.sources import FileSource
from uasrm_core.errors import Cancelled, FileError
from uasrm_core.progress import Progress

KINDS = {"wav": "PCM_24", "flac": "PCM_16", "ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}


def random_file(path: Path, size: int = 5_000_000) -> Path:
    path.write_bytes(np.random.default_rng(size).bytes(size))
    return path


def test_the_hash_is_that_of_the_whole_file_whoever_asks(tmp_path: Path) -> None:
    path = random_file(tmp_path / "a")
    file = OpenFile.open(path)
    file.start_hashing()
    with ThreadPoolExecutor(8) as pool:
        sums = {future.result() for future in [pool.submit(file.sha256) for _ in range(16)]}
    assert sums == {hashlib.sha256(path.read_bytes()).hexdigest()}


def test_a_cancelled_hash_goes_on_where_it_was(tmp_path: Path) -> None:
    path = random_file(tmp_path / "a")
    file = OpenFile.open(path)
    seen: list[float] = []
    with pytest.raises(Cancelled):
        file.sha256(Progress(lambda share, _: seen.append(share), lambda: len(seen) >= 3))
    seen_again: list[float] = []
    progress = Progress(lambda share, _: seen_again.append(share))
    assert file.sha256(progress) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert seen_again[0] >= seen[-1] > 0


def test_background_hashing_ends_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with path.open("wb") as sparse:
        sparse.truncate(1 << 40)
    file = OpenFile.open(path)
    # the files of other tests may still be hashed
    before = set(threading.enumerate())
    file.start_hashing()
    (thread,) = (new for new in threading.enumerate() if new.name == "hash" and new not in before)
    descriptor = file.fileno()
    del file
    thread.join(60)
    assert not thread.is_alive()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


@pytest.mark.parametrize("how", ["longer", "same size"])
def test_the_hash_of_a_file_that_was_written_to_is_refused(tmp_path: Path, how: str) -> None:
    path = random_file(tmp_path / "take.wav", 1000)
    file = OpenFile.open(path)
    with path.open("r+b") as other:
        other.seek(0 if how == "same size" else 1000)
        other.write(b"foreign")
    os.utime(path, ns=(0, 7))
    with pytest.raises(FileError, match=r"“take\.wav” was changed by another program"):
        file.sha256()


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_a_recording_that_is_gone_from_its_place_still_reads(
    tmp_path: Path, music_like: Callable[..., Samples], suffix: str, how: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, music_like(1.0).T, 44100, subtype=KINDS[suffix])
    whole = open_clip(path).read(0, 44100)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    clip = open_clip(path)
    if how == "deleted":
        path.unlink()
    elif how == "moved":
        path.rename(tmp_path / "elsewhere")
    else:
        random_file(tmp_path / "other").replace(path)
    np.testing.assert_array_equal(clip.read(0, 44100), whole)
    assert isinstance(clip.source, FileSource)
    assert clip.source.sha256() == digest


@pytest.mark.parametrize("suffix", KINDS)
def test_a_name_that_is_no_text_opens(
    tmp_path: Path, music_like: Callable[..., Samples], suffix: str
) -> None:
    soundfile.write(tmp_path / f"a.{suffix}", music_like(0.2).T, 44100, subtype=KINDS[suffix])
    path = tmp_path / os.fsdecode(b"B\xe4nder \xff." + suffix.encode())
    (tmp_path / f"a.{suffix}").rename(path)
    assert open_clip(path).read(0, 8820).shape == (2, 8820)
