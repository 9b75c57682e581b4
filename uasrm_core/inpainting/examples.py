"""Examples to learn from, as tensors, and how far from right a network's answers to them are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from uasrm_core.inpainting.condition import Example
from uasrm_core.inpainting.guesses import batch_of
from uasrm_core.model.losses import LossParts, loss_parts
from uasrm_core.model.unet import GapBatch, HybridInpainter


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples as tensors.

    Attributes
    ----------
    clean
        ``(batch, frames)``: the windows as they were.
    given
        What the network is given.
    """

    clean: Tensor
    given: GapBatch

    def to(self, device: torch.device) -> Batch:
        """Return the batch on another device."""
        tensors = {name: t.to(device) for name, t in vars(self.given).items() if t is not None}
        return Batch(self.clean.to(device), GapBatch(**tensors))


def example_batch(example: Example, device: torch.device) -> Batch:
    """Return one example as tensors, a batch of one."""
    clean = torch.from_numpy(example.clean)[None].to(device)
    return Batch(clean, batch_of(example.model_input, device))


def joined(batches: Sequence[Batch]) -> Batch:
    """Return batches of windows alike in length, and without masks, as one."""
    given = {
        name: torch.cat([getattr(batch.given, name) for batch in batches])
        for name, value in vars(batches[0].given).items()
        if value is not None
    }
    return Batch(torch.cat([batch.clean for batch in batches]), GapBatch(**given))


def answered(
    model: HybridInpainter, batch: Batch, forward: Callable[[GapBatch], Tensor] | None = None
) -> LossParts:
    """Return how far a network's repairs are from what was there.

    Parameters
    ----------
    forward
        Runs the network in place of itself, where several processes do so together.
    """
    given = batch.given
    with torch.autocast(batch.clean.device.type, dtype=torch.bfloat16):
        rendered = (forward or model)(given)
    filled = model.splice(batch.clean, rendered.float(), given.gap)
    return loss_parts(filled, batch.clean, given.gap, given.rates)
