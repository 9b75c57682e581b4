"""Model files: safetensors with the sizes and the origin of the weights in their metadata.

The metadata hold a SHA-256 of the weights too, which is compared when they are read. A file without
one, as earlier versions wrote it, is read all the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import safetensors
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.errors import ModelError
from uasrm_core.model.blocks import Attention, ResidualBlock
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.unet import ANSWERS, FEATURES, HybridInpainter
from uasrm_core.spectral.stft import StftConfig
from uasrm_core.translation import tr
from uasrm_core.writing.gate import write_whole
from uasrm_core.writing.text import visible

Config = TypeVar("Config")
Network = TypeVar("Network", bound=nn.Module)
FORMAT = "uasrm"
ARCHITECTURE = "hybrid"
VERSIONS = {"hybrid": "7", "original": "1"}
# Of the hybrid network: what it had before it knew of noise, which it then makes nothing of.
WITHOUT_NOISE = "6"
# What files of the hybrid network also stated once.
FORMER_SIZES = ("crossfade_s",)
CHECKSUM = "weights_sha256"
MOST_BYTES = 2**31
# What a file says of itself and of each of its tensors; the network that ships needs 20 kB.
MOST_HEADER_BYTES = 2**22
_LONGEST_WORD = 40


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
    weights = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "version": VERSIONS[architecture],
        "architecture": architecture,
        "config": json.dumps(config),
        CHECKSUM: weights_sha256(weights),
        **origin,
    }
    write_whole(path, save(weights, metadata=metadata))


def read_metadata(path: Path) -> dict[str, str]:
    """Return what a model file says of itself.

    Raises
    ------
    ModelError
        The file is missing, truncated, not a model, or of another version.
    """
    _check_file(path)
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            metadata = content.metadata() or {}
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise _no_model(path) from error
    if metadata.get("format") != FORMAT:
        raise ModelError(tr("The file {name} is not a model of this program.", name=path.name))
    architecture = metadata.get("architecture", "")
    older = (WITHOUT_NOISE,) if architecture == ARCHITECTURE else ()
    readable = (VERSIONS[architecture], *older) if architecture in VERSIONS else ()
    if metadata.get("version") not in readable:
        known = ", ".join(f"{name} {version}" for name, version in VERSIONS.items())
        raise ModelError(
            tr(
                "The model file {name} is of another version ({architecture} {version}); this "
                "program reads {known}.",
                name=path.name,
                architecture=_brief(architecture),
                version=_brief(metadata.get("version", "?")),
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
    return metadata, _tensors(path, metadata.get(CHECKSUM))


def load_model(path: Path) -> HybridInpainter:
    """Return the network of a model file, ready for repairs, on the CPU.

    Raises
    ------
    ModelError
        As `read_metadata`; or the weights do not fit the sizes that the file states.
    """
    metadata, weights = read_weights(path, ARCHITECTURE)
    config = read_config(path, metadata, _config)
    if metadata["version"] == WITHOUT_NOISE:
        weights = _with_noise(weights, config)
    model = build(path, lambda: HybridInpainter(config), weights, least=_least_weights(config))
    return model.eval().to(memory_format=torch.channels_last)


def _with_noise(weights: dict[str, Tensor], config: HybridConfig) -> dict[str, Tensor]:
    """Return weights of an earlier version for inputs and answers that it did not have."""
    stride = config.frequency_stride
    sizes = {
        "unet.stem.weight": (0, 0, 0, 0, 0, FEATURES * stride),
        "unet.head.2.weight": (0, 0, 0, 0, 0, 0, 0, ANSWERS * stride),
        "unet.head.2.bias": (0, ANSWERS * stride),
    }
    widened = dict(weights)
    for name, sides in sizes.items():
        old = weights.get(name)
        if old is not None and 2 * old.ndim >= len(sides):
            missing = sides[-1] - old.shape[old.ndim - len(sides) // 2]
            widened[name] = F.pad(old, (*sides[:-1], max(missing, 0)))
    return widened


def read_config(path: Path, metadata: Mapping[str, str], read: Callable[[Any], Config]) -> Config:
    """Return the sizes that a model file states, as `read` takes them from its JSON.

    Raises
    ------
    ModelError
        There are none, or they are not possible.
    """
    try:
        return read(json.loads(metadata["config"]))
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError) as error:
        raise ModelError(
            tr("The model file {name} is damaged: it does not state its sizes.", name=path.name)
        ) from error
    except ValueError as error:
        raise ModelError(
            tr("The model file {name} is damaged: {reason}.", name=path.name, reason=error)
        ) from error


def build(
    path: Path, make: Callable[[], Network], weights: dict[str, Tensor], *, least: int
) -> Network:
    """Return a network with the weights of a model file.

    Parameters
    ----------
    least
        A bound below the network's number of weights, so that nothing is allocated for a file that
        holds fewer. (A network on the device ``meta`` would tell exactly, but takes 1.2 s of
        imports.)

    Raises
    ------
    ModelError
        The weights are not those of such a network.
    """
    if sum(value.numel() for value in weights.values()) < least:
        raise _unfit(path)
    try:
        model = make()
        model.load_state_dict(weights, assign=True)
    except (ArithmeticError, ValueError, RuntimeError) as error:
        raise _unfit(path) from error
    return model


def _least_weights(config: HybridConfig) -> int:
    """Count the weights of the first layer, and of one block of each level."""
    first = 9 * FEATURES * config.frequency_stride * config.channels[0]
    return first + sum(18 * count**2 for count in config.channels)


def adopt(model: HybridInpainter, path: Path) -> None:
    """Start a network from the weights of another, which may be of an earlier version or smaller.

    Inputs, outputs and blocks that the other did not have leave its answers as they were, but for
    what passages say by themselves: what they add starts at zero, and is learnt.

    Raises
    ------
    ModelError
        The file is no model of this program, or of a network too unlike this one.
    """
    _check_file(path)
    weights = _tensors(path)
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


def _config(entries: Any) -> HybridConfig:
    known = {name: value for name, value in entries.items() if name not in FORMER_SIZES}
    return HybridConfig(
        **{
            **known,
            "stft": StftConfig(**entries["stft"]),
            "channels": tuple(entries["channels"]),
        }
    )


def weights_sha256(weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of weights with their names, kinds and shapes."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        digest.update(value.cpu().contiguous().flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _check_file(path: Path) -> None:
    """Refuse what cannot be a model before a library looks at it."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            header = int.from_bytes(file.read(8), "little")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError) as error:
        raise ModelError(tr("There is no model file {path}.", path=path)) from error
    except NotRegularError as error:
        raise ModelError(tr("{path} is not a model file.", path=path)) from error
    except OSError as error:
        raise ModelError(
            tr(
                "The model file {name} cannot be read: {reason}.",
                name=path.name,
                reason=error.strerror or error,
            )
        ) from error
    if header > min(size - 8, MOST_HEADER_BYTES) or size > MOST_BYTES:
        raise _no_model(path)


