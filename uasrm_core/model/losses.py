"""What training makes small, measured on the sound as it will be heard: spliced into the gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

RESOLUTIONS = (512, 1024, 2048)
# The metric's own transform (see `uasrm_core.dsp.metrics.lsd_db`).
METRIC_FFT = 1024
# In gaps up to so long the phase can be met. Beyond, the waveform says less the longer the gap: who
# is unsure of the phase comes nearest to it by staying silent.
PREDICTABLE_S = 0.05
UNPREDICTABLE_DECAY = 2.0


@dataclass(frozen=True)
class LossWeights:
    """How much each part counts."""

    waveform: float = 2.5
    magnitude: float = 0.3
    log_distance: float = 0.18


@dataclass
class LossParts:
    """The parts of one batch's loss, each ``(batch,)``, unweighted.

    Attributes
    ----------
    waveform
        RMS error in the gap over RMS of the clean gap.
    magnitude
        Mean absolute difference of log magnitudes, over three resolutions.
    log_distance
        Log-spectral distance in dB.
    gap_s
        Length of the gap.
    """

    waveform: Tensor
    magnitude: Tensor
    log_distance: Tensor
    gap_s: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """Return the weighted mean over the batch, a scalar."""
        emphasis = (PREDICTABLE_S / self.gap_s).clamp(max=1.0) ** UNPREDICTABLE_DECAY
        return torch.as_tensor(
            weights.waveform * (emphasis * self.waveform).mean()
            + weights.magnitude * self.magnitude.mean()
            + weights.log_distance * self.log_distance.mean()
        )


def loss_parts(filled: Tensor, clean: Tensor, gap: Tensor, rates: Tensor) -> LossParts:
    """Compare repaired windows with the clean ones.

    Parameters
    ----------
    filled, clean, gap
        ``(batch, frames)``; `gap` is 1 where the sound was lost.
    rates
        ``(batch,)``: frames a second, in Hz.
    """
    error = ((filled - clean) * gap).square().sum(-1)
    power = (clean * gap).square().sum(-1)
    level = clean.square().mean(-1) * gap.sum(-1)
    waveform = ((error + 1e-9) / (power + 1e-3 * level + 1e-9)).sqrt()
    magnitudes = []
    distance = torch.empty(0)
    for size in RESOLUTIONS:
        a, b, weight = _about_gap(filled, clean, gap, size)
        floor = 1e-3 * torch.maximum(a.detach(), b).amax(1, keepdim=True) + 1e-7
        ratio = torch.log((a + floor) / (b + floor))
        magnitudes.append((ratio.abs().mean(1) * weight).sum(-1))
        if size == METRIC_FFT:
            decibels = ratio * (20.0 / math.log(10.0))
            distance = ((decibels.square().mean(1) + 1e-4).sqrt() * weight).sum(-1)
    return LossParts(waveform, torch.stack(magnitudes).mean(0), distance, gap.sum(-1) / rates)


def _about_gap(
    filled: Tensor, clean: Tensor, gap: Tensor, size: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Return both magnitudes ``(batch, bins, columns)`` and weights of the gap's columns."""
    hop = size // 4
    window = torch.hann_window(size, device=clean.device)

    def magnitude(signal: Tensor) -> Tensor:
        spectrum = torch.stft(signal, size, hop, window=window, center=False, return_complex=True)
        return spectrum.abs()

    touched = torch.nn.functional.max_pool1d(gap[:, None], size, stride=hop)[:, 0]
    weight = touched / touched.sum(-1, keepdim=True).clamp(min=1)
    # Everything outside the widest gap is equal and need not be transformed.
    any_touched = torch.nonzero(touched.amax(0)).flatten()
    first, last = int(any_touched[0]), int(any_touched[-1])
    part = slice(first * hop, last * hop + size)
    return (
        magnitude(filled[:, part]),
        magnitude(clean[:, part]),
        weight[:, first : last + 1],
    )
