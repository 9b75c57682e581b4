"""Measure the window on an hour of stereo sound: ``python tools/measure_window.py [--json]``.

Makes its own recording in a temporary folder (about 640 MB), opens it in a window without a
screen, or on the display if there is one, and prints how long it takes until the window and the
picture are there, how much memory of its own the process has through it all, and whether a repair
in the middle takes longer than in a short recording. Linux only, for it reads ``/proc``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[1]
HOUR_S, SHORT_S, GAP_S = 3600, 30, 0.5
PATIENCE_S = 180.0
# From the recording's picture to a region drawn in it and Repair pressed.
DRAG_S = 3.0
MEBIBYTE = 1024.0
DRAWN_LEVEL, DRAWN_ROWS = 64, 12


def main() -> int:
    """Make the recordings, measure in a process of its own, print."""
    parser = argparse.ArgumentParser(description="Measure the window on an hour of stereo sound.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--first-use", action="store_true", help="only the first Repair and Compare after opening"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="as after an installation: nothing compiled was kept"
    )
    parser.add_argument("--inside", nargs=2, metavar=("FOLDER", "BEGAN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        folder, began = options.inside
        use = measure_first_use if options.first_use else measure
        print(json.dumps(use(Path(folder), float(began))))  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory(prefix="uasrm-measure-") as name:
        make_recordings(Path(name), hour_s=SHORT_S if options.first_use else HOUR_S)
        figures = run_inside(name, first_use=options.first_use, fresh=options.fresh)
    print(json.dumps(figures, indent=1) if options.json else as_text(figures))  # noqa: T201
    return 0


def make_recordings(folder: Path, *, hour_s: int = HOUR_S) -> None:
    """Write an hour of stereo music at 44.1 kHz, and its middle as a short recording."""
    clean = ROOT / "resources" / "samples" / "hungarian_dance_clean.wav"
    music, rate = soundfile.read(clean, dtype="int16", always_2d=True)
    total, middle = hour_s * rate, hour_s * rate // 2
    with soundfile.SoundFile(folder / "hour.wav", "w", rate, 2, "PCM_16") as hour:
        for start in range(0, total, len(music)):
            hour.write(music[: min(len(music), total - start)])
    around = SHORT_S * rate // 2
    short, _ = soundfile.read(
        folder / "hour.wav", dtype="int16", start=middle - around, stop=middle + around
    )
    soundfile.write(folder / "short.wav", short, rate, subtype="PCM_16")


def run_inside(folder: str, *, first_use: bool = False, fresh: bool = False) -> dict[str, float]:
    """Measure in a fresh process, so that its start counts too."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    if fresh:
        environment["NUMBA_CACHE_DIR"] = str(Path(folder) / "compiled")
    call = [sys.executable, __file__, "--inside", folder, str(time.time())]
    call += ["--first-use"] * first_use
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def as_text(figures: dict[str, float]) -> str:
    """Return the figures as lines."""
    return "\n".join(f"{name.replace('_', ' '):48} {value:8.2f}" for name, value in figures.items())


class Memory:
    """Notes, from a thread of its own, the most memory that belongs to the process alone."""

    def __init__(self) -> None:
        self.most_mib = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def take(self) -> float:
        """Return the most since the last call, in MiB."""
        most, self.most_mib = max(self.most_mib, anonymous_mib()), 0.0
        return most

    def _watch(self) -> None:
        while True:
            self.most_mib = max(self.most_mib, anonymous_mib())
            time.sleep(0.02)


