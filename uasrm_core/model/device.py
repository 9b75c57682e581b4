"""Which processor the network runs on, and in which arithmetic."""

from __future__ import annotations

import time
from collections.abc import Callable

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


def measure_faster_in_bfloat16(device: torch.device, step: Callable[[], object]) -> bool:
    """Return whether a step of work takes less time with 16-bit numbers, by doing it both ways.

    What a processor says of itself does not tell how fast gradients are computed.
    """
    taken = {True: float("inf"), False: float("inf")}
    for _ in range(2):
        for brief in taken:
            with torch.autocast(device.type, dtype=torch.bfloat16, enabled=brief):
                start = time.process_time() if device.type == "cpu" else time.monotonic()
                step()
                end = time.process_time() if device.type == "cpu" else time.monotonic()
            taken[brief] = min(taken[brief], end - start)
    return taken[True] < taken[False]
