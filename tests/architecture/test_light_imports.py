"""What opens a window must open fast: PyTorch costs more than a second and 275 MB."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from uasrm_core.optional import WINDOW_PACKAGES
from uasrm_core.resources import resource

ROOT = Path(__file__).resolve().parents[2]

# Imports modules and everything below them, and prints after each which heavy libraries are there.
PROBE = """
import importlib, pkgutil, sys
HEAVY = ("torch", "torchaudio", "scipy", "pyqtgraph")
for name in sys.argv[1:]:
    module = importlib.import_module(name)
    for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
        importlib.import_module(found.name)
    print(",".join(name for name in HEAVY if name in sys.modules))
"""
# Repairs, and prints which of these a repair has loaded.
REPAIR = """
import sys
from uasrm_core.cli.main import main
assert main() == 0
HEAVY = ("matplotlib", "mutagen", "numba", "scipy", "scipy.signal", "scipy.stats", "torch")
print(",".join(name for name in HEAVY if name in sys.modules))
"""
LIGHT = (
    "uasrm_core.api",
    "uasrm_core.audio",
    "uasrm_core.edit",
    "uasrm_core.select",
    "uasrm_gui.app",
    "uasrm_core.spectral",
    "uasrm_core.interpolation",
    "uasrm_core.exemplars",
    "uasrm_core.metrics",
    "uasrm_core.overview",
)


def heavy_imports(*modules: str) -> dict[str, set[str]]:
    """Return by module which heavy libraries it, or one before it, has loaded."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *modules], capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    return {name: set(line.split(",")) - {""} for name, line in zip(modules, lines, strict=True)}


def test_what_a_window_needs_at_its_start_loads_no_torch():
    for module, heavy in heavy_imports(*LIGHT).items():
        assert not {"torch", "torchaudio"} & heavy, module


def test_a_windows_start_waits_for_no_library_that_it_does_not_need():
    assert heavy_imports("uasrm_gui.start") == {"uasrm_gui.start": set()}


def test_the_probe_sees_torch_where_it_is_used():
    assert "torch" in heavy_imports("uasrm_core.model.blocks")["uasrm_core.model.blocks"]


def test_what_the_window_is_said_to_need_is_what_it_imports():
    sources = [path.read_text("utf-8") for path in (ROOT / "uasrm_gui").rglob("*.py")]
    for package in WINDOW_PACKAGES:
        pattern = re.compile(rf"^\s*(from|import) {package}\b", re.MULTILINE)
        assert any(pattern.search(source) for source in sources), package


def test_a_repair_of_a_wav_file_loads_no_library_that_it_does_not_need(tmp_path):
    damaged = tmp_path / "damaged.wav"
    shutil.copy(resource("samples", "hungarian_dance_clean.wav"), damaged)
    words = ["repair", damaged, "-o", tmp_path / "repaired.wav", "-r", "1.0-1.3"]
    run = subprocess.run(
        [sys.executable, "-c", REPAIR, *words, "--engine", "similarity"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == "numba,scipy"
