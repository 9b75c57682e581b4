"""The network, with weights small enough to make in a test, and the files that keep it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from uasrm_core.errors import ModelError
from uasrm_core.exemplars.quantiles import EXEMPLARS, QUANTILES
from uasrm_core.metrics.distances import snr_db
from uasrm_core.model.blocks import HEAD_CHANNELS, Attention
from uasrm_core.model.checkpoint import adopt, load_model, save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_metadata
from uasrm_core.model.layout import FEATURES, OUTPUTS
from uasrm_core.model.unet import GapBatch, HybridInpainter

SMALL = HybridConfig(channels=(8, 8, 16))
RATE = 44100


def batch_of(rng, frames=16384, start=7000, end=9000):
    samples = torch.from_numpy(rng.standard_normal((2, frames)).astype(np.float32))
    gap = torch.zeros(2, frames)
    gap[:, start:end] = 1.0
    fills = torch.from_numpy(rng.standard_normal((2, 3, frames)).astype(np.float32))
    passages = torch.from_numpy(rng.standard_normal((2, EXEMPLARS, frames)).astype(np.float32))
    levels = torch.from_numpy(rng.uniform(-9, -3, (2, len(QUANTILES), 1025)).astype(np.float32))
    return GapBatch(samples, fills, gap, passages, levels, torch.tensor([44100.0, 16000.0]))


def alone(batch):
    """Return a batch as from recordings that never repeat themselves."""
    return replace(batch, exemplars=torch.zeros_like(batch.exemplars))


def test_an_untrained_network_returns_the_classical_fill(rng):
    batch = alone(batch_of(rng))
    rendered = HybridInpainter(SMALL)(batch)
    classical = batch.samples * (1 - batch.gap) + batch.fills[:, 0] * batch.gap
    assert rendered.detach().numpy() == pytest.approx(classical.numpy(), abs=1e-4)


@pytest.mark.parametrize("number", range(EXEMPLARS))
def test_even_an_untrained_network_takes_the_same_sound_where_it_comes_again(rng, number):
    batch = batch_of(rng)
    batch.exemplars[:, number] = 0.5 * batch.samples
    rendered = HybridInpainter(SMALL)(batch).detach()
    for made, clean in zip(rendered, batch.samples, strict=True):
        assert snr_db(clean[None].numpy(), made[None].numpy(), 7000, 9000) > 20.0


def test_what_stands_in_the_gap_is_not_looked_at(rng):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    batch = batch_of(rng)
    other = replace(batch, samples=batch.samples + 5.0 * batch.gap)
    assert torch.equal(model(batch), model(other))


@pytest.mark.parametrize("field", ["exemplars", "quantiles", "rates"])
def test_passages_levels_and_rate_of_the_recording_are_made_use_of(rng, field):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    batch = batch_of(rng)
    other = replace(batch, **{field: getattr(batch, field).flip(0)})
    assert not torch.allclose(model(batch), model(other), atol=1e-3)


def test_gradients_reach_every_weight_once_the_head_has_moved(rng):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.1)
    model(batch_of(rng)).square().mean().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name
        assert weight.grad.abs().sum() > 0, name


@pytest.mark.parametrize("channels", [16, 64])
def test_attention_weighs_every_point_for_every_other(channels):
    """By the formula of Vaswani et al., point by point, head by head."""
    torch.manual_seed(0)
    attention = Attention(channels, 3)
    torch.nn.init.normal_(attention.place)
    x = torch.randn(2, channels, 3, 5)
    seen = (attention.norm(x) + attention.place).flatten(2)
    query, key, value = (
        torch.einsum("oi,bip->bop", weight[:, :, 0, 0], seen) + bias[:, None]
        for weight, bias in zip(
            attention.ask.weight.chunk(3), attention.ask.bias.chunk(3), strict=True
        )
    )
    size = min(channels, HEAD_CHANNELS)
    heard = torch.zeros(2, channels, 15)
    for first in range(0, channels, size):
        head = slice(first, first + size)
        for point in range(15):
            scores = torch.einsum("bc,bcp->bp", query[:, head, point], key[:, head]) / size**0.5
            weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
            heard[:, head, point] = torch.einsum("bp,bcp->bc", weights, value[:, head])
    told = torch.einsum("oi,bip->bop", attention.tell.weight[:, :, 0, 0], heard)
    told += attention.tell.bias[:, None]
    assert torch.allclose(attention(x), x + told.reshape(x.shape), atol=1e-5)


@pytest.mark.parametrize("frames", [1, 441, 8192, 8193, 30870, 220500])
def test_a_window_shows_enough_on_each_side_and_divides_evenly(frames):
    config = HybridConfig()
    size = config.window_frames(frames)
    assert size % config.window_multiple == 0
    assert 0 <= size - frames - 2 * config.context_frames < config.window_multiple


def test_a_band_leaves_the_rest_of_the_spectrum_alone(rng):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    batch = batch_of(rng)
    weights = torch.from_numpy(SMALL.band_weights(2000.0, 4000.0))
    rendered = model(replace(batch, mask=weights[None, :, None].expand(2, -1, 33))).detach()
    change = np.abs(np.fft.rfft((rendered - batch.samples).numpy() * np.blackman(16384)))
    hz = np.fft.rfftfreq(16384, 1 / RATE)
    far = (hz < 1800) | (hz > 4200)
    near = (hz > 2200) & (hz < 3800)
    assert change[:, far].max() < 0.01 * change[:, near].mean()


def test_it_hears_the_damaged_sound_in_a_band_and_nowhere_else(rng):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    batch = batch_of(rng)
    noise = torch.from_numpy(rng.standard_normal(batch.samples.shape).astype(np.float32))
    other = replace(batch, samples=batch.samples + noise * batch.gap)
    mask = torch.from_numpy(SMALL.band_weights(2000.0, 4000.0))[None, :, None].expand(2, -1, 33)

    def change(**given):
        rendered = (model(replace(b, **given)).detach() for b in (batch, other))
        return np.abs(np.fft.rfft(next(rendered)[:, 7500:8500] - next(rendered)[:, 7500:8500]))

    assert change().max() < 1e-3
    hz = np.fft.rfftfreq(1000, 1 / RATE)
    assert change(mask=mask)[:, (hz > 2500) & (hz < 3500)].mean() > 1.0


def test_a_model_file_keeps_weights_sizes_and_origin(wild, rng):
    model = load_model(wild)
    assert model.config == SMALL
    assert read_metadata(wild)["format"] == "uasrm"
    again = wild.with_name("again.safetensors")
    save_model(model, again, {"licence": "MIT"})
    batch = batch_of(rng)
    assert torch.equal(load_model(again)(batch), model(batch))
    assert read_metadata(again)["licence"] == "MIT"


def test_a_network_starts_from_a_smaller_one_and_answers_as_it_did(tmp_path, rng):
    torch.manual_seed(1)
    small = HybridInpainter(SMALL)
    torch.nn.init.normal_(small.unet.head[-1].weight, std=0.3)
    new = ("unet.middle.2.", "unet.middle.3.", "unet.middle.4.", "unet.middle.5.", "unet.refine.")
    weights = {k: v for k, v in small.state_dict().items() if not k.startswith(new)}
    # as if it had not known of passages: neither what goes in nor what comes out
    weights["unet.stem.weight"] = weights["unet.stem.weight"][:, : 14 * 8].contiguous()
    for name in ("unet.head.2.weight", "unet.head.2.bias"):
        weights[name] = weights[name][: 8 * 8].contiguous()
    path = tmp_path / "small.safetensors"
    save_file(weights, path)
    grown = HybridInpainter(SMALL)
    adopt(grown, path)
    batch = alone(batch_of(rng))
    assert torch.equal(grown(batch), grown(replace(batch, quantiles=batch.quantiles.flip(0))))
    assert torch.equal(grown.unet.stem.weight[:, : 14 * 8], weights["unet.stem.weight"])
    assert not torch.allclose(grown(batch), batch.samples, atol=1e-2)
    # what was added has no say yet, whatever it starts from
    answers = grown(batch)
    for block in (grown.unet.middle[2].ask, grown.unet.middle[3].conv1):
        torch.nn.init.normal_(block.weight, std=1.0)
    assert torch.equal(grown(batch), answers)


def test_a_model_file_from_before_there_was_noise_answers_as_it_did(tmp_path, rng):
    torch.manual_seed(2)
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    weights = {name: value.half() for name, value in model.state_dict().items()}
    weights["unet.stem.weight"] = weights["unet.stem.weight"][:, : (FEATURES - 8) * 8].contiguous()
    for name in ("unet.head.2.weight", "unet.head.2.bias"):
        weights[name] = weights[name][: (OUTPUTS - 4) * 8].contiguous()
    path = tmp_path / "before.safetensors"
    kept = {"format": "uasrm", "architecture": "hybrid", "config": json.dumps(asdict(SMALL))}
    save_file(weights, path, metadata=kept | {"version": "6"})
    loaded, batch = load_model(path), batch_of(rng)
    noise = torch.from_numpy(rng.standard_normal(batch.samples.shape).astype(np.float32))
    lively = replace(batch, noise=noise, liveliness=torch.ones(2))
    assert torch.equal(loaded(batch), loaded(lively))
    adopted = HybridInpainter(SMALL)
    adopt(adopted, path)
    assert torch.allclose(loaded(batch), adopted(batch), atol=1e-5)


@pytest.mark.parametrize("channels", [(8, 8), (16, 8, 16), (8, 8, 8, 16)])
def test_a_network_too_unlike_is_no_start(tmp_path, channels):
    path = tmp_path / "other.safetensors"
    save_model(HybridInpainter(HybridConfig(channels=channels)), path, {})
    with pytest.raises(ModelError, match="unlike"):
        adopt(HybridInpainter(SMALL), path)


@pytest.mark.parametrize("content", [None, b"", b"not a model"])
def test_what_is_no_model_is_no_start(tmp_path, content):
    path = tmp_path / "other.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError):
        adopt(HybridInpainter(SMALL), path)
