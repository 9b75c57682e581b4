"""Write the graph by which ONNX Runtime runs a network: ``python export_graph.py MODEL OUT.onnx``.

It needs PyTorch and onnxscript, and holds no weights: any model file of the same sizes fits. These
are written beside it.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from uasrm_core.exemplars.quantiles import EXEMPLARS, QUANTILES
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_hybrid
from uasrm_core.model.onnx_backend import INPUTS, OUTPUT, SIZES_SUFFIX
from uasrm_core.model.unet import GapBatch, HybridInpainter
from uasrm_core.writing.gate import write_whole

# Columns and frames grow by these for each step of the window's length; more than the longest gap.
MOST_STEPS = 256
EXAMPLE_STEPS = 5
# Nothing is read from it: the runtime is given all weights by name.
NO_FILE = "weights"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Complex numbers as two real tensors, since ONNX has none; as much of them as is needed."""

    real: Tensor
    imag: Tensor

    @classmethod
    def of(cls, values: Tensor) -> Pairs:
        """Take ``(..., 2)`` apart."""
        return cls(values[..., 0], values[..., 1])

    def stack(self) -> Tensor:
        """Undo `of`."""
        return torch.stack([self.real, self.imag], dim=-1)

    def map(self, change: Callable[[Tensor], Tensor]) -> Pairs:
        """Return what comes of both parts."""
        return Pairs(change(self.real), change(self.imag))

    @property
    def shape(self) -> torch.Size:
        """The shape of either part."""
        return self.real.shape

    @property
    def device(self) -> torch.device:
        """Where the numbers are."""
        return self.real.device

    def is_complex(self) -> bool:
        """Return whether these are complex numbers."""
        return True

    def conj(self) -> Pairs:
        """Return the conjugates."""
        return Pairs(self.real, -self.imag)

    def unbind(self, dim: int) -> tuple[Pairs, ...]:
        """Return the slices along an axis."""
        return tuple(map(Pairs, self.real.unbind(dim), self.imag.unbind(dim)))

    def __getitem__(self, key: Any) -> Pairs:
        return self.map(lambda part: part[key])

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(self.real + other.real, self.imag + other.imag)

    def __sub__(self, other: Pairs) -> Pairs:
        return Pairs(self.real - other.real, self.imag - other.imag)

    def __mul__(self, other: Pairs | Tensor) -> Pairs:
        if isinstance(other, Tensor):
            return self.map(lambda part: part * other)
        return Pairs(
            self.real * other.real - self.imag * other.imag,
            self.real * other.imag + self.imag * other.real,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Tensor) -> Pairs:
        return self.map(lambda part: part / other)


class Graph(nn.Module):
    """All of the network between its transforms, complex numbers being ``(..., 2)``."""

    def __init__(self, model: HybridInpainter) -> None:
        super().__init__()
        self.unet = model.unet
        self.model = [model]

    def forward(
        self,
        spectra: Tensor,
        heard: Tensor,
        noise: Tensor,
        samples: Tensor,
        gap: Tensor,
        quantiles: Tensor,
        rates: Tensor,
        mask: Tensor,
        draws: Tensor,
        liveliness: Tensor,
    ) -> Tensor:
        """Return the spectrum of the mended window, ``(1, bins, columns, 2)``.

        `spectra` and `heard` are of sound as loud as it is.
        """
        model: Any = self.model[0]
        empty = samples[:, :0]
        batch = GapBatch(samples, empty, gap, empty, quantiles, rates, mask, draws, liveliness)
        level = model.level(batch)
        given = Pairs.of(spectra) / level[:, :, None, None], Pairs.of(heard) / level[:, :, None]
        base, change = model.mend(*given, Pairs.of(noise), batch, level)
        mended: Pairs = base + change.map(lambda part: F.pad(part, (0, 1, 0, 1)))
        return mended.stack() * level[:, :, None, None]


def example_inputs(config: HybridConfig) -> tuple[Tensor, ...]:
    """Return inputs of the right shapes."""
    frames = EXAMPLE_STEPS * config.window_multiple
    bins, columns = config.stft.bins, config.stft.columns(frames)
    gap = torch.zeros(1, frames)
    gap[:, frames // 2 : frames // 2 + 2000] = 1.0
    spectrum = torch.rand(1, bins, columns, 2)
    return (
        torch.rand(1, 3 + EXEMPLARS, bins, columns, 2),
        spectrum,
        spectrum + 1.0,
        torch.rand(1, frames),
        gap,
        torch.rand(1, len(QUANTILES), bins),
        torch.tensor([44100.0]),
        torch.ones(1, bins, columns),
        torch.rand(1, frames),
        torch.ones(1),
    )


def export_graph(config: HybridConfig) -> onnx.ModelProto:
    """Return the graph for a network of these sizes, without its weights."""
    graph = Graph(HybridInpainter(config)).eval()
    # weights that are equal would become one
    for weight in graph.parameters():
        nn.init.normal_(weight)
    steps = torch.export.Dim("steps", min=2, max=MOST_STEPS)
    multiple, hop = config.window_multiple, config.stft.hop_frames
    frames, columns = multiple * steps, multiple // hop * steps + 1
    lengths = {
        "spectra": {3: columns},
        **{name: {2: columns} for name in ("heard", "noise", "mask")},
        **{name: {1: frames} for name in ("samples", "gap", "draws")},
    }
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph,
            example_inputs(config),
            input_names=INPUTS,
            output_names=[OUTPUT],
            dynamic_shapes={name: lengths.get(name) for name in INPUTS},
            dynamo=True,
            external_data=False,
            # it would turn weights into others; the runtime does its own
            optimize=False,
            verbose=False,
        )
    assert program is not None
    content = io.BytesIO()
    program.save(content)
    model = onnx.load_from_string(content.getvalue())
    leave_weights_out(model, graph)
    return model


def leave_weights_out(model: onnx.ModelProto, graph: nn.Module) -> None:
    """Take remarks out of a model, and its weights, each of which must be there in its shape."""
    shapes = {name: tuple(weight.shape) for name, weight in graph.named_parameters()}
    for node in model.graph.node:
        # where in PyTorch's code it came from
        del node.metadata_props[:]
    for tensor in model.graph.initializer:
        if tensor.name in shapes:
            assert tuple(tensor.dims) == shapes.pop(tensor.name), tensor.name
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            tensor.external_data.add(key="location", value=NO_FILE)
    assert not shapes, f"changed or missing: {sorted(shapes)}"


def main() -> int:
    """Write graph and sizes."""
    source, out = map(Path, sys.argv[1:3])
    config, _ = read_hybrid(source)
    write_whole(out, export_graph(config).SerializeToString())
    write_whole(out.with_suffix(SIZES_SUFFIX), json.dumps(asdict(config)).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
