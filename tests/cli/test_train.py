"""`uasrm train`: what it says to whoever stops it."""

from __future__ import annotations

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
