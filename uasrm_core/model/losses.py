"""What training makes small, measured on the sound as it will be heard: spliced into the gap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from uasrm_core.model.config import RATE

# In frames of the recording's own rate: at 16 kHz a transform lasts almost three times as long as
# at 44.1 kHz, sees the partials of a voice apart, and has no bins where nothing can be.
RESOLUTIONS = (512, 1024, 2048)
# The metric's own transform (see `uasrm_core.dsp.metrics.lsd_db`).
METRIC_FFT = 1024
# What lies between these rates is near enough to be measured alike, in one go.
RATE_STEP = 1.15
# In gaps up to so many frames (50 ms) the phase can be met. Beyond, the waveform says less the
# longer the gap: who is unsure of the phase comes nearest to it by staying silent.
PREDICTABLE_FRAMES = 2205
UNPREDICTABLE_DECAY = 0.9


@dataclass(frozen=True)
class LossWeights:
    """How much each part counts."""

    waveform: float = 2.0
    magnitude: float = 0.3
    log_distance: float = 0.12


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
    gap_frames
        Length of the gap.
    """

    waveform: Tensor
    magnitude: Tensor
    log_distance: Tensor
    gap_frames: Tensor

    def total(self, weights: LossWeights) -> Tensor:
        """Return the weighted mean over the batch, a scalar."""
        emphasis = (PREDICTABLE_FRAMES / self.gap_frames).clamp(max=1.0) ** UNPREDICTABLE_DECAY
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
        ``(batch, frames)`` at 44.1 kHz; `gap` is 1 where the sound was lost.
    rates
        ``(batch,)``: the rate in Hz each recording came at, which the spectra are measured at.
    """
    error = ((filled - clean) * gap).square().sum(-1)
    power = (clean * gap).square().sum(-1)
    level = clean.square().mean(-1) * gap.sum(-1)
    waveform = ((error + 1e-9) / (power + 1e-3 * level + 1e-9)).sqrt()
    magnitude, distance = torch.zeros_like(waveform), torch.zeros_like(waveform)
    steps = (torch.log(RATE / rates.clamp(max=RATE)) / math.log(RATE_STEP)).round()
    for step in set(steps.tolist()):
        rows = torch.nonzero(steps == step).flatten()
        spectral = _spectral_parts(filled[rows], clean[rows], gap[rows], RATE_STEP**step)
        magnitude[rows], distance[rows] = spectral
    return LossParts(waveform, magnitude, distance, gap.sum(-1))


def _spectral_parts(
    filled: Tensor, clean: Tensor, gap: Tensor, stretch: float
) -> tuple[Tensor, Tensor]:
    """Return `magnitude` and `log_distance` for transforms longer by a factor."""
    magnitudes = []
    distance = torch.empty(0)
    for size in RESOLUTIONS:
        a, b, weight = _about_gap(filled, clean, gap, size, stretch)
        floor = 1e-3 * torch.maximum(a.detach(), b).amax(1, keepdim=True) + 1e-7
        ratio = torch.log((a + floor) / (b + floor))
        magnitudes.append((ratio.abs().mean(1) * weight).sum(-1))
        if size == METRIC_FFT:
            decibels = ratio * (20.0 / math.log(10.0))
            distance = ((decibels.square().mean(1) + 1e-4).sqrt() * weight).sum(-1)
    return torch.stack(magnitudes).mean(0), distance


def _about_gap(
    filled: Tensor, clean: Tensor, gap: Tensor, size: int, stretch: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return both magnitudes ``(batch, bins, columns)`` and weights of the gap's columns."""
    hop = round(size * stretch / 4)
    length = 4 * hop
    window = torch.hann_window(length, device=clean.device)

    def magnitude(signal: Tensor) -> Tensor:
        spectrum = torch.stft(signal, length, hop, window=window, center=False, return_complex=True)
        return spectrum[:, : size // 2 + 1].abs()

    columns = (clean.shape[-1] - length) // hop + 1
    touched = torch.nn.functional.max_pool1d(gap[:, None], length, stride=hop)[:, 0, :columns]
    weight = touched / touched.sum(-1, keepdim=True).clamp(min=1)
    # Everything outside the widest gap is equal and need not be transformed.
    any_touched = torch.nonzero(touched.amax(0)).flatten()
    first, last = int(any_touched[0]), int(any_touched[-1])
    part = slice(first * hop, last * hop + length)
    return (
        magnitude(filled[:, part]),
        magnitude(clean[:, part]),
        weight[:, first : last + 1],
    )