def _tensors(path: Path, checksum: str | None = None) -> dict[str, Tensor]:
    """Return a file's weights in single precision, checked to be whole and finite."""
    try:
        with safetensors.safe_open(path, framework="pt") as content:
            weights = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError, RuntimeError, TypeError) as error:
        raise _no_model(path) from error
    if checksum is not None and weights_sha256(weights) != checksum:
        raise ModelError(
            tr(
                "The model file {name} is damaged: its weights are not those that were written.",
                name=path.name,
            )
        )
    if not all(value.is_floating_point() and value.isfinite().all() for value in weights.values()):
        raise ModelError(
            tr(
                "The model file {name} is damaged: it holds weights that are not numbers.",
                name=path.name,
            )
        )
    # a copy in any case, since what was mapped changes with the file
    return {name: value.to(torch.float32, copy=True) for name, value in weights.items()}


def _brief(text: str) -> str:
    """Return what a foreign file says of itself, fit for a sentence."""
    shown = visible(text)
    return shown if len(shown) <= _LONGEST_WORD else f"{shown[:_LONGEST_WORD]}…"


def _no_model(path: Path) -> ModelError:
    return ModelError(tr("The model file {name} is damaged or is not a model.", name=path.name))


def _unfit(path: Path) -> ModelError:
    return ModelError(
        tr(
            "The model file {name} is damaged: its weights do not fit the sizes that it states.",
            name=path.name,
        )
    )
