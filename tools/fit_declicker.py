"""Train the network that tells a click from the sound under it.

    python tools/fit_declicker.py CORPUS [--gaps N] [--steps N] [-o FILE]

Takes gaps in the training recordings of a corpus (``uasrm corpus``), and lays clicks of many sorts
into them while it trains (see ``click_examples.py``). What ships is ``resources/declick.npz``. On
one thread of a busy machine, gathering 40,000 gaps takes about ten minutes; they are kept in
``--cache FILE`` where one is given, and taken from there.
"""

from __future__ import annotations

import argparse
import math
import pickle
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from click_examples import Clicks, Gap, gather_gaps, lay_click, make_clicks
from fit_detectors import training
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from uasrm_core.interpolation import click_network as core

WIDTH = 32
# Gaps of one recording; in each batch gaps of about one length, together so many frames.
GAPS_EACH, BATCH_FRAMES, LENGTHS_APART = 60, 2400, 16
SMALLEST_BATCH, LARGEST_BATCH = 8, 64
# Weights of gaps: there are few of music, and few of high rates.
MUSIC_WEIGHT, HIGH_WEIGHT = 3.0, 1.5
RATE, LEAST_RATE, WARM_STEPS, DECAY, AVERAGE = 2e-3, 0.005, 100, 1e-3, 0.998
# The first stage has a loss of its own.
FIRST_SHARE = 0.3
# Of the loss: errors count down to so much of the click, and it rises most steeply where so many dB
# are left. Errors greater than the click cost more.
FLOOR, GOAL_DB, SLOPE_DB = 0.004, -10.0, 2.5
WEIGHT_DB, WORSE_WEIGHT, WORST_DB = 0.07, 0.3, 10.0


@dataclass(frozen=True, eq=False)
class Batch:
    """Gaps with clicks, padded to one length and in units of the RMS of `off`.

    All are ``(batch, frames)``, but for `covariance`, ``(batch, frames, frames)`` and 1 on the
    diagonal of what is padded, and for `rate` and `click`, the click's energy, ``(batch,)``.
    """

    off: Tensor
    sound: Tensor
    mask: Tensor
    covariance: Tensor
    rate: Tensor
    click: Tensor


