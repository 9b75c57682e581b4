"""Which processor the network runs on."""

from __future__ import annotations

import torch


def choose_device() -> torch.device:
    """Return the fastest processor that this machine's torch can use: CUDA, Apple MPS, or CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")
