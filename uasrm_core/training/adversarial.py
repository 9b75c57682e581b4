"""The adversarial part of training: discriminators learn beside the network, and it from them.

They compare takes with what was there in the same gap (Jolicoeur-Martineau, "The relativistic
discriminator", ICLR 2019), so that little depends on which gaps a small batch holds. The network
learns to be taken for the truth, and to be near it in the discriminators' own features: as the
energy distance has it, less a share of how far its takes are apart there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from uasrm_core.inpainting.examples import Batch
from uasrm_core.model.discriminators import Discriminators, Heard, Verdict
from uasrm_core.training.distributed import Processes
from uasrm_core.training.settings import AdversarialSettings

# What is heard on each side of a gap, and of how many frames a stretch is a whole number.
AROUND_FRAMES = 1024
MULTIPLE = 512
# Scores have no size of their own: this keeps them small.
SMALL_SCORES = 0.002
# How often gradients are compared, and how fast their sizes are followed.
BALANCE_EVERY = 8
FOLLOW = 0.15
# Of the network's steps, in which what the discriminators say comes to count.
RISE = 40
BETAS = (0.5, 0.99)
WEIGHT_DECAY = 1e-4
GRADIENT_LIMIT = 5.0


class Adversary:
    """Discriminators that are being trained, and what a network is told by them.

    Attributes
    ----------
    steps
        How many steps the discriminators have taken.
    """

    def __init__(
        self,
        settings: AdversarialSettings,
        device: torch.device,
        processes: Processes | None = None,
    ) -> None:
        self.settings = settings
        self.processes = processes or Processes()
        self.discriminators = Discriminators().to(device)
        self.optimiser = torch.optim.AdamW(
            self.discriminators.parameters(),
            lr=settings.rate,
            betas=BETAS,
            weight_decay=WEIGHT_DECAY,
        )
        self.steps = 0
        self._weighed = 0
        # of the gradients, the logarithm of how much larger the distance's are than these
        self._balance: Tensor | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the discriminators have learnt alone for long enough."""
        return self.steps >= self.settings.first_steps

    def learn(self, batch: Batch, takes: Tensor) -> float:
        """Let the discriminators take one step; return their loss, which is 0.69 by guessing.

        Parameters
        ----------
        takes
            ``(2, batch, frames)``: see `uasrm_core.inpainting.examples.draw_takes`.
        """
        clean, drawn = hear(batch, takes.detach())
        losses = [
            verdict.average(F.softplus(verdict.scores - truth.scores)).mean()
            + SMALL_SCORES * (verdict.scores.square().mean() + truth.scores.square().mean())
            for truth, verdict in self._ask(clean, drawn)
        ]
        loss = torch.stack(losses).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.processes.average_gradients(self.discriminators)
        nn.utils.clip_grad_norm_(self.discriminators.parameters(), GRADIENT_LIMIT)
        self.optimiser.step()
        self.steps += 1
        return float(loss.detach())

    def weigh(self, batch: Batch, takes: Tensor, distance: Tensor) -> Tensor:
        """Return a loss of takes: the distance, and beside it what the discriminators say of them.

        Their gradients are brought to shares of the distance's (`AdversarialSettings`).

        Parameters
        ----------
        takes
            As `learn` has them, with gradients.
        distance
            A scalar that was made from them.
        """
        clean, drawn = hear(batch, takes)
        # so that no gradients of their own are computed
        self.discriminators.requires_grad_(requires_grad=False)
        pairs = self._ask(clean, drawn)
        self.discriminators.requires_grad_(requires_grad=True)
        told = [v.average(F.softplus(truth.scores - v.scores)).mean() for truth, v in pairs]
        repelled = self.settings.features_repelled
        apart = [measure_features(truth, v, repelled) for truth, v in pairs]
        parts = torch.stack([torch.stack(told).mean(), torch.stack(apart).mean()])
        if self._balance is None or self._weighed % BALANCE_EVERY == 0:
            self._follow(distance, parts, takes)
        self._weighed += 1
        assert self._balance is not None
        settings = self.settings
        shares = torch.tensor([settings.share, settings.features], device=parts.device)
        rising = min(self._weighed / RISE, 1.0)
        return distance + rising * (shares * self._balance.exp() * parts).sum()

    def _follow(self, distance: Tensor, parts: Tensor, takes: Tensor) -> None:
        """Note how large the gradients of losses are with respect to the takes."""
        (usual,) = _measure_gradients(distance, takes)
        ratio = torch.log((usual + 1e-9) / (torch.stack(_measure_gradients(parts, takes)) + 1e-9))
        if not torch.isfinite(ratio).all():
            ratio = torch.zeros_like(ratio) if self._balance is None else self._balance
        self._balance = ratio if self._balance is None else self._balance.lerp(ratio, FOLLOW)

    def _ask(self, clean: Heard, drawn: Heard) -> list[tuple[Verdict, Verdict]]:
        """Return what each discriminator says of the clean sound, twice, and of the takes."""
        truth, told = self.discriminators(clean), self.discriminators(drawn)
        return [(_repeat(true), each) for true, each in zip(truth, told, strict=True)]

    def state(self) -> dict[str, object]:
        """Return everything that `restore` needs."""
        return {
            "discriminators": self.discriminators.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "steps": self.steps,
            "weighed": self._weighed,
            "balance": self._balance,
        }

    def restore(self, state: dict[str, object]) -> None:
        """Go on from where `state` was taken."""
        self.discriminators.load_state_dict(state["discriminators"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.steps = int(state["steps"])  # type: ignore[call-overload]
        self._weighed = int(state["weighed"])  # type: ignore[call-overload]
        balance = state["balance"]
        self._balance = balance if isinstance(balance, Tensor) else None


def hear(batch: Batch, takes: Tensor) -> tuple[Heard, Heard]:
    """Return the stretches about gaps in the clean sound, and in both takes of it.

    Parameters
    ----------
    takes
        ``(2, batch, frames)``.
    """
    gap, rates = batch.given.gap, batch.given.rates
    frames = gap.shape[-1]
    places = torch.arange(frames, device=gap.device)
    start = torch.where(gap > 0, places, frames).amin(-1)
    end = torch.where(gap > 0, places + 1, 0).amax(-1)
    wanted = int((end - start).max()) + 2 * AROUND_FRAMES
    size = min(-(-wanted // MULTIPLE) * MULTIPLE, frames)
    low = ((start + end - size) // 2).clamp(0, frames - size)
    seen = low[:, None] + torch.arange(size, device=gap.device)
    known = 1.0 - gap
    power = (batch.clean * known).square().sum(-1, keepdim=True) / known.sum(-1, keepdim=True)
    level = power.sqrt() + 1e-5

    def cut(sounds: Tensor) -> Tensor:
        return torch.gather(sounds, 1, seen)

    where = cut(gap)
    drawn = torch.cat([cut(take / level) for take in takes])
    return (
        Heard(cut(batch.clean / level), where, rates),
        Heard(drawn, torch.cat([where, where]), torch.cat([rates, rates])),
    )


def _measure_gradients(losses: Tensor, takes: Tensor) -> list[Tensor]:
    """Return the size of each loss's gradient with respect to the takes."""
    return [
        torch.autograd.grad(loss, takes, retain_graph=True)[0].norm() for loss in losses.reshape(-1)
    ]


def measure_features(truth: Verdict, drawn: Verdict, repelled: float) -> Tensor:
    """Return the energy distance of takes in a discriminator's features, a scalar.

    Parameters
    ----------
    truth, drawn
        Of the clean sound, twice, and of both takes.
    repelled
        How much the takes' distance from each other counts.
    """
    distances = []
    for true, made in zip(truth.features, drawn.features, strict=True):
        usual = true.abs().mean() + 1e-4
        near = _measure_apart(made, true, drawn.weights)
        first, second = made.chunk(2)
        apart = _measure_apart(first, second, drawn.weights.chunk(2)[0])
        distances.append((near - repelled / 2.0 * apart) / usual)
    return torch.stack(distances).mean()


def _measure_apart(one: Tensor, other: Tensor, weights: Tensor) -> Tensor:
    """Return the mean absolute difference of features over gaps, a scalar."""
    return ((one - other).abs().mean((1, 2)) * weights).sum(-1).mean()


def _repeat(verdict: Verdict) -> Verdict:
    """Return what was said of the clean sound once for each take."""
    twice = tuple(torch.cat([feature, feature]) for feature in verdict.features)
    scores = torch.cat([verdict.scores, verdict.scores])
    return Verdict(scores, torch.cat([verdict.weights, verdict.weights]), twice)
