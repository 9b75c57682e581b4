"""Do three jobs in the real window by mouse and keyboard: ``python tools/prove_jobs.py FOLDER``.

Damages three clean recordings (a podcast with mouth clicks, a telephone and a hum; a tape with
dropouts and clicks; a concert with a cough), opens each on a virtual screen, and works through it
with events that xdotool sends to the X server, as hands would: find, look at some detections,
accept, repair, run a tool, drag over what was not found, export. Prints how long each step took
and what is left of each damage. Takes pictures of the screen on its way. Needs Debian's xvfb,
openbox, xdotool and imagemagick.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from compare_editors import virtual_screen
from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, MemorySource, Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.audio.synthetic_noises import RING_BAND_HZ, cough, ring
from uasrm_core.evaluation.detection import excerpt, round_to_16_bits
from uasrm_core.evaluation.planting import plant_dropouts
from uasrm_core.evaluation.planting_clicks import plant_mouth_clicks, plant_vinyl_clicks
from uasrm_core.inpainting.job import RepairJob

PROGRAMS = ("Xvfb", "openbox", "xdotool", "convert")
SIZES = {"wide": (1600, 1000), "small": (1280, 720)}
PATIENCE_S = 600.0
AROUND_S = 0.005
RING_AT, RING_S, COUGH_AT = 0.4, 1.2, 0.5
HUM_DB, HUM_HARMONICS = -20.0, 8
LOOKED_AT = 4


@dataclass(frozen=True)
class Planted:
    """A stretch that was damaged, in frames, what by and how, and in which channels, if not all."""

    what: str
    start: int
    end: int
    channels: tuple[int, ...] | None = None
    shape: str = ""


@dataclass(frozen=True, eq=False)
class Job:
    """A recording before and after the damage, ``(channels, frames)``."""

    name: str
    clean: Samples
    damaged: Samples
    rate: int
    planted: tuple[Planted, ...]


def main() -> int:
    """Make the recordings, do the jobs, print what came of them."""
    parser = argparse.ArgumentParser(description="Do three jobs in the real window.")
    parser.add_argument("folder", type=Path, help="for recordings and pictures")
    parser.add_argument("--speech", type=Path, required=True, help="a clean reading")
    parser.add_argument("--music", type=Path, required=True, help="clean music, for tape, concert")
    parser.add_argument("--jobs", nargs="+", choices=list(MAKERS), default=list(MAKERS))
    parser.add_argument("--size", choices=list(SIZES), default="wide")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each recording (60)")
    parser.add_argument(
        "--known", action="store_true", help="repair the tape where it is damaged, without hands"
    )
    options = parser.parse_args()
    if options.known:
        job = make_tape(*excerpt(options.music, options.seconds))
        began = time.perf_counter()
        repaired = repair_known(job)
        print_figures(job, repaired, {"repairing": time.perf_counter() - began})
        return 0
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.exit(f"{', '.join(missing)}: apt-get install xvfb openbox xdotool imagemagick")
    options.folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="uasrm-jobs-") as home,
        virtual_screen(Path(home), size=SIZES[options.size]) as (display, _),
    ):
        os.environ |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": home}
        hands = Hands(Path(home), options)
        for name in options.jobs:
            source = options.speech if name == "podcast" else options.music
            job = MAKERS[name](*excerpt(source, options.seconds))
            print_figures(job, hands.do(job), hands.seconds)
        hands.close()
    return 0


def make_podcast(clean: Samples, rate: int) -> Job:
    """Plant thirty mouth clicks, a telephone that rings, and a hum all through."""
    rng = np.random.default_rng(0)
    damaged, clicks = plant_mouth_clicks(clean, rate, rng, count=30)
    planted = [Planted("mouth click", click.start_frame, click.end_frame) for click in clicks]
    level = float(np.sqrt(np.mean(np.square(clean))))
    frames = round(RING_S * rate)
    start = round(RING_AT * clean.shape[1])
    bell = ring(frames, rate, rng)
    damaged[:, start : start + frames] += bell / np.sqrt(np.mean(np.square(bell))) * level
    planted.append(Planted("ring", start, start + frames))
    times = np.arange(clean.shape[1]) / rate
    hum: Samples = sum(np.sin(2 * np.pi * 50 * n * times) / n for n in range(1, HUM_HARMONICS + 1))
    damaged += np.float32(level * 10 ** (HUM_DB / 20)) * np.float32(hum)
    planted.append(Planted("hum", 0, clean.shape[1]))
    return Job("podcast", clean, round_to_16_bits(damaged), rate, tuple(planted))


def make_tape(clean: Samples, rate: int) -> Job:
    """Plant sixty dropouts and two hundred clicks."""
    rng = np.random.default_rng(1)
    damaged, holes = plant_dropouts(clean, rate, rng, lengths_ms=(5.0, 60.0), count=60)
    damaged, clicks = plant_vinyl_clicks(damaged, rate, rng, count=200)
    planted = [
        Planted("dropout", hole.start_frame, hole.end_frame, hole.channels, hole.shape)
        for hole in holes
    ]
    planted += [
        Planted("click", click.start_frame, click.end_frame, click.channels) for click in clicks
    ]
    return Job("tape", clean, round_to_16_bits(damaged), rate, tuple(planted))


def make_concert(clean: Samples, rate: int) -> Job:
    """Plant a cough as loud as the music."""
    rng = np.random.default_rng(2)
    frames, start = round(0.4 * rate), round(COUGH_AT * clean.shape[1])
    noise = cough(frames, rate, rng)
    near = clean[:, start - rate : start + rate]
    level = float(np.sqrt(np.mean(np.square(near)) / np.mean(np.square(noise))))
    damaged = clean.copy()
    damaged[:, start : start + frames] += np.float32(level) * noise
    where = (Planted("cough", start, start + frames),)
    return Job("concert", clean, round_to_16_bits(damaged), rate, where)


def repair_known(job: Job) -> Samples:
    """Repair each damage by the automatic choice, with its place known."""
    clip = AudioClip(MemorySource(job.damaged, job.rate))
    kinds = {"dropout": Kind.DROPOUT, "click": Kind.CLICK}
    regions = [
        Region(one.start, one.end, channels=one.channels, kind=kinds[one.what])
        for one in job.planted
    ]
    result = api.repair(RepairJob(clip, tuple(regions)))
    return clip.with_patches(result.best_patches).read(0, clip.frames)


MAKERS = {"podcast": make_podcast, "tape": make_tape, "concert": make_concert}


class Hands:
    """The window on its screen, a mouse and a keyboard."""

    def __init__(self, home: Path, options: argparse.Namespace) -> None:
        from uasrm_gui.background.jobs import JobRunner
        from uasrm_gui.dialogs.questions import Answer, Questions
        from uasrm_gui.main_window import MainWindow
        from uasrm_gui.settings import SettingsStore
        from uasrm_gui.sound.device import open_stream
        from uasrm_gui.sound.player import Player
        from uasrm_gui.start import dress
        from uasrm_gui.state.document import Document
        from uasrm_gui.tabs import TabbedWindow
        from uasrm_gui.window.appearance import Appearance

        class Careless(Questions):
            def ask_unsaved(self, parent: object, name: str, sentence: str) -> Answer:
                return Answer.DISCARD

        self.app = QApplication(["uasrm"])
        settings = SettingsStore(home / "settings.json")
        settings.change(theme=options.theme)
        dress(self.app)
        Appearance(self.app, settings)
        runner = JobRunner()
        self.tabs = TabbedWindow(
            lambda tabs: MainWindow(
                Document(runner), runner, Player(open_stream), settings, tabs, questions=Careless()
            ),
            settings,
        )
        self.window = self.tabs.page
        self.folder = options.folder
        self.size, self.theme = options.size, options.theme
        self.tabs.resize(*SIZES[self.size])
        self.tabs.move(0, 0)
        self.seconds: dict[str, float] = {}
        self.tabs.show()
        self.window.load_engines_soon()
        self.wait("", self.tabs.isActiveWindow)

    def do(self, job: Job) -> Samples:
        """Repair a recording by hand and return what was exported."""
        self.seconds = {}
        began = time.perf_counter()
        source = self.folder / f"{job.name}.wav"
        target = self.folder / f"{job.name}_{self.size}_{self.theme}_repaired.wav"
        target.unlink(missing_ok=True)
        soundfile.write(source, job.damaged.T, job.rate, subtype="PCM_16")
        work = self.window.document.work
        self.window.files.open_here(source)
        self.wait("opening", lambda: work.name == source.name)
        {"podcast": self.clean_podcast, "tape": self.clean_detections, "concert": self.clean_cough}[
            job.name
        ](job)
        self.picture(f"{job.name}-repaired")
        self.key("ctrl+shift+e")
        dialog = self.find_dialog()
        self.click(dialog.target_edit)
        self.key("ctrl+a")
        self.type(str(target))
        self.key("Return")
        self.wait("exporting", target.exists)
        self.seconds["all"] = time.perf_counter() - began
        made, _ = soundfile.read(target, dtype="float32", always_2d=True)
        return np.ascontiguousarray(made.T)

    def clean_podcast(self, job: Job) -> None:
        """Find and repair clicks, take the hum out, and drag a box over the ring."""
        self.clean_detections(job)
        self.choose("process.dehum")
        self.wait("taking out the hum", lambda: True)
        place = next(one for one in job.planted if one.what == "ring")
        self.choose("tool.box")
        self.drag_over(job, place, RING_BAND_HZ)
        self.picture("podcast-ring")
        self.key("r")
        self.wait("repairing the ring", lambda: True)

    def clean_detections(self, job: Job) -> None:
        """Find damage, look at some of it, accept all, repair."""
        review = self.window.review
        self.key("ctrl+d")
        self.wait("finding", lambda: review.has_looked and not review.is_looking)
        for number in range(LOOKED_AT):
            self.key("j")
            self.wait("", lambda: self.window.previews.current is not None)
            rest(800)
            if number == LOOKED_AT - 1:
                self.picture(f"{job.name}-finds")
        self.click(self.button("find.accept.all"))
        self.key("ctrl+shift+r")
        self.wait("repairing the finds", lambda: not review.accepted)

    def clean_cough(self, job: Job) -> None:
        """Drag over the cough, compare, take the first candidate."""
        self.choose("tool.time")
        self.drag_over(job, job.planted[0], None)
        self.picture("concert-cough")
        comparison = self.window.comparison
        self.choose("compare")
        self.wait("first candidate", lambda: bool(comparison.proposals), settled=False)
        self.wait("all candidates", lambda: not comparison.is_busy)
        self.key("1")
        rest(500)
        self.picture("concert-candidates")
        self.key("ctrl+Return")
        self.wait("applying", lambda: comparison.applied is not None)

    def drag_over(self, job: Job, place: Planted, band: tuple[float, float] | None) -> None:
        """Zoom so that a place is well in view, and drag over it in the spectrogram."""
        from uasrm_gui.editor.spectrogram import SpectrogramPane

        editor, margin = self.window.editor, round(0.05 * job.rate)
        span = place.end - place.start
        editor.set_view(place.start - 2 * span, place.end + 2 * span)
        rest(800)
        pane = editor.findChild(SpectrogramPane)
        left, right = (pane.state.time.x_of(f) for f in (place.start - margin, place.end + margin))
        top, bottom = 0.3 * pane.height(), 0.7 * pane.height()
        if band is not None:
            bands = band[1] * 1.1, band[0] * 0.9
            top, bottom = (pane.frequency.y_of(hz, pane.height()) for hz in bands)
        corners = [
            pane.mapToGlobal(QPoint(round(x), round(y))) for x, y in ((left, top), (right, bottom))
        ]
        first, last = ([str(p.x()), str(p.y())] for p in corners)
        self.xdotool("mousemove", *first, "mousedown", "1")
        self.xdotool("mousemove", *last, "sleep", "0.1", "mouseup", "1")
        rest(300)
        if self.window.document.selection.region is None:
            sys.exit(f"Dragging over the {place.what} selected nothing.")

    def find_dialog(self) -> Any:
        """Return the export dialog once it has the keyboard."""
        from uasrm_gui.dialogs.export import ExportDialog

        self.wait("", lambda: self.window.findChild(ExportDialog) is not None)
        dialog = self.window.findChildren(ExportDialog)[-1]
        self.wait("", dialog.isActiveWindow, settled=False)
        return dialog

    def choose(self, name: str) -> None:
        """Press an action's key, or go through its menu with the mouse."""
        action = self.window.action_set[name]
        if not action.shortcut().isEmpty():
            self.key(action.shortcut().toString().lower())
            return
        bar = self.window.menus
        for top in bar.actions():
            path = _path_to(top, action)
            if path is not None:
                self.click_at(bar.mapToGlobal(bar.actionGeometry(top).center()))
                for menu, item in path:
                    self.click_at(menu.mapToGlobal(menu.actionGeometry(item).center()))
                return
        self.click(self.button(name))

    def button(self, name: str) -> QWidget:
        """Return the button of an action that can be seen."""
        action = self.window.action_set[name]
        for button in self.window.findChildren(QToolButton):
            if button.defaultAction() is action and button.isVisible():
                return button
        sys.exit(f"No button for {name} is in sight.")

    def click(self, widget: QWidget) -> None:
        """Click in the middle of a widget."""
        self.click_at(widget.mapToGlobal(widget.rect().center()))

    def click_at(self, place: QPoint) -> None:
        """Click there."""
        self.xdotool("mousemove", str(place.x()), str(place.y()), "click", "1")

    def key(self, name: str) -> None:
        """Press a key."""
        self.xdotool("key", name)

    def type(self, text: str) -> None:
        """Type a text."""
        self.xdotool("type", "--delay", "8", text)

    def xdotool(self, *words: str) -> None:
        """Send events, and let the window take them."""
        process = subprocess.Popen(["xdotool", *words])
        while process.poll() is None:
            rest(10)
        if process.returncode:
            sys.exit(f"xdotool failed: {' '.join(words)}")
        rest(150)

    def wait(self, what: str, until: Callable[[], bool], *, settled: bool = True) -> None:
        """Let the window work until something is so, and no job is left."""
        began = time.perf_counter()
        # to ask takes time from the job, so it is asked when none runs
        while (settled and self.window.runner.current is not None) or not until():
            rest(20)
            if time.perf_counter() - began > PATIENCE_S:
                self.picture("stuck")
                sys.exit(f"It never came to an end: {what}.")
        if what:
            self.seconds[what] = time.perf_counter() - began

    def picture(self, name: str) -> None:
        """Take a picture of the screen."""
        rest(600)
        target = self.folder / f"{name}-{self.size}-{self.theme}.png"
        self.window.screen().grabWindow(0, 0, 0, *SIZES[self.size]).save(str(target))

    def close(self) -> None:
        """Close the window; what is not saved is let go."""
        self.window.end_by_signal()


