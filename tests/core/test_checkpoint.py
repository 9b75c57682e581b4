"""Model files that are damaged, or made to do harm, are refused in one sentence."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from uasrm_core.errors import ModelError
from uasrm_core.model.checkpoint import adopt, load_model, save_changes
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import CHANGED, CHECKSUM, LEFT, read_metadata
from uasrm_core.model.original import OriginalConfig, OriginalNet, load_original, save_original
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.resources import resource
from uasrm_core.spectral.stft import StftConfig


@pytest.fixture
def rewritten(tmp_path, untrained):
    """Return a writer of the model file with other sizes, weights or metadata."""

    def write(*, config=None, weights=None, without=(), **metadata):
        facts = {**read_metadata(untrained), **metadata}
        if config is not None:
            facts["config"] = config if isinstance(config, str) else json.dumps(config)
        for name in without:
            facts.pop(name, None)
        path = tmp_path / "model.safetensors"
        save_file(load_file(untrained) if weights is None else weights, path, facts)
        return path

    return write


def refused(path, load=load_model):
    with pytest.raises(ModelError) as caught:
        load(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


SIZES = [
    {"frequency_stride": 0},
    {"frequency_stride": -8},
    {"frequency_stride": 3},
    {"frequency_stride": 10**400},
    {"channels": []},
    {"channels": [8, 8, 12]},
    {"channels": [2**40, 8, 16]},
    {"channels": ["8", 8, 16]},
    {"channels": 8},
    {"channels": [8] * 20},
    {"stft": {"fft_size": 0, "hop_frames": 512}},
    {"stft": {"fft_size": 2**40, "hop_frames": 2**39}},
    {"stft": {"fft_size": 2048, "hop_frames": 0}},
    {"stft": {"window": "none"}},
    {"stft": {"volume": 3}},
    {"stft": 3},
    {"rate": 0},
    {"rate": True},
    {"context_frames": 2**60},
    {"unknown": 1},
]


@pytest.mark.parametrize("change", SIZES, ids=str)
def test_sizes_that_are_not_possible_are_refused(rewritten, untrained, change):
    sizes = json.loads(read_metadata(untrained)["config"])
    assert refused(rewritten(config={**sizes, **change})).startswith("The model file")


def test_a_model_that_states_what_is_no_size_any_more_is_read(rewritten, untrained):
    sizes = json.loads(read_metadata(untrained)["config"])
    path = rewritten(config={**sizes, "crossfade_s": 0.004})
    assert load_model(path).config == load_model(untrained).config


@pytest.mark.parametrize("text", ["", "null", "[]", "3", "[" * 100_000, '{"stft": {}}', "1" * 5000])
def test_sizes_that_cannot_be_read_are_refused(rewritten, text):
    refused(rewritten(config=text))


def test_large_sizes_are_not_allocated_for(rewritten):
    """The largest network that may be stated would take many gigabytes."""
    for config in (
        HybridConfig(channels=(1024,) * 7),
        HybridConfig(stft=StftConfig(2**14, 2**13), channels=(1024,), frequency_stride=2**13),
    ):
        assert "do not fit the sizes" in refused(rewritten(config=asdict(config)))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_numbers_are_refused(rewritten, untrained, number):
    weights = load_file(untrained)
    weights["unet.stem.bias"][3] = number
    path = rewritten(weights=weights, without=[CHECKSUM])
    assert "not numbers" in refused(path)
    with pytest.raises(ModelError, match="not numbers"):
        adopt(HybridInpainter(load_model(untrained).config), path)


def test_weights_of_other_kinds_and_shapes_are_refused(rewritten, untrained):
    weights = load_file(untrained)
    for other in (
        {**weights, "unet.stem.bias": weights["unet.stem.bias"].to(torch.int8)},
        {**weights, "unet.stem.bias": weights["unet.stem.bias"][:4].contiguous()},
        {**weights, "more": torch.zeros(3)},
        {"unet.stem.bias": weights["unet.stem.bias"]},
        {},
    ):
        refused(rewritten(weights=other, without=[CHECKSUM]))


def test_weights_are_compared_with_their_checksum(rewritten, untrained):
    weights = load_file(untrained)
    weights["unet.stem.bias"][0] += 1.0
    assert "not those that were written" in refused(rewritten(weights=weights))
    # earlier versions wrote none
    load_model(rewritten(weights=weights, without=[CHECKSUM]))


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    pipe = tmp_path / "pipe.safetensors"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), tmp_path, Path("a\0b")):
        refused(path)
        refused(path, lambda path: adopt(HybridInpainter(HybridConfig(channels=(8,))), path))


@pytest.mark.parametrize(
    "change",
    [
        {"channels": 0},
        {"chunk_s": 1e9},
        {"chunk_s": float("nan")},
        {"hole_level": "x"},
        {"rate": 1},
    ],
    ids=str,
)
def test_impossible_sizes_of_the_original_network_are_refused(tmp_path, change):
    path = tmp_path / "original.safetensors"
    save_original(OriginalNet(OriginalConfig(channels=1)), path, {})
    load_original(path)
    facts = read_metadata(path)
    facts["config"] = json.dumps({**json.loads(facts["config"]), **change})
    save_file(load_file(path), path, facts)
    refused(path, load_original)


def test_a_file_without_kind_and_version_is_no_model(rewritten):
    assert "another version" in refused(rewritten(without=["architecture", "version"]))


def test_the_model_that_ships_can_be_compared_with_its_checksum():
    path = resource("models", "hybrid.safetensors")
    assert CHECKSUM in read_metadata(path)
    load_model(path)


def test_the_mean_of_two_models_is_that_of_their_weights(untrained, wild):
    one, other, mean = (load_model(*paths) for paths in ([untrained], [wild], [untrained, wild]))
    weights = other.state_dict()
    for name, value in one.state_dict().items():
        torch.testing.assert_close(mean.state_dict()[name], (value + weights[name]) / 2)


def test_models_of_other_sizes_have_no_mean(rewritten, untrained):
    other = rewritten(config={**asdict(load_model(untrained).config), "channels": [8, 8]})
    assert "model" in refused(other, lambda path: load_model(untrained, path))


@pytest.fixture
def changes(tmp_path, untrained):
    """Return a network, and a file of what it differs by from one of the same sizes."""
    torch.manual_seed(3)
    changed = load_model(untrained)
    with torch.no_grad():
        for value in changed.state_dict().values():
            shape = (len(value), 1), (1, value[0].numel()) if value.ndim else (1, 1)
            one = torch.randn(shape[0]) @ torch.randn(shape[1])
            value.add_(0.01 * one.reshape(value.shape))
    path = tmp_path / "changes.safetensors"
    save_changes(changed, untrained, path, {"licence": "MIT"}, rank=1)
    return changed, path


def test_changes_of_one_rank_are_added_as_they_were(changes, untrained):
    changed, path = changes
    found = load_model(untrained, changes=path).state_dict()
    for name, value in changed.state_dict().items():
        torch.testing.assert_close(found[name], value, atol=1e-4, rtol=0.0)
    assert any(name.endswith(LEFT) for name in load_file(path))
    assert path.stat().st_size < untrained.stat().st_size


def test_changes_of_other_weights_are_refused(changes, untrained, wild):
    _, path = changes
    assert "do not fit" in refused(path, lambda path: load_model(wild, changes=path))
    assert "of the kind hybrid" in refused(untrained, lambda path: load_model(wild, changes=path))
    assert "of the kind" in refused(path)


def test_damaged_changes_are_refused(changes, untrained):
    _, path = changes
    whole, facts = load_file(path), read_metadata(path)
    factor = next(name for name in whole if name.endswith(LEFT))
    large = {
        factor: torch.zeros(2**16, 1),
        factor.removesuffix(LEFT) + ".right": torch.zeros(1, 2**16),
    }
    for parts in (
        {name: value for name, value in whole.items() if name != factor},
        {**whole, factor: whole[factor][:-1].contiguous()},
        {**whole, factor: whole[factor][0].contiguous()},
        {**whole, **large},
        {},
    ):
        without = {name: value for name, value in facts.items() if name != CHECKSUM}
        save_file(parts, path, without)
        assert "do not fit" in refused(path, lambda path: load_model(untrained, changes=path))
    assert facts[CHANGED] == read_metadata(untrained)[CHECKSUM]
