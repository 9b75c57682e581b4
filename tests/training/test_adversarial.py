"""Discriminators learn to tell takes from clean sound, and a network is told by them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from uasrm_core.errors import Cancelled
from uasrm_core.model.checkpoint import load_model, save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_metadata
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.training import collate, dataset, train
from uasrm_core.training.adversarial import (
    AROUND_FRAMES,
    RISE,
    Adversary,
    hear,
    measure_features,
)
from uasrm_core.training.settings import (
    AdversarialSettings,
    Band,
    BoxSettings,
    DamageSettings,
    Objective,
)

BRIEF = HybridConfig(channels=(8, 8, 8), context_frames=2048, frequency_stride=32)
BAND = Band("short", 882, 2205, 16384)
DAMAGE = DamageSettings(short=BAND, long=replace(BAND, share=0.0), box=BoxSettings(share=0.0))
CPU = torch.device("cpu")
# two steps of the discriminators alone, and three of both
SETTINGS = train.TrainSettings(
    minutes=5 / 60,
    examples=32,
    validation_examples=8,
    batch=4,
    model=BRIEF,
    damage=DAMAGE,
    adversarial=AdversarialSettings(share=0.5, first_steps=2),
)


@pytest.fixture
def batch(examples):
    shard = dataset.read_shard(dataset.shards(examples, "train", BAND)[0])
    return collate.make_batch(shard, np.arange(4), np.random.default_rng(0), BRIEF, augment=False)


@pytest.fixture
def takes(batch):
    """Return takes that hold nothing but quiet noise."""
    torch.manual_seed(1)
    gap = batch.given.gap
    noise = 0.02 * torch.randn(2, *gap.shape)
    return batch.clean * (1 - gap) + noise * gap


def test_what_is_heard_is_each_gap_with_its_surroundings(batch, takes):
    clean, drawn = hear(batch, takes)
    longest = int(batch.given.gap.sum(-1).max())
    assert clean.sounds.shape[-1] >= longest + 2 * AROUND_FRAMES
    assert torch.equal(clean.gap.sum(-1), batch.given.gap.sum(-1))
    assert torch.equal(drawn.gap, torch.cat([clean.gap, clean.gap]))
    known = 1 - drawn.gap
    twice = torch.cat([clean.sounds, clean.sounds])
    assert torch.allclose(drawn.sounds * known, twice * known)
    assert not torch.allclose(drawn.sounds, twice)


def test_discriminators_learn_to_tell_takes_from_clean_sound(batch, takes):
    torch.manual_seed(0)
    adversary = Adversary(AdversarialSettings(share=0.5, rate=2e-3), CPU)
    losses = [adversary.learn(batch, takes) for _ in range(12)]
    assert losses[0] == pytest.approx(np.log(2), abs=0.05)
    assert losses[-1] < 0.5
    assert adversary.steps == 12


@pytest.mark.parametrize(("share", "features"), [(0.5, 0.0), (0.0, 0.25)])
def test_what_they_say_counts_as_a_share_of_the_distance(batch, takes, share, features):
    torch.manual_seed(0)
    adversary = Adversary(AdversarialSettings(share=share, features=features), CPU)
    adversary._weighed = RISE
    drawn = takes.requires_grad_()
    distance = (drawn - batch.clean).square().sum()
    (alone,) = torch.autograd.grad(distance, drawn, retain_graph=True)
    (whole,) = torch.autograd.grad(adversary.weigh(batch, drawn, distance), drawn)
    assert float((whole - alone).norm() / alone.norm()) == pytest.approx(share + features, rel=1e-3)


def test_takes_with_the_features_of_the_truth_are_at_no_distance_from_it(batch, takes):
    adversary = Adversary(AdversarialSettings(), CPU)
    with torch.no_grad():
        pairs = adversary._ask(*hear(batch, takes))
    for truth, drawn in pairs:
        assert float(measure_features(truth, truth, 0.8)) == 0.0
        assert float(measure_features(truth, drawn, 0.8)) > 0.0


def test_a_run_teaches_the_discriminators_first_and_goes_on_after_a_stop(run_files, tracks, clock):
    def stop(share, message):
        if message.startswith("step 1,"):
            raise Cancelled

    with pytest.raises(Cancelled):
        train.train(tracks, run_files.model, SETTINGS, progress=Progress(stop), clock=clock)
    stopped = torch.load(run_files.state, weights_only=True)
    assert stopped["adversary"]["steps"] == 3
    run = train.Run(run_files, SETTINGS, {}, clock=clock)
    run.restore()
    assert run.adversary.is_ready
    for name, value in run.adversary.discriminators.state_dict().items():
        assert torch.equal(value, stopped["adversary"]["discriminators"][name])
    last = train.train(tracks, run_files.model, SETTINGS, resume=True, clock=clock)
    assert last["step"] == 3
    told = json.loads(read_metadata(run_files.model)["settings"])
    assert told["adversarial"]["share"] == 0.5


def test_half_of_the_way_is_the_mean_of_the_weights(run_files, tracks, clock, tmp_path):
    torch.manual_seed(5)
    start = tmp_path / "start.safetensors"
    save_model(HybridInpainter(BRIEF), start, {})
    settings = replace(
        SETTINGS, adversarial=AdversarialSettings(), way=0.5, start=str(start), minutes=3 / 60
    )
    train.train(tracks, run_files.model, settings, clock=clock)
    learnt = torch.load(run_files.state, weights_only=True)["fitter"]["averaged"]
    before = load_model(start).state_dict()
    for name, value in load_model(run_files.model).state_dict().items():
        assert torch.allclose(value, (before[name] + learnt[name]) / 2, atol=2e-3)


def test_discriminators_need_samples():
    with pytest.raises(ValueError, match="samples"):
        replace(SETTINGS, objective=Objective.MIDDLE)
