"""The list of models: the one that ships and a user's own, read without PyTorch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from uasrm_core.errors import ModelError
from uasrm_core.model import library
from uasrm_core.resources import resource

PROBE = """
import sys
from pathlib import Path
from uasrm_core.model.library import list_models
print([card.name for card in list_models(Path("nowhere"))], "torch" in sys.modules)
"""


def test_the_model_that_ships_is_always_there_with_its_figures(tmp_path):
    (card,) = library.list_models(tmp_path / "none")
    assert card.is_bundled
    assert card.steps > 0
    assert card.figures["10-35"]["snr"] > card.figures["10-35"]["classical_snr"]
    assert "Licence" in card.text


def test_models_are_listed_without_loading_pytorch():
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "['hybrid'] False"


def test_a_model_is_imported_listed_and_removed(tmp_path):
    folder = tmp_path / "models"
    source = tmp_path / "voices.safetensors"
    source.write_bytes(resource("models", "takes.safetensors").read_bytes())
    card = library.import_model(source, folder)
    assert (card.name, card.is_bundled) == ("voices", False)
    assert [known.name for known in library.list_models(folder)] == ["hybrid", "voices"]
    with pytest.raises(ModelError, match="already"):
        library.import_model(source, folder)
    library.remove_model(card)
    assert [known.name for known in library.list_models(folder)] == ["hybrid"]


def test_what_draws_fills_beside_a_model_is_imported_with_it(tmp_path):
    card = library.import_model(resource("models", "hybrid.safetensors"), tmp_path)
    for name in ("takes.safetensors", "takes-narrow.safetensors"):
        assert card.path.with_name(name).exists()


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"RIFF\0\0\0\0WAVE"])
def test_what_is_no_model_is_refused_in_a_sentence(tmp_path, content):
    source = tmp_path / "x.safetensors"
    source.write_bytes(content)
    with pytest.raises(ModelError, match=r"x\.safetensors.*\.$"):
        library.import_model(source, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_the_model_that_ships_is_never_removed():
    library.remove_model(library.read_card(library.bundled_model()))
    assert library.bundled_model().exists()
