"""Measure the display on hours of stereo sound: ``python tools/measure_display.py [--rate 96000]``.

Makes two hours of stereo at 48 kHz (or another rate and length) in a temporary folder, opens them
in a window of its own process, and prints how long the first picture takes, how fast the whole is
read, how much memory that needs, how long a frame takes while panning and zooming over what is
drawn already, and the longest time for which the pointer had to wait while nothing was. A frame is
one change of the view with everything that is painted for it; beside its time stands what of that
the processor worked for it, which a busy machine does not distort. Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from measure_window import ROOT, Memory, Session, as_text

SPANS_S = (5400.0, 1800.0, 300.0, 30.0, 3.0, 0.3, 0.02)
STEPS = 24
COLD_JUMPS = 40


def main() -> int:
    """Make the recording, measure in a process of its own, print."""
    parser = argparse.ArgumentParser(description="Measure the display on hours of sound.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--hours", type=float, default=2.0, help="length of the recording")
    parser.add_argument("--rate", type=int, default=48_000, help="its sampling rate")
    parser.add_argument("--channels", type=int, default=2, help="how many it has")
    parser.add_argument("--file", type=Path, help="a recording, instead of one made here")
    parser.add_argument("--inside", nargs=2, metavar=("FILE", "BEGAN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        figures = measure(Path(options.inside[0]), float(options.inside[1]))
        print(json.dumps(figures))  # noqa: T201
        return 0
    with tempfile.TemporaryDirectory(prefix="uasrm-display-", dir="/var/tmp") as folder:
        recording = options.file or Path(folder) / "long.wav"
        if options.file is None:
            make_recording(recording, options.hours, options.rate, options.channels)
        figures = run_inside(recording)
    print(json.dumps(figures, indent=1) if options.json else as_text(figures))  # noqa: T201
    return 0


def make_recording(path: Path, hours: float, rate: int, channels: int) -> None:
    """Write stereo music over and over to all channels, as 16 bits that say they have that rate."""
    clean = ROOT / "resources" / "samples" / "hungarian_dance_clean.wav"
    music, _ = soundfile.read(clean, dtype="int16", always_2d=True)
    music = np.resize(music.T, (channels, len(music))).T
    total = round(hours * 3600 * rate)
    with soundfile.SoundFile(path, "w", rate, channels, "PCM_16", format="RF64") as file:
        for start in range(0, total, len(music)):
            file.write(music[: min(len(music), total - start)])


def run_inside(recording: Path) -> dict[str, float]:
    """Measure in a fresh process, so that its start counts too."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    call = [sys.executable, __file__, "--inside", str(recording), str(time.time())]
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(recording: Path, began: float) -> dict[str, float]:
    """Open the recording, look around in it twice, and return the figures."""
    memory = Memory()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        session.open(recording)
        session.wait(session.picture_is_there)
        figures = {"launch_to_picture_s": time.time() - began}
        began_reading, before = time.perf_counter(), session.surveyed_s()
        session.wait(session.window.editor.is_complete)
        read_s = session.surveyed_s() - before
        figures["survey_times_real_time"] = read_s / (time.perf_counter() - began_reading)
        waits = cold_walk(session)
        figures["pointer_longest_wait_ms"] = 1000 * max(wait for wait, _ in waits)
        figures["pointer_longest_work_ms"] = 1000 * max(work for _, work in waits)
        warm_walk(session)
        frames = warm_walk(session)
        taken, worked = np.percentile(np.array(frames) * 1000, 95, axis=0)
        figures["frame_95th_percentile_ms"] = float(taken)
        figures["frame_95th_percentile_work_ms"] = float(worked)
        figures["memory_most_mib"] = memory.take()
        session.close()
    return figures


def cold_walk(session: Session) -> list[tuple[float, float]]:
    """Jump to where nothing is drawn yet; return how long each turn of the event loop took."""
    editor = session.window.editor
    rate, total = session.window.document.work.info.rate, editor.clip_frames()
    turns = []
    random = np.random.default_rng(1)
    for jump in range(COLD_JUMPS):
        span = SPANS_S[jump % len(SPANS_S)] * rate
        start = random.uniform(0, max(total - span, 1))
        for step in range(5):
            begin = start + step * span / 20
            turns.append(_time(session, begin, begin + span))
    return turns


def warm_walk(session: Session) -> list[tuple[float, float]]:
    """Pan and zoom the same way each time; return how long each frame took."""
    editor = session.window.editor
    rate, total = session.window.document.work.info.rate, editor.clip_frames()
    frames = []
    for span_s in SPANS_S:
        span = min(span_s * rate, total)
        start = 0.4 * (total - span)
        for step in range(STEPS):
            shift = step * span / 200
            zoom = span * (1 + step / 100)
            frames.append(_time(session, start + shift, start + shift + zoom))
        session.wait(editor.is_complete)
    return frames


def _time(session: Session, start: float, end: float) -> tuple[float, float]:
    """Show a stretch and return the seconds it took, and those of work in this thread."""
    began, worked = time.perf_counter(), time.thread_time()
    session.window.editor.set_view(start, end)
    session.app.processEvents()
    return time.perf_counter() - began, time.thread_time() - worked


if __name__ == "__main__":
    sys.exit(main())
