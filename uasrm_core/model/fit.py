"""The one optimiser loop: AdamW, warm-up and cosine decay, averaged weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


@dataclass(frozen=True)
class FitSettings:
    """How fast to learn.

    Attributes
    ----------
    peak_rate, final_rate
        Learning rate after the warm-up and at the end.
    warmup
        Share of the run spent on reaching the peak.
    average
        Decay of the averaged weights, which are the ones that ship (Polyak & Juditsky 1992).
    """

    peak_rate: float = 1.2e-3
    final_rate: float = 2e-5
    warmup: float = 0.02
    average: float = 0.998
    gradient_limit: float = 1.0
    weight_decay: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


class Fitter:
    """A network being trained, with all that is needed to go on after an interruption."""

    def __init__(self, model: nn.Module, settings: FitSettings) -> None:
        self.model = model
        self.settings = settings
        self._averaged = AveragedModel(model, avg_fn=self._average).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            model.parameters(),
            lr=settings.peak_rate,
            betas=settings.betas,
            weight_decay=settings.weight_decay,
        )
        self.step = 0

    def learn(
        self, loss: Tensor, share_done: float, *, agreed: Callable[[bool], bool] = bool
    ) -> float:
        """Take one step down a loss; return the learning rate used.

        A loss that is not finite is passed over; `agreed` lets several processes do so together.
        """
        rate = self.rate(share_done)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        if agreed(bool(torch.isfinite(loss))):
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_limit)
            self.optimiser.step()
        self.step += 1
        self._averaged.update_parameters(self.model)
        return rate

    @property
    def averaged(self) -> nn.Module:
        """The network with the averaged weights."""
        return self._averaged.module

    def rate(self, share_done: float) -> float:
        """Return the learning rate at a share of the run, 0 to 1."""
        s = self.settings
        if share_done < s.warmup:
            return s.peak_rate * max(share_done / s.warmup, 0.02)
        way = min((share_done - s.warmup) / (1 - s.warmup), 1.0)
        return s.final_rate + (s.peak_rate - s.final_rate) * (1 + math.cos(math.pi * way)) / 2

    def _average(self, kept: Tensor, new: Tensor, count: Tensor | int) -> Tensor:
        # Early on the average must not remember the start for long.
        decay = min(self.settings.average, (2 + int(count)) / (11 + int(count)))
        return kept.lerp(new, 1 - decay)

    def state(self) -> dict[str, object]:
        """Return everything that `restore` needs."""
        return {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, object]) -> None:
        """Go on from where `state` was taken."""
        self.model.load_state_dict(state["model"])  # type: ignore[arg-type]
        self.averaged.load_state_dict(state["averaged"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.step = int(state["step"])  # type: ignore[call-overload]
        self._averaged.n_averaged.fill_(self.step)
