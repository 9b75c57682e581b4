"""The hybrid network run by PyTorch."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from uasrm_core.audio.clip import Samples
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.checkpoint import load_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.device import choose_device, is_fast_in_bfloat16
from uasrm_core.model.unet import GapBatch, HybridInpainter


@dataclass(frozen=True, eq=False)
class TorchBackend:
    """A network on a device; see `Backend`.

    Attributes
    ----------
    module
        The network; not to be changed.
    """

    module: HybridInpainter
    device: torch.device

    @classmethod
    def load(cls, *paths: Path, changes: Path | None = None) -> TorchBackend:
        """Return the network of model files on the fastest device; see `load_model`."""
        device = choose_device()
        return cls(load_model(*paths, changes=changes).to(device), device)

    def shift_weights(self, before: HybridInpainter, after: HybridInpainter) -> TorchBackend:
        """Return this network with its weights changed by as much as `after` is from `before`.

        What a network has learnt can so be given to those that were trained from it (Ilharco et
        al., "Editing models with task arithmetic", ICLR 2023). One of other sizes stays as it is.
        """
        if self.config != before.config:
            return self
        module = copy.deepcopy(self.module)
        old, new = before.state_dict(), after.state_dict()
        with torch.no_grad():
            for name, value in module.state_dict().items():
                value.add_(new[name] - old[name])
        return TorchBackend(module, self.device)

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""
        return self.module.config

    @property
    def knows_noise(self) -> bool:
        """Whether it has learnt to make anything of noise."""
        return self.module.knows_noise

    @torch.inference_mode()
    def render(self, given: ModelInput, noise: Samples | None = None) -> Samples:
        """Return the whole window as the network renders it; see `Backend.render`."""
        batch = batch_of(given, self.device)
        if noise is not None:
            drawn = torch.from_numpy(noise)[None].to(self.device)
            batch = replace(batch, noise=drawn, liveliness=torch.ones(1, device=self.device))
        brief = is_fast_in_bfloat16(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=brief):
            rendered = self.module(batch)
        return np.asarray(rendered[0].cpu().numpy(), dtype=np.float32)


def batch_of(given: ModelInput, device: torch.device) -> GapBatch:
    """Return one channel's input as tensors, a batch of one."""
    tensors = {
        name: torch.from_numpy(value)[None].to(device)
        for name, value in vars(given).items()
        if value is not None
    }
    return GapBatch(**tensors)
