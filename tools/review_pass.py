"""Review a damaged recording in the real window: ``python tools/review_pass.py RECORDING…``.

Joins the middles of some clean recordings to five minutes, plants 60 damages, opens them in the
window on a screen of its own and goes through it with keys and clicks as a user does: find, decide
about each detection (two of three are accepted), compare candidates for one, repair, export, write
the edit log. Takes the pictures ``review-*.png`` on its way. Then the files are read without the
program, and the log is held against what differs between them. Ends with 1 if anything is wrong.
Needs Debian's xvfb, openbox and imagemagick.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from compare_editors import virtual_screen
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from walk_window import rest

from uasrm_core.evaluation.detection import excerpt, round_to_16_bits
from uasrm_core.evaluation.matching import match
from uasrm_core.evaluation.planting import (
    Damage,
    plant_clicks,
    plant_clipping,
    plant_dropouts,
)
from uasrm_gui.background.jobs import JobRunner
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.questions import Answer, Questions
from uasrm_gui.main_window import MainWindow
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.device import open_stream
from uasrm_gui.sound.player import Player
from uasrm_gui.start import dress
from uasrm_gui.state.document import Document
from uasrm_gui.tabs import TabbedWindow

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("Xvfb", "openbox", "convert")
SECONDS = 300.0
PER_PART = 10
REJECT_EVERY = 3
PATIENCE_S = 900.0
SEAM_S = 0.01
# Each part of the recording gets ten damages of one sort.
PARTS: tuple[Callable[..., Any], ...] = (
    lambda s, r, g: plant_clicks(s, r, g, level_db=0.0, count=PER_PART),
    lambda s, r, g: plant_dropouts(s, r, g, lengths_ms=(5.0, 20.0), count=PER_PART),
    lambda s, r, g: plant_clicks(s, r, g, level_db=-10.0, count=PER_PART),
    lambda s, r, g: plant_clipping(s, r, g, cut_db=10.0, count=PER_PART),
    lambda s, r, g: plant_clicks(s, r, g, level_db=-5.0, count=PER_PART),
    lambda s, r, g: plant_dropouts(s, r, g, lengths_ms=(20.0, 100.0), count=PER_PART),
)


@dataclass(frozen=True)
class Files:
    """What the pass reads and writes."""

    damaged: Path
    exported: Path
    log: Path
    report: Path


@dataclass(frozen=True)
class Decided:
    """What the review found and decided."""

    detections: tuple[Any, ...]
    accepted: tuple[Any, ...]
    rejected: tuple[Any, ...]
    seconds: dict[str, float]


class Answers(Questions):
    """Names the files that a user would name, and lets go of what is not saved."""

    def __init__(self) -> None:
        self.log = Path()

    def log_to_write(self, parent: Any, proposal: Path) -> Path:
        """Return the file that is to be written next."""
        return self.log

    def ask_unsaved(self, parent: Any, name: str, sentence: str) -> Answer:
        """Save nothing."""
        return Answer.DISCARD


def main() -> int:
    """Prepare, review, check, print."""
    parser = argparse.ArgumentParser(description="Review a damaged recording in the window.")
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--pictures", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--keep", type=Path, help="leave the files and the log in this folder")
    options = parser.parse_args()
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        sys.exit(f"{', '.join(missing)}: apt-get install xvfb openbox imagemagick")
    with tempfile.TemporaryDirectory(prefix="uasrm-review-", dir="/var/tmp") as name:
        folder = Path(name)
        names = ("recording.wav", "recording_repaired.wav", "log.json", "log.txt")
        files = Files(*((options.keep or folder) / name for name in names))
        files.damaged.parent.mkdir(parents=True, exist_ok=True)
        files.exported.unlink(missing_ok=True)
        damages, rate = prepare(options.recordings, files.damaged, options.seed)
        with virtual_screen(folder) as (display, _):
            os.environ |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "HOME": str(folder)}
            window = Pass(folder, options.pictures)
            decided = window.run(files)
        figures, problems = check(files, decided)
    found = sum(number is not None for number in match(damages, decided.detections, rate).found)
    figures = {"damages planted": len(damages), "of them found": found} | figures
    for title, value in (figures | decided.seconds).items():
        print(f"{title:52}{value:>12g}")  # noqa: T201
    for problem in problems:
        print(f"WRONG: {problem}")  # noqa: T201
    return 1 if problems else 0


def prepare(recordings: list[Path], target: Path, seed: int) -> tuple[tuple[Damage, ...], int]:
    """Write the damaged recording; returns what was planted, and the rate."""
    taken = [excerpt(path, SECONDS / len(recordings)) for path in recordings]
    rate = taken[0][1]
    if any(other != rate for _, other in taken):
        sys.exit("The recordings must have one sample rate.")
    clean = np.concatenate([samples for samples, _ in taken], axis=1)
    rng = np.random.default_rng(seed)
    parts, damages, start = [], [], 0
    for plant, part in zip(PARTS, np.array_split(clean, len(PARTS), axis=1), strict=True):
        damaged, planted = plant(part, rate, rng)
        parts.append(round_to_16_bits(damaged))
        damages += [
            Damage(d.kind, d.start_frame + start, d.end_frame + start, *_rest(d)) for d in planted
        ]
        start += part.shape[1]
    if len(damages) != PER_PART * len(PARTS):
        sys.exit(f"There is room for {len(damages)} damages only: the recordings are too quiet.")
    soundfile.write(target, np.concatenate(parts, axis=1).T, rate, subtype="PCM_16")
    return tuple(damages), rate


def _rest(damage: Damage) -> tuple[tuple[int, ...], float, str]:
    return damage.channels, damage.level, damage.shape


class Pass:
    """One way through the window, from opening to the log."""

    def __init__(self, folder: Path, pictures: Path) -> None:
        self.app = QApplication(["uasrm"])
        dress(self.app)
        runner, self.answers = JobRunner(), Answers()
        settings = SettingsStore(folder / "settings.json")
        self.tabs = TabbedWindow(
            lambda tabs: MainWindow(
                Document(runner),
                runner,
                Player(open_stream),
                settings,
                tabs,
                questions=self.answers,
            ),
            settings,
        )
        self.window = self.tabs.page
        self.pictures = pictures
        self.seconds: dict[str, float] = {}

    def run(self, files: Files) -> Decided:
        """Go all the way."""
        window = self.window
        self.tabs.show()
        self.wait("showing the window", self.tabs.isActiveWindow)
        window.files.open(files.damaged)
        self.wait("opening", lambda: window.document.work.info is not None)
        self.press("detect")
        self.wait("finding", lambda: window.review.has_looked and not window.review.is_looking)
        self.decide()
        review = window.review
        accepted = tuple(f for f in review.detections if review.state_of(f) == "accepted")
        rejected = tuple(f for f in review.detections if review.state_of(f) == "rejected")
        self.compare(max((f for f in accepted if f.kind == "dropout"), key=_length))
        self.press("find.repair")
        self.wait("repairing", lambda: not review.accepted)
        window.show_panel("review")
        self.press("zoom.fit")
        self.picture("review-4-repaired")
        self.export(files.exported)
        for self.answers.log in (files.log, files.report):
            self.press("log.export")
            self.wait("writing the log", self.answers.log.exists)
        self.tabs.close()
        return Decided(review.detections, accepted, rejected, self.seconds)

    def decide(self) -> None:
        """Accept and reject by key until nothing is open."""
        review = self.window.review
        self.press("find.next")
        self.picture("review-1-finds")
        for number in range(len(review.detections)):
            if number == len(review.detections) // 2:
                self.picture("review-2-decide")
            self.press("find.reject" if number % REJECT_EVERY == 1 else "find.accept")
        undecided = sum(review.state_of(found) == "open" for found in review.detections)
        if undecided:
            sys.exit(f"{undecided} finds were not decided.")

    def compare(self, detection: Any) -> None:
        """Click on a detection in the list, hear its candidates, apply the second best."""
        window = self.window
        table, row = window.detections.table, window.review.detections.index(detection)
        table.scrollTo(table.model().index(row, 1))
        place = table.visualRect(table.model().index(row, 1)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
        self.press("compare")
        self.wait("comparing", lambda: bool(window.comparison.proposals))
        for number in (1, 2):
            self.press(f"candidate.{number}")
        self.picture("review-3-compare")
        self.press("candidate.apply")
        self.wait("applying", lambda: window.review.is_repaired(detection))

    def export(self, target: Path) -> None:
        """Type a name into the dialog and press Enter."""
        self.press("export")
        dialog = self.window.findChild(ExportDialog)
        self.wait("showing the dialog", dialog.isActiveWindow)
        dialog.target_edit.selectAll()
        QTest.keyClicks(dialog.target_edit, str(target))
        QTest.keyClick(dialog.target_edit, Qt.Key.Key_Return)
        self.wait("exporting", target.exists)

    def press(self, name: str) -> None:
        """Press an action's key, or choose it where it has none."""
        action = self.window.action_set[name]
        if not action.isEnabled():
            sys.exit(f"{name} cannot be chosen now.")
        done: list[bool] = []
        noted = action.triggered.connect(lambda: done.append(True))
        if action.shortcut().isEmpty():
            action.trigger()
        else:
            QTest.keySequence(
                self.app.focusWidget() or self.window, QKeySequence(action.shortcut())
            )
        action.triggered.disconnect(noted)
        if not done:
            sys.exit(f"The key {action.shortcut().toString()} does not do {name}.")

    def wait(self, what: str, until: Callable[[], bool]) -> None:
        """Let the window work until something is so and it rests."""
        began = time.perf_counter()
        while self.window.runner.current is not None or not until():
            rest(20)
            if time.perf_counter() - began > PATIENCE_S:
                sys.exit(f"It never came to an end: {what}.")
        self.seconds[f"seconds {what}"] = round(time.perf_counter() - began, 1)

    def picture(self, name: str) -> None:
        """Take a picture of the screen once it stands still; few colours keep it small."""
        before = None
        for _ in range(40):
            rest(400)
            now = self.app.primaryScreen().grabWindow(0).toImage()
            if now == before:
                break
            before = now
        target = self.pictures / f"{name}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        now.save(str(target))
        few = ["-strip", "+dither", "-colors", "255", f"PNG8:{target}"]
        subprocess.run(["convert", str(target), *few], check=True)


