"""`uasrm edit` changes what is named, leaves the rest bit for bit, and writes all or nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

RATE = 44100


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(2.0), subtype="PCM_16")


def _pcm(path):
    return soundfile.read(path, dtype="int16", always_2d=True)[0].T


@pytest.mark.parametrize(
    "words",
    [
        ["--gain", "-6"],
        ["--silence"],
        ["--fade-in"],
        ["--fade-out"],
        ["--copy-from", "0.2"],
        ["--ambience", "0.1-0.6"],
    ],
)
def test_only_the_region_changes(uasrm, recording, tmp_path, words):
    target = tmp_path / "edited.wav"
    done = uasrm("edit", recording, "-o", target, "-r", "1.0-1.5", *words)
    assert done.status == 0, done.err
    before, after = _pcm(recording), _pcm(target)
    changed = np.flatnonzero((before != after).any(axis=0))
    assert changed[0] >= RATE
    assert changed[-1] < 1.5 * RATE


def test_the_whole_recording_is_made_quieter(uasrm, recording, tmp_path):
    target = tmp_path / "edited.wav"
    done = uasrm("edit", recording, "-o", target, "-r", "0-2", "--gain", "-6.0206")
    assert done.status == 0, done.err
    np.testing.assert_allclose(_pcm(target), _pcm(recording) / 2, atol=1)


def test_the_report_names_each_step(uasrm, recording, tmp_path):
    report = tmp_path / "report.json"
    words = ["-r", "0.5-0.6", "-r", "1.0-1.1", "--gain", "-6", "--report", report]
    assert uasrm("edit", recording, "-o", tmp_path / "edited.wav", *words).status == 0
    log = json.loads(report.read_text())
    assert log["steps"] == ["Gain -6.0 dB, 0.500–0.600 s", "Gain -6.0 dB, 1.000–1.100 s"]
    assert [row["engine"] for row in log["regions"]] == ["gain", "gain"]
    assert log["untouched"]["output_sha256"] == log["untouched"]["sha256"]


def test_room_tone_needs_a_range(uasrm, recording, tmp_path):
    words = ["-r", "1-1.5", "--ambience", "there"]
    done = uasrm("edit", recording, "-o", tmp_path / "edited.wav", *words)
    done.assert_one_error(2, "--ambience")
    assert not (tmp_path / "edited.wav").exists()


def test_one_edit_is_needed(uasrm, recording, tmp_path):
    done = uasrm("edit", recording, "-o", tmp_path / "edited.wav", "-r", "1-1.5")
    done.assert_one_error(2, "--gain")


def test_a_region_outside_is_refused(uasrm, recording, tmp_path):
    done = uasrm("edit", recording, "-o", tmp_path / "e.wav", "-r", "5-6", "--silence")
    done.assert_one_error(2, "outside the recording")
