"""The engines by name, each made once and kept."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from uasrm_core.errors import ModelError, RepairError
from uasrm_core.repair.ar import ArInpainter
from uasrm_core.repair.attenuate import AttenuateInpainter
from uasrm_core.repair.declick import DeclickInpainter
from uasrm_core.repair.declip import DeclipInpainter
from uasrm_core.repair.inpainter import Inpainter
from uasrm_core.repair.job import ENGINES
from uasrm_core.repair.similarity import SimilarityInpainter
from uasrm_core.resources import resource
from uasrm_core.translation import tr


def engine_named(name: str, model: Path | None = None) -> Inpainter:
    """Return an engine by its name, loading its model where it needs one.

    Raises
    ------
    RepairError
        There is no engine of that name.
    ModelError
        The model file is missing, damaged or of another version.
    """
    if name == "ar":
        return ArInpainter()
    if name == "similarity":
        return SimilarityInpainter()
    if name == "attenuate":
        return AttenuateInpainter()
    if name == "declick":
        return DeclickInpainter()
    if name == "declip":
        return DeclipInpainter()
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


def load_unet(model: Path | None = None) -> Inpainter:
    """Return the learnt engine with a model file, or with the one that ships."""
    if model is not None:
        return _unet(model.resolve())
    try:
        return _unet(resource("models", "hybrid.safetensors"))
    except FileNotFoundError as error:
        raise ModelError(str(error)) from error


def _load_original(model: Path | None) -> Inpainter:
    if model is None:
        raise ModelError(
            tr(
                "The engine original comes without a model; “uasrm train … --preset original -o "
                "MODEL” makes one, and --model MODEL gives it to the engine."
            )
        )
    return _original(model.resolve())


@lru_cache(maxsize=1)
def _original(path: Path) -> Inpainter:
    from uasrm_core.repair.original import OriginalInpainter

    return OriginalInpainter(path)


@lru_cache(maxsize=4)
def _unet(path: Path) -> Inpainter:
    # Torch takes a second and 275 MB to import: only who repairs with a network pays for it.
    from uasrm_core.repair.unet import UnetInpainter

    return UnetInpainter(path)
