"""What `uasrm repair` cannot do ends in one sentence, and nothing is written."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from tests.cli.damaged import RATE, REGION
from uasrm_core import api
from uasrm_core.inpainting.engine import Guess
from uasrm_core.inpainting.job import RepairResult
from uasrm_core.inpainting.prediction import PredictionEngine


def test_a_region_in_silence_is_refused(uasrm, wav_file, target):
    samples = np.zeros((1, RATE), dtype=np.float32)
    samples[:, 20_000:20_100] = 0.5
    source = wav_file(samples, name="silence.wav")
    words = ["-r", f"{20_000 / RATE}-{20_100 / RATE}"]
    uasrm("repair", source, "-o", target, *words).assert_one_error(1, "silent")
    assert not target.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["-r", "1.9-2.1"], "outside"),
        (["-r", "5-6"], "outside"),
        (["-r", "1.02-1.00"], "ends before it starts"),
        (["-r", "1-1"], "no length"),
        (["-r", "0-2"], "whole recording"),
        (["-r", "1-1.02", "--channels", "3"], "channel 3"),
        (["-r", "1-1.02", "--band", "4000-300"], "no band"),
        ([], "-r START-END"),
    ],
)
def test_regions_that_cannot_be_are_refused(uasrm, recording, target, words, told):
    uasrm("repair", recording, "-o", target, *words).assert_one_error(2, told)
    assert not target.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("hello\n", "Line 1"),
        ("1.0\tx\n", "Line 1"),
        (None, "no label file"),
    ],
)
def test_label_files_that_cannot_be_read_are_refused(
    uasrm, recording, target, tmp_path, content, told
):
    labels = tmp_path / "labels.txt"
    if content is not None:
        labels.write_text(content)
    outcome = uasrm("repair", recording, "-o", target, "--regions", labels)
    outcome.assert_one_error(1, told)
    assert not target.exists()


def _wav_head(recording):
    return recording.read_bytes()[:30]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not audio at all, however long the text may be" * 20,
        _wav_head,
    ],
    ids=["empty", "text", "cut off"],
)
def test_files_that_are_no_recordings_are_refused(uasrm, recording, target, tmp_path, content):
    source = tmp_path / "bad.wav"
    source.write_bytes(content(recording) if callable(content) else content)
    uasrm("repair", source, "-o", target, "-r", REGION).assert_one_error(1, "bad.wav")
    assert not target.exists()


def test_a_recording_without_samples_is_refused(uasrm, wav_file, target):
    source = wav_file(np.zeros((1, 0), dtype=np.float32), name="none.wav")
    uasrm("repair", source, "-o", target, "-r", REGION).assert_one_error(1, "none.wav")


def test_a_missing_recording_is_refused(uasrm, target):
    uasrm("repair", "nowhere.wav", "-o", target, "-r", REGION).assert_one_error(1, "nowhere.wav")


def test_a_recording_of_nothing_but_nan_is_refused(uasrm, wav_file, target):
    samples = np.full((1, RATE), np.nan, dtype=np.float32)
    source = wav_file(samples, name="nan.wav", subtype="FLOAT")
    uasrm("repair", source, "-o", target, "-r", "0.5-0.52").assert_one_error(1)
    assert not target.exists()


@pytest.mark.parametrize("content", [None, b"", b"\x10\0\0\0\0\0\0\0{"])
def test_models_that_cannot_be_read_are_refused(uasrm, recording, target, tmp_path, content):
    model = tmp_path / "model.safetensors"
    if content is not None:
        model.write_bytes(content)
    words = ["-r", REGION, "--engine", "unet", "--model", model]
    uasrm("repair", recording, "-o", target, *words).assert_one_error(1, "model.safetensors")
    assert not target.exists()


def test_nothing_is_written_if_one_region_fails(uasrm, recording, tmp_path, target, monkeypatch):
    whole_repair = api.repair

    def half_repair(job, progress):
        good, bad = whole_repair(job, progress).outcomes
        return RepairResult((good, replace(bad, candidates=(), problem="It is too odd.")))

    monkeypatch.setattr(api, "repair", half_repair)
    report = tmp_path / "report.json"
    words = ["-r", REGION, "-r", "1.5-1.51", "--report", report]
    outcome = uasrm("repair", recording, "-o", target, *words)
    outcome.assert_one_error(1, "It is too odd.", "Nothing was written")
    assert list(tmp_path.iterdir()) == [recording]


@pytest.mark.parametrize("engine", ["ar", "attenuate", "original"])
def test_an_engine_that_cannot_learn_is_not_adapted(uasrm, recording, target, engine):
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", engine, "--adapt")
    assert outcome.status == 2
    assert outcome.err.count("\n") == 1
    assert f"{engine} cannot learn" in outcome.err
    assert not target.exists()


def test_an_engine_without_finite_output_ends_in_a_sentence_and_no_file(
    uasrm, recording, target, monkeypatch
):
    def fill(engine, known, progress):
        return Guess(np.full_like(known.gap.samples, np.nan))

    monkeypatch.setattr(PredictionEngine, "fill", fill)
    outcome = uasrm("repair", recording, "-o", target, "-r", REGION, "--engine", "ar")
    assert outcome.status == 1
    assert "values that are not numbers for the region at 1.000 s" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not target.exists()


@pytest.mark.parametrize("region", [f"0-{'9' * 400}", "0-99999999999"])
def test_a_time_that_no_recording_reaches_is_refused(uasrm, recording, target, region):
    outcome = uasrm("repair", recording, "-o", target, "-r", region)
    assert outcome.status == 2
    assert "too large" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--regions", "--model"])
@pytest.mark.parametrize("kind", ["device", "pipe"])
def test_what_is_no_regular_file_is_refused_at_once(
    uasrm, recording, target, tmp_path, option, kind
):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    words = [option, "/dev/zero" if kind == "device" else path]
    if option == "--model":
        words += ["-r", REGION, "--engine", "unet"]
    outcome = uasrm("repair", recording, "-o", target, *words)
    assert outcome.status == 1
    assert "not a" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not target.exists()
