"""Which processor the network runs on, and in which arithmetic."""

from __future__ import annotations

import torch

# What processors call it that they multiply numbers of 16 bits.
BRIEF = ("avx512_bf16", "amx_bf16", "sve_bf16")


def choose_device() -> torch.device:
    """Return the fastest processor that this machine's torch can use: CUDA, Apple MPS, or CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def is_fast_in_bfloat16(device: torch.device) -> bool:
    """Return whether a processor multiplies 16-bit numbers faster than 32-bit ones.

    Where it only imitates them, it takes longer.
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # versions of torch that cannot tell are taken at their slowest
    known: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return device.type == "cpu" and any(known.get(name, False) for name in BRIEF)
