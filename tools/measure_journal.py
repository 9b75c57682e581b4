"""Measure what keeping a step of work costs: ``python tools/measure_journal.py [--steps 400]``.

A step is a stereo repair of 300 ms. Prints, after so many steps, the median time of appending one
more to the journal, which waits for the disk, the slowest of all, and the time of writing a session
with all of them, by what it would cost to keep each step that way. The folder should be on the disk
that is meant: what is held in memory costs nothing to wait for.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory, RepairNote
from uasrm_core.edit.journal import Journal, Snapshot
from uasrm_core.edit.session import Session, save_session
from uasrm_core.edit.stamp import full_stamp

RATE, REPAIR_S, RECORDING_S = 44_100, 0.3, 60.0
TOLD_AT = (1, 100, 400)
# A median over the last steps, so that it is the cost after so many.
LAST_STEPS = 20
HEADER = ("Steps", "Journal, median ms", "Journal, slowest ms", "Session, ms", "Session, MB")


def main() -> int:
    """Keep step after step, and print what that took."""
    parser = argparse.ArgumentParser(description="Measure what keeping a step of work costs.")
    parser.add_argument("--steps", type=int, default=TOLD_AT[-1], help="how many (400)")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp"), help="on which disk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="uasrm-journal-", dir=options.folder) as name:
        rows = measure(Path(name), options.steps)
    lines = [HEADER, ("---:",) * len(HEADER), *rows]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))  # noqa: T201
    return 0


def measure(folder: Path, steps: int) -> list[tuple[str, ...]]:
    """Return a row of the table for each number of steps that is told."""
    recording = folder / "recording.wav"
    soundfile.write(recording, np.zeros((round(RECORDING_S * RATE), 2)), RATE, subtype="PCM_16")
    stamp = full_stamp(open_clip(recording))
    journal, history = Journal(folder / "journals"), EditHistory()
    rng = np.random.default_rng(0)
    taken, rows = [], []
    for step in range(1, steps + 1):
        history = history.apply(_repair(rng))
        began = time.perf_counter()
        journal.write(Snapshot(stamp, history))
        taken.append(1000 * (time.perf_counter() - began))
        if step in TOLD_AT or step == steps:
            session = folder / "work.uasrm"
            began = time.perf_counter()
            save_session(Session(stamp, history), session)
            saved = 1000 * (time.perf_counter() - began)
            rows.append(_row(step, taken, saved, session.stat().st_size))
    journal.delete()
    return rows


def _repair(rng: np.random.Generator) -> Edit:
    frames = round(REPAIR_S * RATE)
    start = int(rng.integers(0, round(RECORDING_S * RATE) - frames))
    patch = Patch(start, (0, 1), rng.normal(size=(2, frames)).astype(np.float32))
    return Edit("Repair", (patch,), (RepairNote(Region(start, start + frames), "unet"),))


def _row(step: int, taken: list[float], saved: float, size: int) -> tuple[str, ...]:
    median = statistics.median(taken[-LAST_STEPS:])
    times = (f"{median:.1f}", f"{max(taken):.1f}", f"{saved:.0f}")
    return (str(step), *times, f"{size / 1e6:.1f}")


if __name__ == "__main__":
    sys.exit(main())
