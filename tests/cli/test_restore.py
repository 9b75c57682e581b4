"""An archive's records tell what was done, and take it back bit for bit."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.archive.report import pdf_bytes

RATE = 44100
PLACE, FRAMES = 30_000, 60
WORDS = ("-r", f"{PLACE}smp-{PLACE + FRAMES}smp", "--engine", "ar", "--archive")


@pytest.fixture
def recording(wav_file, tone):
    """Return a maker of recordings with a click in them, by name and subtype."""

    def make(name="tape.wav", subtype="PCM_16"):
        samples = tone(seconds=1.5, channels=2)
        samples[:, PLACE : PLACE + FRAMES] += 0.4
        return wav_file(samples, name=name, subtype=subtype)

    return make


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("tape.wav", "PCM_16"),
        ("tape.wav", "PCM_24"),
        ("tape.wav", "FLOAT"),
        ("tape.wav", "DOUBLE"),
        ("tape.w64", "PCM_32"),
        ("tape.aiff", "PCM_24"),
    ],
)
def test_a_file_of_the_same_format_becomes_the_original_byte_for_byte(
    uasrm, recording, tmp_path, name, subtype
):
    source, out = recording(name, subtype), tmp_path / "out"
    out.mkdir()
    repaired = uasrm("repair", source, "-o", out, *WORDS)
    assert repaired.status == 0, repaired.err
    assert (out / name).read_bytes() != source.read_bytes()
    back = tmp_path / f"back{source.suffix}"
    outcome = uasrm("restore", out / name, "--log", out / f"{name}.log.json", "-o", back)
    assert outcome.status == 0, outcome.err
    assert "byte for byte" in outcome.out
    assert back.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("name", "subtype", "written", "back"),
    [
        ("tape.flac", "PCM_16", "out.flac", "back.flac"),
        ("tape.flac", "PCM_24", "out.wav", "back.flac"),
        ("tape.wav", "PCM_16", "out.flac", "back.wav"),
        ("tape.wav", "FLOAT", "out.aiff", "back.wav"),
    ],
)
def test_a_file_written_anew_gets_every_sample_back(
    uasrm, recording, tmp_path, name, subtype, written, back
):
    source, out = recording(name, subtype), tmp_path / written
    assert uasrm("repair", source, "-o", out, *WORDS).status == 0
    back = tmp_path / back
    outcome = uasrm("restore", out, "--log", f"{out}.log.json", "-o", back)
    assert outcome.status == 0, outcome.err
    np.testing.assert_array_equal(
        soundfile.read(back, dtype="float64")[0], soundfile.read(source, dtype="float64")[0]
    )


def test_the_records_tell_who_did_what_and_when(uasrm, recording, tmp_path):
    source, out = recording(), tmp_path / "fixed.wav"
    outcome = uasrm("repair", source, "-o", out, *WORDS, "--operator", "Zoë Ångström")
    assert outcome.status == 0, outcome.err
    log = json.loads((tmp_path / "fixed.wav.log.json").read_text())
    assert f"SHA-256 {log['input']['sha256']}" in outcome.out
    assert log["operator"] == "Zoë Ångström"
    assert log["versions"]["numpy"] == np.__version__
    assert log["began_at"] <= log["history"][0]["made_at"] <= log["ended_at"]
    assert log["history"][0]["undone"] is False
    assert (tmp_path / "fixed.wav.report.pdf").read_bytes().startswith(b"%PDF-")
    assert b"T=UASRM" in out.read_bytes()
    before, after = (soundfile.read(path, dtype="int16")[0].astype(int) for path in (source, out))
    change = soundfile.read(tmp_path / "fixed.wav.difference.flac", dtype="int32")[0] / 65536
    np.testing.assert_array_equal(change, before - after)
    assert change.any()


def test_a_wrong_or_changed_file_is_refused(uasrm, recording, tmp_path):
    source, out = recording(), tmp_path / "fixed.wav"
    assert uasrm("repair", source, "-o", out, *WORDS).status == 0
    log, back = tmp_path / "fixed.wav.log.json", tmp_path / "back.wav"
    uasrm("restore", source, "--log", log, "-o", back).assert_one_error(
        1, "is not the file that the log tells of, or it has changed"
    )
    uasrm("restore", out, "--log", tmp_path / "no.json", "-o", back).assert_one_error(1, "no log")
    uasrm("restore", out, "--log", source, "-o", back).assert_one_error(1, "no log that can")
    uasrm("restore", out, "--log", log, "-o", out).assert_one_error(2, "different files")
    plain = json.loads(log.read_text())
    del plain["restore"]
    (tmp_path / "plain.json").write_text(json.dumps(plain))
    uasrm("restore", out, "--log", tmp_path / "plain.json", "-o", back).assert_one_error(
        1, "only repairs with --archive can be taken back"
    )
    assert not back.exists()


@pytest.mark.parametrize(
    "damage",
    [
        {"size": -1},
        {"size": 10**9},
        {"sha256": "0"},
        {"runs": [{"start": 10**9, "bytes": 1, "data": "eJxjAAAAAQAB"}]},
        {"runs": [{"start": 0, "bytes": 2**40, "data": "eJxjAAAAAQAB"}]},
        {"runs": [{"start": 0, "bytes": 1, "data": "?"}]},
        {"runs": "x"},
        {"kind": "samples"},
    ],
)
def test_a_damaged_log_is_told_and_writes_nothing(uasrm, recording, tmp_path, damage):
    source, out = recording(), tmp_path / "fixed.wav"
    assert uasrm("repair", source, "-o", out, *WORDS).status == 0
    path = tmp_path / "fixed.wav.log.json"
    log = json.loads(path.read_text())
    log["restore"] |= damage
    path.write_text(json.dumps(log))
    before = sorted(tmp_path.iterdir())
    outcome = uasrm("restore", out, "--log", path, "-o", tmp_path / "back.wav")
    outcome.assert_one_error(1, "The log is damaged: ")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["fixed.mp3", "fixed.ogg"])
def test_a_copy_that_cannot_hold_every_sample_is_no_archives(uasrm, recording, tmp_path, name):
    source = recording()
    outcome = uasrm("repair", source, "-o", tmp_path / name, *WORDS)
    outcome.assert_one_error(1, "must hold every sample as it was")
    assert list(tmp_path.iterdir()) == [source]


def test_a_batch_keeps_the_same_records(uasrm, recording, tmp_path):
    source, out = recording(), tmp_path / "out"
    words = ["--kind", "clicks", "--engine", "ar", "--archive", "--operator", "A"]
    outcome = uasrm("batch", source, "-o", out, *words)
    assert outcome.status == 0, outcome.err
    back = tmp_path / "back.wav"
    log = out / "tape.wav.log.json"
    assert uasrm("restore", out / "tape.wav", "--log", log, "-o", back).status == 0
    assert back.read_bytes() == source.read_bytes()
    assert (out / "tape.wav.report.pdf").exists()
    assert (out / "tape.wav.difference.flac").exists()
    again = uasrm("batch", source, "-o", out, *words)
    assert "done before" in again.out


@settings(max_examples=10)
@given(st.text(max_size=200))
def test_a_report_takes_any_name(name):
    log = {
        "uasrm": "0",
        "written": "",
        "input": {
            "path": name,
            "sha256": "",
            "container": "WAV",
            "subtype": "PCM_16",
            "rate": 8000,
            "channels": 1,
            "frames": 8000,
        },
        "untouched": {"of": "", "sha256": ""},
        "history": [],
        "regions": [],
        "operator": name,
    }
    assert pdf_bytes(log).startswith(b"%PDF-")


def test_a_report_needs_no_package_that_draws(uasrm, recording, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    fixed = tmp_path / "fixed.wav"
    done = uasrm("repair", recording(), "-o", fixed, *WORDS)
    assert done.status == 0, done.err
    assert (tmp_path / "fixed.wav.report.pdf").exists()


def test_help_says_that_the_original_is_written(uasrm):
    said = " ".join(uasrm("restore", "--help").out.split())
    assert "OUT the original recording" in said


def test_a_name_that_no_font_of_the_report_knows_is_spelt_out(uasrm, recording, tmp_path):
    repaired = uasrm("repair", recording("tape 🎻.wav"), "-o", tmp_path / "fixed.wav", *WORDS)
    assert repaired.status == 0
    assert repaired.err == ""
    assert (tmp_path / "fixed.wav.report.pdf").read_bytes().startswith(b"%PDF-")
