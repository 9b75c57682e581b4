"""One registry of engines: what is said of them elsewhere follows from it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from uasrm_core.errors import ModelError, RepairError
from uasrm_core.inpainting.registry import ADAPTABLE, ENGINES, REGISTRY, load_engine


def test_what_the_command_line_offers_is_what_there_is():
    assert (
        *("auto", "unet", "ar", "similarity", "fade", "attenuate", "detone", "raise"),
        *("declick", "declip", "original"),
    ) == ENGINES
    assert ADAPTABLE == ("auto", "unet")


@pytest.mark.parametrize("name", [n for n, traits in REGISTRY.items() if not traits.needs_model])
def test_an_engine_without_a_model_is_what_its_traits_say(name):
    assert load_engine(name).name == name
    assert not load_engine(name).model_id


def test_an_engine_is_loaded_once_for_a_model(untrained):
    engine = load_engine("unet", untrained)
    assert engine.name == "unet"
    assert engine.model_id
    assert load_engine("unet", untrained) is engine


def test_an_engine_that_is_not_there_is_refused_in_a_sentence():
    with pytest.raises(RepairError, match="There is no engine 'best'; choose one of auto, unet"):
        load_engine("best")


def test_the_notebooks_engine_asks_for_a_model():
    with pytest.raises(ModelError, match="comes without a model"):
        load_engine("original")


def test_the_registry_loads_no_engine():
    code = "import sys, uasrm_core.inpainting.registry; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "scipy", "numba"} & set(run.stdout.split())
