"""Networks that learn to tell takes from what was there, so that others learn not to be told.

Each of them sees a short-time spectrum of the sound about the gap, at its own resolution: its
compressed real and imaginary part, its magnitude in two compressions, how much of each column lies
in the gap, and the frequency of each bin. All of it is at the recording's own rate.

References
----------
Défossez et al., "High Fidelity Neural Audio Compression", TMLR 2023, for discriminators of complex
spectra at several resolutions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

# Frames of the transforms.
RESOLUTIONS = (256, 1024, 2048)
CHANNELS = (16, 32, 48, 64)
# Columns that lie apart in each convolution, so that the last ones see far.
DILATIONS = (1, 1, 2, 4)
FEATURES = 6
SLOPE = 0.15
# Of magnitudes: quiet partials are seen beside loud ones.
POWER = 0.3
# What is quieter by so much than the sound about the gap is hidden by noise, in clean sound and in
# takes alike. Else the discriminators tell them by what nobody hears. From 60 to 48 dB, since 3 to
# 8 kHz are often quiet, and have to be heard.
NOISE = (0.001, 0.004)
# Columns with so much less of the gap than others are nearly the same in both.
LEAST_COVERED = 0.05
FLOOR = 1e-10


@dataclass(frozen=True, eq=False)
class Heard:
    """Stretches of sound about gaps.

    Attributes
    ----------
    sounds, gap
        ``(batch, frames)``; the sounds over the level of what is known, the gap 1 where it is.
    rates
        ``(batch,)``: frames a second, in Hz.
    """

    sounds: Tensor
    gap: Tensor
    rates: Tensor


@dataclass(frozen=True, eq=False)
class Verdict:
    """What one discriminator says.

    Attributes
    ----------
    scores
        ``(batch, bins, columns)``: high for clean sound.
    weights
        ``(batch, columns)``: 1 over the sum where a column holds some of the gap, else 0.
    features
        Outputs of the layers before, ``(batch, channels, bins, columns)``.
    """

    scores: Tensor
    weights: Tensor
    features: tuple[Tensor, ...]

    def average(self, values: Tensor) -> Tensor:
        """Return the mean of ``(batch, bins, columns)`` over the gap, ``(batch,)``."""
        return (values.mean(1) * self.weights).sum(-1)


class Discriminator(nn.Module):
    """Convolutions over the spectrum at one resolution."""

    window: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("window", torch.hann_window(size), persistent=False)
        layers: list[nn.Module] = [
            nn.Conv2d(a, b, (5, 3), stride=(2, 1), padding=(2, apart), dilation=(1, apart))
            for (a, b), apart in zip(pairwise((FEATURES, *CHANNELS)), DILATIONS, strict=True)
        ]
        layers.append(nn.Conv2d(CHANNELS[-1], CHANNELS[-1], 3, padding=1))
        self.layers = nn.ModuleList(weight_norm(layer) for layer in layers)
        self.last = weight_norm(nn.Conv2d(CHANNELS[-1], 1, 3, padding=1))

    def forward(self, heard: Heard) -> Verdict:
        """Return what it says of each stretch."""
        h, is_covered = self._see(heard)
        features = []
        for layer in self.layers:
            h = F.leaky_relu(layer(h), SLOPE)
            features.append(h)
        weights = is_covered / is_covered.sum(-1, keepdim=True)
        return Verdict(self.last(h)[:, 0], weights, tuple(features))

    def _see(self, heard: Heard) -> tuple[Tensor, Tensor]:
        """Return what the layers are given, and which columns ``(batch, columns)`` hold the gap."""
        hop, half = self.size // 4, self.size // 2
        noisy = _add_noise(heard.sounds)
        spectrum = torch.stft(noisy, self.size, hop, window=self.window, return_complex=True)
        spectrum = spectrum[:, :-1] * (4.0 / self.size)
        power = spectrum.real.square() + spectrum.imag.square() + FLOOR
        size = power.pow(POWER / 2)
        turn = size * power.rsqrt()
        bins, columns = power.shape[1:]
        around = F.pad(heard.gap[:, None], (half, half))
        covered = F.avg_pool1d(around, self.size, hop)[:, 0, :columns]
        hz = torch.arange(bins, device=power.device) / bins * heard.rates[:, None] / 2
        # all about as large as the numbers that layers return
        maps = (
            spectrum.real * turn,
            spectrum.imag * turn,
            0.1 * torch.log(power + 1e-7) + 0.6,
            1.5 * size - 1.0,
            covered[:, None].expand_as(power),
            0.25 * torch.log2(hz / 500.0 + 0.1)[:, :, None].expand_as(power),
        )
        seen = torch.stack(maps, dim=1).contiguous(memory_format=torch.channels_last)
        return seen, (covered > LEAST_COVERED * covered.amax(-1, keepdim=True)).float()


def _add_noise(sounds: Tensor) -> Tensor:
    """Return ``(batch, frames)`` with white noise, in each row somewhere from least to most."""
    low, high = (math.log(size) for size in NOISE)
    size = torch.empty_like(sounds[:, :1]).uniform_(low, high).exp()
    return sounds + size * torch.randn_like(sounds)


class Discriminators(nn.Module):
    """One discriminator for each of `RESOLUTIONS`."""

    def __init__(self) -> None:
        super().__init__()
        self.each = nn.ModuleList(Discriminator(size) for size in RESOLUTIONS)

    def forward(self, heard: Heard) -> list[Verdict]:
        """Return what each of them says."""
        return [discriminator(heard) for discriminator in self.each]
