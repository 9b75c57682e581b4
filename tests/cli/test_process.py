"""`uasrm process` goes through a whole recording and writes all or nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from uasrm_core.evaluation.planting_clicks import plant_vinyl_clicks
from uasrm_core.resources import resource

RATE = 44100


@pytest.fixture
def recording(wav_file):
    path = resource("samples", "hungarian_dance_clean.wav")
    sound, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=6 * RATE)
    rng = np.random.default_rng(2)
    damaged, _ = plant_vinyl_clicks(sound.T, RATE, rng, count=4, level_db=(12.0, 15.0))
    return wav_file(damaged, subtype="PCM_16")


def test_the_tools_are_steps_of_the_report(uasrm, recording, tmp_path):
    report, target = tmp_path / "report.json", tmp_path / "clean.wav"
    done = uasrm("process", recording, "-o", target, "--tool", "declick,dehum", "--report", report)
    assert done.status == 0, done.err
    log = json.loads(report.read_text())
    assert log["steps"] == ["De-click: 4 places", "De-hum: no hum was found"]
    assert log["untouched"]["output_sha256"] == log["untouched"]["sha256"]
    assert "De-click: 4 places." in done.out


def test_a_part_is_worked_on_as_a_preview(uasrm, recording, tmp_path):
    target = tmp_path / "preview.wav"
    words = ["--tool", "declick", "--within", "0-0.001"]
    assert uasrm("process", recording, "-o", target, *words).status == 0
    before, after = (soundfile.read(path, dtype="int16")[0] for path in (recording, target))
    np.testing.assert_array_equal(before, after)


def test_an_unknown_tool_is_refused(uasrm, recording, tmp_path):
    target = tmp_path / "clean.wav"
    done = uasrm("process", recording, "-o", target, "--tool", "polish")
    done.assert_one_error(2, "polish", "dehum")
    assert not target.exists()
