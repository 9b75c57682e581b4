r"""Take the pictures of the selection tools: ``python tools/take_tool_screenshots.py RECORDING``.

Plants a whistle, a telephone's ring, a cough, a hum, a squeak and clicks over a recording of at
least 12 s (one of speech, best), opens it in the real window on the display, or on none, and
selects each with its tool by mouse and keys. The pictures go to docs/screenshots, or the folder
given last. Needs Debian's imagemagick, and for a screen of its own xvfb and openbox:

    xvfb-run -s "-screen 0 1280x800x24" sh -c \
        "openbox & python tools/take_tool_screenshots.py RECORDING"
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scipy.signal import butter, sosfilt
from walk_window import open_window, rest

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 12.0
WHISTLE = (0.9, 1.7, 2300.0, 3100.0)
RING = (2.7, 3.5)
COUGH = (4.5, 4.8)
HUM = (5.6, 7.2)
SQUEAK = (8.1, 8.5, 1150.0)
CLICKS = (9.6, 9.93, 10.31, 10.58, 11.07, 11.4)
WINDOW = 1280, 800
PATIENCE_S = 60.0
Place = tuple[float, float]


def main() -> int:
    """Plant, select, take."""
    parser = argparse.ArgumentParser(description="Take the pictures of the selection tools.")
    parser.add_argument("recording", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "docs" / "screenshots")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="uasrm-tools-") as name:
        planted = Path(name) / "planted.wav"
        clean, rate = soundfile.read(options.recording, dtype="float64", always_2d=True)
        sound = clean[: round(SECONDS * rate), 0]
        soundfile.write(planted, sound + planted_sounds(len(sound), rate), rate, subtype="PCM_16")
        options.folder.mkdir(parents=True, exist_ok=True)
        session = Session(Path(name), planted, options.folder)
        for take in (brush, box, lasso, wand, harmonics, similar):
            take(session)
        session.close()
    return 0


def planted_sounds(frames: int, rate: int) -> np.ndarray:
    """Return the six sounds, each at its time, float64 ``(frames,)``."""
    rng = np.random.default_rng(4)
    out = np.zeros(frames)
    t = np.arange(frames) / rate

    def during(start: float, end: float, fade: float = 0.02) -> np.ndarray:
        return np.clip(np.minimum(t - start, end - t) / fade, 0.0, 1.0)

    start, end, low, high = WHISTLE
    glide = low + (high - low) * np.clip((t - start) / (end - start), 0, 1) ** 2
    out += 0.06 * during(start, end, 0.05) * np.sin(2 * np.pi * np.cumsum(glide) / rate)
    warble = np.where(np.sin(2 * np.pi * 20 * t) > 0, 1100.0, 1400.0)
    out += 0.07 * during(*RING) * np.sin(2 * np.pi * np.cumsum(warble) / rate)
    noise = sosfilt(
        butter(2, (300, 4000), "bandpass", fs=rate, output="sos"), rng.normal(size=frames)
    )
    out += 0.4 * during(*COUGH, 0.005) * np.exp(-np.maximum(t - COUGH[0], 0) / 0.12) * noise
    for number, level in ((1, 0.06), (2, 0.02), (3, 0.012)):
        out += level * during(*HUM, 0.1) * np.sin(2 * np.pi * 50 * number * t)
    start, end, tone = SQUEAK
    bent = tone * (1 + 0.01 * np.sin(2 * np.pi * 6 * t))
    for number in range(1, 7):
        phase = 2 * np.pi * np.cumsum(number * bent) / rate
        out += 0.06 / number * during(start, end) * np.sin(phase)
    click = 0.7 * np.exp(-np.arange(24) / 4) * (-1.0) ** np.arange(24)
    for place in CLICKS:
        out[round(place * rate) :][: len(click)] += click
    return out


def brush(session: Session) -> None:
    """Paint along a whistle."""
    start, end, low, high = WHISTLE
    session.look(start - 0.4, end + 0.4)
    session.key("P")
    part = np.linspace(-0.02, 1.02, 30)
    way = [(start + (end - start) * x, low + (high - low) * max(x, 0) ** 2) for x in part]
    session.drag(way)
    session.picture("tool-brush-whistle")


def box(session: Session) -> None:
    """Draw a box around a telephone's ring."""
    session.look(RING[0] - 0.4, RING[1] + 0.4)
    session.key("B")
    session.drag([(RING[0] - 0.02, 1650.0), (RING[1] + 0.02, 900.0)])
    session.picture("tool-box-ring")


