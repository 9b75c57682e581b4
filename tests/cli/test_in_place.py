"""Repairs go into the recording itself when that is asked for, and the untouched file is kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.audio.hashing import hash_file
from uasrm_core.audio.in_place import write_in_place
from uasrm_core.audio.region import Region
from uasrm_core.errors import ExportError
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.writing import system

PLACE, FRAMES = 30_000, 20
WORDS = ("--in-place", "-r", f"{PLACE}smp-{PLACE + FRAMES}smp", "--engine", "ar")


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Return where untouched copies are kept."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "uasrm" / "originals"


@pytest.fixture
def recording(wav_file, tone, rng):
    samples = tone(seconds=2.0, channels=2)
    samples += (1e-4 * rng.standard_normal(samples.shape)).astype(np.float32)
    samples[:, PLACE : PLACE + FRAMES] += 0.4
    path = wav_file(samples, subtype="PCM_24")
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(b"note" + (4).to_bytes(4, "little") + b"mine")
    path.chmod(0o640)
    return path


def test_only_the_repairs_change_and_the_untouched_file_is_kept(uasrm, recording, kept):
    before = recording.read_bytes()
    outcome = uasrm("repair", recording, *WORDS)
    assert outcome.status == 0, outcome.err
    after = recording.read_bytes()
    assert len(after) == len(before)
    changed = np.flatnonzero(np.frombuffer(before, np.uint8) != np.frombuffer(after, np.uint8))
    frames = (changed - 44) // 6
    assert frames[0] > PLACE - 500
    assert frames[-1] < PLACE + FRAMES + 500
    assert recording.stat().st_mode & 0o777 == 0o640
    (copy,) = kept.iterdir()
    assert copy.read_bytes() == before
    assert str(copy) in outcome.out


def test_the_copy_may_be_kept_elsewhere_but_over_nothing(uasrm, recording, tmp_path, kept):
    before = recording.read_bytes()
    backup = tmp_path / "untouched.wav"
    assert uasrm("repair", recording, *WORDS, "--backup", backup).status == 0
    assert backup.read_bytes() == before
    assert not kept.exists()
    after = recording.read_bytes()
    uasrm("repair", recording, *WORDS, "--backup", backup).assert_one_error(1, "exists already")
    assert recording.read_bytes() == after


def test_damage_may_be_found_and_repaired_in_place(uasrm, recording):
    outcome = uasrm("clean", recording, "--in-place", "--kind", "clicks", "--engine", "ar")
    assert outcome.status == 0, outcome.err
    assert np.abs(soundfile.read(recording)[0]).max() < 0.55


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--bits", "16"], "keeps the format"),
        (["--markers"], "keeps the format"),
        (["-o", "x.wav"], "not allowed with"),
    ],
)
def test_what_does_not_go_with_it_is_refused(uasrm, recording, words, told):
    uasrm("repair", recording, *WORDS, *words).assert_one_error(2, told)


def test_a_compressed_recording_is_not_written_anew(uasrm, tmp_path, tone):
    path = tmp_path / "tape.ogg"
    soundfile.write(path, tone(1.5).T, 44100)
    before = path.read_bytes()
    uasrm("repair", path, *WORDS).assert_one_error(1, "is compressed")
    assert path.read_bytes() == before


@pytest.fixture
def repaired(recording):
    clip = api.open_clip(recording)
    job = RepairJob(clip, (Region(PLACE, PLACE + FRAMES),), engine="ar")
    return clip.with_patches(api.repair(job).best_patches)


@pytest.mark.parametrize("call", ["create", "write", "sync", "rename"])
def test_a_full_disk_leaves_the_recording_as_it_was(recording, repaired, tmp_path, call):
    before = recording.read_bytes()

    def fail(heard: str) -> None:
        if heard == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with system.announce_calls(fail), pytest.raises(ExportError, match="the disk is full"):
        write_in_place(repaired, copy=tmp_path / "copy.wav")
    assert recording.read_bytes() == before
    assert not list(tmp_path.glob("**/*.part"))


def test_it_is_written_again_from_the_original_but_not_over_the_work_of_others(
    recording, repaired, tmp_path
):
    original, copy = recording.read_bytes(), tmp_path / "copy.wav"
    write_in_place(repaired, copy=copy)
    first = hash_file(recording)
    # the open recording is still what it was
    write_in_place(repaired.with_patches(()), copy=copy, written_sha256=first)
    assert recording.read_bytes() == original
    assert copy.read_bytes() == original
    recording.write_bytes(original[:-1] + b"?")
    with pytest.raises(ExportError, match=r"was changed by another program"):
        write_in_place(repaired, copy=copy, written_sha256=first)
    assert recording.read_bytes()[-1:] == b"?"


def test_without_asking_an_open_recording_is_never_replaced(recording, repaired):
    with pytest.raises(ExportError, match=r"is the original"):
        api.export_clip(repaired, Path(recording), overwrite=True)
