"""The hybrid network run by ONNX Runtime; `choose_backend` says where.

The graph is `UNet` with all that lies between its transforms, for the sizes of the network that
ships. It holds no weights: these come from the same model files that PyTorch reads. The transforms
are those of the rest of the program. `packaging/export_graph.py` makes the graph.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.errors import ModelError
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_hybrid, read_hybrid_config, unfit
from uasrm_core.model.layout import LAST, uses_noise
from uasrm_core.resources import resource
from uasrm_core.spectral.stft import Spectrum, istft, stft
from uasrm_core.translation import tr

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

GRAPH_NAME = "hybrid.onnx"
# The graph's inputs, in the order of its arguments, and its output.
INPUTS = (
    "spectra",
    "heard",
    "noise",
    "samples",
    "gap",
    "quantiles",
    "rates",
    "mask",
    "draws",
    "liveliness",
)
OUTPUT = "mended"
# Of the file beside the graph that states the sizes of its network.
SIZES_SUFFIX = ".json"

_threads = 0


def use_one_thread() -> None:
    """Let networks that are loaded from now on use one thread."""
    global _threads
    _threads = 1


def fits_graph(path: Path) -> bool:
    """Return whether the graph that comes with the application runs the network of a model file.

    Raises
    ------
    ModelError
        As `read_hybrid_config`.
    """
    config = read_hybrid_config(path)
    return config is not None and asdict(config) == _read_sizes(resource("models", GRAPH_NAME))


@dataclass(frozen=True, eq=False)
class OnnxBackend:
    """A graph with the weights of a model file; see `Backend`."""

    config: HybridConfig
    knows_noise: bool
    session: InferenceSession

    @classmethod
    def load(
        cls, *paths: Path, changes: Path | None = None, graph: Path | None = None
    ) -> OnnxBackend:
        """Return the network of a model file; of several, their mean.

        Parameters
        ----------
        changes
            Changes to the weights of the first; see `read_hybrid`.
        graph
            The graph; None for the one that comes with the application.

        Raises
        ------
        ModelError
            As `read_hybrid`; or the network has other sizes than the graph.
        """
        graph = graph or resource("models", GRAPH_NAME)
        config, weights = read_hybrid(*paths, changes=changes)
        if asdict(config) != _read_sizes(graph):
            raise ModelError(
                tr(
                    "The model file {name} holds a network of other sizes than the one that comes "
                    "with this application; running it needs PyTorch.",
                    name=paths[0].name,
                )
            )
        session = _start(paths[0], graph, weights)
        return cls(config, uses_noise(weights[LAST[0]], config.frequency_stride), session)

    def render(self, given: ModelInput, noise: Samples | None = None) -> Samples:
        """Return the whole window as the network renders it; see `Backend.render`."""
        frames = given.samples.shape[-1]
        draws = np.zeros(frames, dtype=np.float32) if noise is None else noise
        outside = given.samples * (1.0 - given.gap)
        signals = [*(outside + given.fills * given.gap), *given.exemplars]
        spectra = self._transform(np.stack([*signals, given.samples, self._of_unit_power(draws)]))
        heard, mask = spectra[-2], given.mask
        if mask is None:
            heard, mask = np.zeros_like(heard), np.ones(spectra.shape[1:], dtype=np.float32)
        values: dict[str, Samples] = {
            "spectra": _pairs(spectra[:-2]),
            "heard": _pairs(heard),
            "noise": _pairs(spectra[-1]),
            "samples": given.samples,
            "gap": given.gap,
            "quantiles": given.quantiles,
            "rates": given.rates,
            "mask": np.broadcast_to(mask, spectra.shape[1:]),
            "draws": draws,
            "liveliness": np.array(noise is not None, dtype=np.float32),
        }
        feed = {name: np.ascontiguousarray(value[None]) for name, value in values.items()}
        mended = self.session.run([OUTPUT], feed)[0][0]
        return self._invert(np.ascontiguousarray(mended).view(np.complex64)[..., 0], frames)

    def _of_unit_power(self, noise: Samples) -> Samples:
        """Return noise so strong that its spectrum has the variance 1."""
        config = self.config.stft
        power = np.square(config.window_samples()).sum() * (4.0 / config.fft_size) ** 2
        return np.asarray(noise / np.sqrt(power), dtype=np.float32)

    def _transform(self, signals: Samples) -> Spectrum:
        config = self.config.stft
        return stft(signals, config) * np.float32(4.0 / config.fft_size)

    def _invert(self, spectrum: Spectrum, frames: int) -> Samples:
        config = self.config.stft
        return istft(spectrum * np.float32(config.fft_size / 4.0), config, frames)


def _read_sizes(graph: Path) -> dict[str, Any]:
    sizes: dict[str, Any] = json.loads(graph.with_suffix(SIZES_SUFFIX).read_text(encoding="utf-8"))
    return {**sizes, "channels": tuple(sizes["channels"])}


def _pairs(spectrum: Spectrum) -> Samples:
    """Return real and imaginary parts along a last axis."""
    return np.ascontiguousarray(spectrum)[..., None].view(np.float32)


def _start(path: Path, graph: Path, weights: Mapping[str, Samples]) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads
    options.log_severity_level = 3
    values: list[Any] = [
        onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in weights.values()
    ]
    try:
        options.add_external_initializers(list(weights), values)
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    # ONNX Runtime's own exceptions have no common base but this
    except Exception as error:
        raise unfit(path) from error
