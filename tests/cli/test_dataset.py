"""`uasrm dataset` writes pairs that can be heard, seen and computed with."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from safetensors.numpy import load_file

PNG = b"\x89PNG"


@pytest.fixture
def recording(wav_file, music_like):
    return wav_file(music_like(3.4), name="music.wav", subtype="PCM_16")


def _index(folder):
    return json.loads((folder / "index.json").read_text())


def test_pairs_of_every_kind(uasrm, recording, tmp_path):
    folder = tmp_path / "pairs"
    outcome = uasrm("dataset", recording, "-o", folder, "--segment", "1")
    assert outcome.status == 0, outcome.err
    assert "3 pairs" in outcome.out
    entries = _index(folder)
    assert [entry["kind"] for entry in entries] == ["gaps", "boxes", "bursts"]
    assert [entry["from_s"] for entry in entries] == [0.0, 1.0, 2.0]
    source = soundfile.read(recording, dtype="float32")[0]
    for number, entry in enumerate(entries):
        pair = folder / entry["folder"]
        clean, damaged = (
            soundfile.read(pair / f"{name}.wav", dtype="float32")[0]
            for name in ("clean", "damaged")
        )
        np.testing.assert_array_equal(clean, source[number * 44100 : (number + 1) * 44100])
        differs = np.flatnonzero((clean != damaged).any(axis=1)) / 44100
        assert entry["damaged_from_s"] <= differs[0]
        assert differs[-1] < entry["damaged_to_s"]
        tensors = load_file(pair / "pair.safetensors")
        assert tensors["clean"].shape == tensors["damaged"].shape == (2, 1025, 87)
        assert tensors["mask"].shape == (1025, 87)
        away = tensors["mask"].max(axis=0) == 0
        unlike = np.abs(tensors["clean"] - tensors["damaged"]).max(axis=(0, 1))
        assert unlike[~away].max() > 0.05
        assert (pair / "picture.png").read_bytes().startswith(PNG)


def test_few_pairs_of_one_kind_without_pictures(uasrm, recording, tmp_path):
    folder = tmp_path / "pairs"
    words = ("--segment", "1", "--damage", "bursts", "--pairs", "2", "--no-pictures")
    assert uasrm("dataset", recording, "-o", folder, *words).status == 0
    assert [entry["kind"] for entry in _index(folder)] == ["bursts", "bursts"]
    assert not list(folder.rglob("*.png"))


def test_the_seed_decides_the_damage(uasrm, recording, tmp_path):
    spans = []
    for number, seed in enumerate(("1", "1", "2")):
        folder = tmp_path / str(number)
        uasrm("dataset", recording, "-o", folder, "--pairs", "1", "--no-pictures", "--seed", seed)
        spans.append(_index(folder)[0]["damaged_from_s"])
    assert spans[0] == spans[1] != spans[2]


def test_a_short_recording_is_one_segment(uasrm, wav_file, music_like, tmp_path):
    short = wav_file(music_like(1.5), name="short.wav")
    folder = tmp_path / "pairs"
    assert uasrm("dataset", short, "-o", folder, "--no-pictures").status == 0
    assert len(_index(folder)) == 1


def test_a_folder_that_holds_something_is_left_alone(uasrm, recording, tmp_path):
    (tmp_path / "keep.txt").write_text("mine")
    uasrm("dataset", recording, "-o", tmp_path).assert_one_error(1, "not empty")
    assert (tmp_path / "keep.txt").read_text() == "mine"


def test_silence_gives_no_pairs_and_leaves_nothing_behind(uasrm, wav_file, tmp_path):
    silence = wav_file(np.zeros((1, 88200), dtype=np.float32), name="silence.wav")
    uasrm("dataset", silence, "-o", tmp_path / "pairs").assert_one_error(1, "silence")
    assert {path.name for path in tmp_path.iterdir()} == {"silence.wav"}


def test_a_file_that_is_no_recording_is_refused(uasrm, tmp_path):
    text = tmp_path / "notes.wav"
    text.write_text("nothing to hear here")
    uasrm("dataset", text, "-o", tmp_path / "pairs").assert_one_error(1, "notes.wav")
    assert not (tmp_path / "pairs").exists()
