"""The hybrid network: a U-Net on the compressed complex spectrum that mends classical fills.

It sees the spectrum of the sound with the best classical fill in the gap, the continuations from
both sides held at the level they started from, passages of the recording whose surroundings fit,
how loud each pitch gets in the recording, and where the gap is. It answers with complex gains on
fills and passages and a residual. The last layer starts at zero, so that an untrained network
returns the classical fill, and training can only move away from it where that pays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchaudio.functional import inverse_spectrogram, spectrogram

from uasrm_core.dsp.surroundings import PASSAGES, QUANTILES
from uasrm_core.model.blocks import Attention, ResidualBlock, start_at_zero
from uasrm_core.model.config import HybridConfig

# Real and imaginary parts of base, forward, backward (6), log magnitudes of both continuations (2),
# log levels before and after (2), gap, place in the gap, length of the gap, frequency (4); then of
# every passage its parts and its log magnitude (3), the levels of the recording, and its rate.
FEATURES = 15 + 3 * PASSAGES + len(QUANTILES)
# Complex gains on base, forward and backward, a complex residual, complex gains on the passages.
ANSWERS = 8 + 2 * PASSAGES
# The first level whose points look at all others on the way up.
FIRST_OVERVIEW = 2
EDGE_COLUMNS = 6
FLOOR = 0.01


@dataclass
class GapBatch:
    """What the network is given.

    Attributes
    ----------
    samples
        ``(batch, frames)``; what stands in the gap is not looked at unless `mask` is given.
    fills
        ``(batch, 3, frames)``: best, forward, backward, of which only the gap is looked at.
    gap
        ``(batch, frames)``, 1 inside the gap and 0 outside.
    references
        ``(batch, PASSAGES, frames)``: passages with their surroundings, silence for none.
    levels
        ``(batch, quantiles, bins)``: see `uasrm_core.dsp.surroundings.levels`.
    rates
        ``(batch,)``: frames a second, in Hz.
    mask
        ``(batch, bins, columns)``, 1 where the spectrum is damaged within the gap, with soft edges;
        a single column stands for all. None means everywhere.
    """

    samples: Tensor
    fills: Tensor
    gap: Tensor
    references: Tensor
    levels: Tensor
    rates: Tensor
    mask: Tensor | None = None


class UNet(nn.Module):
    """``(batch, FEATURES, bins, columns)`` to ``(batch, ANSWERS, bins, columns)``."""

    def __init__(self, config: HybridConfig) -> None:
        super().__init__()
        stride, widths = config.frequency_stride, config.channels
        bins = config.stft.fft_size // 2
        rows = [(bins // stride) >> level for level in range(len(widths))]
        self.stride = stride
        self.stem = nn.Conv2d(FEATURES * stride, widths[0], 3, padding=1)
        # Convolutions do not know where on the frequency axis they are; this tells them.
        self.place = nn.Parameter(torch.zeros(1, widths[0], bins // stride, 1))
        self.encode = nn.ModuleList(ResidualBlock(w) for w in widths[:-1])
        self.down = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.middle = nn.Sequential(
            ResidualBlock(widths[-1]),
            ResidualBlock(widths[-1]),
            *_overview(widths[-1], rows[-1]),
            *_overview(widths[-1], rows[-1]),
        )
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.join = nn.ModuleList(nn.Conv2d(2 * w, w, 1) for w in widths[:-1])
        self.decode = nn.ModuleList(ResidualBlock(w) for w in widths[:-1])
        # Where points are few, each of them may look at all.
        self.refine = nn.ModuleList(
            nn.Sequential(*(_overview(w, r) if level >= FIRST_OVERVIEW else ()))
            for level, (w, r) in enumerate(zip(widths[:-1], rows[:-1], strict=True))
        )
        self.head = nn.Sequential(
            nn.GroupNorm(8, widths[0]), nn.SiLU(), nn.Conv2d(widths[0], ANSWERS * stride, 1)
        )
        last = self.head[-1]
        assert isinstance(last, nn.Conv2d)
        start_at_zero(last)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return the answers for every bin and column.

        Parameters
        ----------
        features
            `FEATURES` tensors that broadcast to ``(batch, bins, columns)``; the first is as large.
        """
        batch, bins, columns = features[0].shape
        rows, shape = bins // self.stride, (batch, bins // self.stride, columns, len(features))
        # laid out as the convolutions read it: for each point its features, bin after bin
        x = features[0].new_empty((*shape, self.stride), dtype=_dtype(features[0]))
        for number, feature in enumerate(features):
            whole = feature.expand(batch, bins, columns)
            x[:, :, :, number] = whole.reshape(batch, rows, self.stride, columns).transpose(2, 3)
        x = x.reshape(batch, rows, columns, -1).permute(0, 3, 1, 2)
        h = self.stem(x) + self.place
        skips = []
        for encode, down in zip(self.encode, self.down, strict=True):
            h = encode(h)
            skips.append(h)
            h = down(h)
        h = self.middle(h)
        for level in reversed(range(len(skips))):
            h = F.interpolate(self.up[level](h), scale_factor=2.0, mode="nearest")
            h = self.join[level](torch.cat([h, skips[level]], dim=1))
            h = self.refine[level](self.decode[level](h))
        y = self.head(h)
        # back: (batch, answers * stride, bins / stride, columns) -> (batch, answers, bins, columns)
        y = y.reshape(batch, ANSWERS, self.stride, bins // self.stride, columns)
        return torch.as_tensor(y.transpose(2, 3).reshape(batch, ANSWERS, bins, columns))


def _overview(channels: int, rows: int) -> tuple[nn.Module, nn.Module]:
    return Attention(channels, rows), ResidualBlock(channels)


def _dtype(x: Tensor) -> torch.dtype:
    """Return the numbers that convolutions of `x` calculate with."""
    kind = x.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else x.dtype


class HybridInpainter(nn.Module):
    """The network with its transforms: windows with a gap in, windows without one out."""

    window: Tensor

    def __init__(self, config: HybridConfig) -> None:
        super().__init__()
        self.config = config
        self.unet = UNet(config)
        window = torch.hann_window(config.stft.fft_size)
        self.register_buffer("window", window, persistent=False)

    def forward(self, batch: GapBatch) -> Tensor:
        """Return ``(batch, frames)``: the whole window as the network renders it.

        Callers splice it into the gap (`splice`); the frames must be a whole number of
        `HybridConfig.window_multiple`.
        """
        level = self._level(batch)
        gap = batch.gap[:, None]
        outside = batch.samples[:, None] * (1.0 - gap)
        # (batch, 3 + passages, frames): the sound with each of the fills in the gap, the passages
        signals = torch.cat([outside + batch.fills * gap, batch.references], dim=1)
        spectra = self._transform(signals / level[:, :, None])
        base = spectra[:, 0]
        if batch.mask is not None:
            true = self._transform((batch.samples / level)[:, None])[:, 0]
            base = true + (base - true) * batch.mask
        answer, parts = self._answer(spectra, base, batch, level)
        compressed = parts[0]
        moved = compressed + torch.complex(answer[6], answer[7])
        for first, part in zip((0, 2, 4, *range(8, ANSWERS, 2)), parts, strict=True):
            moved = moved + torch.complex(answer[first], answer[first + 1]) * part
        change = _expand(moved) - _expand(compressed)
        if batch.mask is not None:
            change = change * batch.mask[:, :-1, : change.shape[-1]]
        # the top bin and the last column are left as they are
        base = base + F.pad(change, (0, 1, 0, 1))
        return self._invert(base, batch.samples.shape[-1]) * level

    def splice(self, samples: Tensor, rendered: Tensor, gap: Tensor) -> Tensor:
        """Lay the rendered gap into the known sound with short fades outside the gap."""
        weight = self.fade(gap)
        return samples * (1.0 - weight) + rendered * weight

    def fade(self, gap: Tensor) -> Tensor:
        """Return the weight of the fill, ``(batch, frames)``: 1 in the gap, falling outside."""
        width = int(self.config.crossfade_s * self.config.rate)
        ramp = torch.arange(1, 2 * width + 2, device=gap.device) / (2 * width + 2)
        kernel = torch.sin(torch.pi * ramp) ** 2
        kernel = kernel / kernel.sum()
        wide = F.max_pool1d(gap[:, None], 2 * width + 1, stride=1, padding=width)
        smooth = F.conv1d(wide, kernel[None, None].to(gap.dtype), padding=width)[:, 0]
        return smooth.maximum(gap).clamp(max=1.0)

    def _level(self, batch: GapBatch) -> Tensor:
        known = 1.0 - batch.gap
        power = (batch.samples**2 * known).sum(-1, keepdim=True) / known.sum(-1, keepdim=True)
        return (power.sqrt() + 1e-6).detach()

    def _transform(self, signals: Tensor) -> Tensor:
        """Return the spectrum of ``(..., frames)``, ``(..., bins, columns)``."""
        stft = self.config.stft
        spectrum = spectrogram(
            signals,
            pad=0,
            window=self.window,
            n_fft=stft.fft_size,
            hop_length=stft.hop_frames,
            win_length=stft.fft_size,
            power=None,
            normalized=False,
            pad_mode="constant",
        )
        return torch.as_tensor(spectrum * (4.0 / stft.fft_size))

    def _invert(self, spectrum: Tensor, frames: int) -> Tensor:
        stft = self.config.stft
        signals = inverse_spectrogram(
            spectrum * (stft.fft_size / 4.0),
            length=frames,
            pad=0,
            window=self.window,
            n_fft=stft.fft_size,
            hop_length=stft.hop_frames,
            win_length=stft.fft_size,
            normalized=False,
        )
        return torch.as_tensor(signals)

    def _answer(
        self, spectra: Tensor, base: Tensor, batch: GapBatch, level: Tensor
    ) -> tuple[tuple[Tensor, ...], list[Tensor]]:
        """Run the U-Net; return its answers and the compressed spectra that its gains are for."""
        compressed = _compress(base[:, :-1, :-1])
        forward, backward, *passages = (
            _compress(spectra[:, i, :-1, :-1]) for i in range(1, spectra.shape[1])
        )
        columns = compressed.shape[-1]
        before, after, maps = self._places(batch.gap, columns)
        magnitude = compressed.abs()
        level_before = (magnitude * before[:, None]).sum(-1, keepdim=True)
        level_after = (magnitude * after[:, None]).sum(-1, keepdim=True)
        held = (
            forward / (forward.abs() + 1e-4) * level_before,
            backward / (backward.abs() + 1e-4) * level_after,
        )
        gap_map = maps[:, 0, None] * torch.ones_like(magnitude)
        if batch.mask is not None:
            gap_map = gap_map * batch.mask[:, :-1, :columns]
        frequency = torch.linspace(-1, 1, compressed.shape[1], device=base.device)[None, :, None]
        pace = torch.log2(batch.rates / self.config.rate)[:, None, None]
        usual = torch.exp(0.5 * (batch.levels - torch.log(level)[:, :, None]))[:, :, :-1, None]
        features = [
            *(part for z in (compressed, *held) for part in (z.real, z.imag)),
            _log(forward.abs()),
            _log(backward.abs()),
            _log(level_before),
            _log(level_after),
            gap_map,
            maps[:, 1, None],
            maps[:, 2, None],
            frequency,
            *(part for z in passages for part in (z.real, z.imag, _log(z.abs()))),
            *(_log(quantile) for quantile in usual.unbind(1)),
            pace,
        ]
        answer = self.unet(features).float()
        return answer.unbind(1), [compressed, *held, *passages]

    def _places(self, gap: Tensor, columns: int) -> tuple[Tensor, Tensor, Tensor]:
        """Tell where columns lie about the gap.

        Returns
        -------
        Weights ``(batch, columns)`` that average the columns just before and just after the gap,
        and maps ``(batch, 3, columns)``: share of the column in the gap, place in the gap from
        -1 to 1, length of the gap.
        """
        hop, half = self.config.stft.hop_frames, self.config.stft.fft_size // 2
        frames = torch.arange(gap.shape[-1], device=gap.device)
        start = torch.where(gap > 0, frames, gap.shape[-1]).amin(-1, keepdim=True).float()
        end = torch.where(gap > 0, frames + 1, 0).amax(-1, keepdim=True).float()
        centre = torch.arange(columns, device=gap.device)[None] * hop
        reach = EDGE_COLUMNS * hop
        before = (centre <= start - half) & (centre > start - half - reach)
        after = (centre >= end + half) & (centre < end + half + reach)
        weights = [
            side.float() / side.sum(-1, keepdim=True).clamp(min=1) for side in (before, after)
        ]
        overlap = torch.minimum(centre + half, end) - torch.maximum(centre - half, start)
        share = (overlap / (2 * half)).clamp(0, 1)
        place = ((2 * centre - start - end) / (end - start)).clamp(-2, 2)
        length = (torch.log2((end - start) / self.config.rate * 10.0) / 3.0).expand_as(place)
        return weights[0], weights[1], torch.stack([share, place, length], dim=1)


def _compress(spectrum: Tensor) -> Tensor:
    """Take the square root of the magnitude and keep the phase."""
    return spectrum / (spectrum.abs() + 1e-8).sqrt()


def _expand(compressed: Tensor) -> Tensor:
    """Undo `_compress`, nearly; the floor lets gradients through where there is silence."""
    return compressed * (compressed.abs() + FLOOR)


def _log(magnitude: Tensor) -> Tensor:
    return torch.log(magnitude + 1e-3) / 3.0 + 1.0
