"""What an engine sees of a gap is the same, whoever asks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.audio.resample import resample
from uasrm_core.inpainting import guesses, trials
from uasrm_core.inpainting.adapt import collect
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, condition
from uasrm_core.inpainting.cutting import cut_gap, hide
from uasrm_core.inpainting.damage import build_damage_mask
from uasrm_core.inpainting.engine import Guess
from uasrm_core.inpainting.examples import example_batch
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.network_input import read_surroundings
from uasrm_core.inpainting.registry import REGISTRY, load_engine
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import collate, dataset
from uasrm_core.training.dataset import example_of
from uasrm_core.training.settings import Band

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
    # so that the network is asked about every gap
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
    monkeypatch.setattr(guesses, "agreement_db", lambda *_: -np.inf)
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
    spans = collect(clip, (), engine.network, Progress(), about=0, examples=0, trials=1)
    ((start, end),) = spans.spans
    (adapted,) = spans.trials
    region = Region(start, end)
    # a repair
    api.repair(RepairJob(hide(clip, region), (region,), "unet", untrained))
    # a trial of the router
    trial = RepairJob(clip, (Region(0, 1),), "auto", untrained)
    trials.run_trial(trials.HiddenGap(clip, region, ()), engine, trial, Progress())
    # an example of a training
    frames = engine.config.window_frames(int(adapted.given.gap.sum()))
    monkeypatch.setattr(dataset, "HybridConfig", lambda: engine.config)
    example = example_of(clip, start, end, Band("one", 0, 100000, frames))
    learnt = example_batch(example, engine.network.device)
    assert len(given) == 2
    for other in (given[1], adapted.given, learnt.given):
        assert_same(given[0], other)
    assert torch.equal(adapted.clean, learnt.clean)


@pytest.mark.parametrize("name", [n for n, traits in REGISTRY.items() if not traits.needs_model])
def test_repairs_and_trials_show_every_engine_the_same(music_like, name, monkeypatch):
    rate = 44100
    clip = AudioClip(MemorySource(music_like(6.0, rate=rate), rate))
    region = Region(3 * rate, 3 * rate + 300, channels=(0,))
    engine = load_engine(name)
    seen = []

    def fill(known, progress):
        seen.append(known)
        return Guess(known.gap.samples)

    monkeypatch.setattr(engine, "fill", fill)
    hidden = hide(clip, region)
    common = {"context_s": None, "strength": 1.0, "take": 0, "progress": Progress()}
    repair_region(hidden, region, (), engine, **common)
    job = RepairJob(clip, (Region(0, 1),))
    trials.run_trial(trials.HiddenGap(clip, region, ()), engine, job, Progress())
    one, other = seen
    assert (one.gap.start, one.gap.end, one.gap.rate) == (other.gap.start, other.gap.end, rate)
    assert np.array_equal(one.gap.samples, other.gap.samples)
    assert np.array_equal(one.best_fill(0), other.best_fill(0))
    for way in ("best", "forward", "backward"):
        assert np.array_equal(getattr(one.fills(0), way), getattr(other.fills(0), way))
    if engine.reach_s:
        assert one.find_exemplars() == other.find_exemplars()
        (exemplar, *_) = one.find_exemplars()
        assert np.array_equal(one.read_exemplar(exemplar), other.read_exemplar(exemplar))


def test_what_the_network_and_the_other_engines_see_of_a_gap_agrees(music_like):
    rate = 44100
    clip = AudioClip(MemorySource(music_like(6.0, rate=rate, channels=1), rate))
    region = Region(3 * rate, 3 * rate + 4000)
    opened = cut_gap(hide(clip, region), region, (), context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.gap, Progress())
    seen = known.for_network(HybridConfig())
    assert seen.channels[0].fills is known.fills(0)
    given = seen.channels[0].model_input
    assert np.array_equal(given.fills[0, seen.view.hole], known.best_fill(0))
    (exemplar, *_) = known.find_exemplars()
    whole = known.read_exemplar(exemplar)[0]
    inside = slice(max(-seen.view.low, 0), min(len(whole) - seen.view.low, seen.view.size))
    low = seen.view.low
    assert given.exemplars[0, inside] == pytest.approx(
        whole[low + inside.start : low + inside.stop], abs=1e-6
    )


def test_a_box_in_training_is_masked_as_a_repair_masks_it(music_like, rng):
    config = HybridConfig()
    rate = 44100
    sound = music_like(8.0, rate=rate, channels=1)
    sound[:, 150000:160000] += 0.1 * rng.standard_normal(10000).astype(np.float32)
    clip = AudioClip(MemorySource(sound, rate))
    region = Region(150000, 160000, 500.0, 2000.0)
    opened = cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.gap, Progress()).for_network(config)
    view, seen = known.view, known.channels[0].model_input
    centres = view.low + np.arange(config.stft.columns(view.size)) * config.stft.hop_frames
    drawn = opened.gap.shape.on_grid(
        centres, config.stft.hop_frames, config.stft.bins, config.stft.bin_hz(rate)
    )
    shares = collate.column_shares((view.hole.start, view.hole.stop), len(centres), config.stft)
    band = drawn.max(axis=1, keepdims=True)
    assert band * shares == pytest.approx(drawn, abs=1e-6)
    around = read_surroundings(rate, opened.gap.search, view)
    made = build_damage_mask(seen.samples[None], band * shares, config.stft, around)
    assert made == pytest.approx(seen.mask, abs=1e-4)
    assert made.any()


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
    known = condition(opened.gap, Progress()).for_network(HybridConfig())
    found = np.stack([own.model_input.exemplars[0] for own in known.channels.values()])
    # the hole shows up nowhere in it: the counterpart is whole
    turned = opened.axes @ sound[:, region.start_frame : region.end_frame]
    assert found[:, known.view.hole] == pytest.approx(turned, abs=1e-5)
    assert known.agreements[0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(("noise_db", "found"), [(-50.0, True), (-30.0, True), (-20.0, False)])
def test_only_the_very_same_sound_is_copied(rng, noise_db, found):
    rate = 44100
    bar = 0.1 * rng.standard_normal((1, rate)).astype(np.float32)
    sound = np.tile(bar, (1, 6))
    sound += 0.1 * 10 ** (noise_db / 20) * rng.standard_normal(sound.shape).astype(np.float32)
    region = Region(2 * rate + 10000, 2 * rate + 15000)
    clip = hide(AudioClip(MemorySource(sound, rate)), region)
    opened = cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S)
    known = condition(opened.gap, Progress()).for_network(HybridConfig())
    assert (guesses.copy_repeat(known) is not None) is found


@pytest.mark.parametrize(
    ("made_at", "rate", "own"),
    [(16000, 44100, 22050), (16000, 96000, 22050), (22050, 48000, 22050), (44100, 44100, 44100)],
)
def test_speech_with_nothing_above_is_worked_on_at_the_lowest_rate(syllables, made_at, rate, own):
    sound = syllables(made_at)[None]
    # its breath reaches up to half of the rate
    samples = resample(sound, made_at, rate)[:, : 3 * rate]
    region = Region(rate, rate + rate // 4)
    assert rate_of(samples, rate, region) == own
    box = Region(rate, rate + rate // 4, 12000.0, 14000.0)
    short = Region(rate, rate + rate // 10)
    for other in (box, short):
        assert rate_of(samples, rate, other) == min(rate, 44100)


def test_music_with_nothing_above_is_worked_on_at_its_own_rate(music_like):
    samples = resample(music_like(4.0, rate=16000, channels=1), 16000, 44100)
    assert rate_of(samples, 44100, Region(60_000, 70_000)) == 44100


def rate_of(samples, rate, region):
    clip = AudioClip(MemorySource(samples, rate))
    gap = cut_gap(hide(clip, region), region, (), context_s=CONTEXT_S, reach_s=REACH_S).gap
    return condition(gap, Progress()).for_network(HybridConfig()).view.rate
