"""Install the program into the environment that runs this: ``python tools/install.py gui``.

PyTorch comes in two builds for Linux: one that carries everything for an NVIDIA card, and a small
one for the processor alone, on an index of PyTorch's own. Where there is no such card and the index
answers, the small one is taken; otherwise what pip finds. Uses nothing but the standard library.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE_S = 8.0
CHOICES = ("auto", "cpu", "default")
MEGABIT_BYTES = 125_000
USUAL_MEGABITS = 50


@dataclass(frozen=True)
class Build:
    """A build of PyTorch: what it is called, and what all packages with it come to."""

    name: str
    download_gb: float
    installed_gb: float


CPU = Build("the build for processors", 0.4, 1.6)
CARD = Build("the build for graphics cards", 3.2, 6.1)
OTHER = Build("this system's build", 0.4, 1.6)


def main() -> int:
    """Say what is about to be installed, install it, and see that it can be loaded."""
    options = parse_arguments()
    build = choose_build(options.torch, options.index)
    say(announcement(build))
    if install(options.extras, options.index if build is CPU else None) != 0:
        return 1
    if can_load_torch():
        return prepare()
    if build is not CPU:
        say("PyTorch was installed and cannot be loaded; the lines above say why.")
        return 1
    say(f"That build does not work on this machine; taking {CARD.name}.")
    again = ["--force-reinstall", "--no-deps", "torch", "torchaudio"]
    failed = pip(again) or pip(build_arguments(options.extras)) or int(not can_load_torch())
    return failed or prepare()


def parse_arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("extras", help="such as gui, or gui,train,dev")
    parser.add_argument("--torch", choices=CHOICES, default="auto")
    parser.add_argument("--index", default=CPU_INDEX, help="where the small build is")
    return parser.parse_args()


def choose_build(
    choice: str,
    index: str,
    *,
    system: str = platform.system(),
    has_card: Callable[[], bool] | None = None,
    answers: Callable[[str], bool] | None = None,
) -> Build:
    """Return the build to install on this machine."""
    if system != "Linux":
        return OTHER
    if choice == "cpu":
        return CPU
    if choice == "default" or (has_card or has_nvidia_card)():
        return CARD
    return CPU if (answers or index_answers)(index) else CARD


def has_nvidia_card() -> bool:
    """Tell whether a driver for NVIDIA's cards is at work, or its tool is there."""
    driver = Path("/proc/driver/nvidia/version")
    return driver.exists() or shutil.which("nvidia-smi") is not None


def index_answers(index: str) -> bool:
    """Tell whether an index can be reached and knows PyTorch."""
    try:
        with urllib.request.urlopen(f"{index}/torch/", timeout=PATIENCE_S) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ValueError, OSError):
        return False


def announcement(build: Build) -> str:
    """Return what to expect of the installation, in words."""
    minutes = build.download_gb * 1e9 / (USUAL_MEGABITS * MEGABIT_BYTES) / 60
    return (
        f"Installing the program and its libraries with {build.name} of PyTorch: about "
        f"{build.download_gb:g} GB to download\n(some {max(round(minutes), 1)} minutes at "
        f"{USUAL_MEGABITS} Mbit/s), {build.installed_gb:g} GB on disk. Only the first time takes "
        "so long."
    )


def build_arguments(extras: str) -> list[str]:
    """Return pip's words for the program itself, with the libraries known to work together."""
    return ["-c", "constraints.txt", "-e", f".[{extras}]"]


def install(extras: str, extra_index: str | None) -> int:
    """Install the program; a build from PyTorch's index counts as newer than the usual one."""
    index = [] if extra_index is None else ["--extra-index-url", extra_index]
    return pip([*index, *build_arguments(extras)])


def pip(words: list[str]) -> int:
    """Run pip's install, with its bars on a terminal and in silence elsewhere."""
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *quiet]
    return subprocess.run([*command, *words], cwd=ROOT, check=False).returncode


def can_load_torch() -> bool:
    """Tell whether PyTorch and its part for sound can be loaded."""
    command = [sys.executable, "-c", "import torch, torchaudio"]
    return subprocess.run(command, check=False).returncode == 0


def prepare() -> int:
    """Compile what repairs need and keep it, so that the first of them does not wait for it."""
    say("Compiling what repairs need.")
    command = [sys.executable, "-c", "from uasrm_core import api; api.load_engines()"]
    # without it the program works all the same, after a wait of two seconds
    subprocess.run(command, cwd=ROOT, check=False)
    return 0


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
