"""Model files for the engine that runs them, made of weights that nothing was learnt by."""

from __future__ import annotations

import pytest
import torch

from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter

SMALL = HybridConfig(channels=(8, 8, 16))


@pytest.fixture(scope="session")
def make_model(tmp_path_factory):
    """Return a writer of model files; the greater `std`, the further from nothing it answers."""

    def make(std):
        torch.manual_seed(0)
        model = HybridInpainter(SMALL)
        if std:
            torch.nn.init.normal_(model.unet.head[-1].weight, std=std)
        path = tmp_path_factory.mktemp("models") / "model.safetensors"
        save_model(model, path, {"licence": "MIT"})
        return path

    return make


@pytest.fixture(scope="module")
def untrained(make_model):
    return make_model(0.0)


@pytest.fixture(scope="module")
def wild(make_model):
    """Return a model whose answers are far from nothing."""
    return make_model(0.3)