def _path_to(top: QAction, action: QAction) -> list[tuple[Any, QAction]] | None:
    """Return the menus and rows to go through from a menu bar's entry to an action."""
    menu = top.menu()
    if not isinstance(menu, QMenu):
        return None
    for item in menu.actions():
        if item is action:
            return [(menu, item)]
        rest_of_path = _path_to(item, action)
        if rest_of_path is not None:
            return [(menu, item), *rest_of_path]
    return None


def rest(milliseconds: int) -> None:
    """Let the window work for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def print_figures(job: Job, repaired: Samples, seconds: dict[str, float]) -> None:
    """Print the time of each step, and what is left of each sort of damage."""
    say(f"{job.name}: " + ", ".join(f"{what} {s:.1f} s" for what, s in seconds.items()))
    around = round(AROUND_S * job.rate)
    sorts = [(one.what, "") for one in job.planted]
    sorts += [(one.what, one.shape) for one in job.planted if one.shape]
    for what, shape in dict.fromkeys(sorts):
        places = [one for one in job.planted if one.what == what and shape in ("", one.shape)]
        gains = np.array([gain_db(job, repaired, one, around) for one in places])
        say(
            f"  {what:12} {shape:8} {len(gains):4}  nearer by {np.median(gains):5.1f} dB (median), "
            f"10 dB or more {np.mean(gains >= 10):4.0%}, worse {np.sum(gains < -0.5)}"
        )
    errors = [np.sum(np.square(sound - job.clean)) for sound in (job.damaged, repaired)]
    power = np.sum(np.square(job.clean))
    before, after = (10 * np.log10(power / max(error, 1e-12)) for error in errors)
    say(f"  all: {before:.1f} dB before, {after:.1f} dB after")


def gain_db(job: Job, repaired: Samples, place: Planted, around: int) -> float:
    """Return how much nearer to the clean sound a place is after the repair."""
    span = slice(max(place.start - around, 0), place.end + around)
    clean = job.clean[:, span]
    errors: Sequence[float] = [
        float(np.sum(np.square(sound[:, span] - clean))) for sound in (job.damaged, repaired)
    ]
    least = clean.size * (0.5 / 32768) ** 2 / 3
    return float(10 * np.log10((errors[0] + least) / (errors[1] + least)))


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
