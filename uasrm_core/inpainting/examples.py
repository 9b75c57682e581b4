"""Training examples as tensors, and the loss of a network's guesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from uasrm_core.inpainting.condition import Example
from uasrm_core.inpainting.mix import is_predicted
from uasrm_core.inpainting.splice import (
    crossfade,
    crossfade_frames,
    crossfade_inner,
    crossfade_sides,
    crossfade_weights,
)
from uasrm_core.interpolation.fills import ClassicalFills, agreement_db
from uasrm_core.model.losses import LossParts, LossWeights, energy_loss, loss_parts
from uasrm_core.model.torch_backend import batch_of
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


def join_batches(batches: Sequence[Batch]) -> Batch:
    """Return batches of windows alike in length, and without masks, as one."""
    given = {
        name: torch.cat([getattr(batch.given, name) for batch in batches])
        for name, value in vars(batches[0].given).items()
        if value is not None
    }
    return Batch(torch.cat([batch.clean for batch in batches]), GapBatch(**given))


def splice_windows(batch: Batch, rendered: Tensor) -> Tensor:
    """Return windows as they are heard with a network's guesses in their gaps, ``(batch, frames)``.

    As repairs have it: the prediction where it is taken (`mix.is_predicted`), and crossfades with
    the continuations at the edges (`splice.crossfade`), of the usual length.

    Parameters
    ----------
    rendered
        ``(batch, frames)``: what the network returned.
    """
    return torch.stack([_splice_row(batch, rendered[row], row) for row in range(len(rendered))])


def _splice_row(batch: Batch, rendered: Tensor, row: int) -> Tensor:
    given = batch.given
    inside = torch.nonzero(given.gap[row]).flatten()
    start, end = int(inside[0]), int(inside[-1]) + 1
    rate = float(given.rates[row])
    fade, frames = crossfade_frames(int(rate)), rendered.shape[-1]
    known = given.samples[row] if given.mask is not None else batch.clean[row]
    inner = (0, 0)
    if given.mask is None:
        best, forward, backward = given.fills[row, :, start:end]
        guesses = ClassicalFills(*given.fills[row, :, start:end].cpu().numpy())
        if is_predicted(end - start, rate=rate, agreement_db=agreement_db([guesses])):
            predicted = known.clone()
            predicted[start:end] = best
            # with gradients, which are 0: a batch may hold nothing else
            rendered = predicted + 0.0 * rendered
        # at an end of the recording there is nothing to be joined to
        sounds = bool(known[:start].any()), bool(known[end:].any())
        inner_frames = crossfade_inner(end - start, rate)
        inner = (inner_frames * sounds[0], inner_frames * sounds[1])
        known = known.clone()
        known[start : start + inner[0]] = forward[: inner[0]]
        known[end - inner[1] : end] = backward[len(backward) - inner[1] :]
    weights = torch.from_numpy(crossfade_weights(frames, start, end, fade, inner)).to(known.device)
    if inner == (0, 0):
        return known + (rendered - known) * weights
    sides = crossfade_sides(frames, start, end, fade, inner)
    crossed: Tensor = crossfade(known[None], rendered[None], weights, sides)[0]
    return crossed


def measure_repairs(
    model: HybridInpainter, batch: Batch, forward: Callable[[GapBatch], Tensor] | None = None
) -> LossParts:
    """Return how far a network's repairs are from what was there.

    Parameters
    ----------
    forward
        Runs the network in place of itself, where several processes do so together.
    """
    given = batch.given
    filled = splice_windows(batch, (forward or model)(given).float())
    return loss_parts(filled, batch.clean, given.gap, given.rates)


def draw_takes(
    model: HybridInpainter,
    batch: Batch,
    chance: torch.Generator,
    forward: Callable[[GapBatch], Tensor] | None = None,
) -> Tensor:
    """Return two takes of every gap as they are heard, ``(2, batch, frames)``.

    Parameters
    ----------
    chance
        Draws the noise, on the CPU.
    forward
        As `measure_repairs` has it.
    """
    given, device = batch.given, batch.clean.device
    # that other values than 1 mean something is not learnt, and they leave fills quiet
    liveliness = torch.ones(len(batch.clean), device=device)
    noise = torch.randn((2 * len(batch.clean), batch.clean.shape[-1]), generator=chance)
    twice = {
        name: torch.cat([value, value])
        for name, value in vars(replace(given, liveliness=liveliness)).items()
        if value is not None
    }
    rendered = (forward or model)(GapBatch(**twice | {"noise": noise.to(device)})).float()
    return torch.stack([splice_windows(batch, take) for take in rendered.chunk(2)])


def measure_takes(takes: Tensor, batch: Batch, weights: LossWeights) -> Tensor:
    """Return the energy distance of two takes of every gap, ``(2, batch, frames)``, a scalar."""
    first, second = takes
    return energy_loss(
        (first, second),
        batch.clean,
        batch.given.gap,
        batch.given.rates,
        liveliness=torch.ones(len(batch.clean), device=batch.clean.device),
        weights=weights,
    )
