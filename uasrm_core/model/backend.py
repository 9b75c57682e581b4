"""What runs the hybrid network: PyTorch where it is installed, ONNX Runtime where it is not.

The packaged application carries no PyTorch, which takes more room than all else together. Importing
this loads neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from uasrm_core.audio.clip import Samples
from uasrm_core.model.config import HybridConfig
from uasrm_core.optional import has_torch


@dataclass(frozen=True, eq=False)
class ModelInput:
    """One channel of a gap as the network is given it; `unet.GapBatch` has the same fields.

    Attributes
    ----------
    samples
        ``(frames,)``: the window, with the damaged sound where only part of the spectrum is.
    fills
        ``(3, frames)``: best, forward and backward fill, zero outside the gap.
    gap
        ``(frames,)``: 1 in the gap and 0 outside.
    exemplars
        ``(EXEMPLARS, frames)``: exemplars with their surroundings, silence for none.
    quantiles
        ``(quantiles, bins)``: spectral quantiles of the recording.
    rates
        Frames a second, a scalar.
    mask
        ``(bins, columns)``: how far each point is damaged, or None where all of the gap is.
    """

    samples: Samples
    fills: Samples
    gap: Samples
    exemplars: Samples
    quantiles: Samples
    rates: Samples
    mask: Samples | None


class Backend(Protocol):
    """A loaded network."""

    @property
    def config(self) -> HybridConfig:
        """The network's sizes."""

    @property
    def knows_noise(self) -> bool:
        """Whether it has learnt to make anything of noise."""

    def render(self, given: ModelInput, noise: Samples | None = None) -> Samples:
        """Return the whole window as the network renders it, ``(frames,)``.

        Parameters
        ----------
        noise
            ``(frames,)``: white noise of unit variance, of which one take is made; without it the
            answer is what lies in the middle of all of them.
        """


def load_backend(path: Path) -> Backend:
    """Return the network of a model file, ready for repairs.

    Raises
    ------
    ModelError
        The file is missing, damaged, of another version, or of sizes that cannot be run here.
    """
    if has_torch():
        from uasrm_core.model.torch_backend import TorchBackend

        return TorchBackend.load(path)
    from uasrm_core.model.onnx_backend import OnnxBackend

    return OnnxBackend.load(path)


def use_one_thread() -> None:
    """Let networks use one thread of this process from now on.

    A batch keeps all cores busy with recordings, and the number of threads must not show in the
    last bit of a result.
    """
    if has_torch():
        import torch

        torch.set_num_threads(1)
    else:
        from uasrm_core.model import onnx_backend

        onnx_backend.use_one_thread()
