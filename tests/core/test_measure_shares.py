"""The tool that weighs prediction against network: weights between them are means of both."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S, condition
from uasrm_core.inpainting.cutting import cut_gap
from uasrm_core.inpainting.network import NetworkEngine
from uasrm_core.progress import Progress

RATE = 16000


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "tools")
    return importlib.import_module("measure_shares")


def test_half_the_weight_of_the_network_lies_between_prediction_and_network(tool, wild, rng):
    sound = 0.1 * rng.standard_normal((1, 3 * RATE)).astype(np.float32)
    region = Region(RATE, RATE + 480)
    clip = AudioClip(MemorySource(sound, RATE))
    gap = cut_gap(clip, region, (), context_s=CONTEXT_S, reach_s=REACH_S).gap
    engine = tool.WeightedEngine(NetworkEngine(wild))
    fills = []
    for weight in (0.0, 0.5, 1.0):
        engine.weight = weight
        fills.append(engine.fill(condition(gap, Progress()), Progress()).samples)
    prediction, half, network = fills
    assert np.max(np.abs(network - prediction)) > 0.01
    np.testing.assert_allclose(half, (prediction + network) / 2, atol=1e-6)
