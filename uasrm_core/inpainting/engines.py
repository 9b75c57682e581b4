"""The engines by name, each made once and kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from uasrm_core.errors import ModelError, RepairError
from uasrm_core.inpainting.ar import PredictionEngine
from uasrm_core.inpainting.attenuate import AttenuationEngine
from uasrm_core.inpainting.declick import DeclickEngine
from uasrm_core.inpainting.declip import DeclipEngine
from uasrm_core.inpainting.gap import Engine
from uasrm_core.inpainting.job import ENGINES
from uasrm_core.inpainting.similarity import ExemplarEngine
from uasrm_core.resources import resource
from uasrm_core.translation import tr


def engine_named(name: str, model: Path | None = None) -> Engine:
    """Return an engine by its name, loading its model where it needs one.

    Raises
    ------
    RepairError
        There is no engine of that name.
    ModelError
        The model file is missing, damaged or of another version.
    """
    if name == "ar":
        return PredictionEngine()
    if name == "similarity":
        return ExemplarEngine()
    if name == "attenuate":
        return AttenuationEngine()
    if name == "declick":
        return DeclickEngine()
    if name == "declip":
        return DeclipEngine()
    if name == "unet":
        return load_unet(model)
    if name == "original":
        return _load_original(model)
    raise RepairError(
        tr(
            "There is no engine '{name}'; choose one of {engines}.",
            name=name,
            engines=", ".join(ENGINES),
        )
    )


def load_unet(model: Path | None = None) -> Engine:
    """Return the learnt engine with a model file, or with the one that ships."""
    if model is not None:
        return _unet(model.resolve())
    try:
        return _unet(resource("models", "hybrid.safetensors"))
    except FileNotFoundError as error:
        raise ModelError(str(error)) from error


def _load_original(model: Path | None) -> Engine:
    if model is None:
        raise ModelError(
            tr(
                "The engine original comes without a model; “uasrm train … --preset original -o "
                "MODEL” makes one, and --model MODEL gives it to the engine."
            )
        )
    return _original(model.resolve())


@lru_cache(maxsize=1)
def _original(path: Path) -> Engine:
    from uasrm_core.inpainting.original import NotebookEngine

    return NotebookEngine(path)


@lru_cache(maxsize=4)
def _unet(path: Path) -> Engine:
    # Torch takes a second and 275 MB to import: only who repairs with a network pays for it.
    from uasrm_core.inpainting.network import NetworkEngine

    return NetworkEngine(path)