def lasso(session: Session) -> None:
    """Draw around a cough."""
    start, end = COUGH
    session.look(start - 0.5, end + 0.5)
    session.key("S")
    corners = [(-0.02, 250), (-0.02, 4300), (0.08, 4800), (0.2, 4000), (0.3, 2600), (0.32, 400)]
    corners += [(0.2, 230), (-0.02, 250)]
    session.drag([(start + seconds, float(hz)) for seconds, hz in corners])
    session.picture("tool-lasso-cough")


def wand(session: Session) -> None:
    """Point at a hum."""
    session.look(HUM[0] - 0.4, HUM[1] + 0.4)
    session.come_closer(0.0, notches=7)
    session.key("W")
    session.drag([(sum(HUM) / 2, 50.0)])
    session.picture("tool-wand-hum")


def harmonics(session: Session) -> None:
    """Paint over the fundamental of a squeak and extend that to its harmonics."""
    start, end, tone = SQUEAK
    session.look(start - 0.4, end + 0.4)
    session.key("B")
    session.drag([(start - 0.01, tone * 1.06), (end + 0.01, tone / 1.06)])
    session.key("H", Qt.KeyboardModifier.ControlModifier)
    session.picture("tool-harmonics-squeak")


def similar(session: Session) -> None:
    """Select one click and find the others."""
    session.look(CLICKS[1] - 0.02, CLICKS[1] + 0.02)
    session.key("T")
    session.drag([(CLICKS[1] - 0.001, 2000.0), (CLICKS[1] + 0.002, 2000.0)])
    session.key("F", Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    session.settle()
    session.look(CLICKS[0] - 0.3, CLICKS[-1] + 0.3)
    session.picture("tool-similar-clicks")


class Session:
    """The window, and a hand at mouse and keys."""

    def __init__(self, folder: Path, file: Path, target: Path) -> None:
        from uasrm_gui.editor.spectrogram import SpectrogramPane

        self._folder, self._target = folder, target
        self.window = open_window(folder, file)
        self.window.window().resize(*WINDOW)
        self._pane = self.window.editor.findChild(SpectrogramPane)
        self._rate = self.window.document.work.info.rate
        self._wait(lambda: self.window.width() == WINDOW[0])

    def look(self, start_s: float, end_s: float) -> None:
        """Select nothing and go where something is."""
        self.key(Qt.Key.Key_Escape)
        self.window.editor.fit()
        self.window.editor.set_view(start_s * self._rate, end_s * self._rate)
        self.settle()

    def come_closer(self, hz: float, *, notches: int) -> None:
        """Turn the wheel over a frequency with Ctrl and Shift held."""
        place = self._at((self.window.editor.visible_frames()[0] / self._rate, hz))
        event = QWheelEvent(
            QPointF(place),
            QPointF(self._pane.mapToGlobal(place)),
            QPoint(),
            QPoint(0, 120 * notches),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self._pane, event)
        self.settle()

    def key(self, key: object, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key."""
        code = getattr(Qt.Key, f"Key_{key}") if isinstance(key, str) else key
        QTest.keyClick(self._pane, code, held)

    def drag(self, way: Sequence[Place]) -> None:
        """Press, go from place to place (seconds, Hz) and let go; a single place is a click."""
        places = [self._at(place) for place in way]
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QTest.mousePress(self._pane, left, none, places[0])
        for before, after in itertools.pairwise(places):
            for step in range(1, 9):
                QTest.mouseMove(self._pane, before + (after - before) * step / 8)
        QTest.mouseRelease(self._pane, left, none, places[-1])

    def settle(self) -> None:
        """Wait until everything is done and drawn."""
        rest(100)
        ready = self.window.editor.is_complete
        self._wait(lambda: self.window.runner.current is None and ready())
        rest(300)

    def picture(self, name: str) -> None:
        """Take the window, with few colours so that it stays small."""
        self.settle()
        full, target = self._folder / "full.png", self._target / f"{name}.png"
        self.window.grab().save(str(full))
        small = ["-strip", "+dither", "-colors", "128", f"PNG8:{target}"]
        subprocess.run(["convert", str(full), *small], check=True)
        print(target)  # noqa: T201

    def close(self) -> None:
        """Close the window, once nothing is at work that would not hear of it."""
        self._wait(lambda: self.window.runner.current is None)
        self.window.tabs.close()
        self._wait(lambda: not self.window.isVisible())

    def _at(self, place: Place) -> QPoint:
        seconds, hz = place
        strip, time_view = self._pane.lane_strips[0], self._pane.state.time
        y = strip.top + self._pane.frequency.y_of(hz, strip.height)
        return QPoint(round(time_view.x_of(seconds * self._rate)), round(y))

    def _wait(self, ready: Callable[[], bool]) -> None:
        until = time.perf_counter() + PATIENCE_S
        while not ready():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get ready")
            rest(20)


if __name__ == "__main__":
    sys.exit(main())
