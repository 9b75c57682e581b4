"""Fitting the network to a recording: from intact sound alone, kept only where it helps."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.errors import Cancelled
from uasrm_core.inpainting import adapt, examples, guesses, mix
from uasrm_core.inpainting import finetune as model_adapt
from uasrm_core.inpainting.adapt import Collected, collect
from uasrm_core.inpainting.finetune import AdaptSettings
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.registry import load_engine
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.fit import FitSettings
from uasrm_core.model.torch_backend import TorchBackend
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress

RATE = 8000
REGION = Region(30000, 30400)
STEPS = 6


@pytest.fixture(scope="module")
def model(make_model):
    """Return a model that is easily made better: what it answers is noise."""
    return make_model(0.1)


@pytest.fixture(autouse=True)
def little(monkeypatch):
    """Let it take little, and leave every gap to the network: no copies, no sure predictions."""
    # a busy machine must not make it learn less
    monkeypatch.setattr(adapt, "LIMIT_S", 1e6)
    monkeypatch.setattr(adapt, "EXAMPLES", 8)
    monkeypatch.setattr(adapt, "TRIALS", 6)
    monkeypatch.setattr(adapt, "LENGTHS_S", (0.04, 0.06))
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
    monkeypatch.setattr(adapt, "is_repeat", lambda *_: False)
    monkeypatch.setattr(mix, "AGREEING_DB", 1e3)
    fit = FitSettings(peak_rate=0.01, warmup=0.0, average=0.0, weight_decay=0.0)
    quick = AdaptSettings(steps=STEPS, fit=fit)
    monkeypatch.setattr(model_adapt, "AdaptSettings", lambda: quick)


@pytest.fixture
def music(music_like):
    return music_like(6.0, rate=RATE, channels=1)


@pytest.fixture(scope="module")
def gaps():
    """Keep gaps that were cut, for other tests to go on with."""
    return []


@pytest.fixture
def cut_once(monkeypatch, gaps):
    """Cut gaps into one recording only; return how often they were asked for."""
    asked = []

    def same(*given, **more):
        asked.append(1)
        if not gaps:
            gaps.append(collect(*given, **more))
        return gaps[0]

    monkeypatch.setattr(adapt, "collect", same)
    return asked


def clip_of(samples):
    return AudioClip(MemorySource(samples, RATE))


def job_of(clip, model, *regions, engine="unet", **more):
    return RepairJob(clip, regions or (REGION,), engine, model, adapt=True, **more)


def collected(clip, model, *damaged, examples=2, trials=1):
    network, about = load_engine("unet", model).network, clip.frames // 2
    more = {"about": about, "examples": examples, "trials": trials}
    return collect(clip, damaged, network, Progress(), **more)


def test_gaps_keep_away_from_damage_and_trials_from_what_is_learnt(music, model, monkeypatch):
    monkeypatch.setattr(examples, "example_batch", lambda example, device: example)
    damaged = tuple(Region(start, start + 3000) for start in range(2500, 45000, 8000))
    made_up = Patch(0, (0,), music[:, :2500])
    clip = clip_of(music).with_patch(made_up)
    found = collected(clip, model, *damaged, Region(0, 2500), examples=40, trials=6)
    assert len(found.trials) == 6
    assert found.examples
    for start, end in found.spans:
        assert start >= 2500
        assert all(end <= d.start_frame or start >= d.end_frame for d in damaged)
    trials, learnt = found.spans[:6], found.spans[6:]
    for start, end in learnt:
        assert all(end <= low or start >= high for low, high in trials)


def test_what_damage_sounds_like_makes_no_difference(music, model, rng):
    damaged = Region(15000, 17000)
    noisy = music.copy()
    noisy[:, 15000:17000] = rng.uniform(-1, 1, (1, 2000))
    one = collected(clip_of(music), model, damaged)
    other = collected(clip_of(noisy), model, damaged)
    for a, b in zip((*one.examples, *one.trials), (*other.examples, *other.trials), strict=True):
        assert torch.equal(a.clean * a.given.gap, b.clean * b.given.gap)
        # where rates are changed, loud sound reaches a little beyond itself
        assert torch.allclose(a.given.quantiles, b.given.quantiles, atol=0.1)


def test_the_network_is_not_shown_what_it_is_to_answer(music, model):
    ((start, end), *_) = collected(clip_of(music), model, examples=0).spans
    other = music.copy()
    other[:, start:end] *= -0.5
    one, two = (
        collected(clip_of(samples), model, examples=0).trials[0] for samples in (music, other)
    )
    assert not torch.equal(one.clean, two.clean)
    for name, value in vars(one.given).items():
        assert value is None or torch.equal(value, getattr(two.given, name)), name


def test_what_helps_is_kept_named_and_used_again(music, model, cut_once):
    clip = clip_of(music)
    result = api.repair(job_of(clip, model))
    assert result.adaptation.kept
    assert result.adaptation.gain_db > 0
    assert "adapted to the recording" in result.adaptation.sentence
    (note,) = result.best_notes
    assert note.model.startswith(f"{load_engine('unet', model).model_id} adapted ")
    plain = api.repair(replace(job_of(clip, model), adapt=False))
    assert plain.adaptation is None
    assert "adapted" not in plain.best_notes[0].model
    assert not np.array_equal(plain.best_patches[0].samples, result.best_patches[0].samples)
    # the recording with its repairs is still the same recording
    again = api.repair(job_of(clip.with_patch(result.best_patches[0]), model))
    assert len(cut_once) == 1
    assert not again.adaptation.is_new
    assert again.best_notes[0].model == note.model
    # and what was learnt from a place that turns out to be damaged is not used any more
    start, end = adapt._known[clip.source][model].spans[-1]
    anew = api.repair(job_of(clip, model, damaged=(Region(start, end),)))
    assert len(cut_once) == 2
    assert anew.adaptation.is_new
    # the same sound and the same seed make the same network
    assert anew.best_notes[0].model == note.model


def test_what_was_learnt_is_given_to_the_networks_that_draw_takes(music, model, wild, cut_once):
    beside = model.with_name("takes.safetensors")
    beside.write_bytes(wild.read_bytes())
    try:
        job = replace(job_of(clip_of(music), model), regions=(Region(30000, 31600),))
        plain, smooth, drawn = (
            api.repair(replace(job, adapt=adapted, take=take)).outcomes[0].candidates[0]
            for adapted, take in ((False, 1), (True, 0), (True, 1))
        )
    finally:
        beside.unlink()
    assert " adapted " in drawn.model
    assert (smooth.take, drawn.take) == (0, 1)
    assert not np.allclose(drawn.patch.samples, smooth.patch.samples, atol=1e-3)
    assert not np.array_equal(drawn.patch.samples, plain.patch.samples)


def test_networks_are_moved_by_what_another_has_learnt_and_others_left(untrained, wild):
    start, drawing = TorchBackend.load(untrained), TorchBackend.load(wild)
    learnt = copy.deepcopy(start.module)
    with torch.no_grad():
        for value in learnt.state_dict().values():
            value.add_(0.5)
    moved = drawing.shift_weights(start.module, learnt).module.state_dict()
    for name, value in drawing.module.state_dict().items():
        torch.testing.assert_close(moved[name], value + 0.5)
    other = HybridInpainter(HybridConfig(channels=(8, 8)))
    assert drawing.shift_weights(other, other) is drawing


def test_what_does_not_help_is_dropped(music, model, cut_once, monkeypatch):
    monkeypatch.setattr(model_adapt, "finetune", lambda network, *_, **__: network)
    result = api.repair(job_of(clip_of(music), model))
    assert not result.adaptation.kept
    assert "not adapted" in result.adaptation.sentence
    assert "adapted" not in result.best_notes[0].model


def test_repairs_and_damage_known_besides_are_not_learnt_from(music, model, monkeypatch):
    told = []

    def nothing(clip, damaged, *_, **__):
        told.extend(damaged)
        return Collected((), (), ())

    monkeypatch.setattr(adapt, "collect", nothing)
    clip = clip_of(music).with_patch(Patch(4000, (0,), music[:, 4000:5000]))
    api.repair(job_of(clip, model, damaged=(Region(100, 200),)))
    assert told == [REGION, Region(100, 200), Region(4000, 5000, channels=(0,))]


@pytest.mark.parametrize("layers", list(model_adapt.LAYERS))
def test_only_the_layers_asked_for_change(music, model, cut_once, layers):
    network = load_engine("unet", model).network
    found = adapt.collect(
        clip_of(music), (REGION,), network, Progress(), about=0, examples=8, trials=6
    )
    before = {name: value.clone() for name, value in network.module.state_dict().items()}
    settings = AdaptSettings(steps=1, batch=1, layers=layers)
    new = model_adapt.finetune(
        network.module, found.examples[:1], settings, np.random.default_rng(0), Progress()
    )
    changed = {
        name for name, value in new.named_parameters() if not torch.equal(value, before[name])
    }
    assert changed
    assert all(model_adapt.LAYERS[layers](name) for name in changed)
    assert all(torch.equal(v, before[name]) for name, v in network.module.state_dict().items())


@pytest.mark.parametrize(
    "after", ["Learning from the undamaged sound", "Adapting to the recording"]
)
def test_a_cancel_stops_it_and_keeps_nothing(music, model, cut_once, monkeypatch, after):
    heard = []
    progress = Progress(lambda share, words: heard.append(words), lambda: after in heard)
    if after.startswith("Learning"):
        monkeypatch.setattr(adapt, "collect", collect)
    clip = clip_of(music)
    with pytest.raises(Cancelled):
        api.repair(job_of(clip, model), progress)
    assert not adapt._known.get(clip.source)


def test_it_ends_in_time(music, model, cut_once, monkeypatch):
    monkeypatch.setattr(adapt, "LIMIT_S", 60.0)
    answers = []
    real = model_adapt.measure_repairs
    monkeypatch.setattr(model_adapt, "measure_repairs", lambda *a: answers.append(1) or real(*a))
    ticks = iter([0.0, 10.0, 30.0, *[59.0] * 50])
    adapt.adapt(job_of(clip_of(music), model), Progress(), clock=lambda: next(ticks))
    # two steps and the trials
    assert len(answers) == 2 + 2 * adapt.TRIALS


@pytest.mark.parametrize("seconds", [0.6, 4.5])
def test_too_little_intact_sound_is_said_and_repaired_all_the_same(music, model, seconds):
    samples = music[:, : round(seconds * RATE)]
    rest = () if seconds < 1 else (Region(4000, 35500),)
    result = api.repair(job_of(clip_of(samples), model, Region(2000, 2400), damaged=rest))
    assert result.adaptation.sentence.startswith("Too little of the recording is intact")
    assert result.outcomes[0].candidates


def test_silence_is_nothing_to_learn_from(model):
    result = api.repair(job_of(clip_of(np.zeros((1, 6 * RATE), np.float32)), model))
    assert result.adaptation.sentence.startswith("Too little")
    assert "silent" in result.outcomes[0].problem


@pytest.mark.parametrize("engine", ["ar", "similarity"])
def test_engines_that_cannot_learn_are_left_alone(music, model, engine):
    result = api.repair(job_of(clip_of(music), model, engine=engine))
    assert result.adaptation.sentence.startswith("Nothing here asks the network")
    assert result.outcomes[0].candidates


def test_progress_only_rises(music, model, cut_once):
    seen = []
    api.repair(job_of(clip_of(music), model), Progress(lambda share, words: seen.append(share)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
