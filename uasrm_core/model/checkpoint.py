"""Model files as networks of PyTorch: written, and read; what they hold is in `files`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save
from torch import nn

from uasrm_core.errors import ModelError
from uasrm_core.model.blocks import Attention, ResidualBlock
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import (
    ARCHITECTURE,
    CHANGED,
    CHANGES,
    CHECKSUM,
    FORMAT,
    LEFT,
    RIGHT,
    VERSIONS,
    Weights,
    check_file,
    read_hybrid,
    read_metadata,
    read_tensors,
    unfit,
    weights_sha256,
)
from uasrm_core.model.layout import FEATURES
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.translation import tr
from uasrm_core.writing.gate import write_whole

Network = TypeVar("Network", bound=nn.Module)


def save_model(model: HybridInpainter, path: Path, origin: Mapping[str, str]) -> None:
    """Write a model file in half precision, whole or not at all.

    Parameters
    ----------
    origin
        What a reader of the file should know of it: data, licence, time, figures.
    """
    write_weights(model, path, ARCHITECTURE, asdict(model.config), origin)


def save_changes(
    changed: HybridInpainter, of: Path, path: Path, origin: Mapping[str, str], *, rank: int
) -> None:
    """Write what a network's weights differ by from those of a model file; see `expand_changes`.

    Parameters
    ----------
    rank
        Columns of each left factor: matrices are as near as so many allow.
    """
    config, weights = read_hybrid(of)
    parts: dict[str, torch.Tensor] = {}
    for name, value in changed.state_dict().items():
        change = (value - torch.from_numpy(weights[name])).double()
        matrix = change.reshape(len(change), -1) if change.ndim > 1 else change[None]
        if rank * sum(matrix.shape) >= matrix.numel():
            parts[name] = change
            continue
        left, sizes, right = torch.linalg.svd(matrix, full_matrices=False)
        shared = sizes[:rank].sqrt()
        parts[name + LEFT] = left[:, :rank] * shared
        parts[name + RIGHT] = shared[:, None] * right[:rank]
    of_sha256 = read_metadata(of)[CHECKSUM]
    _write(parts, path, CHANGES, asdict(config), {**origin, CHANGED: of_sha256})


def write_weights(
    model: nn.Module,
    path: Path,
    architecture: str,
    config: Mapping[str, Any],
    origin: Mapping[str, str],
) -> None:
    """Write a model file of one of the architectures in `VERSIONS`; see `save_model`."""
    _write(model.state_dict(), path, architecture, config, origin)


def _write(
    values: Mapping[str, torch.Tensor],
    path: Path,
    architecture: str,
    config: Mapping[str, Any],
    origin: Mapping[str, str],
) -> None:
    weights = {name: value.half().contiguous() for name, value in values.items()}
    metadata = {
        "format": FORMAT,
        "version": VERSIONS[architecture],
        "architecture": architecture,
        "config": json.dumps(config),
        CHECKSUM: weights_sha256({name: value.cpu().numpy() for name, value in weights.items()}),
        **origin,
    }
    write_whole(path, save(weights, metadata=metadata))


def fingerprint(model: nn.Module) -> str:
    """Return how the SHA-256 of a network's weights begins."""
    digest = hashlib.sha256()
    for value in model.state_dict().values():
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def load_model(path: Path, *others: Path, changes: Path | None = None) -> HybridInpainter:
    """Return the network of a model file, or the mean of several, ready for repairs, on the CPU.

    Parameters
    ----------
    changes
        Changes to the weights of the first; see `read_hybrid`.

    Raises
    ------
    ModelError
        As `read_hybrid`; or the weights do not fit the sizes that the file states.
    """
    config, weights = read_hybrid(path, *others, changes=changes)
    model = build(
        path, lambda: HybridInpainter(config), weights, least=_count_least_weights(config)
    )
    return model.eval().to(memory_format=torch.channels_last)


def build(path: Path, make: Callable[[], Network], weights: Weights, *, least: int) -> Network:
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
    if sum(value.size for value in weights.values()) < least:
        raise unfit(path)
    try:
        model = make()
        model.load_state_dict(
            {name: torch.from_numpy(value) for name, value in weights.items()}, assign=True
        )
    except (ArithmeticError, ValueError, RuntimeError) as error:
        raise unfit(path) from error
    return model


def _count_least_weights(config: HybridConfig) -> int:
    """Count the weights of the first layer, and of one block of each level."""
    first = 9 * FEATURES * config.frequency_stride * config.channels[0]
    return first + sum(18 * count**2 for count in config.channels)


def adopt(model: HybridInpainter, path: Path) -> None:
    """Start a network from the weights of another, which may be of an earlier version or smaller.

    New inputs, outputs and blocks start at zero, so the loaded network's output is unchanged until
    training, but for exemplars taken as they are: those then go by their coherence alone.

    Raises
    ------
    ModelError
        The file is no model of this program, or of a network too unlike this one.
    """
    check_file(path)
    weights = read_tensors(path)
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
        own[name][tuple(slice(0, size) for size in value.shape)] = torch.from_numpy(value)
    for _, part in new:
        part.silence()