def anonymous_mib() -> float:
    """Return the memory that is not the system's cache of files, in MiB."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / MEBIBYTE
    raise OSError("/proc/self/status has no RssAnon")


def measure(folder: Path, began: float) -> dict[str, float]:
    """Use the window as a user does, and return the figures."""
    memory = Memory()
    session = Session(folder)
    figures = {"window_shown_s": time.time() - began}
    opened = time.perf_counter()
    session.open(folder / "hour.wav")
    figures["opened_s"] = time.perf_counter() - opened
    session.wait(session.picture_is_there)
    figures["picture_usable_s"] = time.perf_counter() - opened
    session.wait(session.window.editor.is_complete)
    figures["picture_complete_s"] = time.perf_counter() - opened
    figures["open_most_mib"] = memory.take()
    figures["navigation_longest_wait_s"] = session.navigate()
    figures["navigation_most_mib"] = memory.take()
    rate = session.window.document.work.info.rate
    middle = HOUR_S * rate // 2
    figures["first_repair_s"] = session.repair(middle + 2 * rate)
    figures["first_repair_most_mib"] = memory.take()
    first, all_of_them = session.compare(middle + 11 * rate)
    figures["first_candidate_s"], figures["all_candidates_s"] = first, all_of_them
    figures["repair_in_the_hour_s"] = min(session.repair(middle + n * rate) for n in (4, 6, 8))
    figures["repair_most_mib"] = memory.take()
    session.open(folder / "short.wav")
    middle = SHORT_S * rate // 2
    figures["repair_in_the_short_s"] = min(session.repair(middle + n * rate) for n in (4, 6, 8))
    session.close()
    return figures


def measure_first_use(folder: Path, began: float) -> dict[str, float]:
    """Open a recording, wait as long as a drag takes, repair and compare; return the figures."""
    session = Session(folder)
    figures = {"window_shown_s": time.time() - began}
    session.window.load_engines_soon()
    session.open(folder / "short.wav")
    rest_until = time.perf_counter() + DRAG_S
    session.wait(lambda: time.perf_counter() > rest_until)
    middle = SHORT_S * session.window.document.work.info.rate // 2
    figures["first_repair_s"] = session.repair(middle, "auto")
    first, all_of_them = session.compare(middle // 3)
    figures["first_candidate_s"], figures["all_candidates_s"] = first, all_of_them
    session.close()
    return figures


class Session:
    """A window, and a user who waits for it."""

    def __init__(self, folder: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from uasrm_gui.background.jobs import JobRunner
        from uasrm_gui.dialogs.questions import Answer, Questions
        from uasrm_gui.main_window import MainWindow
        from uasrm_gui.settings import SettingsStore
        from uasrm_gui.sound.device import open_stream
        from uasrm_gui.sound.player import Player
        from uasrm_gui.start import dress
        from uasrm_gui.state.document import Document
        from uasrm_gui.tabs import TabbedWindow

        class Careless(Questions):
            def ask_unsaved(self, parent: object, name: str, sentence: str) -> Answer:
                return Answer.DISCARD

        self.app = QApplication([])
        dress(self.app)
        runner = JobRunner()
        settings = SettingsStore(folder / "settings.json")
        self.tabs = TabbedWindow(
            lambda tabs: MainWindow(
                Document(runner), runner, Player(open_stream), settings, tabs, questions=Careless()
            ),
            settings,
        )
        self.window = self.tabs.page
        self.tabs.show()
        self.wait(lambda: self.tabs.windowHandle().isExposed())

    def wait(self, ready: Callable[[], Any]) -> None:
        """Let the window work until something is so."""
        until = time.perf_counter() + PATIENCE_S
        while not ready():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get ready")
            self.app.processEvents()
            time.sleep(0.005)

    def open(self, path: Path) -> None:
        """Open a recording in the tab that is there, as the Open command does."""
        seen: list[bool] = []
        self.window.document.work.opened.connect(lambda: seen.append(True))
        self.window.files.open_here(path)
        self.wait(lambda: seen)

    def surveyed_s(self) -> float:
        """Return how many seconds of the recording have been read for the overview."""
        cache = self.window.editor.overview_cache
        return cache.ready_frames / self.window.document.work.info.rate

    def picture_is_there(self) -> bool:
        """Whether sound is drawn over the whole width, as spectrogram and as waveform."""
        from uasrm_gui.editor.spectrogram import SpectrogramPane
        from uasrm_gui.editor.waveform import WaveformPane

        editor = self.window.editor
        return all(_is_drawn(editor.findChild(pane)) for pane in (SpectrogramPane, WaveformPane))

    def navigate(self) -> float:
        """Zoom and jump; return the longest wait until all in view was drawn, in seconds."""
        editor = self.window.editor
        total, rate = editor.clip_frames(), self.window.document.work.info.rate
        longest = 0.0
        for span_s in (600, 60, 5, 0.05):
            for place in (0.1, 0.5, 0.9):
                began = time.perf_counter()
                start = place * total
                editor.set_view(start, start + span_s * rate)
                self.wait(editor.is_complete)
                longest = max(longest, time.perf_counter() - began)
        editor.fit()
        self.wait(editor.is_complete)
        return longest

    def repair(self, start_frame: int, engine: str = "unet") -> float:
        """Repair half a second there, and return how long it took."""
        from uasrm_core.audio.region import Region

        document = self.window.document
        region = Region(start_frame, start_frame + round(GAP_S * document.work.info.rate))
        ended: list[bool] = []
        began = time.perf_counter()
        job = document.repairs.repair([region], engine)
        job.ended.connect(lambda: ended.append(True))
        self.wait(lambda: ended)
        taken = time.perf_counter() - began
        if not document.work.is_repaired(region):
            raise RuntimeError(self.window.message.text)
        return taken

    def compare(self, start_frame: int) -> tuple[float, float]:
        """Compare candidates for half a second; return after how long the first and all came."""
        from uasrm_core.audio.region import Region

        comparison, rate = self.window.comparison, self.window.document.work.info.rate
        began = time.perf_counter()
        comparison.begin(Region(start_frame, start_frame + round(GAP_S * rate)))
        self.wait(lambda: comparison.proposals or not comparison.is_busy)
        first = time.perf_counter() - began
        self.wait(lambda: not comparison.is_busy)
        taken = time.perf_counter() - began
        if not comparison.proposals:
            raise RuntimeError(self.window.message.text)
        comparison.close()
        return first, taken

    def close(self) -> None:
        """Close the window."""
        self.tabs.close()
        self.wait(lambda: not self.tabs.isVisible())


def _is_drawn(pane: Any) -> bool:
    image = pane.grab().toImage()
    image.convertTo(image.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    inside = rows[:, 8 : image.width() - 8] > DRAWN_LEVEL
    # more than the lines that an empty pane has
    return bool((inside.sum(axis=0) >= DRAWN_ROWS).mean() > 0.98)


if __name__ == "__main__":
    sys.exit(main())
