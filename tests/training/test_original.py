"""The preset `original` learns, goes on after a stop, and repairs with what it learnt."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from uasrm_core.cli.main import main
from uasrm_core.errors import Cancelled, DataError
from uasrm_core.model.files import read_metadata
from uasrm_core.model.fit import FitSettings, Fitter
from uasrm_core.model.original import OriginalConfig, OriginalNet, load_original
from uasrm_core.progress import Progress
from uasrm_core.training import original
from uasrm_core.training.train import RunFiles

TINY = OriginalConfig(channels=1, chunk_s=0.8)
# four steps by the tests' own clock
SETTINGS = original.OriginalSettings(minutes=4 / 60, validation_chunks=2, model=TINY)


def test_an_example_has_its_hole_where_it_says(tracks):
    rng = np.random.default_rng(0)
    example = original.make_example(tracks, SETTINGS, rng, "train")
    assert example.levels.shape == (1, 1025, TINY.stft.columns(TINY.chunk_frames))
    assert 0 <= float(example.levels.min()) < float(example.levels.max()) <= 1
    columns = int(example.hole.sum())
    assert 0.25 * 44100 / 512 <= columns <= (0.75 * 44100 + 2048) / 512


def test_only_the_hole_is_learnt():
    levels, answered = torch.zeros(1, 3, 4), torch.ones(1, 3, 4)
    hole = torch.tensor([[0.0, 1.0, 1.0, 0.0]])
    assert float(original.measure_hole_error(answered, levels, hole)) == 1.0
    answered[:, :, 1:3] = 0.0
    assert float(original.measure_hole_error(answered, levels, hole)) == 0.0


def test_a_few_steps_bring_the_error_down(tracks):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    example = original.make_example(tracks, replace(SETTINGS, batch=2), rng, "train")
    fitter = Fitter(OriginalNet(replace(TINY, channels=2)), replace(SETTINGS.fit, peak_rate=5e-3))
    losses = []
    for _ in range(15):
        answered = fitter.model(example.levels, example.hole)
        loss = original.measure_hole_error(answered, example.levels, example.hole)
        losses.append(float(loss.detach()))
        fitter.learn(loss, 0.0)
    assert losses[-1] < 0.7 * losses[0]


def test_by_default_it_learns_as_the_notebook_does():
    fitter = Fitter(OriginalNet(TINY), original.OriginalSettings().fit)
    (group,) = fitter.optimiser.param_groups
    assert (group["betas"], group["weight_decay"]) == ((0.5, 0.999), 0.0)
    assert {fitter.rate(share) for share in (0.0, 0.3, 1.0)} == {2e-4}
    assert FitSettings().betas == (0.9, 0.999)


def test_a_stopped_run_goes_on_where_it_was(tracks, tmp_path, clock):
    files = RunFiles(tmp_path / "o.safetensors")

    def stop(share, message):
        if message.startswith("step 2"):
            raise Cancelled

    with pytest.raises(Cancelled):
        original.train_original(tracks, files, SETTINGS, progress=Progress(stop), clock=clock)
    assert not files.model.exists()
    with pytest.raises(DataError, match="--resume"):
        original.train_original(tracks, files, SETTINGS)
    last = original.train_original(
        tracks, files, SETTINGS, resume=True, origin={"data": "tones"}, clock=clock
    )
    assert last["step"] == 4
    assert json.loads(files.log.read_text().splitlines()[-1]) == last
    assert load_original(files.model).config == TINY
    assert read_metadata(files.model)["data"] == "tones"


def test_recordings_that_leave_none_to_validate_on_are_refused(tracks, tmp_path):
    chosen = [track for track in tracks if track.split == "train"]
    with pytest.raises(DataError, match="validation"):
        original.train_original(chosen, RunFiles(tmp_path / "o.safetensors"), SETTINGS)


def test_from_recordings_to_a_repair_on_the_command_line(music_folder, tmp_path, capsys):
    model = tmp_path / "o.safetensors"
    words = ["--preset", "original", "--width", "1", "--minutes", "0.005", "-o", str(model)]
    assert main(["train", str(music_folder), *words]) == 0
    assert "within 3 dB" in capsys.readouterr().out
    target = tmp_path / "out.wav"
    source = str(music_folder / "0.flac")
    repair = ["repair", source, "-o", str(target), "-r", "0.8-0.9", "--engine", "original"]
    assert main([*repair, "--model", str(model)]) == 0
    before, after = soundfile.read(source)[0], soundfile.read(target)[0]
    assert not np.array_equal(before, after)
    assert main([*repair, "--force"]) == 1
    assert "--preset original" in capsys.readouterr().err
