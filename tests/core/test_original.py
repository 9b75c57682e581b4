"""The notebook's network, to the parameter, and with what its code did wrong put right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.errors import Cancelled, ModelError, RepairError
from uasrm_core.inpainting import runner
from uasrm_core.inpainting.condition import condition
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.notebook import NotebookEngine, borrow_phase, find_touched_columns
from uasrm_core.model.checkpoint import load_model
from uasrm_core.model.original import (
    NOTEBOOK,
    OriginalConfig,
    OriginalNet,
    load_original,
    save_original,
)
from uasrm_core.progress import Progress
from uasrm_core.spectral.stft import StftConfig, stft

RATE = 44100
TINY = OriginalConfig(channels=1, chunk_s=0.8)


@pytest.fixture
def model_file(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "original.safetensors"
    save_original(OriginalNet(TINY), path, {"data": "nothing"})
    return path


@pytest.fixture
def engine(model_file):
    return NotebookEngine(model_file)


def test_at_full_width_it_is_the_notebook_s_network_to_the_parameter():
    with torch.device("meta"):
        model = OriginalNet(NOTEBOOK)
    assert NOTEBOOK.widths == (64, 128, 256, 512, 1024, 2048, 4096)
    assert sum(p.numel() for p in model.parameters()) == 251_614_145


def test_the_notebook_s_network_is_one_affine_function_and_ours_is_not(rng):
    given = [torch.from_numpy(rng.uniform(size=(1, 65, 40)).astype(np.float32)) for _ in range(2)]
    nowhere = torch.zeros(1, 40)
    for config, is_affine in ((replace(NOTEBOOK, channels=1), True), (TINY, False)):
        torch.manual_seed(0)
        model = OriginalNet(config).eval()
        middle = model((given[0] + given[1]) / 2, nowhere)
        between = (model(given[0], nowhere) + model(given[1], nowhere)) / 2
        assert torch.allclose(middle, between, atol=1e-5) is is_affine


@pytest.mark.parametrize("columns", [1, 40, 70, 71])
def test_what_comes_out_is_as_wide_and_as_high_as_what_goes_in(columns):
    model = OriginalNet(TINY).eval()
    assert model(torch.zeros(2, 1025, columns), torch.zeros(2, columns)).shape == (2, 1025, columns)


def test_what_stands_in_the_hole_is_not_looked_at_and_nothing_else_is_changed(rng):
    model = OriginalNet(TINY).eval()
    levels = torch.from_numpy(rng.uniform(size=(1, 65, 40)).astype(np.float32))
    hole = torch.zeros(1, 40)
    hole[:, 15:20] = 1.0
    other = levels.clone()
    other[:, :, 15:20] = 0.7
    answers = [model(x, hole) for x in (levels, other)]
    assert torch.equal(*answers)
    spliced = model.splice(levels, answers[0], hole)
    assert torch.equal(spliced[:, :, :15], levels[:, :, :15])
    assert torch.equal(spliced[:, :, 20:], levels[:, :, 20:])
    assert torch.equal(spliced[:, :, 15:20], answers[0][:, :, 15:20])


def test_it_comes_back_from_its_file(model_file, rng):
    levels = torch.from_numpy(rng.uniform(size=(1, 65, 40)).astype(np.float32))
    model = load_original(model_file)
    assert model.config == TINY
    torch.manual_seed(0)
    expected = OriginalNet(TINY).eval()(levels, torch.zeros(1, 40))
    assert torch.allclose(model(levels, torch.zeros(1, 40)), expected, atol=1e-2)


def test_a_network_of_another_kind_is_refused(model_file):
    with pytest.raises(ModelError, match="kind original"):
        load_model(model_file)


def test_true_magnitudes_give_back_the_sound(music_like):
    sound = music_like(0.8, channels=1)[0]
    config = StftConfig()
    spectrum = stft(sound, config)
    hole = find_touched_columns(config, spectrum.shape[-1], 15_000, 18_000)
    start = sound.copy()
    start[15_000:18_000] *= 0.1
    wanted = np.abs(spectrum)[:, hole]
    found = borrow_phase(start, stft(start, config), wanted, hole, (15_000, 18_000), config)
    np.testing.assert_array_equal(found[:15_000], sound[:15_000])
    np.testing.assert_array_equal(found[18_000:], sound[18_000:])
    error = np.sum((found - sound)[15_000:18_000] ** 2) / np.sum(sound[15_000:18_000] ** 2)
    assert error < 0.1


@pytest.mark.parametrize("rate", [44100, 22050, 48000])
def test_a_repair_keeps_everything_around_the_gap(model_file, music_like, rate):
    clip = AudioClip(MemorySource(music_like(1.6, rate=rate), rate))
    region = Region(rate // 2, rate // 2 + rate // 10)
    job = RepairJob(clip, (region,), engine="original", model=model_file)
    (outcome,) = runner.run(job).outcomes
    patch = outcome.candidates[0].patch
    assert patch.start_frame >= region.start_frame - rate // 100
    assert patch.end_frame <= region.end_frame + rate // 100
    assert np.isfinite(patch.samples).all()


def fill(engine, gap, progress=Progress()):
    return engine.fill(condition(gap, progress), progress)


def test_nothing_around_is_filled_with_nothing(engine):
    gap = Gap(np.zeros((1, 40_000), dtype=np.float32), 10_000, 12_000, RATE)
    assert not fill(engine, gap).samples.any()


@pytest.mark.parametrize(("start", "end"), [(0, 3000), (37_000, 40_000)])
def test_a_gap_at_an_end_of_the_recording_is_filled(engine, music_like, start, end):
    samples = music_like(1.0, channels=1)[:, :40_000]
    filled = fill(engine, Gap(samples, start, end, RATE)).samples
    assert filled.shape == samples.shape
    assert np.isfinite(filled).all()


def test_a_gap_that_is_too_long_is_refused(engine):
    gap = Gap(np.ones((1, 5 * RATE), dtype=np.float32), RATE, 4 * RATE, RATE)
    with pytest.raises(RepairError, match="2 s"):
        fill(engine, gap)


def test_it_can_be_stopped(engine, music_like):
    gap = Gap(music_like(1.0, channels=1), 10_000, 12_000, RATE)
    with pytest.raises(Cancelled):
        fill(engine, gap, Progress(is_cancelled=lambda: True))
