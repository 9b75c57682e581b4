"""The network run by ONNX Runtime: the same sound as by PyTorch, and plain words without that."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from uasrm_core import api, optional
from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.region import Region
from uasrm_core.errors import ModelError
from uasrm_core.exemplars.quantiles import EXEMPLARS, QUANTILES
from uasrm_core.inpainting import adapt, registry
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.model import choose_backend, onnx_backend, torch_backend
from uasrm_core.model.backend import ModelInput
from uasrm_core.model.checkpoint import save_model
from uasrm_core.model.config import HybridConfig
from uasrm_core.model.files import read_hybrid
from uasrm_core.model.onnx_backend import SIZES_SUFFIX, OnnxBackend
from uasrm_core.model.torch_backend import TorchBackend
from uasrm_core.model.unet import HybridInpainter
from uasrm_core.progress import Progress
from uasrm_core.resources import resource

ROOT = Path(__file__).parents[2]
RATE = 44100


# All that a graph is made of: it takes a quarter of a minute, and is made when one of them changed.
SOURCES = (
    "uasrm_core/model/*.py",
    "uasrm_core/exemplars/quantiles.py",
    "packaging/export_graph.py",
)
LIBRARIES = ("torch", "onnx", "onnxscript")


@pytest.fixture(scope="module")
def graph(wild, tmp_path_factory, pytestconfig):
    """Return the graph that is made for a small network."""
    command = [sys.executable, ROOT / "packaging/export_graph.py", wild]
    if getattr(pytestconfig, "cache", None) is None:
        out = tmp_path_factory.mktemp("graph") / "hybrid.onnx"
        subprocess.run([*command, out], check=True, capture_output=True)
        return out
    parts = [path.read_bytes() for glob in SOURCES for path in sorted(ROOT.glob(glob))]
    parts += [f"{name} {version(name)}".encode() for name in LIBRARIES]
    parts.append(json.dumps(asdict(read_hybrid(wild)[0])).encode())
    digest = hashlib.sha256(b"\0".join(parts)).hexdigest()
    out = pytestconfig.cache.mkdir("graph") / f"{digest[:16]}.onnx"
    if not out.with_suffix(SIZES_SUFFIX).exists():
        subprocess.run([*command, out], check=True, capture_output=True)
    return out


@pytest.fixture
def without_torch(monkeypatch, graph):
    """Let the program find no PyTorch, but the graph."""
    monkeypatch.setattr(choose_backend, "has_torch", lambda: False)
    monkeypatch.setattr(onnx_backend, "resource", lambda *parts: graph)
    registry._load_with_model.cache_clear()
    yield
    registry._load_with_model.cache_clear()


@pytest.fixture
def at_full_length(monkeypatch):
    """Let PyTorch calculate with 32 bits, as ONNX Runtime does."""
    monkeypatch.setattr(torch_backend, "is_fast_in_bfloat16", lambda device: False)


def input_of(rng, frames, rate, *, is_partial=False):
    def noise(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    gap = np.zeros(frames, dtype=np.float32)
    gap[frames // 2 - 1200 : frames // 2 + 900] = 1.0
    usual = rng.uniform(-9, -3, (len(QUANTILES), 1025)).astype(np.float32)
    fills, exemplars = noise(3, frames) * gap, noise(EXEMPLARS, frames)
    columns = frames // 512 + 1
    mask = rng.uniform(0, 1, (1025, columns)).astype(np.float32) if is_partial else None
    return ModelInput(
        noise(frames), fills, gap, exemplars, usual, np.array(rate, dtype=np.float32), mask
    )


def difference_db(found, expected):
    """Return how loud the difference of two sounds is beside the second."""
    return 20 * np.log10(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize(
    ("frames", "rate", "is_partial", "has_noise"),
    [
        (8192, 16000, False, False),
        (10240, 44100, True, False),
        (26624, 22050, False, True),
        (204800, 44100, False, True),
    ],
)
@pytest.mark.usefixtures("at_full_length")
def test_both_runtimes_render_the_same_sound(wild, graph, rng, frames, rate, is_partial, has_noise):
    given = input_of(rng, frames, rate, is_partial=is_partial)
    noise = rng.standard_normal(frames).astype(np.float32) if has_noise else None
    expected = TorchBackend.load(wild).render(given, noise)
    rendered = OnnxBackend.load(wild, graph=graph).render(given, noise)
    assert difference_db(rendered, expected) < -80.0
    # and that is not because nothing is done
    assert difference_db(given.samples, expected) > -20.0


@pytest.mark.usefixtures("at_full_length")
def test_a_repair_is_the_same_without_pytorch_and_takes_keep_their_numbers(
    make_model, music_like, request
):
    # a wild one would make much of the rounding of transforms
    model = make_model(0.01)
    clip = AudioClip(MemorySource(music_like(4.0, channels=1), RATE))
    job = RepairJob(clip, (Region(80_000, 90_000),), "unet", model, take=3)
    (expected,) = api.repair(job).best_patches
    request.getfixturevalue("without_torch")
    (found,) = api.repair(job).best_patches
    assert isinstance(registry.load_engine("unet", model).network, OnnxBackend)
    assert found.start_frame == expected.start_frame
    assert difference_db(found.samples, expected.samples) < -60.0


@pytest.mark.parametrize("has_noise", [False, True])
@pytest.mark.usefixtures("at_full_length")
def test_the_graph_that_ships_renders_what_pytorch_does(rng, has_noise):
    model = resource("models", "hybrid.safetensors")
    given = input_of(rng, 40960, 44100, is_partial=has_noise)
    noise = rng.standard_normal(40960).astype(np.float32) if has_noise else None
    rendered = OnnxBackend.load(model).render(given, noise)
    assert difference_db(rendered, TorchBackend.load(model).render(given, noise)) < -80.0


@pytest.mark.usefixtures("at_full_length")
def test_both_runtimes_change_the_weights_that_ship_alike(rng):
    takes, narrow = (
        resource("models", f"{name}.safetensors") for name in ("takes", "takes-narrow")
    )
    given = input_of(rng, 40960, 22050)
    noise = rng.standard_normal(40960).astype(np.float32)
    found, expected = (
        backend.load(takes, changes=narrow).render(given, noise)
        for backend in (OnnxBackend, TorchBackend)
    )
    assert difference_db(found, expected) < -80.0
    assert difference_db(OnnxBackend.load(takes).render(given, noise), found) > -40.0


def test_what_ships_is_run_without_loading_pytorch():
    script = (
        "import sys; from uasrm_core import api; api.load_engines(); print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_pytorch_runs_other_sizes_and_graphics_cards(tmp_path, monkeypatch):
    path, shipped = tmp_path / "other.safetensors", resource("models", "hybrid.safetensors")
    save_model(HybridInpainter(HybridConfig(channels=(8, 8))), path, {})
    assert isinstance(choose_backend.load_backend(path), TorchBackend)
    monkeypatch.setattr(choose_backend, "GPU_DRIVERS", (tmp_path,))
    assert isinstance(choose_backend.load_backend(shipped), TorchBackend)


@pytest.mark.usefixtures("without_torch")
def test_a_network_of_other_sizes_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "other.safetensors"
    save_model(HybridInpainter(HybridConfig(channels=(8, 8))), path, {})
    with pytest.raises(ModelError, match=r"other\.safetensors holds a network of other sizes"):
        choose_backend.load_backend(path)


def test_adapting_without_pytorch_says_what_it_needs(wild, music_like, monkeypatch):
    monkeypatch.setattr(adapt, "has_torch", lambda: False)
    clip = AudioClip(MemorySource(music_like(1.0, channels=1), RATE))
    told, engine = adapt.adapt(
        RepairJob(clip, (Region(8000, 9000),), "unet", wild, adapt=True), Progress()
    )
    assert engine is None
    assert "needs PyTorch" in told.sentence
    assert not told.kept


def test_pytorch_counts_as_installed_only_with_its_part_for_sound(monkeypatch):
    found = {"torch": object()}
    monkeypatch.setattr(optional.importlib.util, "find_spec", found.get)
    assert not optional.has_torch()
    found["torchaudio"] = object()
    assert optional.has_torch()
