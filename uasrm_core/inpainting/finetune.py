"""The fine-tuning steps of an adaptation."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch

from uasrm_core.inpainting.examples import Batch, join_batches, measure_repairs
from uasrm_core.model.fit import FitSettings, Fitter
from uasrm_core.model.losses import LossWeights
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress

# What of the network is learnt: everything; the scales and shifts of its normalisations and all
# biases.
LAYERS: dict[str, Callable[[str], bool]] = {
    "all": lambda name: True,
    "norms": lambda name: ".norm" in name or name.endswith("bias") or name == "unet.place",
}


@dataclass(frozen=True)
class AdaptSettings:
    """How a network is fitted to a recording.

    Attributes
    ----------
    steps, batch
        How often it learns, and from how many gaps each time.
    layers
        Which of its weights may change, one of `LAYERS`.
    """

    steps: int = 60
    batch: int = 2
    layers: str = "all"
    fit: FitSettings = field(
        default_factory=lambda: FitSettings(
            peak_rate=6e-4, final_rate=3e-5, warmup=0.1, average=0.95, weight_decay=0.0
        )
    )
    # The loss that the smooth fill's network was trained with (`resources/recipes/hybrid.toml`). By
    # LSD less 0.15 of SNR in trials, two recordings lost 0.04 and 0.21 dB with the loss of takes,
    # and 0.02 and 0.09 dB with this.
    weights: LossWeights = field(
        default_factory=lambda: LossWeights(
            log_distance=0.18,
            band_energy=0.0,
            linear_magnitude=0.0,
            compressed_magnitude=0.0,
            level=0.0,
        )
    )


def finetune(
    model: HybridInpainter,
    examples: Sequence[Batch],
    settings: AdaptSettings,
    rng: np.random.Generator,
    progress: Progress,
    *,
    is_late: Callable[[], bool] = lambda: False,
) -> HybridInpainter:
    """Return a network fitted to examples; the one it starts from stays as it is.

    Parameters
    ----------
    examples
        Batches of one.
    is_late
        Asked before every step; once it answers true, what is learnt by then has to do.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    own = copy.deepcopy(model)
    for name, weight in own.named_parameters():
        weight.requires_grad_(LAYERS[settings.layers](name))
    fitter = Fitter(own, settings.fit)
    batches = _make_batches(examples, settings.batch, rng)
    for step in range(settings.steps):
        progress.report(step / settings.steps)
        if is_late():
            break
        loss = measure_repairs(own, next(batches)).total(settings.weights)
        fitter.learn(loss, step / settings.steps)
    assert isinstance(fitter.averaged, HybridInpainter)
    return fitter.averaged


@torch.inference_mode()
def measure_distances(
    model: HybridInpainter, examples: Sequence[Batch], progress: Progress
) -> npt.NDArray[np.float64]:
    """Return log-spectral distance and SNR of a network's repairs in dB, ``(examples, 2)``."""
    rows = []
    for number, example in enumerate(examples):
        progress.report(number / len(examples))
        parts = measure_repairs(model, example)
        snr_db = -20.0 * torch.log10(parts.waveform)
        rows.append((float(parts.log_distance[0]), float(snr_db[0])))
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _make_batches(
    examples: Sequence[Batch], size: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield batches without end, of windows of one length, each example as often as the others."""
    alike: dict[int, list[Batch]] = {}
    for example in examples:
        alike.setdefault(example.clean.shape[-1], []).append(example)
    while True:
        drawn = []
        for kind in alike.values():
            order = rng.permutation(len(kind))
            drawn += [[kind[i] for i in order[a : a + size]] for a in range(0, len(kind), size)]
        for number in rng.permutation(len(drawn)):
            yield _flip_polarity(join_batches(drawn[number]), rng)


def _flip_polarity(batch: Batch, rng: np.random.Generator) -> Batch:
    """Turn the polarity of every other batch: there is little to learn from."""
    if rng.uniform() < 0.5:
        return batch
    given = batch.given
    turned = replace(given, samples=-given.samples, fills=-given.fills, exemplars=-given.exemplars)
    return replace(batch, clean=-batch.clean, given=turned)
