"""Model files: safetensors with the sizes and the origin of the weights in their metadata."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn

from uasrm_core.dsp.stft import StftConfig
from uasrm_core.errors import ModelError
from uasrm_core.model.blocks import Attention, ResidualBlock
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.translation import tr

FORMAT = "uasrm"
ARCHITECTURE = "hybrid"
VERSIONS = {"hybrid": "6", "original": "1"}


def save_model(model: HybridInpainter, path: Path, origin: Mapping[str, str]) -> None:
    """Write a model file in half precision, whole or not at all.

    Parameters
    ----------
    origin
        What a reader of the file should know of it: data, licence, time, figures.
    """
    write_weights(model, path, ARCHITECTURE, asdict(model.config), origin)


def write_weights(
    model: nn.Module,
    path: Path,
    architecture: str,
    config: Mapping[str, Any],
    origin: Mapping[str, str],
) -> None:
    """Write a model file of one of the architectures in `VERSIONS`; see `save_model`."""
    metadata = {
        "format": FORMAT,
        "version": VERSIONS[architecture],
        "architecture": architecture,
        "config": json.dumps(config),
        **origin,
    }
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(save(weights, metadata=metadata))
    draft.replace(path)


def read_metadata(path: Path) -> dict[str, str]:
    """Return what a model file says of itself.

    Raises
    ------
    ModelError
        The file is missing, truncated, not a model, or of another version.
    """
    if not path.is_file():
        raise ModelError(tr("There is no model file {path}.", path=path))
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            metadata = content.metadata() or {}
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(
            tr("The model file {name} is damaged or is not a model.", name=path.name)
        ) from error
    if metadata.get("format") != FORMAT:
        raise ModelError(tr("The file {name} is not a model of this program.", name=path.name))
    architecture = metadata.get("architecture", "")
    if metadata.get("version") != VERSIONS.get(architecture):
        known = ", ".join(f"{name} {version}" for name, version in VERSIONS.items())
        raise ModelError(
            tr(
                "The model file {name} is of another version ({architecture} {version}); this "
                "program reads {known}.",
                name=path.name,
                architecture=architecture,
                version=metadata.get("version"),
                known=known,
            )
        )
    return dict(metadata)


def model_id(path: Path) -> str:
    """Return which model a file holds: its name, and how its SHA-256 begins."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{path.stem} {digest[:12]}"


def fingerprint(model: nn.Module) -> str:
    """Return how the SHA-256 of a network's weights begins."""
    digest = hashlib.sha256()
    for value in model.state_dict().values():
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def read_weights(path: Path, architecture: str) -> tuple[dict[str, str], dict[str, Tensor]]:
    """Return what a model file says of itself, and its weights in single precision.

    Raises
    ------
    ModelError
        As `read_metadata`; or the file holds a network of another architecture.
    """
    metadata = read_metadata(path)
    if metadata["architecture"] != architecture:
        raise ModelError(
            tr(
                "The model file {name} holds a network of the kind {kind}; this engine needs "
                "one of the kind {architecture}.",
                name=path.name,
                kind=metadata["architecture"],
                architecture=architecture,
            )
        )
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            return metadata, {name: content.get_tensor(name).float() for name in content.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(tr("The model file {name} is damaged.", name=path.name)) from error


def load_model(path: Path) -> HybridInpainter:
    """Return the network of a model file, ready for repairs, on the CPU.

    Raises
    ------
    ModelError
        As `read_metadata`; or the weights do not fit the sizes that the file states.
    """
    metadata, weights = read_weights(path, ARCHITECTURE)
    try:
        model = HybridInpainter(_config(metadata["config"]))
        model.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError(tr("The model file {name} is damaged.", name=path.name)) from error
    return model.eval().to(memory_format=torch.channels_last)


def adopt(model: HybridInpainter, path: Path) -> None:
    """Start a network from the weights of another, which may be of an earlier version or smaller.

    Inputs, outputs and blocks that the other did not have leave its answers as they were, but for
    what passages say by themselves: what they add starts at zero, and is learnt.

    Raises
    ------
    ModelError
        The file is no model of this program, or of a network too unlike this one.
    """
    if not path.is_file():
        raise ModelError(tr("There is no model file {path}.", path=path))
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            weights = {name: content.get_tensor(name).float() for name in content.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(
            tr("The model file {name} is damaged or is not a model.", name=path.name)
        ) from error
    own = model.state_dict()
    new = [
        (name, part)
        for name, part in model.named_modules()
        if isinstance(part, ResidualBlock | Attention)
        and not any(key.startswith(f"{name}.") for key in weights)
    ]
    kept = {key for key in own if not any(key.startswith(f"{name}.") for name, _ in new)}
    alike = kept == weights.keys() and all(
        own[name].ndim == value.ndim
        and all(a >= b for a, b in zip(own[name].shape, value.shape, strict=True))
        for name, value in weights.items()
    )
    if not alike:
        raise ModelError(
            tr("The model file {name} is of a network too unlike the one to train.", name=path.name)
        )
    for name, value in weights.items():
        own[name].zero_()
        own[name][tuple(slice(0, size) for size in value.shape)] = value
    for _, part in new:
        part.silence()


def _config(text: str) -> HybridConfig:
    entries = json.loads(text)
    return HybridConfig(
        **{
            **entries,
            "stft": StftConfig(**entries["stft"]),
            "channels": tuple(entries["channels"]),
        }
    )
