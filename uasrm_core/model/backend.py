"""A hybrid network that can be run, whatever runs it (`choose_backend`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from uasrm_core.audio.clip import Samples
from uasrm_core.model.config import HybridConfig


@dataclass(frozen=True, eq=False)
class ModelInput:
    """One channel of a gap as the network is given it; `unet.GapBatch` has the same fields.

    Attributes
    ----------
    samples
        ``(frames,)``: the window, with the damaged sound where only part of the spectrum is.
    fills
        ``(3, frames)``: best, forward and backward fill, zero outside the gap.
    gap
        ``(frames,)``: 1 in the gap and 0 outside.
    exemplars
        ``(EXEMPLARS, frames)``: exemplars with their surroundings, silence for none.
    quantiles
        ``(quantiles, bins)``: spectral quantiles of the recording.
    rates
        Frames a second, a scalar.
    mask
        ``(bins, columns)``: how far each point is damaged, or None where all of the gap is.
    """

    samples: Samples
    fills: Samples
    gap: Samples
    exemplars: Samples
    quantiles: Samples
    rates: Samples
    mask: Samples | None


class Backend(Protocol):
    """A loaded network."""

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""

    @property
    def knows_noise(self) -> bool:
        """Whether it has learnt to make anything of noise."""

    def render(self, given: ModelInput, noise: Samples | None = None) -> Samples:
        """Return the whole window as the network renders it, ``(frames,)``.

        Parameters
        ----------
        noise
            ``(frames,)``: white noise of unit variance, of which one take is made; without it the
            answer is what lies in the middle of all of them.
        """
