"""Several processes that train one network together, as ``torchrun`` starts them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from uasrm_core.model.device import choose_device

# While the first prepares the examples, the others wait.
LONGEST_WAIT = timedelta(days=2)


@dataclass(frozen=True)
class Processes:
    """The processes of a run; by default there is one.

    Attributes
    ----------
    rank
        Which of them this is, from 0.
    count
        How many there are.
    local_rank
        Which of those on this machine this is; it takes the GPU of that number.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process prepares, validates and writes for all."""
        return self.rank == 0

    def device(self) -> torch.device:
        """Return the device for this process."""
        device = choose_device()
        if device.type == "cuda" and self.count > 1:
            return torch.device("cuda", self.local_rank)
        return device

    def synchronise(self, model: nn.Module) -> nn.Module:
        """Return a network whose gradients are averaged over the processes."""
        return model if self.count == 1 else DistributedDataParallel(model)

    def average_gradients(self, model: nn.Module) -> None:
        """Average the gradients of a network that is not called through `synchronise`."""
        if self.count == 1:
            return
        for parameter in model.parameters():
            if parameter.grad is not None:
                dist.all_reduce(parameter.grad)
                parameter.grad /= self.count

    def wait(self) -> None:
        """Wait until every process has come to this."""
        if self.count > 1:
            dist.barrier()

    def broadcast(self, value: float) -> float:
        """Return the first process's value in all of them."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device())
        dist.broadcast(told, src=0)
        return float(told.item())

    def all_true(self, yes: bool) -> bool:
        """Return whether every process says yes."""
        if self.count == 1:
            return yes
        told = torch.tensor([int(yes)], device=self.device())
        dist.all_reduce(told, op=dist.ReduceOp.MIN)
        return bool(told.item())


def join_processes() -> Processes:
    """Meet the other processes, if ``torchrun`` started any."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        return Processes()
    if not dist.is_initialized():
        backend = "nccl" if choose_device().type == "cuda" else "gloo"
        dist.init_process_group(backend, timeout=LONGEST_WAIT)
    return Processes(dist.get_rank(), count, int(os.environ.get("LOCAL_RANK", "0")))