class Stage(nn.Module):
    """What `click_network` does with the layers of a stage, to batches."""

    turns: Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(inputs, WIDTH, 3, padding=1)
        self.middle = nn.ModuleList(
            nn.Conv1d(WIDTH, WIDTH, 3, padding=apart, dilation=apart) for apart in core.DILATIONS
        )
        self.last = nn.Conv1d(WIDTH, core.OUTPUTS, 1)
        nn.init.zeros_(self.last.bias)
        with torch.no_grad():
            self.last.weight.mul_(0.3)
            for layer in self.middle:
                layer.weight.mul_(0.7)
        turns = core.LOWEST * (core.HIGHEST / core.LOWEST) ** (
            torch.arange(core.BANDS) / (core.BANDS - 1)
        )
        self.register_buffer("turns", 2 * math.pi * turns, persistent=False)

    def layers(self) -> list[nn.Conv1d]:
        """Return all layers, from the first to the last."""
        return [self.first, *self.middle, self.last]

    def forward(self, seen: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the sound, and the power of the click's noise, ``(batch, frames)`` each."""
        mask = batch.mask[:, None]
        values = self.first(seen) * mask
        for layer in self.middle:
            values = (values + layer(torch.relu(values))) * mask
        answer = self.last(torch.relu(values)) * mask
        softened = functional.softplus(answer[:, 1] + core.NOISE_START).square()
        noise = softened + core.LEAST_NOISE * mean_power(batch)[:, None] + core.LEAST
        envelopes = functional.softplus(answer[:, 2 + core.SHAPES :] + core.BAND_START) * mask
        phase = self.turns[:, None] * torch.arange(mask.shape[-1])
        waves = torch.cat(
            [
                answer[:, 2 : 2 + core.SHAPES],
                envelopes * torch.cos(phase),
                envelopes * torch.sin(phase),
            ],
            1,
        )
        both = waves.mT @ waves + batch.covariance + torch.diag_embed(noise * batch.mask)
        rest = (batch.off - answer[:, 0])[:, :, None]
        factor, _ = torch.linalg.cholesky_ex(both)
        solved = torch.cholesky_solve(rest, factor)
        return (batch.covariance @ solved)[..., 0] * batch.mask, noise


class Network(nn.Module):
    """Both stages."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleDict(
            {
                "first": Stage(core.INPUTS),
                "second": Stage(core.INPUTS + core.MORE_INPUTS),
            }
        )

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return the sound that the first stage finds, and the second, ``(batch, frames)``."""
        inverse, precision = whiten(batch)
        seen = describe(batch, inverse, precision)
        first, noise = self.stages["first"](seen, batch)
        found = describe_found(batch, first, noise, inverse)
        second, _ = self.stages["second"](torch.cat([seen, found], 1), batch)
        return first, second


def mean_power(batch: Batch) -> Tensor:
    """Return the mean power of what the guess may be off by, ``(batch,)``."""
    power = torch.diagonal(batch.covariance, dim1=1, dim2=2) * batch.mask
    return power.sum(1) / batch.mask.sum(1)


def whiten(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the inverse Cholesky factors of the covariances, and the factors of their inverses.

    In double precision: what is expected of some notes leaves less than single precision holds.
    """
    loading = core.LOADING * mean_power(batch)[:, None] * batch.mask
    loaded = (batch.covariance + torch.diag_embed(loading)).double()
    factor = torch.linalg.cholesky(loaded)
    even = torch.eye(factor.shape[-1], dtype=factor.dtype).expand_as(factor)
    inverse = torch.linalg.solve_triangular(factor, even, upper=False)
    return inverse.float(), torch.linalg.cholesky(inverse.mT @ inverse).float()


def describe(batch: Batch, inverse: Tensor, precision: Tensor) -> Tensor:
    """Do `click_network.describe` to a batch, ``(batch, INPUTS, frames)``."""
    off = batch.off
    forward, beside = measure_surprise(off, inverse)
    backward = (precision.mT @ off[:, :, None])[..., 0]
    variance = torch.diagonal(batch.covariance, dim1=1, dim2=2)
    even = torch.ones_like(off)
    seen = [
        off,
        torch.asinh(forward),
        torch.asinh(backward),
        torch.asinh(beside),
        take_log(variance),
        even,
        even * torch.log2(batch.rate / core.USUAL_RATE)[:, None],
        even * take_log(mean_power(batch))[:, None],
    ]
    return torch.stack(seen, 1) * batch.mask[:, None]


def describe_found(batch: Batch, sound: Tensor, noise: Tensor, inverse: Tensor) -> Tensor:
    """Do `click_network.describe_found` to a batch, ``(batch, MORE_INPUTS, frames)``."""
    forward, beside = measure_surprise(sound, inverse)
    seen = [
        sound,
        batch.off - sound,
        torch.asinh(forward),
        torch.asinh(beside),
        core.LOG_SCALE * noise.log(),
    ]
    return torch.stack(seen, 1) * batch.mask[:, None]


def measure_surprise(off: Tensor, inverse: Tensor) -> tuple[Tensor, Tensor]:
    """Return how surprising each frame is after those before it, and beside all the others."""
    forward = inverse @ off[:, :, None]
    beside = (inverse.mT @ forward)[..., 0] / inverse.square().sum(1).sqrt()
    return forward[..., 0], beside


def take_log(power: Tensor) -> Tensor:
    """Return a power as the network sees it."""
    return core.LOG_SCALE * power.clamp_min(core.LEAST_POWER).log().clamp(*core.LOG_RANGE)


def measure_loss(found: Tensor, batch: Batch) -> Tensor:
    """Return the loss: the error against the click, and whether 10 dB of it are taken away."""
    left = (found - batch.sound).square().sum(1) / (batch.click + 1e-6)
    left_db = 10 * torch.log10(left + 1e-4)
    loss = WEIGHT_DB * 10 * torch.log10(left + FLOOR)
    loss = loss + torch.sigmoid((left_db - GOAL_DB) / SLOPE_DB)
    return (loss + WORSE_WEIGHT * torch.relu(left_db).clamp(max=WORST_DB)).mean()


def gather(corpus: Path, count: int, seed: int) -> list[Gap]:
    """Gather so many gaps, or as many as the corpus has."""
    chosen = training(corpus, seed, sys.maxsize, even=True)
    gaps: list[Gap] = []
    for number, (path, material) in enumerate(chosen):
        rng = np.random.default_rng((seed, number))
        gaps += gather_gaps(path, material, rng, count=GAPS_EACH)
        if len(gaps) >= count:
            break
    return gaps


def lay_clicks(
    gaps: Sequence[Gap], clicks: dict[tuple[str, int], Clicks], rng: np.random.Generator
) -> Batch:
    """Lay a click into each gap."""
    frames = max(len(gap.sound) for gap in gaps)
    off, sound, mask = np.zeros((3, len(gaps), frames), np.float32)
    covariance = np.tile(np.eye(frames, dtype=np.float32), (len(gaps), 1, 1))
    energy = np.zeros(len(gaps), np.float32)
    for row, gap in enumerate(gaps):
        click = lay_click(gap, clicks[gap.material, gap.rate], rng)
        scale = np.sqrt(np.mean(np.square(gap.sound + click))) + np.float32(1e-9)
        inside = slice(len(click))
        off[row, inside], sound[row, inside] = (gap.sound + click) / scale, gap.sound / scale
        covariance[row, inside, inside] = gap.covariance / scale**2
        mask[row, inside], energy[row] = 1.0, np.sum(np.square(click / scale))
    rate = np.array([gap.rate for gap in gaps], np.float32)
    return Batch(*(torch.from_numpy(each) for each in (off, sound, mask, covariance, rate, energy)))


class Batches:
    """Draws gaps of about one length, and lays clicks into them."""

    def __init__(self, gaps: Sequence[Gap], rng: np.random.Generator) -> None:
        self._gaps, self._rng = gaps, rng
        self._lengths = np.array([-(-len(gap.sound) // LENGTHS_APART) for gap in gaps])
        weights = [
            MUSIC_WEIGHT
            if gap.material == "music"
            else HIGH_WEIGHT
            if gap.rate > core.USUAL_RATE
            else 1.0
            for gap in gaps
        ]
        self._weights = np.array(weights) / sum(weights)
        sorts = sorted({(gap.material, gap.rate) for gap in gaps})
        self._clicks = {sort: make_clicks(*sort, rng) for sort in sorts}

    def draw(self) -> Batch:
        """Draw a batch."""
        length = self._lengths[self._rng.choice(len(self._gaps), p=self._weights)]
        alike = np.flatnonzero(self._lengths == length)
        size = int(np.clip(BATCH_FRAMES // (LENGTHS_APART * length), SMALLEST_BATCH, LARGEST_BATCH))
        share = self._weights[alike] / np.sum(self._weights[alike])
        most = min(size, len(alike))
        chosen = self._rng.choice(alike, most, replace=False, p=share)
        return lay_clicks([self._gaps[k] for k in chosen], self._clicks, self._rng)


def train(gaps: Sequence[Gap], steps: int, seed: int) -> Network:
    """Train for so many steps; return the running mean of the weights."""
    torch.manual_seed(seed)
    batches = Batches(gaps, np.random.default_rng(seed))
    network = Network()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    mean = AveragedModel(network, avg_fn=average)
    for step in range(steps):
        warm = min((step + 1) / WARM_STEPS, 1.0)
        for group in optimiser.param_groups:
            group["lr"] = RATE * (
                warm * (0.5 + 0.5 * math.cos(math.pi * step / steps)) + LEAST_RATE
            )
        batch = batches.draw()
        first, second = network(batch)
        loss = measure_loss(second, batch) + FIRST_SHARE * measure_loss(first, batch)
        optimiser.zero_grad()
        loss.backward()
        # not finite where rounding left a covariance without a factor
        if torch.isfinite(nn.utils.clip_grad_norm_(network.parameters(), 1.0)):
            optimiser.step()
            mean.update_parameters(network)
        if step % 500 == 0:
            print(f"step {step} of {steps}, loss {loss.item():.3f}", flush=True)  # noqa: T201
    return mean.module


def average(mean: Tensor, latest: Tensor, count: Tensor | int) -> Tensor:
    """Return the running mean, which at first forgets faster."""
    return mean + (latest - mean) * max(1 - AVERAGE, 10 / (int(count) + 10))


def write(network: Network, target: Path) -> None:
    """Write the weights as `click_network` reads them, in half precision."""
    arrays = {}
    for name, stage in network.stages.items():
        for number, layer in enumerate(stage.layers()):
            arrays[f"{name}.{number}.weights"] = layer.weight.detach().numpy().astype(np.float16)
            arrays[f"{name}.{number}.biases"] = layer.bias.detach().numpy().astype(np.float16)
    np.savez_compressed(target, **arrays)


def main() -> int:
    """Gather, train and write."""
    parser = argparse.ArgumentParser(description="Train what tells clicks from sound.")
    parser.add_argument("corpus", type=Path, metavar="CORPUS")
    parser.add_argument("--gaps", type=int, default=40000, metavar="N")
    parser.add_argument("--steps", type=int, default=11000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="where gaps are kept")
    parser.add_argument("-o", "--output", type=Path, default=Path("resources/declick.npz"))
    options = parser.parse_args()
    if options.cache and options.cache.exists():
        gaps = pickle.loads(options.cache.read_bytes())
    else:
        gaps = gather(options.corpus, options.gaps, options.seed)
        if options.cache:
            options.cache.write_bytes(pickle.dumps(gaps))
    print(f"{len(gaps)} gaps", flush=True)  # noqa: T201
    torch.set_num_threads(1)
    write(train(gaps, options.steps, options.seed), options.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
