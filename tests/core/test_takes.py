"""A gap has many fills, of which noise picks one; how the network learns to make them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.test_hybrid import SMALL, batch_of
from uasrm_core.inpainting.examples import Batch, draw_takes, measure_takes
from uasrm_core.model import device
from uasrm_core.model.losses import LossWeights, compare, energy_loss, loss_parts
from uasrm_core.model.unet import HybridInpainter

RATES = torch.tensor([16000.0])


def noise_of(rng, batch):
    return torch.from_numpy(rng.standard_normal(batch.samples.shape).astype(np.float32))


@pytest.fixture
def moved():
    """A network that makes use of its noise."""
    torch.manual_seed(0)
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    return model


def test_an_untrained_network_makes_nothing_of_the_noise(rng):
    model, batch = HybridInpainter(SMALL), batch_of(rng)
    lively = replace(batch, noise=noise_of(rng, batch), liveliness=torch.ones(2))
    assert torch.equal(model(batch), model(lively))


def test_the_same_noise_makes_the_same_take_and_other_noise_another(moved, rng):
    batch = batch_of(rng)
    one, other = (replace(batch, noise=noise_of(rng, batch)) for _ in range(2))
    assert torch.equal(moved(one), moved(replace(one)))
    assert not torch.allclose(moved(one), moved(other), atol=0.1)


def test_no_noise_is_silence_and_no_liveliness_none(moved, rng):
    batch = batch_of(rng)
    silent = replace(batch, noise=torch.zeros_like(batch.samples), liveliness=torch.zeros(2))
    assert torch.equal(moved(batch), moved(silent))
    assert not torch.equal(moved(batch), moved(replace(batch, liveliness=torch.ones(2))))


def test_a_take_leaves_what_is_outside_the_damaged_band_alone(moved, rng):
    batch = batch_of(rng)
    mask = torch.from_numpy(SMALL.band_weights(2000.0, 4000.0))[None, :, None].expand(2, -1, -1)
    batch = replace(batch, samples=batch.samples * (1 - batch.gap), mask=mask)
    lively = replace(batch, noise=noise_of(rng, batch), liveliness=torch.ones(2))
    change = torch.fft.rfft((moved(lively) - moved(batch))[0]).abs()
    hz = torch.linspace(0, 22050, len(change))
    assert change[(hz > 2000) & (hz < 4000)].mean() > 50 * change[(hz > 6000)].mean()


@pytest.fixture
def scene(rng):
    """White noise with a gap: clean, gap, and how to fill it."""
    clean = torch.from_numpy(rng.standard_normal((1, 24000)).astype(np.float32))
    gap = torch.zeros(1, 24000)
    gap[:, 8000:16000] = 1.0

    def filled(sound):
        sound = torch.as_tensor(np.asarray(sound, dtype=np.float32))
        return clean * (1 - gap) + sound[None] * gap

    return clean, gap, filled


def distance(scene, one, other, liveliness):
    clean, gap, filled = scene
    return float(
        energy_loss(
            (filled(one), filled(other)),
            clean,
            gap,
            RATES,
            liveliness=torch.tensor([liveliness]),
            weights=LossWeights(waveform=0.0),
        )
    )


def test_takes_as_loud_as_the_truth_are_nearer_than_quiet_and_loud_ones(scene, rng):
    draws = rng.standard_normal((2, 24000))
    right, quiet, loud = (distance(scene, *(gain * draws), 1.0) for gain in (1.0, 0.4, 2.5))
    assert right < quiet
    assert right < loud


def test_liveliness_rewards_takes_for_being_unlike_and_never_two_alike(scene, rng):
    pairs = rng.standard_normal((24, 2, 24000))
    draws = pairs[0]
    unlike = [
        np.mean([distance(scene, *pair, liveliness) for pair in pairs])
        for liveliness in (0.0, 0.5, 1.0)
    ]
    assert unlike[1] == pytest.approx((unlike[0] + unlike[2]) / 2, rel=1e-5)
    assert unlike[2] < unlike[0]
    alike = [distance(scene, draws[0], draws[0], liveliness) for liveliness in (0.0, 1.0)]
    assert alike[1] == pytest.approx(alike[0], rel=0.01)


def test_a_draw_is_as_far_from_another_as_from_the_truth(scene, rng):
    clean, gap, filled = scene
    takes = [filled(draw) for draw in rng.standard_normal((2, 24000))]
    sounds = torch.stack([*takes, clean])
    near, apart = compare(sounds, [(0, 2), (0, 1)], gap, RATES)
    weights = LossWeights(level=0.0)
    assert near.distance(weights) == pytest.approx(apart.distance(weights), rel=0.02)


def test_takes_are_not_rewarded_for_other_levels():
    assert LossWeights().repelling().level == 0.0


def test_distances_are_the_same_both_ways_and_nothing_to_oneself(scene, rng):
    clean, gap, filled = scene
    takes = [filled(draw) for draw in rng.standard_normal((2, 24000))]
    sounds = torch.stack([*takes, clean])
    there, back, itself = compare(sounds, [(0, 1), (1, 0), (0, 0)], gap, RATES)
    weights = LossWeights()
    assert there.distance(weights) == pytest.approx(back.distance(weights))
    assert float(itself.distance(weights)) == pytest.approx(0.0, abs=0.01)


def test_partials_count_in_the_linear_magnitude_by_their_power():
    time = np.arange(24000) / 16000
    gap = torch.zeros(1, 24000)
    gap[:, 8000:16000] = 1.0
    rng = np.random.default_rng(0)
    hiss = 0.003 * rng.standard_normal(24000)
    voice = hiss + sum(0.1 * np.sin(2 * np.pi * 200 * k * time) for k in range(1, 9))
    clean = torch.as_tensor(voice[None].astype(np.float32))
    without = clean * (1 - gap) + torch.as_tensor(hiss[None].astype(np.float32)) * gap
    assert float(loss_parts(without, clean, gap, RATES).linear_magnitude) > 0.7


def test_a_fill_that_is_too_quiet_in_a_band_is_that_far_in_level(scene):
    clean, gap, filled = scene
    spectrum = np.fft.rfft(clean[0].numpy())
    hz = np.fft.rfftfreq(24000, 1 / 16000)
    spectrum[(hz > 1000) & (hz < 3000)] /= 2.0
    quiet = loss_parts(filled(np.fft.irfft(spectrum, 24000)), clean, gap, RATES)
    # 6 dB, of the two bands from 1 to 1.7 and 3 kHz among the eight up to 8 kHz
    assert float(quiet.level) == pytest.approx(np.log(4.0) * 2 / 8, rel=0.1)


def test_roots_of_magnitudes_count_quiet_bands_as_much_as_loud_ones():
    rng = np.random.default_rng(0)
    gap = torch.zeros(1, 24000)
    gap[:, 8000:16000] = 1.0
    hz = np.fft.rfftfreq(24000, 1 / 16000)
    spectrum = np.fft.rfft(rng.standard_normal(24000)) * np.where(hz < 2000, 1.0, 0.05)

    def without(band):
        sound = torch.as_tensor(np.fft.irfft(spectrum * ~band, 24000)[None].astype(np.float32))
        return clean * (1 - gap) + sound * gap

    clean = torch.as_tensor(np.fft.irfft(spectrum, 24000)[None].astype(np.float32))
    loud, quiet = ((hz > low) & (hz < low + 1500) for low in (300, 4000))
    parts = [loss_parts(without(band), clean, gap, RATES) for band in (loud, quiet)]
    assert float(parts[1].linear_magnitude) < 0.2 * float(parts[0].linear_magnitude)
    assert float(parts[1].compressed_magnitude) > 0.7 * float(parts[0].compressed_magnitude)


def test_gradients_of_the_energy_distance_reach_the_gains_on_noise(rng):
    model = HybridInpainter(SMALL)
    given = batch_of(rng)
    clean = torch.from_numpy(rng.standard_normal(given.samples.shape).astype(np.float32))
    batch = Batch(clean, given)
    takes = draw_takes(model, batch, torch.Generator().manual_seed(0))
    loss = measure_takes(takes, batch, LossWeights())
    loss.backward()
    gradient = model.unet.head[-1].weight.grad.reshape(-1, SMALL.frequency_stride, 8)
    assert (gradient[-4:].abs().amax(dim=(1, 2)) > 0).all()


@pytest.mark.parametrize(("brief", "whole", "is_faster"), [(1.0, 4.0, True), (3.0, 2.0, False)])
def test_the_faster_arithmetic_is_found_by_doing_a_step(monkeypatch, brief, whole, is_faster):
    now = [0.0]

    def step():
        now[0] += brief if torch.is_autocast_enabled("cpu") else whole

    monkeypatch.setattr(device.time, "process_time", lambda: now[0])
    assert device.measure_faster_in_bfloat16(torch.device("cpu"), step) is is_faster
