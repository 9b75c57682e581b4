"""What the network sees of a gap is the same, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting import guesses, router
from uasrm_core.inpainting.adapt import collect
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, condition
from uasrm_core.inpainting.cutting import cut_gap, hide
from uasrm_core.inpainting.damage import build_damage_mask
from uasrm_core.inpainting.examples import example_batch
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.registry import load_engine
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import batches, dataset
from uasrm_core.training.dataset import Band, example_of

RATES = (16000, 44100, 48000, 96000)


@pytest.fixture
def given(monkeypatch):
    """Return everything that a network is given from now on."""
    seen = []
    forward = HybridInpainter.forward

    def watched(model, batch):
        seen.append(batch)
        return forward(model, batch)

    monkeypatch.setattr(HybridInpainter, "forward", watched)
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
    return seen


def assert_same(one, other):
    for name, value in vars(one).items():
        twin = getattr(other, name)
        assert (value is None and twin is None) or torch.equal(value, twin), name


@pytest.mark.parametrize("rate", RATES)
def test_repairs_trials_adaptation_and_training_see_the_same_tensors(
    music_like, untrained, rate, given, monkeypatch
):
    clip = AudioClip(MemorySource(music_like(8.0, rate=rate, channels=1), rate))
    engine = load_engine("unet", untrained)
    spans = collect(clip, (), engine, Progress(), about=0, examples=0, trials=1)
    ((start, end),) = spans.spans
    (adapted,) = spans.trials
    region = Region(start, end)
    # a repair
    api.repair(RepairJob(hide(clip, region), (region,), "unet", untrained))
    # a trial of the router
    trial = RepairJob(clip, (Region(0, 1),), "auto", untrained)
    router._trial(clip, region, (), engine, trial, Progress())
    # an example of a training
    frames = engine.config.window_frames(int(adapted.given.gap.sum()))
    monkeypatch.setattr(dataset, "HybridConfig", lambda: engine.config)
    example = example_of(clip, start, end, Band("one", 0, 100000, frames))
    learnt = example_batch(example, engine.device)
    assert len(given) == 2
    for other in (given[1], adapted.given, learnt.given):
        assert_same(given[0], other)
    assert torch.equal(adapted.clean, learnt.clean)


def test_a_box_in_training_is_masked_as_a_repair_masks_it(music_like, rng):
    config = HybridConfig()
    rate = 44100
    clip = AudioClip(MemorySource(music_like(8.0, rate=rate, channels=1), rate))
    region = Region(150000, 160000, 500.0, 2000.0)
    opened = cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.gap, config, Progress())
    view, seen = known.view, known.channels[0].model_input
    centres = view.low + np.arange(config.stft.columns(view.size)) * config.stft.hop_frames
    drawn = opened.gap.shape.on_grid(
        centres, config.stft.hop_frames, config.stft.bins, config.stft.bin_hz(rate)
    )
    shares = batches.column_shares((view.hole.start, view.hole.stop), len(centres), config.stft)
    band = drawn.max(axis=1, keepdims=True)
    assert band * shares == pytest.approx(drawn, abs=1e-6)
    made = build_damage_mask(seen.samples[None], band * shares, config.stft)
    assert made == pytest.approx(seen.mask, abs=1e-4)


def test_exemplars_line_up_with_the_window(rng):
    rate = 44100
    bar = 0.1 * rng.standard_normal((2, rate)).astype(np.float32)
    sound = np.tile(bar, (1, 6))
    region = Region(2 * rate + 10000, 2 * rate + 15000)
    opened = cut_gap(
        hide(AudioClip(MemorySource(sound, rate)), region),
        region,
        (),
        context_s=CONTEXT_S,
        reach_s=REACH_S,
    )
    known = condition(opened.gap, HybridConfig(), Progress())
    found = np.stack([own.model_input.references[0] for own in known.channels.values()])
    # the hole shows up nowhere in it: the counterpart is whole
    turned = opened.axes @ sound[:, region.start_frame : region.end_frame]
    assert found[:, known.view.hole] == pytest.approx(turned, abs=1e-5)
    assert known.agreements[0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("noise_db", "found"), [(-50.0, True), (-25.0, False)])
def test_only_the_very_same_sound_is_copied(rng, noise_db, found):
    rate = 44100
    bar = 0.1 * rng.standard_normal((1, rate)).astype(np.float32)
    sound = np.tile(bar, (1, 6))
    sound += 0.1 * 10 ** (noise_db / 20) * rng.standard_normal(sound.shape).astype(np.float32)
    region = Region(2 * rate + 10000, 2 * rate + 15000)
    clip = hide(AudioClip(MemorySource(sound, rate)), region)
    opened = cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.gap, HybridConfig(), Progress())
    assert (guesses.copy_repeat(known) is not None) is found
