"""The engine that runs the network, with weights small enough to make in a test."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.errors import ModelError
from uasrm_core.inpainting import guesses, mix, network
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.prediction import PredictionEngine
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.metrics.distances import snr_db
from uasrm_core.model import device, torch_backend
from uasrm_core.model.checkpoint import load_model
from uasrm_core.model.files import VERSIONS
from uasrm_core.model.unet import HybridInpainter

RATE = 44100


@pytest.fixture
def unpredictable(monkeypatch):
    """Leave every gap to the network, as in sound that cannot be predicted."""
    monkeypatch.setattr(mix, "AGREEING_DB", 1e3)
    monkeypatch.setattr(network, "weigh_guesses", lambda known, prediction, learnt: learnt)


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


@pytest.mark.parametrize(
    ("rate", "own"), [(8000, 22050), (16000, 22050), (32000, 32000), (44100, 44100), (96000, 44100)]
)
@pytest.mark.usefixtures("unpredictable")
def test_the_network_works_at_the_rate_of_the_recording_where_it_can(
    music_like, wild, rate, own, monkeypatch
):
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
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
    monkeypatch.setattr(SearchContext, "find_exemplars", lambda *_: [])
    # both are let in alike
    monkeypatch.setattr(network.NetworkEngine, "needs_crossfade", PredictionEngine.needs_crossfade)
    samples = music_like(2.0, rate=rate)
    region = Region(rate, rate + rate * milliseconds // 1000)
    hole = slice(region.start_frame, region.end_frame)
    samples[:, hole] = 0.0
    clip = AudioClip(MemorySource(samples, rate))
    classical = RepairJob(clip, (region,), "ar", context_s=network.NetworkEngine.context_s)
    outcome = api.repair(classical).outcomes[0].candidates[0].patch
    learnt = filled(samples, region, "unet", untrained, rate)
    expected = clip.with_patch(outcome).read(0, samples.shape[1])
    assert learnt[:, hole] == pytest.approx(expected[:, hole], abs=2e-3)


@pytest.mark.parametrize("rate", [22050, 44100])
@pytest.mark.parametrize(("frames", "is_predicted"), [(220, True), (221, False), (1760, False)])
@pytest.mark.usefixtures("unpredictable")
def test_gaps_shorter_than_the_network_knows_are_predicted(
    music_like, wild, untrained, rate, frames, is_predicted, monkeypatch
):
    monkeypatch.setattr(SearchContext, "find_exemplars", lambda *_: [])
    monkeypatch.setattr(network.NetworkEngine, "needs_crossfade", False)
    samples = music_like(2.0, rate=rate)
    region = Region(rate, rate + frames)
    hole = slice(region.start_frame, region.end_frame)
    made = filled(samples, region, "unet", wild, rate)[:, hole]
    classical = filled(samples, region, "unet", untrained, rate)[:, hole]
    if is_predicted:
        assert made == pytest.approx(classical, abs=5e-3)
    else:
        assert np.std(made - classical) > 0.01


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
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
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
    samples[:, start : region.end_frame] = 0.0
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
    # a box in which nothing stands out would be left as it is
    ring = np.sin(2 * np.pi * 2000.0 * np.arange(15000) / RATE) * np.hanning(15000)
    samples[:, 60000:75000] += 0.3 * ring.astype(np.float32)
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

    def counting(*paths, changes):
        loads.append(paths)
        return load_model(*paths, changes=changes)

    monkeypatch.setattr(torch_backend, "load_model", counting)
    samples = music_like(3.0, channels=1)
    fresh = untrained.with_name("fresh.safetensors")
    fresh.write_bytes(untrained.read_bytes())
    regions = tuple(Region(s, s + 50) for s in range(10000, 130000, 4000))
    clip = AudioClip(MemorySource(samples, RATE))
    result = api.repair(RepairJob(clip, regions, "unet", fresh, context_s=0.02))
    assert len(result.outcomes) == 30
    assert all(outcome.candidates for outcome in result.outcomes)
    assert len(loads) == 1


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
        "bit flipped": content[:-1] + bytes([content[-1] ^ 1]),
        "header of 2 GB": (2**31).to_bytes(8, "little") + content[8:],
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
    monkeypatch.setattr(guesses, "is_repeat", lambda *_: False)
    region, made = Region(50000, 60000), []
    for brief in (False, True):
        monkeypatch.setattr(torch_backend, "is_fast_in_bfloat16", lambda device, brief=brief: brief)
        made.append(filled(music_like(3.0), region, "unet", wild))
    assert not np.array_equal(made[0], made[1])
    # of random weights; of those that ship it is some 20 dB more
    assert snr_db(made[0], made[1], region.start_frame, region.end_frame) > 25.0
