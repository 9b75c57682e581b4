"""`uasrm repair` tells what it did, in a report and in sentences."""

from __future__ import annotations

import hashlib
import json

import soundfile

from tests.cli.damaged import END, REGION, START, sha256_of, touched_frames
from uasrm_core import api
from uasrm_core.inpainting.prediction import PredictionEngine


def test_the_report_tells_all_that_was_done(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.json"
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report)
    assert outcome.status == 0, outcome.err
    told = json.loads(report.read_text())
    assert told["input"]["sha256"] == sha256_of(recording)
    assert told["output"]["sha256"] == sha256_of(target)
    assert told["output"]["same_format"] is True
    touched = touched_frames()
    assert told["output"]["samples_changed"] >= 2 * (END - START)
    assert told["output"]["samples_changed"] <= 2 * (touched.stop - touched.start)
    (region,) = told["regions"]
    assert (region["start_frame"], region["end_frame"]) == (START, END)
    assert region["engine"] == "unet"
    assert region["channels"] == [1, 2]
    assert touched.start <= region["touched_start_frame"] <= START
    assert END <= region["touched_end_frame"] <= touched.stop
    assert region["before"]["rms_db"] < region["after"]["rms_db"]
    kept = soundfile.read(recording, dtype="float32", always_2d=True)[0]
    kept[region["touched_start_frame"] : region["touched_end_frame"]] = 0.0
    assert told["untouched"]["sha256"] == hashlib.sha256(kept.tobytes()).hexdigest()
    assert told["untouched"]["output_sha256"] == told["untouched"]["sha256"]


def test_the_report_can_be_one_to_read(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.txt"
    assert uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report).status == 0
    told = report.read_text()
    assert str(recording) in told
    assert sha256_of(target) in told
    assert "nothing else was changed" in told


def test_an_existing_report_is_kept_unless_forced(uasrm, recording, target, tmp_path):
    report = tmp_path / "report.json"
    report.write_text("precious")
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--report", report)
    outcome.assert_one_error(1, "exists already")
    assert report.read_text() == "precious"
    assert not target.exists()


def test_a_recording_cut_short_is_repaired_and_told_of(uasrm, recording, target):
    content = recording.read_bytes()
    recording.write_bytes(content[: len(content) - 40_000])
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", "ar")
    assert outcome.status == 0
    assert outcome.err.count("\n") == 1
    assert recording.name in outcome.err
    assert api.open_clip(target).frames == api.open_clip(recording).frames


def test_to_adapt_is_answered_even_where_the_network_is_not_asked(
    uasrm, recording, target, tmp_path
):
    report = tmp_path / "report.json"
    words = ("-o", target, "-r", "1.000-1.010", "--adapt", "--report", report)
    outcome = uasrm("repair", recording, *words)
    assert outcome.status == 0, outcome.err
    sentence = outcome.out.splitlines()[0]
    assert sentence == "Nothing here asks the network, so it was not adapted."
    told = json.loads(report.read_text("utf-8"))["adaptation"]
    assert (told["sentence"], told["kept"]) == (sentence, False)


def test_the_report_tells_which_engine_was_passed_over(
    uasrm, recording, target, tmp_path, monkeypatch
):
    monkeypatch.setattr(PredictionEngine, "fill", lambda *_: 1 / 0)
    report = tmp_path / "report.json"
    outcome = uasrm("repair", recording, "-o", target, "-r", "1.000-1.003", "--report", report)
    assert outcome.status == 0, outcome.err
    (warning,) = json.loads(report.read_text())["warnings"]
    assert "The engine ar failed on the region at 1.000 s" in warning
    assert warning in outcome.err


def test_what_the_output_cannot_say_is_named_first(uasrm, recording, tmp_path):
    data = recording.read_bytes() + b"bext" + (602).to_bytes(4, "little") + bytes(602)
    recording.write_bytes(data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:])
    words = ["-r", REGION, "--engine", "ar"]
    outcome = uasrm("repair", recording, "-o", tmp_path / "out.flac", *words)
    assert outcome.status == 0, outcome.err
    assert outcome.err == "uasrm: “out.flac” will not hold: broadcast description (bext).\n"
    outcome = uasrm("repair", recording, "-o", tmp_path / "out.wav", *words)
    assert (outcome.status, outcome.err) == (0, "")
    assert "samples outside the repairs are identical." in outcome.out
