"""Curves of a training run for TensorBoard, as it goes: ``tensorboard --logdir MODEL.run``.

Where its package is not installed (extra ``train``), training goes on without them.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

# Losses and rates of so many steps become one point.
EVERY_STEPS = 10


class Curves:
    """Writes curves into a folder, from the first of them on.

    Parameters
    ----------
    is_on
        Whether anything is written; nothing is where TensorBoard is not installed.
    """

    def __init__(self, folder: Path, *, is_on: bool = True) -> None:
        self._folder = folder
        self._is_on = is_on and importlib.util.find_spec("tensorboard") is not None

    @cached_property
    def _writer(self) -> Any:
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(self._folder))

    def add_step(self, step: int, loss: float, rate: float) -> None:
        """Add a step's loss and learning rate."""
        if self._is_on and step % EVERY_STEPS == 0:
            self._writer.add_scalar("training/loss", loss, step)
            self._writer.add_scalar("training/rate", rate, step)

    def add_figures(self, step: int, figures: Mapping[str, Any], name: str = "validation") -> None:
        """Add a validation's figures, which may be in tables of tables."""
        if not self._is_on:
            return
        for key, value in figures.items():
            if isinstance(value, Mapping):
                self.add_figures(step, value, f"{name}/{key} ms")
            else:
                self._writer.add_scalar(f"{name}/{key}", value, step)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        if "_writer" in vars(self):
            self._writer.close()
