"""The network of the notebook that this project comes from, with its defects corrected.

T. Goldfarb, "Unet Audio Spectrogram Repair Model" (2024, MIT): a U-Net that is shown the levels of
a spectrogram with a hole in it and answers with the levels of the whole. `NOTEBOOK` is its network
to the parameter; see `docs/decisions/008-the-notebooks-network.md` for what is different and why.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from uasrm_core.model.checkpoint import build, write_weights
from uasrm_core.model.config import MOST_RATE, check_number, check_stft, check_whole
from uasrm_core.model.files import read_config, read_weights
from uasrm_core.spectral.stft import StftConfig

ARCHITECTURE = "original"
LEVELS = 7


@dataclass(frozen=True)
class OriginalConfig:
    """Sizes of the network, as kept in a model file.

    Attributes
    ----------
    rate
        The rate it works at.
    stft
        Its transform.
    chunk_s
        How much of a recording it sees at once.
    channels
        Feature maps of the first level; each of the six below has twice as many.
    is_nonlinear, is_normalised
        The notebook's network has neither, and so is one affine function.
    sees_hole
        Whether it is told where the hole is; the notebook's is not.
    hole_level
        What stands in the hole: 0 is silence, 1 the loudest level, as in the notebook.

    Raises
    ------
    ValueError
        A size is not possible; the message is a part of a sentence.
    """

    rate: int = 44100
    stft: StftConfig = field(default_factory=StftConfig)
    chunk_s: float = 5.0
    channels: int = 64
    is_nonlinear: bool = True
    is_normalised: bool = True
    sees_hole: bool = True
    hole_level: float = 0.0

    def __post_init__(self) -> None:
        check_whole("rate", self.rate, 1000, MOST_RATE)
        check_stft(self.stft)
        check_number("chunk_s", self.chunk_s, 0.01, 60.0)
        check_whole("channels", self.channels, 1, 1024)
        check_number("hole_level", self.hole_level, 0.0, 1.0)

    @property
    def chunk_frames(self) -> int:
        """Frames of a chunk."""
        return round(self.chunk_s * self.rate)

    @property
    def widths(self) -> tuple[int, ...]:
        """Feature maps at each level."""
        return tuple(self.channels << level for level in range(LEVELS))


NOTEBOOK = OriginalConfig(is_nonlinear=False, is_normalised=False, sees_hole=False, hole_level=1.0)


class OriginalNet(nn.Module):
    """``(batch, bins, columns)`` to the same shape."""

    def __init__(self, config: OriginalConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.stem = _halving(2 if config.sees_hole else 1, widths[0], stride=1)
        self.down = nn.ModuleList(_halving(a, b, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(b, a, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.skip = nn.ModuleList(nn.Conv2d(w, w, 3, padding=1) for w in widths[:-1])
        self.head = nn.ConvTranspose2d(widths[0], 1, 3, padding=1)
        self.down_norm = nn.ModuleList(_norm(config, w) for w in widths)
        self.up_norm = nn.ModuleList(_norm(config, w) for w in widths[:-1])

    def forward(self, levels: Tensor, hole: Tensor) -> Tensor:
        """Return the levels of the whole; callers splice the hole out of them (`splice`).

        Parameters
        ----------
        levels
            ``(batch, bins, columns)``; what stands in the hole is not looked at.
        hole
            ``(batch, columns)``, 1 in the hole and 0 outside.
        """
        where = hole[:, None, :]
        seen = levels * (1.0 - where) + self.config.hole_level * where
        x = (
            torch.stack([seen, where.expand_as(seen)], 1)
            if self.config.sees_hole
            else seen[:, None]
        )
        h = self._activate(self.down_norm[0](self.stem(x)))
        skips = []
        for down, norm in zip(self.down, self.down_norm[1:], strict=True):
            skips.append(h)
            h = self._activate(norm(down(h)))
        for level in reversed(range(len(skips))):
            # To the skip's own size: a transposed convolution alone leaves odd sizes one short.
            h = self.up[level](h, output_size=skips[level].shape[-2:])
            h = self._activate(self.up_norm[level](h)) + self.skip[level](skips[level])
        return torch.as_tensor(self.head(h)[:, 0])

    def splice(self, levels: Tensor, answered: Tensor, hole: Tensor) -> Tensor:
        """Put the answer into the hole and nowhere else, column by column."""
        return torch.where(hole[:, None, :] > 0, answered, levels)

    def _activate(self, h: Tensor) -> Tensor:
        return F.leaky_relu(h, 0.2) if self.config.is_nonlinear else h


def _halving(a: int, b: int, *, stride: int) -> nn.Conv2d:
    return nn.Conv2d(a, b, 3, stride=stride, padding=1, padding_mode="replicate")


def _norm(config: OriginalConfig, channels: int) -> nn.Module:
    if not config.is_normalised:
        return nn.Identity()
    return nn.GroupNorm(math.gcd(8, channels), channels)


def save_original(model: OriginalNet, path: Path, origin: Mapping[str, str]) -> None:
    """Write a model file; see `uasrm_core.model.checkpoint.save_model`."""
    write_weights(model, path, ARCHITECTURE, asdict(model.config), origin)


def load_original(path: Path) -> OriginalNet:
    """Return the network of a model file, ready for repairs, on the CPU.

    Raises
    ------
    ModelError
        The file is missing, damaged, or holds another network.
    """
    metadata, weights = read_weights(path, ARCHITECTURE)
    config = read_config(path, metadata, _config)
    # those of the deepest convolution
    least = 9 * config.widths[-1] * config.widths[-2]
    return build(path, lambda: OriginalNet(config), weights, least=least).eval()


def _config(entries: Any) -> OriginalConfig:
    return OriginalConfig(**{**entries, "stft": StftConfig(**entries["stft"])})
