"""Batches for training from prepared shards, read ahead by other processes where that pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from uasrm_core.inpainting.examples import Batch
from uasrm_core.model.config import HybridConfig
from uasrm_core.training import dataset
from uasrm_core.training.collate import group_rows_alike, make_batch
from uasrm_core.training.settings import DamageSettings

# On a GPU steps are so short that reading and augmenting would hold them up. On a processor, other
# processes would only take the steps' own cores.
GPU_WORKERS = 2


@dataclass(frozen=True)
class BatchOrder:
    """Which batches are drawn.

    Attributes
    ----------
    seed
        What the order follows from.
    """

    damage: DamageSettings
    batch: int
    seed: tuple[int, ...]


class ShardBatches(IterableDataset[Batch]):
    """Batches without end; each is of one shard that was last seen long ago."""

    def __init__(self, folder: Path, config: HybridConfig, order: BatchOrder) -> None:
        self.folder = folder
        self.config = config
        self.order = order

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches, others in every worker process."""
        worker = get_worker_info()
        rng = np.random.default_rng([*self.order.seed, 0 if worker is None else worker.id])
        bands = self.order.damage.bands
        queues: dict[str, list[Path]] = {band.name: [] for band in bands}
        pending: dict[str, list[Batch]] = {band.name: [] for band in bands}
        shares = np.array([band.share for band in bands])
        while True:
            band = bands[int(rng.choice(len(bands), p=shares / shares.sum()))]
            if not pending[band.name]:
                if not queues[band.name]:
                    queues[band.name] = dataset.shards(self.folder, "train", band)
                    rng.shuffle(queues[band.name])
                pending[band.name] = list(self._read(queues[band.name].pop(), rng))
            yield pending[band.name].pop()

    def _read(self, path: Path, rng: np.random.Generator) -> Iterator[Batch]:
        shard = dataset.read_shard(path)
        alike = group_rows_alike(shard, self.order.batch)
        rng.shuffle(alike)
        for rows in alike:
            yield make_batch(shard, rows, rng, self.config, box=self.order.damage.box)


def load_batches(batches: ShardBatches, device: torch.device) -> Iterator[Batch]:
    """Yield the batches on a device."""
    is_gpu = device.type == "cuda"
    loader = DataLoader(
        batches,
        batch_size=None,
        num_workers=GPU_WORKERS if is_gpu else 0,
        # so that it draws nothing from the generator that the network is made with
        generator=torch.Generator(),
    )
    for batch in loader:
        yield batch.to(device)
