"""Children of torture_kills.py: each works until it is killed, and notes what it has done."""

from __future__ import annotations

import os
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.region import Region
from uasrm_core.cli.main import main as command
from uasrm_core.edit.history import Edit, EditHistory, RepairNote

RATE, SECONDS = 44100, 20
STEP_FRAMES = 2000


@dataclass
class Scene:
    """A folder that a child works in, and what it says it has done."""

    folder: Path

    @property
    def source(self) -> Path:
        """The recording."""
        return self.folder / "tape.wav"

    @property
    def output(self) -> Path:
        """What is exported."""
        return self.folder / "out.wav"

    @property
    def session(self) -> Path:
        """What is saved."""
        return self.folder / "work.uasrm"

    @property
    def journals(self) -> Path:
        """Where the window keeps its journals."""
        return self.folder / "journals"

    def say(self, what: str, *values: object) -> None:
        """Note in the child that something is done, with the time."""
        line = " ".join(map(str, (what, time.monotonic(), *values)))
        with (self.folder / "said").open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())

    def read_notes(self, what: str) -> list[tuple[float, list[str]]]:
        """Return when something was said to be done, and with which values."""
        path = self.folder / "said"
        lines = path.read_text().splitlines() if path.exists() else []
        rows = [line.split() for line in lines]
        return [(float(row[1]), row[2:]) for row in rows if row[0] == what]


def step_of(number: int) -> tuple[Region, Patch]:
    """Return where a step repairs, and what with: all of its samples tell its number."""
    start = number * STEP_FRAMES % (RATE * SECONDS - STEP_FRAMES)
    samples = np.full((2, STEP_FRAMES), number / 4096, np.float32)
    return Region(start, start + STEP_FRAMES), Patch(start, (0, 1), samples)


def history_of(steps: int) -> EditHistory:
    """Return a history with so many steps."""
    history = EditHistory()
    for number in range(steps):
        region, patch = step_of(number)
        history = history.apply(Edit(str(number), (patch,), (RepairNote(region, "ar"),)))
    return history


def run_window(scene: Scene, begin: Callable[[object], None]) -> None:
    """Open the recording in a window without a screen, and go on with `begin`."""
    from PySide6.QtWidgets import QApplication

    from uasrm_gui.background.jobs import JobRunner
    from uasrm_gui.main_window import MainWindow
    from uasrm_gui.settings import SettingsStore
    from uasrm_gui.sound.device import open_stream
    from uasrm_gui.sound.player import Player
    from uasrm_gui.state.document import Document
    from uasrm_gui.tabs import TabbedWindow

    app = QApplication(sys.argv[:1])
    runner = JobRunner()
    settings = SettingsStore(scene.folder / "settings.json")
    tabs = TabbedWindow(
        lambda tabs: MainWindow(
            Document(runner), runner, Player(open_stream), settings, tabs, journals=scene.journals
        ),
        settings,
    )
    window = tabs.page

    def work() -> None:
        scene.say("begun")
        begin(window)

    window.document.work.opened.connect(work)
    tabs.show()
    window.document.files.open(scene.source)
    app.exec()


def repair_in_window(scene: Scene) -> None:
    """Repair one place after the other with a real engine."""

    def begin(window) -> None:
        document = window.document

        def go_on(edit=None) -> None:
            number = len(document.work.history.edits)
            if edit is not None:
                scene.say("step", number, zlib.crc32(edit.patches[0].samples.tobytes()))
            start = (number + 1) * 3 * STEP_FRAMES % (RATE * (SECONDS - 1))
            document.repairs.repair([Region(start, start + 400)], "ar")

        document.repairs.done.connect(go_on)
        go_on()

    run_window(scene, begin)


def journal_in_window(scene: Scene) -> None:
    """Apply repairs as fast as the window takes them."""
    from PySide6.QtCore import QTimer

    def begin(window) -> None:
        timer = QTimer(window)

        def step() -> None:
            apply_step(window.document, scene)

        timer.timeout.connect(step)
        timer.start(5)

    run_window(scene, begin)


def apply_step(document, scene: Scene) -> None:
    """Apply the next repair, and say so."""
    from uasrm_core.inpainting.job import Candidate

    number = len(document.work.history.edits)
    region, patch = step_of(number)
    document.repairs.apply(region, Candidate("ar", patch, 0.0))
    scene.say("step", number + 1, zlib.crc32(patch.samples.tobytes()))


def save_in_window(scene: Scene) -> None:
    """Apply repairs, and save the session after each."""

    def begin(window) -> None:
        def go_on(result: object = None) -> None:
            steps = len(window.document.work.history.edits)
            if steps:
                scene.say("saved", steps)
            apply_step(window.document, scene)
            window.document.files.save_session(scene.session).succeeded.connect(go_on)

        go_on()

    run_window(scene, begin)


def export_in_window(scene: Scene) -> None:
    """Export over and over."""

    def begin(window) -> None:
        for _ in range(3):
            apply_step(window.document, scene)

        def go_on(result: object = None) -> None:
            if result is not None:
                scene.say("exported")
            job = window.document.files.export(scene.output, None, overwrite=True)
            job.succeeded.connect(go_on)

        go_on()

    run_window(scene, begin)


def repair_by_command(scene: Scene) -> None:
    """Repair with the command, over and over."""
    scene.say("begun")
    while True:
        words = ["repair", scene.source, "-o", scene.output, "-r", "1.5-1.51", "-r", "3.2-3.205"]
        command([str(word) for word in (*words, "--engine", "ar", "--force")])
        scene.say("exported")


def recover_by_command(scene: Scene) -> None:
    """Save what a crash left with the command, over and over."""
    scene.say("begun")
    while True:
        command(["recover", "1", "-o", str(scene.session), "--force"])
        scene.say("saved", 40)
