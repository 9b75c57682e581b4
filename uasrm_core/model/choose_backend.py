"""What runs the hybrid network: PyTorch where it is installed, ONNX Runtime where it is not.

The packaged application carries no PyTorch, which takes more room than all else together. Importing
this loads neither.
"""

from __future__ import annotations

from pathlib import Path

from uasrm_core.model.backend import Backend
from uasrm_core.optional import has_torch


def load_backend(*paths: Path) -> Backend:
    """Return the network of a model file, ready for repairs; of several, their mean.

    Raises
    ------
    ModelError
        As `files.read_hybrid`; or the network is of sizes that cannot be run here.
    """
    if has_torch():
        from uasrm_core.model.torch_backend import TorchBackend

        return TorchBackend.load(*paths)
    from uasrm_core.model.onnx_backend import OnnxBackend

    return OnnxBackend.load(*paths)


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
