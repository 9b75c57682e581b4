"""What model files hold: sizes, origin and weights, read and checked without PyTorch.

A file is safetensors with the sizes and the origin of the weights in its metadata. These hold a
SHA-256 of the weights too, which is compared when they are read. A file without one, as earlier
versions wrote it, is read all the same.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import safetensors

from uasrm_core.audio.bounded import NotRegularError, open_regular
from uasrm_core.audio.clip import Samples
from uasrm_core.audio.hashing import hash_file
from uasrm_core.errors import ModelError
from uasrm_core.model.config import HybridConfig
from uasrm_core.spectral.stft import StftConfig
from uasrm_core.translation import tr
from uasrm_core.writing.text import visible

Config = TypeVar("Config")
Weights = dict[str, Samples]
FORMAT = "uasrm"
ARCHITECTURE = "hybrid"
# Of a file of changes to the weights of a hybrid network: of each matrix, two factors.
CHANGES = "hybrid-changes"
LEFT, RIGHT = ".left", ".right"
# In its metadata, the SHA-256 of the weights that are changed.
CHANGED = "changed_sha256"
VERSIONS = {"hybrid": "7", CHANGES: "1", "original": "1"}
# Of the hybrid network: what it had before it knew of noise, which it then makes nothing of.
WITHOUT_NOISE = "6"
# What files of the hybrid network also stated once.
FORMER_SIZES = ("crossfade_s",)
CHECKSUM = "weights_sha256"
MOST_BYTES = 2**31
# What a file says of itself and of each of its tensors; the network that ships needs 20 kB.
MOST_HEADER_BYTES = 2**22
_LONGEST_WORD = 40


def read_metadata(path: Path) -> dict[str, str]:
    """Return what a model file says of itself.

    Raises
    ------
    ModelError
        The file is missing, truncated, not a model, or of another version.
    """
    check_file(path)
    try:
        with safetensors.safe_open(path, framework="np") as content:
            metadata = content.metadata() or {}
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise _build_error(path) from error
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
                architecture=_shorten(architecture),
                version=_shorten(metadata.get("version", "?")),
                known=known,
            )
        )
    return dict(metadata)


def model_id(path: Path) -> str:
    """Return which model a file holds: its name, and how its SHA-256 begins."""
    return f"{path.stem} {hash_file(path)[:12]}"


def read_weights(path: Path, architecture: str) -> tuple[dict[str, str], Weights]:
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
    return metadata, read_tensors(path, metadata.get(CHECKSUM))


def read_hybrid(
    path: Path, *others: Path, changes: Path | None = None
) -> tuple[HybridConfig, Weights]:
    """Return sizes and weights of a file of the hybrid network; those of older files are widened.

    Parameters
    ----------
    others
        Files of networks that were trained further from it, or it from them. Where there are any,
        the mean of all weights is returned, which behaves as something between the networks
        (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    changes
        A file of changes to the weights of the first one, which are added to them.

    Raises
    ------
    ModelError
        As `read_weights`; or its sizes are not possible, or not those of the others; or the changes
        are of other weights.
    """
    config, weights = _read_hybrid(path)
    if changes is not None:
        weights = _change(weights, changes, read_metadata(path).get(CHECKSUM, ""))
    for other in others:
        further_config, further = _read_hybrid(other)
        if further_config != config or _shapes(further) != _shapes(weights):
            raise unfit(other)
        weights = {name: value + further[name] for name, value in weights.items()}
    share = np.float32(1 / (1 + len(others)))
    return config, {name: value * share for name, value in weights.items()}


def read_hybrid_config(path: Path) -> HybridConfig | None:
    """Return the sizes that a file of the hybrid network states; None for other networks.

    Raises
    ------
    ModelError
        As `read_metadata`; or its sizes are not possible.
    """
    metadata = read_metadata(path)
    if metadata["architecture"] != ARCHITECTURE:
        return None
    return read_config(path, metadata, _read_config)


def _change(weights: Weights, changes: Path, checksum: str) -> Weights:
    """Return weights with a file of changes added; see `expand_changes`."""
    metadata, parts = read_weights(changes, CHANGES)
    if metadata.get(CHANGED) != checksum:
        raise unfit(changes)
    try:
        added = expand_changes(parts, _shapes(weights))
    except ValueError as error:
        raise unfit(changes) from error
    return {name: value + added[name] for name, value in weights.items()}


def expand_changes(parts: Weights, shapes: Mapping[str, tuple[int, ...]]) -> Weights:
    """Return changes of weights, by name, from what a file holds of them.

    A matrix, or a convolution as one, is the product of two factors as in Hu et al., "LoRA:
    Low-rank adaptation of large language models", ICLR 2022. Small weights stand as they are.

    Raises
    ------
    ValueError
        They are not changes of weights of these shapes.
    """
    added = {name: value for name, value in parts.items() if name in shapes}
    for name in shapes.keys() - added.keys():
        left, right = parts.get(name + LEFT), parts.get(name + RIGHT)
        if left is None or right is None or left.ndim != 2 or right.ndim != 2:
            raise ValueError(f"{name} is missing")
        # before anything is allocated for it
        if len(left) * right.shape[1] != math.prod(shapes[name]):
            raise ValueError(f"{name} has another size")
        added[name] = (left @ right).reshape(shapes[name])
    if _shapes(added) != dict(shapes):
        raise ValueError("shapes differ")
    return added


def _shapes(weights: Weights) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in weights.items()}


def _read_hybrid(path: Path) -> tuple[HybridConfig, Weights]:
    metadata, weights = read_weights(path, ARCHITECTURE)
    config = read_config(path, metadata, _read_config)
    if metadata["version"] == WITHOUT_NOISE:
        # here, so that a window that lists models does not wait for SciPy
        from uasrm_core.model.layout import widen_weights

        weights = widen_weights(weights, config.frequency_stride)
    return config, weights


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


def _read_config(entries: Any) -> HybridConfig:
    known = {name: value for name, value in entries.items() if name not in FORMER_SIZES}
    return HybridConfig(
        **{
            **known,
            "stft": StftConfig(**entries["stft"]),
            "channels": tuple(entries["channels"]),
        }
    )


def weights_sha256(weights: Mapping[str, Samples]) -> str:
    """Return the SHA-256 of weights with their names, kinds and shapes.

    Kinds have the names that PyTorch gives them, as files always had.
    """
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(f"{name} torch.{value.dtype} {value.shape}\n".encode())
        digest.update(np.ascontiguousarray(value).data)
    return digest.hexdigest()


def check_file(path: Path) -> None:
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
        raise _build_error(path)


def read_tensors(path: Path, checksum: str | None = None) -> Weights:
    """Return a file's weights in single precision, checked to be whole and finite."""
    try:
        with safetensors.safe_open(path, framework="np") as content:
            weights = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, ValueError, RuntimeError, TypeError) as error:
        raise _build_error(path) from error
    if checksum is not None and weights_sha256(weights) != checksum:
        raise ModelError(
            tr(
                "The model file {name} is damaged: its weights are not those that were written.",
                name=path.name,
            )
        )
    if not all(value.dtype.kind == "f" and np.isfinite(value).all() for value in weights.values()):
        raise ModelError(
            tr(
                "The model file {name} is damaged: it holds weights that are not numbers.",
                name=path.name,
            )
        )
    # a copy in any case, since what was mapped changes with the file
    return {name: np.array(value, dtype=np.float32) for name, value in weights.items()}


def _shorten(text: str) -> str:
    """Return what a foreign file says of itself, fit for a sentence."""
    shown = visible(text)
    return shown if len(shown) <= _LONGEST_WORD else f"{shown[:_LONGEST_WORD]}…"


def _build_error(path: Path) -> ModelError:
    return ModelError(tr("The model file {name} is damaged or is not a model.", name=path.name))


def unfit(path: Path) -> ModelError:
    """Return what to raise where weights are not those of the network that a file states."""
    return ModelError(
        tr(
            "The model file {name} is damaged: its weights do not fit the sizes that it states.",
            name=path.name,
        )
    )
