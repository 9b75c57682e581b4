"""Set the window beside Sonic Visualiser and Audacity: ``python tools/compare_editors.py``.

All three open the same hour of stereo sound in their spectrogram view, one after the other, on a
virtual screen of its own. Measured are the seconds from the start of the process until the screen
has its colours as in the end, but for a fifth (the picture is there), the processor's seconds spent
by then, the seconds until it stands still, and the most memory that belongs to the process and its
children alone (RssAnon; the system's cache of the file does not count). Audacity gets its
preference for spectrograms and no splash, Sonic Visualiser a script that adds a spectrogram. Needs
Debian's xvfb, openbox, audacity and sonic-visualiser.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from measure_window import make_recordings

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 1280, 800
STILL_S = 10.0
IDLE_S = 0.5
PATIENCE_S = 180.0
LOOK_EVERY_S = 0.05
# What is left to change when the picture counts as there.
REMAINDER = 0.2
COLORFUL = 80
PROGRAMS = ("openbox", "Xvfb", "audacity", "sonic-visualiser")
Screen = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Look:
    """The screen at a time, and what the processor had done by then."""

    when: float
    processor_s: float
    screen: Screen


@dataclass(frozen=True)
class Editor:
    """How to start a program with a file, in a home of its own that `prepare` has furnished."""

    name: str
    call: Callable[[Path, Path], list[str]]
    prepare: Callable[[Path], None]


def main() -> int:
    """Measure each in turn and print a table."""
    parser = argparse.ArgumentParser(description="Compare the start of three editors.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--pictures", type=Path, help="keep what each screen showed in the end")
    parser.add_argument("--file", type=Path, help="a recording, instead of the hour made here")
    options = parser.parse_args()
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.exit(f"{', '.join(missing)}: apt-get install xvfb openbox audacity sonic-visualiser")
    with tempfile.TemporaryDirectory(prefix="uasrm-compare-", dir="/var/tmp") as name:
        folder = Path(name)
        recording = options.file
        if recording is None:
            make_recordings(folder)
            recording = folder / "hour.wav"
        # Once through, so that all three find it in the system's cache.
        with recording.open("rb") as file:
            while file.read(1 << 24):
                pass
        figures = {
            editor.name: measure(editor, recording, folder, options.pictures) for editor in EDITORS
        }
    print(json.dumps(figures, indent=1) if options.json else as_text(figures))  # noqa: T201
    return 0


def as_text(figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a table."""
    columns = list(next(iter(figures.values())))
    lines = [f"{'':20}" + "".join(f"{column:>20}" for column in columns)]
    lines += [
        f"{name:20}" + "".join(f"{row[column]:20.1f}" for column in columns)
        for name, row in figures.items()
    ]
    return "\n".join(lines)


