"""Work for hours in the window, time-compressed: ``python tools/soak_window.py [--minutes N]``.

Makes an hour of stereo sound in a temporary folder (about 640 MB), opens it and does what a
restorer does in so many minutes (120 unless told otherwise), without the pauses: looks around,
plays, marks, repairs, compares, undoes and redoes, saves and exports. Prints memory, open files and
threads every ten minutes of that work. Exits with 1 if the memory that nothing accounts for (see
`walk_memory`), the open files or the threads grew after the first quarter, or if a job failed.
Linux only.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measure_window import make_recordings
from walk_memory import Memory

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow

PATIENCE_S = 600.0
LOOK_EVERY_MINUTES = 10
WARM_UP = 0.25
GAP_S = (0.002, 0.6)
# How often each thing is done in an hour of work.
REPAIRS, LOOKS, PLAYS, UNDOS = 60, 180, 60, 20
COMPARISONS, SAVES, EXPORTS = 6, 6, 2
# Room for a pool of threads or a library's file that is first needed later on.
ALLOWED_HANDLES, ALLOWED_THREADS = 8, 4


def main() -> int:
    """Work, print, and tell by the exit code whether all stayed flat."""
    parser = argparse.ArgumentParser(description="Work for hours in the window, time-compressed.")
    parser.add_argument("--minutes", type=int, default=120, help="minutes of work (120)")
    parser.add_argument("--seed", type=int, default=1, help="which work (1)")
    options = parser.parse_args()
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="uasrm-soak-") as name:
        folder = Path(name)
        os.environ["XDG_DATA_HOME"] = str(folder / "data")
        make_recordings(folder)
        problems = Soak(folder, options.seed).work(options.minutes)
    print("\n".join(problems) or "nothing grew, nothing failed")  # noqa: T201
    return 1 if problems else 0


class Soak:
    """A restorer at work, who never pauses."""

    def __init__(self, folder: Path, seed: int) -> None:
        from walk_window import Watch, open_window

        self._folder = folder
        self._chance = random.Random(seed)
        self._watch = Watch()
        self._window: MainWindow = open_window(folder, folder / "hour.wav")
        self._memory = Memory(self._window)
        self._done: Counter[str] = Counter()

    def work(self, minutes: int) -> list[str]:
        """Do so many minutes of work and return what went wrong, a sentence each."""
        began = time.perf_counter()
        first: tuple[int, int] | None = None
        last = handles(), threads()
        for minute in range(1, minutes + 1):
            for task, per_hour in self._tasks().items():
                due = minute * per_hour // 60 - (minute - 1) * per_hour // 60
                for _ in range(due):
                    self._watch.event += 1
                    task()
                    self._done[task.__name__.strip("_")] += 1
            if minute % LOOK_EVERY_MINUTES == 0 or minute == minutes:
                self._wait(lambda: self._window.runner.current is None)
                is_warm = minute >= WARM_UP * minutes
                self._memory.take(warm=is_warm)
                last = handles(), threads()
                first = first or (last if is_warm else None)
                print(  # noqa: T201
                    f"{minute:4} min  {self._memory.now()}  {last[0]} files  {last[1]} threads",
                    flush=True,
                )
        print(", ".join(f"{count} × {name}" for name, count in self._done.items()))  # noqa: T201
        print(self._memory.text())  # noqa: T201
        self._close()
        print(f"{minutes} minutes of work in {time.perf_counter() - began:.0f} s")  # noqa: T201
        return [*self._watch.problems, *self._memory.problems, *growth(first or last, last)]

    def _tasks(self) -> dict[Callable[[], None], int]:
        return {
            self._look: LOOKS,
            self._play: PLAYS,
            self._repair: REPAIRS,
            self._undo_and_redo: UNDOS,
            self._compare: COMPARISONS,
            self._save: SAVES,
            self._export: EXPORTS,
        }

    def _close(self) -> None:
        self._window.tabs.close()
        self._wait(lambda: not self._window.isVisible() and self._window.runner.has_ended)
        self._watch.stop()

    def _wait(self, ready: Callable[[], Any]) -> None:
        from PySide6.QtWidgets import QApplication

        until = time.perf_counter() + PATIENCE_S
        while not ready():
            if time.perf_counter() > until:
                raise TimeoutError("the window did not get ready")
            QApplication.processEvents()
            time.sleep(0.002)

    def _finish(self, job: Any) -> None:
        ended: list[bool] = []
        job.ended.connect(lambda: ended.append(True))
        self._wait(lambda: ended)

    def _draw_gap(self) -> Any:
        from uasrm_core.audio.region import Region

        info = self._window.document.work.info
        assert info is not None
        shortest, longest = GAP_S
        length_s = shortest * (longest / shortest) ** self._chance.random()
        start = self._chance.randrange(info.rate, info.frames - 2 * info.rate)
        return Region(start, start + max(round(length_s * info.rate), 8))

    def _look(self) -> None:
        editor = self._window.editor
        info = self._window.document.work.info
        assert info is not None
        span = min(0.05 * 4.0 ** self._chance.randrange(9), info.duration_s) * info.rate
        start = self._chance.random() * max(info.frames - span, 1)
        editor.set_view(start, start + span)
        self._wait(editor.is_complete)

    def _play(self) -> None:
        self._window.playback.play()
        until = time.perf_counter() + 0.1
        self._wait(lambda: time.perf_counter() > until)
        self._window.player.stop()

    def _repair(self) -> None:
        region = self._draw_gap()
        self._window.document.selection.select(region)
        engine = self._chance.choice(("auto", "auto", "ar", "similarity"))
        job = self._window.document.repairs.repair([region], engine)
        if job is not None:
            self._finish(job)

    def _undo_and_redo(self) -> None:
        self._window.document.work.undo()
        if self._chance.random() < 0.5:
            self._window.document.work.redo()

    def _compare(self) -> None:
        self._window.document.selection.pick_rows(())
        self._window.document.selection.select(self._draw_gap())
        self._window.action_set["compare"].trigger()
        self._wait(lambda: self._window.runner.current is None)

    def _save(self) -> None:
        self._finish(self._window.document.files.save_session(self._folder / "work.uasrm"))

    def _export(self) -> None:
        target = self._folder / "repaired.wav"
        self._finish(self._window.document.files.export(target, None, overwrite=True))


def handles() -> int:
    """Return how many files, sockets and pipes the process holds open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a number, not paths


def threads() -> int:
    """Return how many threads the process has."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208


def growth(first: tuple[int, int], last: tuple[int, int]) -> list[str]:
    """Return what grew more than it may, a sentence each."""
    allowed = ("open files", ALLOWED_HANDLES), ("threads", ALLOWED_THREADS)
    return [
        f"{name} grew from {before} to {after}; {most} more are allowed"
        for (name, most), before, after in zip(allowed, first, last, strict=True)
        if after - before > most
    ]


if __name__ == "__main__":
    sys.exit(main())
