"""Figures of a network on examples that it does not learn from, by the length of gaps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch

from uasrm_core.inpainting.examples import Batch, measure_repairs
from uasrm_core.model.losses import loss_parts
from uasrm_core.model.unet import HybridInpainter

# Reported separately, since short and long gaps are different tasks.
REPORT_EDGES_S = (0.005, 0.010, 0.035, 0.070, 0.140, 0.300, 0.700)


def measure_batch(model: HybridInpainter, batch: Batch) -> list[tuple[float, dict[str, float]]]:
    """Return each gap's length in seconds, and figures of the network's and the classical fill."""
    clean, given = batch.clean, batch.given
    classical = clean * (1 - given.gap) + given.fills[:, 0] * given.gap
    net = measure_repairs(model, batch)
    base = loss_parts(classical, clean, given.gap, given.rates)
    return [
        (
            float(net.gap_s[i]),
            {
                "snr": -20 * float(torch.log10(net.waveform[i])),
                "lsd": float(net.log_distance[i]),
                "classical_snr": -20 * float(torch.log10(base.waveform[i])),
                "classical_lsd": float(base.log_distance[i]),
            },
        )
        for i in range(len(clean))
    ]


def average_by_length(
    rows: Sequence[tuple[float, dict[str, float]]],
) -> dict[str, dict[str, float]]:
    """Average the figures over classes of gap length, keyed by their bounds in milliseconds."""
    table: dict[str, dict[str, float]] = {}
    for low, high in pairwise(REPORT_EDGES_S):
        inside = [figures for length, figures in rows if low <= length < high]
        if inside:
            table[f"{low * 1000:.0f}-{high * 1000:.0f}"] = {
                "gaps": float(len(inside)),
                **{key: _average([figures[key] for figures in inside]) for key in inside[0]},
            }
    return table


def _average(values: list[float]) -> float:
    return round(float(np.mean(values)), 3)