def measure(
    editor: Editor, recording: Path, folder: Path, pictures: Path | None
) -> dict[str, float]:
    """Start a program, watch its screen until it stands still, and end it."""
    home = folder / editor.name.replace(" ", "-")
    home.mkdir()
    editor.prepare(home)
    with virtual_screen(home) as (display, buffer):
        blank = look(buffer)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "QT_"))}
        environment |= {"DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": f"{home}/.config"}
        environment.pop("WAYLAND_DISPLAY", None)
        began = time.perf_counter()
        program = subprocess.Popen(
            editor.call(recording, home),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            seen, most = watch(program, buffer, began)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()
    final = seen[-1].screen
    if pictures is not None:
        save(final, pictures / f"{editor.name.replace(' ', '-')}.ppm")
    # Judged where it is colourful in the end: windows and their frames are grey or white.
    where = final.max(axis=2).astype(int) - final.min(axis=2) > COLORFUL
    whole = distance(blank[where], final[where])
    near = [distance(look.screen[where], final[where]) <= REMAINDER * whole for look in seen]
    there = near.index(True)
    return {
        "picture there s": seen[there].when,
        "processor s": seen[there].processor_s,
        "standing still s": seen[-1].when,
        "memory MiB": most,
    }


def watch(program: subprocess.Popen[bytes], buffer: Path, began: float) -> tuple[list[Look], float]:
    """Return every change of the screen with its time, and the most memory in MiB."""
    seen = [Look(0.0, 0.0, look(buffer))]
    most = rested = since = 0.0
    while True:
        now = time.perf_counter() - began
        screen = look(buffer)
        if (screen != seen[-1].screen).mean() > 1e-3:
            seen.append(Look(now, processor_s(program.pid), screen))
        most = max(most, anonymous_mib(program.pid))
        if program.poll() is not None:
            raise RuntimeError(f"{program.args!r} ended by itself")
        if len(seen) > 1 and now - max(seen[-1].when, since) > STILL_S:
            # A bar that stands still is not the end, nor is a program that still works.
            worked = processor_s(program.pid)
            if worked - rested < IDLE_S:
                return seen, most
            rested, since = worked, now
        if now > PATIENCE_S:
            return seen, most
        time.sleep(LOOK_EVERY_S)


def distance(one: Screen, other: Screen) -> float:
    """Return how much two screens differ."""
    return float(np.abs(one.astype(np.int16) - other).mean())


@contextmanager
def virtual_screen(
    folder: Path, *, size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Iterator[tuple[str, Path]]:
    """Run an X server with a window manager; yields its name and the file of its pixels."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        [*f"Xvfb -displayfd {writer} -screen 0 {size[0]}x{size[1]}x24 -fbdir".split(), str(folder)],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    display = f":{os.read(reader, 16).decode().strip()}"
    settings = folder / "openbox.xml"
    settings.write_text(OPENBOX, "utf-8")
    manager = subprocess.Popen(
        ["openbox", "--config-file", str(settings)],
        env=os.environ | {"DISPLAY": display},
        stderr=subprocess.DEVNULL,
    )
    time.sleep(1.0)
    try:
        yield display, folder / "Xvfb_screen0"
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait()


def look(buffer: Path) -> Screen:
    """Return the screen, ``(height, width, 3)``, at a quarter of its size."""
    data = np.fromfile(buffer, np.uint8)
    pixels = data[-WIDTH * HEIGHT * 4 :].reshape(HEIGHT, WIDTH, 4)
    return pixels[::2, ::2, :3].copy()


def save(screen: Screen, path: Path) -> None:
    """Write a picture as PPM."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"P6 {screen.shape[1]} {screen.shape[0]} 255\n".encode("ascii")
    path.write_bytes(header + screen[..., ::-1].tobytes())


def anonymous_mib(root: int) -> float:
    """Return the memory of a process and all below it, without the system's cache of files."""
    total = 0
    for pid in family(root):
        with suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
                total += int(line.split()[1]) if line.startswith("RssAnon:") else 0
    return total / 1024


def processor_s(root: int) -> float:
    """Return the processor's time that a process and all below it have taken."""
    ticks = 0
    for pid in family(root):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(root: int) -> list[int]:
    """Return a process and all below it."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        with suppress(FileNotFoundError, ProcessLookupError):
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
            waiting += [int(child) for child in children.split()]
    return found


def _furnish_audacity(home: Path) -> None:
    for folder in (home / ".audacity-data", home / ".config" / "audacity"):
        folder.mkdir(parents=True)
        settings = f"{AUDACITY_SETTINGS}[Directories]\nTempDir={home}/scratch\n"
        (folder / "audacity.cfg").write_text(settings, "utf-8")


def _furnish_sonic_visualiser(home: Path) -> None:
    settings = home / ".config" / "sonic-visualiser" / "Sonic Visualiser.conf"
    settings.parent.mkdir(parents=True)
    versions = "\n".join(f"network-permission-{version}=false" for version in SV_VERSIONS)
    settings.write_text(f"[Preferences]\n{versions}\n", "utf-8")


def _call_sonic_visualiser(recording: Path, home: Path) -> list[str]:
    script = home / "script.osc"
    script.write_text(f"/open {recording}\n/add spectrogram\n", "utf-8")
    return ["sonic-visualiser", "--no-audio", "--no-splash", "--osc-script", str(script)]


SV_VERSIONS = ("4.5", "4.5.1", "4.5.2", "5.0", "5.0.1", "5.1", "5.2", "5.2.1")
AUDACITY_SETTINGS = """PrefsVersion=1.1.1r1
[Version]
Major=3
Minor=2
Micro=4
[GUI]
ShowSplashScreen=0
DefaultViewModeChoiceNew=Spectrogram
"""
OPENBOX = """<openbox_config xmlns="http://openbox.org/3.4/rc">
  <applications><application type="normal"><maximized>yes</maximized></application></applications>
</openbox_config>
"""
EDITORS = (
    Editor(
        "UASRM",
        lambda recording, home: [sys.executable, "-m", "uasrm_gui.app", str(recording)],
        lambda home: None,
    ),
    Editor("Sonic Visualiser", _call_sonic_visualiser, _furnish_sonic_visualiser),
    Editor("Audacity", lambda recording, home: ["audacity", str(recording)], _furnish_audacity),
)


if __name__ == "__main__":
    sys.exit(main())
