"""Coherence of exemplars with the gap's surroundings, bin by bin.

An exemplar may agree with the gap's surroundings in some pitches and not in others: the drums come
again under another melody. Where it agrees it is turned to the phase, and brought to the level,
that go on from the known sound.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Neighbouring bins that are compared together.
BINS = 5
# How fast the sound farther from the gap counts less, in columns.
NEARNESS_COLUMNS = 12.0
# Of compressed magnitudes: 12 dB.
MOST_GAIN = 2.0
SILENCE = 1e-6
# How much what an exemplar explains of the sound counts for taking it, and what must be overcome.
TRUST, DOUBT = 3.0, 2.0
MOST_COHERENCE = 0.99999


def nearness(columns: Tensor) -> Tensor:
    """Return how much sound counts that lies so many columns away from the gap."""
    return torch.exp(-columns.abs() / NEARNESS_COLUMNS)


@torch.no_grad()
def align(
    exemplars: Tensor, sound: Tensor, sides: Tensor, way: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Fit exemplars to the sound around a gap.

    Parameters
    ----------
    exemplars
        ``(batch, exemplars, bins, columns)``, complex compressed spectra.
    sound
        ``(batch, bins, columns)``, the known sound likewise.
    sides
        ``(batch, 2, columns)``: how much each column before the gap, and after it, counts.
    way
        ``(batch, columns)``: from 0 at the start of the gap to 1 at its end; how much the side
        after it says of a column.

    Returns
    -------
    The exemplars, turned and brought to level; their coherence with the sound, 0 to 1; and the
    natural logarithm of their gains; all ``(batch, exemplars, bins, columns)``.

    References
    ----------
    Magnitude of coherence: Carter, Proc. IEEE 75(2), 1987; here over the columns on both sides.
    """
    cross = _at(way, _sum_sides(sound[:, None] * exemplars.conj(), sides))
    power = _at(way, _sum_sides(_power(sound)[:, None], sides))
    own = _at(way, _sum_sides(_power(exemplars), sides))
    size = magnitude(cross)
    coherence = size * (power * own + SILENCE**2).rsqrt()
    gain = ((power + SILENCE) / (own + SILENCE)).sqrt().clamp(1 / MOST_GAIN, MOST_GAIN)
    turned = exemplars * (cross / (size + SILENCE**2) * gain)
    return turned, coherence, torch.log(gain)


def evidence(coherence: Tensor) -> Tensor:
    """Return what speaks for taking an exemplar as it is, in place of what is made up, as a logit.

    The square of the coherence is the share of the sound's power that the exemplar explains.
    """
    explained = coherence.clamp(max=MOST_COHERENCE).square()
    return TRUST * torch.log(explained / (1.0 - explained) + SILENCE) - DOUBT


def compose(real: Tensor, imag: Tensor, like: Tensor) -> Tensor:
    """Return complex numbers of the kind of `like`: PyTorch's, or what stands for them."""
    return torch.complex(real, imag) if isinstance(like, Tensor) else type(like)(real, imag)


def magnitude(spectrum: Tensor) -> Tensor:
    """Return what `torch.abs` would, in a quarter of its time, with gradients at silence too."""
    return (_power(spectrum) + SILENCE**4).sqrt()


def _power(spectrum: Tensor) -> Tensor:
    return spectrum.real.square() + spectrum.imag.square()


def _sum_sides(values: Tensor, sides: Tensor) -> Tensor:
    """Sum ``(batch, n, bins, columns)`` over each side, and over bins: ``(batch, n, bins, 2)``."""
    if values.is_complex():
        return compose(_sum_sides(values.real, sides), _sum_sides(values.imag, sides), values)
    sums = (values[:, :, :, None] * sides[:, None, None]).sum(-1)
    near = sums.flatten(0, 1).transpose(1, 2)
    wide = F.avg_pool1d(near, BINS, stride=1, padding=BINS // 2, count_include_pad=False)
    return wide.transpose(1, 2).reshape(sums.shape)


def _at(way: Tensor, sums: Tensor) -> Tensor:
    """Go over from the side before to the one after: ``(batch, n, bins, columns)``."""
    before, after = sums[..., :1], sums[..., 1:]
    return before + (after - before) * way[:, None, None]
