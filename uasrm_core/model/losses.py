"""Training losses, measured on the sound as it is spliced into the gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import torch
from torch import Tensor

RESOLUTIONS = (512, 1024, 2048)
# Of these the magnitudes are compared as they are too, in which what is loud counts most: the
# partials of a voice, that are few bins among many. And their roots.
LINEAR_RESOLUTIONS = (512, 2048)
# The metric's own transform (see `uasrm_core.metrics.distances.lsd_db`).
METRIC_FFT = 1024
# Bands of the metric's transform; they widen from so many bins on.
BANDS = 28
WIDER_FROM_BIN = 12.0
# In gaps up to so long the phase can be met. Beyond, the waveform says less the longer the gap: who
# is unsure of the phase comes nearest to it by staying silent.
PREDICTABLE_S = 0.05
UNPREDICTABLE_DECAY = 2.0
# Upper edges of the bands whose level over the whole gap is compared.
LEVEL_EDGES_HZ = (150.0, 300.0, 550.0, 1000.0, 1700.0, 3000.0, 5000.0, 8000.0, 13000.0)
# Bands with so small a share of the power are not.
UNHEARD = 1e-6
# Roots of magnitudes are compared beside what is usual so many bins about.
NEAR_BINS = 6
# Of the loudest bin of a column: what lies lower is not heard beside it.
FLOOR = 1e-3


@dataclass(frozen=True)
class LossWeights:
    """How much each part counts."""

    waveform: float = 2.5
    magnitude: float = 0.3
    log_distance: float = 0.14
    band_energy: float = 0.4
    linear_magnitude: float = 1.0
    compressed_magnitude: float = 0.7
    level: float = 1.0

    def repelling(self) -> LossWeights:
        """Return how much each part counts in how far takes are to be apart.

        Levels over a whole gap do not: takes are to differ in what sounds, and an uncertain level
        is best met in its middle.
        """
        return replace(
            self,
            log_distance=0.8 * self.log_distance,
            band_energy=0.4 * self.band_energy,
            level=0.0,
        )


@dataclass
class LossParts:
    """How far two sounds are from each other, by parts, each ``(batch,)``, unweighted.

    Attributes
    ----------
    waveform
        RMS error in the gap over RMS of the clean gap.
    magnitude
        Mean absolute difference of log magnitudes, over three resolutions.
    log_distance
        Log-spectral distance in dB.
    band_energy
        Difference of the log energies of `BANDS`: the mean of its RMS over bands and over time.
    linear_magnitude
        Sum of the absolute differences of magnitudes over the clean ones' sum.
    compressed_magnitude
        Mean absolute difference of root magnitudes, each over what is usual about its bin: quiet
        bands count as much as loud ones.
    level
        Mean absolute difference of the log energies over the whole gap, of bands up to
        `LEVEL_EDGES_HZ`.
    gap_s
        Length of the gap.
    """

    waveform: Tensor
    magnitude: Tensor
    log_distance: Tensor
    band_energy: Tensor
    linear_magnitude: Tensor
    compressed_magnitude: Tensor
    level: Tensor
    gap_s: Tensor

    def distance(self, weights: LossWeights) -> Tensor:
        """Return the weighted distance of the spectra, ``(batch,)``."""
        return torch.as_tensor(
            weights.magnitude * self.magnitude
            + weights.log_distance * self.log_distance
            + weights.band_energy * self.band_energy
            + weights.linear_magnitude * self.linear_magnitude
            + weights.compressed_magnitude * self.compressed_magnitude
            + weights.level * self.level
        )

    def error(self, weights: LossWeights) -> Tensor:
        """Return the weighted distance of the spectra and of the waveforms, ``(batch,)``."""
        emphasis = (PREDICTABLE_S / self.gap_s).clamp(max=1.0) ** UNPREDICTABLE_DECAY
        return weights.waveform * emphasis * self.waveform + self.distance(weights)

    def total(self, weights: LossWeights) -> Tensor:
        """Return the weighted mean over the batch, a scalar."""
        return self.error(weights).mean()


def energy_loss(
    takes: tuple[Tensor, Tensor],
    clean: Tensor,
    gap: Tensor,
    rates: Tensor,
    *,
    liveliness: Tensor,
    weights: LossWeights,
) -> Tensor:
    """Return the generalised energy distance of two takes of every example, a scalar.

    The takes are to be near the truth and, by as much as `liveliness` says, far from each other:
    with 1 the distance of spectra is least where takes are distributed as the truth is, with 0
    where all of them are its median, as levels are in any case (`LossWeights.repelling`).

    Parameters
    ----------
    takes
        Repaired windows, ``(batch, frames)``, of the same gaps with different noise.
    liveliness
        ``(batch,)``, from 0 to 1.

    References
    ----------
    Gritsenko et al., "A Spectral Energy Distance for Parallel Speech Synthesis", NeurIPS 2020;
    Gneiting & Raftery, "Strictly proper scoring rules", JASA 102, 2007.
    """
    sounds = torch.stack([*takes, clean])
    first, second, apart = compare(sounds, [(0, 2), (1, 2), (0, 1)], gap, rates)
    near = (first.error(weights) + second.error(weights)) / 2
    return (near - liveliness * apart.distance(weights.repelling()) / 2).mean()


def loss_parts(filled: Tensor, clean: Tensor, gap: Tensor, rates: Tensor) -> LossParts:
    """Compare repaired windows with the clean ones.

    Parameters
    ----------
    filled, clean, gap
        ``(batch, frames)``; `gap` is 1 where the sound was lost.
    rates
        ``(batch,)``: frames a second, in Hz.
    """
    return compare(torch.stack([filled, clean]), [(0, 1)], gap, rates)[0]


def compare(
    sounds: Tensor, pairs: Sequence[tuple[int, int]], gap: Tensor, rates: Tensor
) -> list[LossParts]:
    """Compare pairs of sounds, all of them on the same scale.

    Parameters
    ----------
    sounds
        ``(sounds, batch, frames)``, the last of them the clean one.
    gap, rates
        As `loss_parts` has them.
    """
    gap_s = gap.sum(-1) / rates
    spectra = {size: _about_gap(sounds, gap, size) for size in RESOLUTIONS}
    compared = []
    level = sounds[-1].square().mean(-1) * gap.sum(-1)
    power = (sounds[-1] * gap).square().sum(-1)
    log_levels, is_heard = _log_levels(sounds, gap, rates)
    for one, other in pairs:
        error = ((sounds[one] - sounds[other]) * gap).square().sum(-1)
        waveform = ((error + 1e-9) / (power + 1e-3 * level + 1e-9)).sqrt()
        seen = {size: each.compared(one, other) for size, each in spectra.items()}
        levels = log_levels[one] - log_levels[other]
        shares = [seen[size] for size in LINEAR_RESOLUTIONS]
        compared.append(
            LossParts(
                waveform,
                torch.stack([s.magnitude for s in seen.values()]).mean(0),
                seen[METRIC_FFT].log_distance,
                spectra[METRIC_FFT].band_difference(one, other),
                torch.stack([s.linear for s in shares]).mean(0),
                torch.stack([s.compressed for s in shares]).mean(0),
                (levels.abs() * is_heard).sum(-1) / is_heard.sum(-1),
                gap_s,
            )
        )
    return compared


@dataclass(frozen=True, eq=False)
class _Differences:
    magnitude: Tensor
    log_distance: Tensor
    linear: Tensor
    compressed: Tensor


@dataclass(frozen=True, eq=False)
class _Spectra:
    """Magnitudes ``(sounds, batch, bins, columns)`` and weights of columns ``(batch, columns)``."""

    magnitudes: Tensor
    weight: Tensor

    @property
    def floor(self) -> Tensor:
        """``(batch, 1, columns)``: so much is added before a logarithm is taken."""
        return FLOOR * self.magnitudes.detach().amax(0).amax(1, keepdim=True) + 1e-7

    def compared(self, one: int, other: int) -> _Differences:
        a, b = self.magnitudes[one], self.magnitudes[other]
        ratio = torch.log((a + self.floor) / (b + self.floor))
        decibels = ratio * (20.0 / math.log(10.0))
        whole = (self.magnitudes[-1].sum(1) * self.weight).sum(-1)
        return _Differences(
            (ratio.abs().mean(1) * self.weight).sum(-1),
            ((decibels.square().mean(1) + 1e-4).sqrt() * self.weight).sum(-1),
            (((a - b).abs().sum(1)) * self.weight).sum(-1) / (whole + 1e-6),
            ((a.sqrt() - b.sqrt()).abs() * self.sizes * self.weight[:, None]).sum(-1).mean(-1),
        )

    @cached_property
    def sizes(self) -> Tensor:
        """``(batch, bins, 1)``: one over the root magnitude that is usual about a bin."""
        clean = (self.magnitudes[-1].detach().sqrt() * self.weight[:, None]).sum(-1)
        local_mean = torch.nn.functional.avg_pool1d(
            clean[:, None], 2 * NEAR_BINS + 1, 1, NEAR_BINS, count_include_pad=False
        )[:, 0]
        return 1.0 / (local_mean + 0.03 * local_mean.amax(-1, keepdim=True) + 1e-6)[..., None]

    def band_difference(self, one: int, other: int) -> Tensor:
        bands = _bands(self.magnitudes.shape[2]).to(self.magnitudes.device)
        pair = self.magnitudes[[one, other]].square()
        energies = torch.log(torch.einsum("kb,sxbc->sxkc", bands, pair) + self.floor.square())
        squares = (energies[0] - energies[1]).square()
        at_once = ((squares.mean(1) + 1e-4).sqrt() * self.weight).sum(-1)
        over_time = ((squares * self.weight[:, None]).sum(-1) + 1e-4).sqrt().mean(1)
        return (at_once + over_time) / 2


def _log_levels(sounds: Tensor, gap: Tensor, rates: Tensor) -> tuple[Tensor, Tensor]:
    """Return log energies of bands over the gap, ``(sounds, batch, bands)``.

    Besides, ``(batch, bands)``: 1 where the clean sound holds anything that is heard, else next to
    nothing.
    """
    frames = gap.shape[-1]
    inside = torch.cumsum(gap, -1) - 0.5
    fade = torch.sin(math.pi * inside / gap.sum(-1, keepdim=True)) * gap
    spectrum = torch.fft.rfft(sounds * fade)
    power = spectrum.real.square() + spectrum.imag.square()
    hz = torch.arange(power.shape[-1], device=gap.device)[None] * (rates[:, None] / frames)
    edges = torch.tensor(LEVEL_EDGES_HZ, device=gap.device)
    place = torch.bucketize(hz.contiguous(), edges).clamp(max=len(LEVEL_EDGES_HZ))
    whole = torch.zeros(*power.shape[:2], len(LEVEL_EDGES_HZ) + 1, device=gap.device)
    whole = whole.scatter_add(2, place.expand_as(power), power)[..., :-1]
    clean = whole[-1].detach()
    total = clean.sum(-1, keepdim=True)
    is_heard = ((clean > total * UNHEARD) & (total > 0)).float() + 1e-6
    return torch.log(whole + 1e-4 * clean + 1e-8 * total + 1e-9), is_heard


# what is kept serves learning, too, whoever asks for it first
@lru_cache
@torch.inference_mode(False)
def _bands(bins: int) -> Tensor:
    """Return means over bands of bins, ``(bands, bins)``; the lowest bin is in none."""
    most = math.log1p((bins - 1) / WIDER_FROM_BIN)
    edges = 1 + WIDER_FROM_BIN * torch.expm1(torch.linspace(0.0, most, BANDS + 1))
    whole = torch.unique(edges.round().long())
    rows = torch.zeros(len(whole) - 1, bins)
    for row, low, high in zip(rows, whole[:-1], whole[1:], strict=True):
        row[low:high] = 1.0 / (high - low)
    return rows


def _about_gap(sounds: Tensor, gap: Tensor, size: int) -> _Spectra:
    """Return the magnitudes about the gap, and weights that are the same in all of its columns."""
    hop = size // 2
    window = torch.hann_window(size, device=sounds.device)
    touched = torch.nn.functional.max_pool1d(gap[:, None], size, stride=hop)[:, 0]
    weight = touched / touched.sum(-1, keepdim=True).clamp(min=1)
    # Everything outside the widest gap is equal and need not be transformed.
    any_touched = torch.nonzero(touched.amax(0)).flatten()
    first, last = int(any_touched[0]), int(any_touched[-1])
    part = sounds[..., first * hop : last * hop + size]
    spectrum = torch.stft(
        part.flatten(0, 1), size, hop, window=window, center=False, return_complex=True
    )
    # with gradients at silence too
    magnitudes = (spectrum.real.square() + spectrum.imag.square() + 1e-14).sqrt()
    return _Spectra(
        magnitudes.reshape(*sounds.shape[:2], *magnitudes.shape[1:]), weight[:, first : last + 1]
    )
