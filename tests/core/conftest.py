"""Model files for the engine that runs them, made of weights that nothing was learnt by."""

from __future__ import annotations

import pytest
import torch

from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter

SMALL = HybridConfig(channels=(8, 8, 16))


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
