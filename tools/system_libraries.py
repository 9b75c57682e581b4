"""Name the system's parts that are missing, and install them where that is allowed.

Runs on the system's own Python, before anything of the project is installed, so it uses nothing
but the standard library. As root on a Debian system it installs what is missing; otherwise it says
what to type. It exits with 1 where a missing part stops the program.

    python3 tools/system_libraries.py python window sound
    python3 tools/system_libraries.py --list window
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True)
class Part:
    """A shared library or a program, the Debian package that holds it, and what it is for."""

    file: str
    package: str
    purpose: str


WINDOW = tuple(
    Part(file, package, "the window")
    for file, package in (
        ("libEGL.so.1", "libegl1"),
        ("libGL.so.1", "libgl1"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libxkbcommon.so.0", "libxkbcommon0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxcb-icccm.so.4", "libxcb-icccm4"),
        ("libxcb-image.so.0", "libxcb-image0"),
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxcb-randr.so.0", "libxcb-randr0"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libxcb-shape.so.0", "libxcb-shape0"),
        ("libxcb-xkb.so.1", "libxcb-xkb1"),
        ("libwayland-cursor.so.0", "libwayland-cursor0"),
        ("libwayland-egl.so.1", "libwayland-egl1"),
    )
)
SOUND = (Part("libportaudio.so.2", "libportaudio2", "playback"),)
# Loops are compiled ahead for the packaged application, and a test does the same.
COMPILER = tuple(Part("cc", package, "the tests") for package in ("gcc", "libc6-dev"))
GROUPS = {"python": (), "window": WINDOW, "sound": SOUND, "compiler": COMPILER}


def is_missing(part: Part) -> bool:
    """Tell whether the system's loader cannot find the library, or the shell the program."""
    if ".so" not in part.file:
        return shutil.which(part.file) is None
    try:
        ctypes.CDLL(part.file)
    except OSError:
        return True
    return False


def missing_packages(groups: list[str]) -> dict[str, str]:
    """Return the packages that are missing, each with what it is for."""
    missing = {}
    if importlib.util.find_spec("ensurepip") is None:
        missing["python3-venv"] = "the project's own Python environment"
    if sys.platform.startswith("linux"):
        for part in (part for group in groups for part in GROUPS[group]):
            if is_missing(part):
                missing[part.package] = part.purpose
    return missing


def install(packages: list[str]) -> bool:
    """Install Debian packages; return whether that worked."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    )
    return all(
        subprocess.run(command, env=environment, check=False).returncode == 0
        for command in commands
    )


def say(text: str) -> None:
    """Print a line for whoever typed the command."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def main() -> int:
    """Check the groups named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="+", choices=GROUPS)
    parser.add_argument("--list", action="store_true", help="only print the groups' packages")
    options = parser.parse_args()
    groups = options.groups
    if options.list:
        packages = [part.package for group in groups for part in GROUPS[group]]
        sys.stdout.write("\n".join(packages) + "\n")
        return 0
    if sys.version_info < OLDEST_PYTHON:
        say(f"This needs Python 3.11 or newer, and {sys.executable} is {sys.version.split()[0]}.")
        return 1
    missing = missing_packages(groups)
    if not missing:
        return 0
    for package, purpose in missing.items():
        say(f"Missing on this system: {package} (for {purpose}).")
    may_install = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if may_install and install(list(missing)):
        return 0
    say(f"Please type:  sudo apt-get install {' '.join(missing)}")
    return 0 if set(missing.values()) == {"playback"} else 1


if __name__ == "__main__":
    sys.exit(main())
