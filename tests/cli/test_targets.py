"""What a command would write over: refused before the work, and nothing is touched."""

from __future__ import annotations

import errno
import os
from types import SimpleNamespace

import numpy as np
import pytest

from uasrm_core import api
from uasrm_core.writing import system

WORDS = ("-r", "0.4-0.41", "--engine", "ar")


@pytest.fixture
def recording(wav_file, tone):
    return wav_file(tone(1.0), subtype="PCM_16")


@pytest.fixture
def other(tmp_path, recording):
    path = tmp_path / "other.wav"
    path.write_bytes(recording.read_bytes())
    return path


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "regions.txt"
    path.write_text("0.4\t0.41\tclick\n", encoding="utf-8")
    return path


def test_detections_replace_labels_only_when_forced(uasrm, recording, labels):
    before = labels.read_bytes()
    uasrm("detect", recording, "--labels", labels).assert_one_error(1, "exists already; --force")
    assert labels.read_bytes() == before
    assert uasrm("detect", recording, "--labels", labels, "--force").status == 0
    assert labels.read_bytes() != before


def test_detections_never_replace_a_recording(uasrm, recording, other):
    before = other.read_bytes()
    uasrm("detect", recording, "--labels", other).assert_one_error(1, "other.wav", "exists already")
    outcome = uasrm("detect", recording, "--labels", other, "--force")
    outcome.assert_one_error(1, "“other.wav” is a recording")
    assert other.read_bytes() == before


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_no_command_writes_over_what_it_reads(uasrm, tmp_path, recording, link):
    target = recording if link == "itself" else tmp_path / "link.wav"
    if link == "symbolic":
        target.symlink_to(recording)
    elif link == "hard":
        target.hardlink_to(recording)
    before = recording.read_bytes()
    for words in (
        ("detect", recording, "--labels", target, "--force"),
        ("repair", recording, "-o", target, *WORDS, "--force"),
        ("repair", recording, "-o", tmp_path / "out.wav", "--report", target, *WORDS, "--force"),
    ):
        uasrm(*words).assert_one_error(2, "must be different files")
    assert recording.read_bytes() == before
    assert not (tmp_path / "out.wav").exists()


def test_a_repair_writes_over_none_of_its_files(uasrm, tmp_path, recording, labels):
    out, model = tmp_path / "out.wav", tmp_path / "model.safetensors"
    model.write_bytes(b"a model")
    given = ("repair", recording, "-o", out, "--regions", labels, "--engine", "ar", "--force")
    before = labels.read_bytes()
    outcome = uasrm(*given, "--report", labels)
    outcome.assert_one_error(2, "The report and the regions must be different files.")
    uasrm(*given, "--report", out).assert_one_error(2, "The output and the report must be")
    outcome = uasrm(*given, "--model", model, "--report", model)
    outcome.assert_one_error(2, "The report and the model must be")
    assert labels.read_bytes() == before
    assert not out.exists()


def test_a_report_never_replaces_a_recording(uasrm, tmp_path, recording, other):
    before = other.read_bytes()
    out = tmp_path / "out.wav"
    outcome = uasrm("repair", recording, "-o", out, "--report", other, *WORDS, "--force")
    outcome.assert_one_error(1, "“other.wav” is a recording")
    assert other.read_bytes() == before
    assert not out.exists()


def test_a_forced_repair_keeps_mode_and_link(uasrm, tmp_path, recording):
    out = tmp_path / "out.wav"
    out.write_bytes(b"old")
    out.chmod(0o640)
    (tmp_path / "link.wav").symlink_to(out)
    outcome = uasrm("repair", recording, "-o", tmp_path / "link.wav", *WORDS, "--force")
    assert outcome.status == 0, outcome.err
    assert (tmp_path / "link.wav").is_symlink()
    assert out.stat().st_mode & 0o777 == 0o640
    assert np.frombuffer(out.read_bytes()[:4], "S4")[0] == b"RIFF"


def test_links_that_lead_nowhere_are_refused(uasrm, tmp_path, recording):
    link = tmp_path / "dangling.wav"
    link.symlink_to(tmp_path / "gone.wav")
    uasrm("repair", recording, "-o", link, *WORDS).assert_one_error(1, "exists already")
    outcome = uasrm("repair", recording, "-o", link, *WORDS, "--force")
    outcome.assert_one_error(1, "is a link to a file that does not exist.")


@pytest.mark.parametrize("fault", ["read-only", "full", "attribute"])
def test_where_nothing_can_be_written_is_told_before_the_repair(
    uasrm, tmp_path, recording, monkeypatch, fault
):
    def work(*_):
        raise AssertionError("the repair had begun")

    def refuse(call):
        if call == "create":
            raise OSError(errno.EROFS if fault == "read-only" else errno.EPERM, "refused")

    monkeypatch.setattr(api, "repair", work)
    words = ("repair", recording, "-o", tmp_path / "out.wav", *WORDS)
    if fault == "full":
        room = SimpleNamespace(f_bavail=1, f_frsize=4096, f_blocks=9)
        monkeypatch.setattr(os, "statvfs", lambda path: room)
        uasrm(*words).assert_one_error(1, "“out.wav” needs 1 MB, but only 0 MB are free")
    else:
        with system.announce_calls(refuse):
            uasrm(*words).assert_one_error(1, "“out.wav” could not be written: ")
    assert list(tmp_path.iterdir()) == [recording]


def test_a_model_is_replaced_only_when_forced_and_a_recording_never(
    uasrm, tmp_path, recording, other
):
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"weeks of work")
    uasrm("train", recording, "-o", model).assert_one_error(1, "exists already; --force")
    outcome = uasrm("train", recording, "-o", model, "--from", model, "--force")
    outcome.assert_one_error(2, "The model and the model to start from must be different files.")
    before = other.read_bytes()
    outcome = uasrm("train", recording, "-o", other, "--force")
    outcome.assert_one_error(1, "“other.wav” is a recording")
    assert (model.read_bytes(), other.read_bytes()) == (b"weeks of work", before)


def test_the_demo_asks_for_its_places_before_it_begins(uasrm, tmp_path, monkeypatch):
    def work(*_):
        raise AssertionError("the repair had begun")

    monkeypatch.setattr(api, "repair", work)
    (tmp_path / "hungarian_dance_unet.wav").write_bytes(b"mine")
    uasrm("demo", "-o", tmp_path).assert_one_error(1, "exists already")
