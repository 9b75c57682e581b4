"""The blocks of the hybrid network: residual convolutions and attention."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Of each head of an `Attention`.
HEAD_CHANNELS = 32


class ResidualBlock(nn.Module):
    """Two normalised convolutions with a way around them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(8, channels)
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2 = nn.GroupNorm(8, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return torch.as_tensor(x + h)

    def silence(self) -> None:
        """Make it add nothing, until it learns to."""
        start_at_zero(self.conv2)


class Attention(nn.Module):
    """Every point of the spectrum looks at all others, with a way around.

    References
    ----------
    Vaswani et al., "Attention is all you need", NeurIPS 2017.
    """

    def __init__(self, channels: int, rows: int) -> None:
        super().__init__()
        self.heads = max(channels // HEAD_CHANNELS, 1)
        self.norm = nn.GroupNorm(8, channels)
        # Points that sound alike at other pitches are told apart by this.
        self.place = nn.Parameter(0.02 * torch.randn(1, channels, rows, 1))
        self.ask = nn.Conv2d(channels, 3 * channels, 1)
        self.tell = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the same shape."""
        batch, channels, rows, columns = x.shape
        asked = self.ask(self.norm(x) + self.place).flatten(2)
        # (batch, 3 * channels, points) -> three of (batch, heads, points, channels / heads)
        shape = (batch, 3, self.heads, channels // self.heads, rows * columns)
        query, key, value = asked.reshape(shape).transpose(3, 4).unbind(1)
        heard = F.scaled_dot_product_attention(query, key, value)
        told = self.tell(heard.transpose(2, 3).reshape(batch, channels, rows, columns))
        return torch.as_tensor(x + told)

    def silence(self) -> None:
        """Make it add nothing, until it learns to."""
        start_at_zero(self.tell)


def start_at_zero(layer: nn.Conv2d) -> None:
    """Let a layer answer nothing until it learns to."""
    nn.init.zeros_(layer.weight)
    assert layer.bias is not None
    nn.init.zeros_(layer.bias)
