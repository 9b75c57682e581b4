"""The wheel, installed as a library without the window, does what `docs/library.md` shows."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.optional import WINDOW_PACKAGES
from uasrm_core.resources import resource

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
FOLDERS = ("uasrm_core", "uasrm_gui", "resources", "docs")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
# What must not come from the tests' own environment: the window's packages, and the project.
HIDDEN = (*(name.lower() for name in WINDOW_PACKAGES), "shiboken6", "uasrm", "__editable__")
# Of the bundled recording: the examples name places in its first seconds.
TAPE_FRAMES = 5 * 44100


@dataclass(frozen=True)
class Installation:
    """An environment with the wheel and the core's libraries in it."""

    folder: Path
    packages: Path

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in an empty folder that holds ``tape.wav``."""
        program, *rest = words
        return subprocess.run(
            [self.folder / "bin" / program, *rest],
            capture_output=True,
            text=True,
            cwd=self.folder / "work",
            env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder)},
            check=False,
        )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    source, built, folder = (tmp_path_factory.mktemp(name) for name in ("source", "built", "venv"))
    for name in SHIPPED:
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        [sys.executable, "-c", BUILD, built], cwd=source, check=True, capture_output=True
    )
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.lower().startswith(HIDDEN):
            (packages / path.name).symlink_to(path)
    (wheel,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    # Python compiles what is imported, which is a part of it
    quick = ["--disable-pip-version-check", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, *quick, wheel], check=True)
    (folder / "work").mkdir()
    damaged = resource("samples", "hungarian_dance_damaged.wav")
    beginning, rate = soundfile.read(damaged, dtype="int16", frames=TAPE_FRAMES)
    soundfile.write(folder / "work" / "tape.wav", beginning, rate, subtype="PCM_16")
    return Installation(folder, packages)


def examples() -> list[str]:
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_nothing_but_the_two_packages_is_installed_at_the_top(installation):
    (records,) = installation.packages.glob("uasrm-*.dist-info/RECORD")
    tops = {line.split("/")[0] for line in records.read_text(encoding="utf-8").splitlines()}
    assert {top for top in tops if not top.endswith(".dist-info") and top != ".."} == {
        "uasrm_core",
        "uasrm_gui",
    }
    assert all(
        (installation.packages / name / "py.typed").exists() for name in ("uasrm_core", "uasrm_gui")
    )


def test_what_ships_in_the_checkout_ships_in_the_wheel(installation):
    folder = ROOT / "resources"
    here = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    data = installation.packages / "uasrm_core" / "data"
    assert {path.relative_to(data) for path in data.rglob("*") if path.is_file()} == here


def test_every_example_runs_and_the_first_repairs_a_file_in_ten_lines(installation):
    first, *others = examples()
    assert len([line for line in first.splitlines() if line]) <= 10
    run = installation.run("python", "-c", "\n".join((first, *others)))
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    assert run.stdout.startswith("Repaired with unet")
    assert run.stdout.rstrip().endswith(" repaired")

    damaged, rate = soundfile.read(installation.folder / "work" / "tape.wav", dtype="int16")
    fixed, _ = soundfile.read(installation.folder / "work" / "fixed.wav", dtype="int16")
    clean, _ = soundfile.read(resource("samples", "hungarian_dance_clean.wav"), dtype="int16")
    first, last = round(2.59 * rate), round(3.11 * rate)
    assert (fixed[:first] == damaged[:first]).all()
    assert (fixed[last:] == damaged[last:]).all()

    levels = [np.square(sound[first:last] / 2**15).mean() for sound in (damaged, fixed, clean)]
    damaged_db, fixed_db, clean_db = 10 * np.log10(levels)
    assert damaged_db < clean_db - 12
    assert abs(fixed_db - clean_db) < 6


@pytest.mark.parametrize("words", [("uasrm", "gui"), ("uasrm-gui",)])
def test_a_window_that_is_not_installed_is_told_in_one_line(installation, words):
    run = installation.run(*words)
    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "pip install 'uasrm[gui]'" in run.stderr


def test_the_command_line_works_without_the_window(installation):
    run = installation.run("uasrm", "info", "tape.wav")
    assert (run.returncode, run.stderr) == (0, "")
