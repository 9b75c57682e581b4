"""What opens a window must open fast: PyTorch costs more than a second and 275 MB."""

import subprocess
import sys

import pytest

# Imports a module and everything below it, then prints which heavy libraries came along.
PROBE = """
import importlib, pkgutil, sys
module = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(getattr(module, "__path__", []), module.__name__ + "."):
    importlib.import_module(found.name)
HEAVY = ("torch", "torchaudio", "scipy", "pyqtgraph")
print(",".join(name for name in HEAVY if name in sys.modules))
"""


def heavy_imports(module: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", PROBE, module], capture_output=True, text=True, check=True
    )
    return [name for name in run.stdout.strip().split(",") if name]


@pytest.mark.parametrize(
    "module",
    [
        "uasrm_core.api",
        "uasrm_core.audio",
        "uasrm_core.dsp",
        "uasrm_core.edit",
        "uasrm_core.select",
        "uasrm_gui.app",
    ],
)
def test_what_a_window_needs_at_its_start_loads_no_torch(module):
    assert not {"torch", "torchaudio"}.intersection(heavy_imports(module))


def test_a_windows_start_waits_for_no_library_that_it_does_not_need():
    assert not heavy_imports("uasrm_gui.start")


def test_the_probe_sees_torch_where_it_is_used():
    assert "torch" in heavy_imports("uasrm_core.model")
