"""`uasrm clean` finds and repairs in one step."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import soundfile

from uasrm_core import api
from uasrm_core.inpainting.job import RepairResult

FAST = ("--kind", "clicks", "--engine", "ar")
PLACE, FRAMES = 30_000, 20


@pytest.fixture
def recording(wav_file, tone):
    samples = tone(seconds=2.0)
    samples[:, PLACE : PLACE + FRAMES] += 0.4
    return wav_file(samples, subtype="PCM_16")


def test_damage_is_found_and_repaired(uasrm, recording, tmp_path):
    out, report = tmp_path / "fixed.wav", tmp_path / "report.json"
    outcome = uasrm("clean", recording, "-o", out, "--report", report, *FAST)
    assert outcome.status == 0, outcome.err
    assert "0.680-0.681 s  ar" in outcome.out
    before, after = soundfile.read(recording)[0], soundfile.read(out)[0]
    assert (before != after).any()
    assert abs(after[PLACE : PLACE + FRAMES]).max() < 0.55
    assert len(json.loads(report.read_text())["regions"]) == 1


def test_an_intact_recording_is_copied(uasrm, wav_file, tone, tmp_path):
    recording, out = wav_file(tone(seconds=1.0), subtype="PCM_16"), tmp_path / "fixed.wav"
    outcome = uasrm("clean", recording, "-o", out, "--report", tmp_path / "r.txt", *FAST)
    assert outcome.status == 0, outcome.err
    assert "Found nothing to repair; it is a copy." in outcome.out
    assert out.read_bytes() == recording.read_bytes()
    assert "Nothing was repaired." in (tmp_path / "r.txt").read_text()


def test_what_cannot_be_repaired_is_told_and_stays(uasrm, recording, tmp_path, monkeypatch):
    whole_repair = api.repair

    def no_repair(job, progress):
        outcomes = whole_repair(job, progress).outcomes
        return RepairResult(
            tuple(replace(outcome, candidates=(), problem="Too odd.") for outcome in outcomes)
        )

    monkeypatch.setattr(api, "repair", no_repair)
    out = tmp_path / "fixed.wav"
    outcome = uasrm("clean", recording, "-o", out, *FAST)
    assert outcome.status == 1
    assert outcome.err == "uasrm: At 0.680 s nothing was repaired: Too odd.\n"
    assert out.read_bytes() == recording.read_bytes()