def check(files: Files, decided: Decided) -> tuple[dict[str, float], list[str]]:
    """Hold the log against the files; returns figures and what is wrong."""
    before, rate = soundfile.read(files.damaged, dtype="float32", always_2d=True)
    after, _ = soundfile.read(files.exported, dtype="float32", always_2d=True)
    log = json.loads(files.log.read_text("utf-8"))
    rows, seam = log["regions"], round(SEAM_S * rate)
    changed = before != after
    beyond, untouched = changed.copy(), np.ones_like(changed)
    problems = []
    for row in rows:
        channels = [channel - 1 for channel in row["channels"]]
        start, end = row["start_frame"], row["end_frame"]
        beyond[max(start - seam, 0) : end + seam, channels] = False
        untouched[row["touched_start_frame"] : row["touched_end_frame"], channels] = False
        if not changed[start:end, channels].any():
            problems.append(f"the log names {start} to {end}, where nothing changed")
    if beyond.any():
        problems.append(f"{int(beyond.sum())} samples changed more than 10 ms from any region")
    if (changed & untouched).any():
        problems.append("samples changed that the log calls untouched")
    for name, samples in (("original", before), ("exported file", after)):
        digest = hashlib.sha256(np.where(untouched, samples, 0).astype("<f4").tobytes())
        if digest.hexdigest() != log["untouched"]["sha256"]:
            problems.append(f"the hash of the untouched samples is not that of the {name}")
    if hashlib.sha256(files.damaged.read_bytes()).hexdigest() != log["input"]["sha256"]:
        problems.append("the original's hash is wrong")
    for detection in decided.rejected:
        if changed[detection.start_frame : detection.end_frame, list(detection.channels)].any():
            problems.append(f"a rejected detection changed: {detection}")
    for detection in decided.accepted:
        if not any(_overlap(detection, row) for row in rows):
            problems.append(f"the log does not name an accepted detection: {detection}")
    for row in rows:
        if not any(_overlap(detection, row) for detection in decided.accepted):
            problems.append(f"the log names what nobody accepted: {row['start_frame']}")
    return {
        "finds": len(decided.detections),
        "accepted": len(decided.accepted),
        "rejected": len(decided.rejected),
        "repairs in the log": len(rows),
        "samples (frames times channels)": changed.size,
        "samples changed": int(changed.sum()),
        "samples changed beyond 10 ms of the logged regions": int(beyond.sum()),
        "logged regions that differ": sum(
            bool(changed[row["start_frame"] : row["end_frame"]].any()) for row in rows
        ),
    }, problems


def _length(detection: Any) -> int:
    return int(detection.end_frame - detection.start_frame)


def _overlap(detection: Any, row: dict[str, Any]) -> bool:
    return bool(
        detection.start_frame < row["end_frame"] and row["start_frame"] < detection.end_frame
    )


if __name__ == "__main__":
    sys.exit(main())
