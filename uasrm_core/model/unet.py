"""The hybrid network: a U-Net on the compressed complex spectrum that corrects classical fills.

Inputs: the spectrum of the sound with the best classical fill in the gap, the continuations from
both sides at the level where they start, exemplars whose surroundings fit, the spectral quantiles
of the recording, the place of the gap, and the damaged sound where only part of the spectrum is
damaged. Outputs: complex gains on fills, exemplars and damaged sound, a residual, and a learned
weight per exemplar, which is added to its coherence score before the softmax. The last layer starts
at zero, so that an untrained network returns the classical fill, or an exemplar where it is the
same sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchaudio.functional import inverse_spectrogram, spectrogram

from uasrm_core.exemplars.quantiles import EXEMPLARS
from uasrm_core.model.alignment import align, compose, evidence, magnitude, nearness
from uasrm_core.model.blocks import Attention, ResidualBlock, start_at_zero
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.layout import (
    FEATURES,
    GAINS,
    LAST,
    OUTPUTS,
    PLAIN_NOISE,
    SHAPED_NOISE,
    TAKEN,
    uses_noise,
)

# The first level whose points look at all others on the way up.
FIRST_ATTENTION = 2
EDGE_COLUMNS = 6
FLOOR = 0.01


@dataclass
class GapBatch:
    """What the network is given.

    Attributes
    ----------
    samples
        ``(batch, frames)``; what stands in the gap is not looked at unless `mask` is given: then it
        is the damaged sound.
    fills
        ``(batch, 3, frames)``: best, forward, backward, of which only the gap is looked at.
    gap
        ``(batch, frames)``, 1 inside the gap and 0 outside.
    exemplars
        ``(batch, EXEMPLARS, frames)``: exemplars with their surroundings, silence for none.
    quantiles
        ``(batch, quantiles, bins)``: see `exemplars.quantiles.spectral_quantiles`.
    rates
        ``(batch,)``: frames a second, in Hz.
    mask
        ``(batch, bins, columns)``, 1 where the spectrum is damaged within the gap, with soft edges;
        a single column stands for all. None means everywhere.
    noise
        ``(batch, frames)``: white noise of unit variance, of which one take is made. None is for
        silence.
    liveliness
        ``(batch,)``: from 0 for what lies in the middle of all fills to 1 for one of them. None is
        for 0.
    """

    samples: Tensor
    fills: Tensor
    gap: Tensor
    exemplars: Tensor
    quantiles: Tensor
    rates: Tensor
    mask: Tensor | None = None
    noise: Tensor | None = None
    liveliness: Tensor | None = None


class UNet(nn.Module):
    """``(batch, FEATURES, bins, columns)`` to ``(batch, OUTPUTS, bins, columns)``."""

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
            *_build_attention(widths[-1], rows[-1]),
            *_build_attention(widths[-1], rows[-1]),
        )
        self.up = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in pairwise(widths))
        self.join = nn.ModuleList(nn.Conv2d(2 * w, w, 1) for w in widths[:-1])
        self.decode = nn.ModuleList(ResidualBlock(w) for w in widths[:-1])
        # Where points are few, each of them may look at all.
        self.refine = nn.ModuleList(
            nn.Sequential(*(_build_attention(w, r) if level >= FIRST_ATTENTION else ()))
            for level, (w, r) in enumerate(zip(widths[:-1], rows[:-1], strict=True))
        )
        self.head = nn.Sequential(
            nn.GroupNorm(8, widths[0]), nn.SiLU(), nn.Conv2d(widths[0], OUTPUTS * stride, 1)
        )
        last = self.head[-1]
        assert isinstance(last, nn.Conv2d)
        start_at_zero(last)

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Return the outputs for every bin and column.

        Parameters
        ----------
        features
            `FEATURES` tensors that broadcast to ``(batch, bins, columns)``; the first is as large.
        """
        batch, bins, columns = features[0].shape
        rows, dtype = bins // self.stride, _dtype(features[0])
        # laid out as the convolutions read it: for each point its features, bin after bin
        wholes = (feature.to(dtype).expand(batch, bins, columns) for feature in features)
        x = torch.stack(
            [w.reshape(batch, rows, self.stride, columns).transpose(2, 3) for w in wholes], dim=3
        )
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
        # back: (batch, outputs * stride, bins / stride, columns) -> (batch, outputs, bins, columns)
        y = y.reshape(batch, OUTPUTS, self.stride, bins // self.stride, columns)
        return torch.as_tensor(y.transpose(2, 3).reshape(batch, OUTPUTS, bins, columns))


def _build_attention(channels: int, rows: int) -> tuple[nn.Module, nn.Module]:
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

        Callers splice it into the gap; the frames must be a whole number of
        `HybridConfig.window_multiple`.
        """
        level = self.level(batch)
        gap = batch.gap[:, None]
        outside = batch.samples[:, None] * (1.0 - gap)
        # (batch, 3 + exemplars, frames): the sound with each of the fills in the gap, the exemplars
        signals = torch.cat([outside + batch.fills * gap, batch.exemplars], dim=1)
        spectra = self._transform(signals / level[:, :, None])
        heard = None
        if batch.mask is not None:
            heard = self._transform((batch.samples / level)[:, None])[:, 0]
        base, change = self.mend(spectra, heard, self._noise(batch), batch, level)
        # the top bin and the last column are left as they are
        base = base + F.pad(change, (0, 1, 0, 1))
        return self._invert(base, batch.samples.shape[-1]) * level

    def mend(
        self, spectra: Tensor, heard: Tensor | None, noise: Tensor, batch: GapBatch, level: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return what the sound is before it is mended, and by how much it is changed.

        All that lies between the transforms; see `onnx_backend`, which runs it without PyTorch.

        Parameters
        ----------
        spectra
            ``(batch, 3 + EXEMPLARS, bins, columns)``: of the window with each of the fills, and of
            the exemplars.
        heard
            ``(batch, bins, columns)``: of the damaged sound, where there is a mask.
        noise
            ``(batch, bins, columns)``: of the noise, of unit variance.
        level
            ``(batch, 1)``: what the signals were divided by.

        Returns
        -------
        ``(batch, bins, columns)``, and ``(batch, bins - 1, columns - 1)``.
        """
        base = spectra[:, 0]
        if batch.mask is None or heard is None:
            damaged = torch.zeros_like(base)
        else:
            base = heard + (base - heard) * batch.mask
            damaged = heard * batch.mask
        noise = _compress(noise[:, :-1, :-1])
        outputs, parts, reasons = self._run_unet(spectra, base, damaged, noise, batch, level)
        compressed, exemplars = parts[0], parts[3 : 3 + EXEMPLARS]
        moved = compressed + compose(outputs[6], outputs[7], compressed)
        for first, part in zip(GAINS, parts, strict=True):
            moved = moved + compose(outputs[first], outputs[first + 1], part) * part
        shaped = compose(outputs[SHAPED_NOISE], outputs[SHAPED_NOISE + 1], moved) * moved
        plain = compose(outputs[PLAIN_NOISE], outputs[PLAIN_NOISE + 1], moved)
        moved = moved + (plain + shaped) * noise
        taken = torch.stack(outputs[TAKEN], dim=1) + reasons
        shares = torch.cat([torch.zeros_like(taken[:, :1]), taken], dim=1).softmax(1).unbind(1)
        moved = shares[0] * moved
        for share, exemplar in zip(shares[1:], exemplars, strict=True):
            moved = moved + share * exemplar
        change = _expand(moved) - _expand(compressed)
        if batch.mask is not None:
            change = change * batch.mask[:, :-1, : change.shape[-1]]
        return base, change

    @property
    def knows_noise(self) -> bool:
        """Whether it has learnt to make anything of noise."""
        last = self.get_parameter(LAST[0]).detach().cpu().numpy()
        return uses_noise(last, self.unet.stride)

    def _noise(self, batch: GapBatch) -> Tensor:
        """Return the spectrum of the noise, of unit variance."""
        noise = torch.zeros_like(batch.samples) if batch.noise is None else batch.noise
        power = self.window.square().sum() * (4.0 / self.config.stft.fft_size) ** 2
        return self._transform(noise * power.rsqrt())

    def level(self, batch: GapBatch) -> Tensor:
        """Return the level of the sound around the gap, ``(batch, 1)``."""
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

    def _run_unet(
        self,
        spectra: Tensor,
        base: Tensor,
        damaged: Tensor,
        noise: Tensor,
        batch: GapBatch,
        level: Tensor,
    ) -> tuple[tuple[Tensor, ...], list[Tensor], Tensor]:
        """Run the U-Net.

        Returns
        -------
        Its outputs, the compressed spectra that its gains are for, and what speaks for taking the
        exemplars among them as they are.
        """
        compressed, under = (_compress(part[:, :-1, :-1]) for part in (base, damaged))
        forward, backward = (_compress(spectra[:, i, :-1, :-1]) for i in (1, 2))
        columns = compressed.shape[-1]
        before, after, sides, maps = self._places(batch.gap, columns)
        turned, coherence, gains = align(
            _compress(spectra[:, 3:, :-1, :-1]),
            compressed,
            sides,
            (maps[:, 1].clamp(-1, 1) + 1) / 2,
        )
        exemplars = turned.unbind(1)
        size, going, coming = map(magnitude, (compressed, forward, backward))
        level_before = (size * before[:, None]).sum(-1, keepdim=True)
        level_after = (size * after[:, None]).sum(-1, keepdim=True)
        held = (
            forward * (level_before / (going + 1e-4)),
            backward * (level_after / (coming + 1e-4)),
        )
        gap_map = maps[:, 0, None].expand_as(size)
        if batch.mask is not None:
            gap_map = gap_map * batch.mask[:, :-1, :columns]
        frequency = torch.linspace(-1, 1, compressed.shape[1], device=base.device)[None, :, None]
        pace = torch.log2(batch.rates / self.config.rate)[:, None, None]
        magnitudes = torch.exp(0.5 * (batch.quantiles - torch.log(level)[:, :, None]))[
            :, :, :-1, None
        ]
        features = [
            *(part for z in (compressed, *held) for part in (z.real, z.imag)),
            _log(going),
            _log(coming),
            _log(level_before),
            _log(level_after),
            gap_map,
            maps[:, 1, None],
            maps[:, 2, None],
            frequency,
            *(part for z in exemplars for part in (z.real, z.imag, _log(magnitude(z)))),
            *(_log(quantile) for quantile in magnitudes.unbind(1)),
            pace,
            *coherence.unbind(1),
            *gains.unbind(1),
            under.real,
            under.imag,
            _log(magnitude(under)),
            *self._build_noise_inputs(noise, batch),
        ]
        outputs = self.unet(features).float()
        return outputs.unbind(1), [compressed, *held, *exemplars, under], evidence(coherence)

    def _build_noise_inputs(self, noise: Tensor, batch: GapBatch) -> list[Tensor]:
        """Return the features that tell takes apart, and how far they may differ.

        Besides the noise at each point there are numbers that many points share, by which a take
        can be another one as a whole: frames of the noise, which are independent of each other.
        """
        batches, _, columns = noise.shape
        frames = torch.zeros_like(batch.samples) if batch.noise is None else batch.noise
        hop = self.config.stft.hop_frames
        lively = noise.real.new_zeros(batches) if batch.liveliness is None else batch.liveliness
        return [
            noise.real,
            noise.imag,
            _log(magnitude(noise)),
            *(frames[:, None, first::hop][:, :, :columns] for first in (0, 1)),
            *(frames[:, first, None, None] for first in (2, 3)),
            lively[:, None, None],
        ]

    def _places(self, gap: Tensor, columns: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Tell where columns lie about the gap.

        Returns
        -------
        Weights ``(batch, columns)`` that average the columns just before and just after the gap;
        ``(batch, 2, columns)``, how much all columns before it and after it count by how near they
        are; and maps ``(batch, 3, columns)``: share of the column in the gap, place in the gap
        from -1 to 1, length of the gap.
        """
        hop, half = self.config.stft.hop_frames, self.config.stft.fft_size // 2
        frames = torch.arange(gap.shape[-1], device=gap.device)
        start = torch.where(gap > 0, frames, gap.shape[-1]).amin(-1, keepdim=True).float()
        end = torch.where(gap > 0, frames + 1, 0).amax(-1, keepdim=True).float()
        centre = torch.arange(columns, device=gap.device)[None] * hop
        reach = EDGE_COLUMNS * hop
        near = torch.stack(
            [nearness((centre - edge) / hop) for edge in (start - half, end + half)], dim=1
        )
        before, after = centre <= start - half, centre >= end + half
        sides = near * torch.stack([before, after], dim=1)
        weights = [
            side.float() / side.sum(-1, keepdim=True).clamp(min=1)
            for side in (
                before & (centre > start - half - reach),
                after & (centre < end + half + reach),
            )
        ]
        overlap = torch.minimum(centre + half, end) - torch.maximum(centre - half, start)
        share = (overlap / (2 * half)).clamp(0, 1)
        place = ((2 * centre - start - end) / (end - start)).clamp(-2, 2)
        length = (torch.log2((end - start) / self.config.rate * 10.0) / 3.0).expand_as(place)
        return weights[0], weights[1], sides, torch.stack([share, place, length], dim=1)


def _compress(spectrum: Tensor) -> Tensor:
    """Take the square root of the magnitude and keep the phase."""
    return spectrum * (magnitude(spectrum) + 1e-8).rsqrt()


def _expand(compressed: Tensor) -> Tensor:
    """Undo `_compress`, nearly; the floor lets gradients through where there is silence."""
    return compressed * (magnitude(compressed) + FLOOR)


def _log(size: Tensor) -> Tensor:
    return torch.log(size + 1e-3) / 3.0 + 1.0
