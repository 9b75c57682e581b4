"""What runs the hybrid network: ONNX Runtime, or PyTorch where that can do more.

ONNX Runtime is loaded in a tenth of the time and of the memory. PyTorch is taken for networks of
other sizes than those of the graph, and where the machine may have a faster processor than its CPU.
Importing this loads neither, nor SciPy.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from uasrm_core.model.backend import Backend
from uasrm_core.optional import has_torch

# Where Linux shows the drivers of NVIDIA's and AMD's cards.
GPU_DRIVERS = (Path("/proc/driver/nvidia/version"), Path("/dev/kfd"))


def load_backend(*paths: Path, changes: Path | None = None) -> Backend:
    """Return the network of a model file, ready for repairs; of several, their mean.

    Parameters
    ----------
    changes
        Changes to the weights of the first; see `files.read_hybrid`.

    Raises
    ------
    ModelError
        As `files.read_hybrid`; or the network is of sizes that cannot be run here.
    """
    from uasrm_core.model import onnx_backend

    if has_torch() and (_may_have_gpu() or not onnx_backend.fits_graph(paths[0])):
        from uasrm_core.model.torch_backend import TorchBackend

        return TorchBackend.load(*paths, changes=changes)
    return onnx_backend.OnnxBackend.load(*paths, changes=changes)


def use_one_thread() -> None:
    """Let networks use one thread of this process from now on.

    A batch keeps all cores busy with recordings, and the number of threads must not show in the
    last bit of a result.
    """
    from uasrm_core.model import onnx_backend

    onnx_backend.use_one_thread()
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    else:
        # which PyTorch reads when it is imported
        os.environ["OMP_NUM_THREADS"] = "1"


def _may_have_gpu() -> bool:
    """Return whether PyTorch may find a faster processor; to ask it would load it."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if sys.platform == "win32":
        return Path(os.environ.get("SYSTEMROOT", ""), "System32", "nvcuda.dll").exists()
    return any(driver.exists() for driver in GPU_DRIVERS)
