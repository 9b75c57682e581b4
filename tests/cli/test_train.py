"""`uasrm train`: what it says to whoever stops it."""

from __future__ import annotations

import json

import pytest
import soundfile

from uasrm_core.cli import train


@pytest.mark.parametrize("preset", ["hybrid", "original"])
def test_who_interrupts_it_is_told_how_to_go_on(uasrm, tmp_path, rng, monkeypatch, preset):
    def stopped(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(train, f"_train_{preset}", stopped)
    for number in range(3):
        sound = 0.1 * rng.standard_normal(16000 * 3)
        soundfile.write(tmp_path / f"{number}.wav", sound, 16000)
    result = uasrm("train", tmp_path, "--preset", preset, "-o", tmp_path / "m.safetensors")
    result.assert_one_error(130, "--resume")


def test_a_dry_run_tells_what_recordings_hold_and_writes_nothing(uasrm, tmp_path, rng):
    folder = tmp_path / "voices"
    folder.mkdir()
    for number, rate in enumerate((16000, 16000, 44100)):
        sound = 0.1 * rng.standard_normal(rate * 30)
        soundfile.write(folder / f"{number}.wav", sound, rate)
    words = ("train", folder, "--recipe", "own-speech", "--minutes", "1", "--dry-run")
    (told,) = uasrm(*words, "--json").out.splitlines()
    assert json.loads(told) == {
        "recordings": 3,
        "minutes": 1.5,
        "rates": {"16000": 1.0, "44100": 0.5},
        "kept_aside": 1,
        "gaps": 640,
        "learning_minutes": 1.0,
    }
    assert "3 recordings of 1.5 minutes" in uasrm(*words).out
    assert [path.name for path in tmp_path.iterdir()] == ["voices"]


def test_where_the_model_is_to_go_must_be_said(uasrm, tmp_path):
    uasrm("train", tmp_path).assert_one_error(2, "-o")
