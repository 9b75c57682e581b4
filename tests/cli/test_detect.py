import json

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.resources import resource

RATE = 44100


@pytest.fixture
def damaged(wav_file):
    """Return a real recording with a click, a hole and a clipped passage, and where they are."""
    path = resource("samples", "hungarian_dance_clean.wav")
    sound, _ = soundfile.read(path, dtype="float32", always_2d=True, frames=5 * RATE)
    sound = sound.T.copy()
    sound[:, 40000:40004] += np.float32(0.3)
    sound[:, 90000:91000] = 0.0
    limit = 0.4 * np.abs(sound[:, 150000:160000]).max()
    np.clip(sound[:, 150000:160000], -limit, limit, out=sound[:, 150000:160000])
    return wav_file(sound, subtype="PCM_16")


def test_detections_are_printed_a_line_each_with_a_sum(uasrm, damaged):
    outcome = uasrm("detect", damaged)
    assert outcome.status == 0
    assert "0.9070-0.907" in outcome.out
    assert "2.0408-2.0635 s  dropout" in outcome.out
    assert "Found clicks: 1, dropouts: 1, clipping: " in outcome.out
    assert outcome.err == ""


def test_json_holds_every_detection(uasrm, damaged):
    report = json.loads(uasrm("detect", damaged, "--json", "--kind", "dropouts").out)
    (detection,) = report["finds"]
    assert (detection["kind"], detection["start_frame"], detection["end_frame"]) == (
        "dropout",
        90000,
        91000,
    )
    assert detection["channels"] == [1, 2]
    assert 0.5 <= detection["confidence"] <= 1.0


def test_labels_lead_from_finding_to_repair(uasrm, damaged, tmp_path):
    labels, repaired = tmp_path / "finds.txt", tmp_path / "repaired.wav"
    assert uasrm("detect", damaged, "--labels", labels).status == 0
    regions = api.read_labels(labels, RATE)
    assert [region.kind for region in regions][:3] == ["click", "dropout", "clipping"]
    outcome = uasrm("repair", damaged, "-o", repaired, "--regions", labels, "--engine", "ar")
    assert outcome.status == 0, outcome.err
    before, _ = soundfile.read(damaged, dtype="int16")
    after, _ = soundfile.read(repaired, dtype="int16")
    assert np.abs(after[90000:91000]).max() > 0
    assert np.array_equal(before[:39000], after[:39000])


def test_more_sensitivity_prints_no_fewer(uasrm, damaged):
    lines = [len(uasrm("detect", damaged, "--sensitivity", x).out.splitlines()) for x in (0, 1)]
    assert lines[0] < lines[1]


def test_wrong_arguments_are_told_in_one_line(uasrm, damaged, tmp_path):
    uasrm("detect", damaged, "--kind", "hiss").assert_one_error(2, "hiss", "clicks")
    uasrm("detect", damaged, "--sensitivity", "2").assert_one_error(2, "0 to 1")
    uasrm("detect", damaged, "--labels", damaged).assert_one_error(2, "different files")
    uasrm("detect", tmp_path / "none.wav").assert_one_error(1, "none.wav")


def test_what_sounds_alike_is_found(uasrm, wav_file):
    rng = np.random.default_rng(5)
    sound = 1e-3 * rng.standard_normal((1, 4 * RATE))
    cough = 0.2 * rng.standard_normal(4000) * np.hanning(4000)
    for start in (RATE, 2 * RATE, 3 * RATE):
        sound[0, start : start + 4000] += cough
    path = wav_file(sound.astype(np.float32), subtype="PCM_16")
    found = uasrm("detect", path, "--like", "1.0-1.09", "--likeness", "0.8")
    assert "Found similar: 2." in found.out
    assert "2.00" in found.out
    assert "Found similar: 0." in uasrm("detect", path, "--like", "1-1.09", "--likeness", "1").out


def test_noises_are_looked_for_where_they_are_asked_for(uasrm, damaged):
    report = json.loads(uasrm("detect", damaged, "--json", "--kind", "thumps,hum").out)
    assert report["kinds"] == ["thumps", "hum"]
    assert {detection["kind"] for detection in report["finds"]} <= {"thump", "hum"}
