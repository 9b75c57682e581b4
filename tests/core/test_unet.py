"""The network and its engine, with weights small enough to make in a test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.dsp.metrics import snr_db
from uasrm_core.dsp.surroundings import PASSAGES, QUANTILES
from uasrm_core.errors import ModelError
from uasrm_core.model import device
from uasrm_core.model.blocks import HEAD_CHANNELS, Attention
from uasrm_core.model.checkpoint import VERSIONS, adopt, load_model, read_metadata, save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import GapBatch, HybridInpainter
from uasrm_core.repair import unet
from uasrm_core.repair.ar import ArInpainter
from uasrm_core.repair.around import Around
from uasrm_core.repair.job import RepairJob

SMALL = HybridConfig(channels=(8, 8, 16))
RATE = 44100


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("models") / "untrained.safetensors"
    save_model(HybridInpainter(SMALL), path, {"licence": "MIT"})
    return path


@pytest.fixture(scope="module")
def wild(tmp_path_factory):
    """Return a model whose answers are far from nothing."""
    torch.manual_seed(0)
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    path = tmp_path_factory.mktemp("models") / "wild.safetensors"
    save_model(model, path, {})
    return path


def batch_of(rng, frames=16384, start=7000, end=9000):
    samples = torch.from_numpy(rng.standard_normal((2, frames)).astype(np.float32))
    gap = torch.zeros(2, frames)
    gap[:, start:end] = 1.0
    fills = torch.from_numpy(rng.standard_normal((2, 3, frames)).astype(np.float32))
    passages = torch.from_numpy(rng.standard_normal((2, PASSAGES, frames)).astype(np.float32))
    levels = torch.from_numpy(rng.uniform(-9, -3, (2, len(QUANTILES), 1025)).astype(np.float32))
    return GapBatch(samples, fills, gap, passages, levels, torch.tensor([44100.0, 16000.0]))


def job(samples, region, engine, model, rate=RATE):
    return RepairJob(AudioClip(MemorySource(samples, rate)), (region,), engine, model)


def filled(samples, region, engine, model=None, rate=RATE):
    outcome = api.repair(job(samples, region, engine, model, rate)).outcomes[0]
    assert outcome.problem is None
    return (
        AudioClip(MemorySource(samples, rate))
        .with_patch(outcome.candidates[0].patch)
        .read(0, samples.shape[1])
    )


def alone(batch):
    """Return a batch as from recordings that never repeat themselves."""
    return replace(batch, references=torch.zeros_like(batch.references))


def test_an_untrained_network_returns_the_classical_fill(rng):
    batch = alone(batch_of(rng))
    rendered = HybridInpainter(SMALL)(batch)
    classical = batch.samples * (1 - batch.gap) + batch.fills[:, 0] * batch.gap
    assert rendered.detach().numpy() == pytest.approx(classical.numpy(), abs=1e-4)


@pytest.mark.parametrize("number", range(PASSAGES))
def test_even_an_untrained_network_takes_the_same_sound_where_it_comes_again(rng, number):
    batch = batch_of(rng)
    batch.references[:, number] = 0.5 * batch.samples
    rendered = HybridInpainter(SMALL)(batch).detach()
    for made, clean in zip(rendered, batch.samples, strict=True):
        assert snr_db(clean[None].numpy(), made[None].numpy(), 7000, 9000) > 20.0


def test_what_stands_in_the_gap_is_not_looked_at(rng):
    model = HybridInpainter(SMALL)
    torch.nn.init.normal_(model.unet.head[-1].weight, std=0.3)
    batch = batch_of(rng)
    other = replace(batch, samples=batch.samples + 5.0 * batch.gap)
    assert torch.equal(model(batch), model(other))


@pytest.mark.parametrize("field", ["references", "levels", "rates"])
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


def test_the_fade_is_one_in_the_gap_and_ends_within_ten_milliseconds(rng):
    batch = batch_of(rng)
    fade = HybridInpainter(SMALL).fade(batch.gap)[0].numpy()
    assert (fade[7000:9000] == 1.0).all()
    assert not fade[: 7000 - 441].any()
    assert not fade[9000 + 441 :].any()
    assert np.max(np.abs(np.diff(fade))) < 0.02


@pytest.mark.parametrize(
    ("rate", "own"), [(8000, 16000), (16000, 16000), (32000, 32000), (44100, 44100), (96000, 44100)]
)
def test_the_network_works_at_the_rate_of_the_recording_where_it_can(
    music_like, wild, rate, own, monkeypatch
):
    monkeypatch.setattr(unet, "same_again", lambda *_: None)
    seen = []
    forward = HybridInpainter.forward

    def watched(model, batch):
        seen.append((float(batch.rates[0]), float(batch.gap.sum())))
        return forward(model, batch)

    monkeypatch.setattr(HybridInpainter, "forward", watched)
    filled(music_like(2.0, rate=rate)[:1], Region(rate, rate + rate // 10), "unet", wild, rate)
    assert seen == [(own, own // 10)]


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
@pytest.mark.parametrize("milliseconds", [30, 200])
def test_the_engine_with_an_untrained_network_equals_the_classical_one(
    music_like, untrained, rate, milliseconds, monkeypatch
):
    # as in a recording that never repeats itself
    monkeypatch.setattr(Around, "passages", lambda *_: [])
    # both are let in alike
    monkeypatch.setattr(unet.UnetInpainter, "is_apart", ArInpainter.is_apart)
    samples = music_like(2.0, rate=rate)
    region = Region(rate, rate + rate * milliseconds // 1000)
    hole = slice(region.start_frame, region.end_frame)
    samples[:, hole] = 0.0
    clip = AudioClip(MemorySource(samples, rate))
    classical = RepairJob(clip, (region,), "ar", context_s=unet.UnetInpainter.context_s)
    outcome = api.repair(classical).outcomes[0].candidates[0].patch
    learnt = filled(samples, region, "unet", untrained, rate)
    expected = clip.with_patch(outcome).read(0, samples.shape[1])
    assert learnt[:, hole] == pytest.approx(expected[:, hole], abs=2e-3)


@pytest.mark.parametrize(
    ("milliseconds", "share"), [(5, 0.5), (20, 0.5), (28.284, 0.75), (40, 1.0)]
)
def test_the_shorter_a_gap_the_nearer_the_answer_is_to_the_classical_one(
    music_like, wild, untrained, milliseconds, share, monkeypatch
):
    monkeypatch.setattr(Around, "passages", lambda *_: [])
    monkeypatch.setattr(unet.UnetInpainter, "is_apart", False)
    samples = music_like(2.0)
    region = Region(RATE, RATE + round(RATE * milliseconds / 1000))
    hole = slice(region.start_frame, region.end_frame)
    made = filled(samples, region, "unet", wild)[:, hole]
    classical = filled(samples, region, "unet", untrained)[:, hole]
    monkeypatch.setattr(unet, "HALFWAY_S", 1e-6)
    whole = filled(samples, region, "unet", wild)[:, hole]
    assert np.std(whole - classical) > 0.01
    assert made - classical == pytest.approx(share * (whole - classical), rel=1e-2, abs=5e-3)


@pytest.mark.parametrize("rate", [16000, 44100])
def test_what_repeats_comes_back_even_from_an_untrained_network(rng, untrained, rate):
    bar = 0.1 * rng.standard_normal((2, rate)).astype(np.float32)
    samples = np.tile(bar, (1, 4))
    region = Region(rate + rate // 2, rate + rate // 2 + rate // 4)
    damaged = samples.copy()
    damaged[:, region.start_frame : region.end_frame] = 0.0
    found = filled(damaged, region, "unet", untrained, rate)
    # white noise loses a little at the top where rates are changed
    assert snr_db(samples, found, region.start_frame, region.end_frame) > 10.0


def test_above_the_band_of_the_network_the_classical_fill_stays(music_like, wild, monkeypatch):
    monkeypatch.setattr(unet, "same_again", lambda *_: None)
    rate = 96000
    samples = music_like(2.0, rate=rate, channels=1)
    samples += 0.05 * np.sin(2 * np.pi * 30000 * np.arange(2 * rate) / rate).astype(np.float32)
    region = Region(rate, rate + 9600)
    hole = slice(region.start_frame, region.end_frame)
    damaged = samples.copy()
    damaged[:, hole] = 0.0
    found = filled(damaged, region, "unet", wild, rate)

    def level_at_30_khz(stretch):
        return np.abs(np.fft.rfft(stretch * np.blackman(9600)))[3000]

    assert level_at_30_khz(found[0, hole]) == pytest.approx(level_at_30_khz(samples[0, hole]), 0.1)


@pytest.mark.parametrize("start", [0, 60000])
@pytest.mark.parametrize("milliseconds", [5, 100, 1300])
def test_the_engine_keeps_everything_else(music_like, wild, start, milliseconds):
    samples = music_like(3.0)
    region = Region(start, start + milliseconds * 44)
    found = filled(samples, region, "unet", wild)
    fade = RATE // 100
    assert np.isfinite(found).all()
    before, after = slice(0, max(start - fade, 0)), slice(region.end_frame + fade, None)
    assert np.array_equal(found[:, before], samples[:, before])
    assert np.array_equal(found[:, after], samples[:, after])
    assert not np.allclose(found, samples, atol=1e-3)


def test_a_box_is_filled_with_the_rest_of_the_spectrum_kept(music_like, wild):
    samples = music_like(3.0)
    region = Region(60000, 75000, 1000.0, 3000.0)
    change = filled(samples, region, "unet", wild) - samples
    spectrum = np.abs(np.fft.rfft(change[:, 58000:77000] * np.blackman(19000)))
    hz = np.fft.rfftfreq(19000, 1 / RATE)
    assert spectrum[:, (hz > 1200) & (hz < 2800)].mean() > 0.1
    assert spectrum[:, (hz < 850) | (hz > 3150)].max() < 1e-3 * spectrum.max()


def test_too_long_a_region_is_said(music_like, untrained):
    samples = music_like(8.0)
    outcome = api.repair(job(samples, Region(40000, 300000), "unet", untrained)).outcomes[0]
    assert "at most 5 s" in outcome.problem


def test_many_regions_load_the_model_once(music_like, untrained, monkeypatch):
    loads = []

    def counting(path):
        loads.append(path)
        return load_model(path)

    monkeypatch.setattr(unet, "load_model", counting)
    samples = music_like(3.0, channels=1)
    fresh = untrained.with_name("fresh.safetensors")
    fresh.write_bytes(untrained.read_bytes())
    regions = tuple(Region(s, s + 50) for s in range(10000, 130000, 4000))
    clip = AudioClip(MemorySource(samples, RATE))
    result = api.repair(RepairJob(clip, regions, "unet", fresh, context_s=0.02))
    assert len(result.outcomes) == 30
    assert all(outcome.candidates for outcome in result.outcomes)
    assert len(loads) == 1


def test_a_model_file_keeps_weights_sizes_and_origin(wild, rng):
    model = load_model(wild)
    assert model.config == SMALL
    assert read_metadata(wild)["format"] == "uasrm"
    again = wild.with_name("again.safetensors")
    save_model(model, again, {"licence": "MIT"})
    batch = batch_of(rng)
    assert torch.equal(load_model(again)(batch), model(batch))
    assert read_metadata(again)["licence"] == "MIT"


def damaged_models(folder, good):
    content = good.read_bytes()
    own = f'"version":"{VERSIONS["hybrid"]}"'.encode()
    other = bytes(content).replace(own, b'"version":"9"')
    assert other != content
    files = {
        "missing": None,
        "truncated": content[: len(content) // 2],
        "empty": b"",
        "damaged": b"not a model at all" * 50,
        "another version": other,
    }
    for name, body in files.items():
        path = folder / f"{name}.safetensors"
        if body is not None:
            path.write_bytes(body)
        yield path


def test_a_model_file_that_will_not_do_is_told_in_one_sentence(tmp_path, untrained, music_like):
    samples = music_like(1.0)
    for path in damaged_models(tmp_path, untrained):
        with pytest.raises(ModelError, match=r"^The model file|^There is no model file") as caught:
            api.repair(job(samples, Region(20000, 21000), "unet", path))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_the_fastest_processor_is_chosen(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert device.choose_device().type == expected


@pytest.mark.parametrize("able", [True, False])
def test_arithmetic_is_brief_only_where_the_processor_can(monkeypatch, able):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": able}, raising=False)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: able)
    assert device.is_fast_in_bfloat16(torch.device("cpu")) is able
    assert device.is_fast_in_bfloat16(torch.device("cuda")) is able
    assert not device.is_fast_in_bfloat16(torch.device("mps"))


def test_a_torch_that_cannot_tell_calculates_at_full_length(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not device.is_fast_in_bfloat16(torch.device("cpu"))


def test_brief_arithmetic_is_not_heard(music_like, wild, monkeypatch):
    monkeypatch.setattr(unet, "same_again", lambda *_: None)
    region, made = Region(50000, 60000), []
    for brief in (False, True):
        monkeypatch.setattr(unet, "is_fast_in_bfloat16", lambda device, brief=brief: brief)
        made.append(filled(music_like(3.0), region, "unet", wild))
    assert not np.array_equal(made[0], made[1])
    # of random weights; of those that ship it is some 20 dB more
    assert snr_db(made[0], made[1], region.start_frame, region.end_frame) > 25.0


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
    assert torch.equal(grown(batch), grown(replace(batch, levels=batch.levels.flip(0))))
    assert torch.equal(grown.unet.stem.weight[:, : 14 * 8], weights["unet.stem.weight"])
    assert not torch.allclose(grown(batch), batch.samples, atol=1e-2)
    # what was added has no say yet, whatever it starts from
    answers = grown(batch)
    for block in (grown.unet.middle[2].ask, grown.unet.middle[3].conv1):
        torch.nn.init.normal_(block.weight, std=1.0)
    assert torch.equal(grown(batch), answers)


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
