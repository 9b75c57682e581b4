"""Measure playback while repairs run: ``python tools/measure_playback.py [--seconds S] [--json]``.

Plays a tone through PortAudio into a sound server of its own that has no hardware, switches
between original and repaired every second and a half, and repairs the bundled recording over and
over beside it. What the server was given is recorded and searched for breaks: a tone obeys
x[n] = 2 cos(w) x[n-1] - x[n-2], so that a lost, repeated or silent stretch shows wherever it is.
Needs Debian's pulseaudio, pulseaudio-utils and libasound2-plugins.
"""

from __future__ import annotations

import argparse
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

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
RATE, TONE_HZ = 44100, 441.0
LOUD, QUIET = 0.5, 0.25
SWITCH_S = 1.5
TRIM_S = 0.1
# A crossfade of 5 ms between the two levels leaves 0.00008, a single lost frame 0.03.
BREAK = 0.002
NEEDED = ("pulseaudio", "parec", "pactl")
ASOUNDRC = "pcm.!default { type pulse }\nctl.!default { type pulse }\n"


def main() -> int:
    """Start the server, play in a process of its own, search what was heard, print."""
    parser = argparse.ArgumentParser(description="Measure playback while repairs run.")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long to play (300)")
    parser.add_argument("--idle", action="store_true", help="repair nothing meanwhile")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(play(options.seconds, repairing=not options.idle)))  # noqa: T201
        return 0
    for tool in NEEDED:
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install pulseaudio libasound2-plugins")
    with tempfile.TemporaryDirectory(prefix="uasrm-playback-") as name:
        figures = measure(Path(name), options)
    text = "\n".join(f"{key.replace('_', ' '):44} {value:10g}" for key, value in figures.items())
    print(json.dumps(figures, indent=1) if options.json else text)  # noqa: T201
    return 0


def measure(folder: Path, options: argparse.Namespace) -> dict[str, float]:
    """Play into a sound server of its own and return what was found."""
    (folder / ".asoundrc").write_text(ASOUNDRC)
    socket = folder / "socket"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_SERVER": f"unix:{socket}",
        "PULSE_RUNTIME_PATH": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
    }
    sink = f"module-null-sink sink_name=heard rate={RATE} channels=2 format=float32le"
    protocol = f"module-native-protocol-unix socket={socket} auth-anonymous=1"
    server = ["pulseaudio", "-n", "--exit-idle-time=-1", "--use-pid-file=no"]
    recorder = ["parec", "-d", "heard.monitor", "--format=float32le", f"--rate={RATE}"]
    capture = folder / "heard.f32"
    call = [sys.executable, __file__, "--inside", "--seconds", str(options.seconds)]
    quiet = {"env": environment, "stderr": subprocess.DEVNULL}
    started: list[subprocess.Popen[bytes]] = []
    try:
        started.append(subprocess.Popen([*server, "-L", protocol, "-L", sink], **quiet))
        _await_server(environment)
        with capture.open("wb") as heard:
            record = subprocess.Popen([*recorder, "--channels=2", "--raw"], stdout=heard, **quiet)
            started.append(record)
            time.sleep(1.0)
            done = subprocess.run(
                call + ["--idle"] * options.idle,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                sys.exit(done.stderr)
            time.sleep(1.0)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(10)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures | search(np.fromfile(capture, np.float32).reshape(-1, 2)[:, 0])


def _await_server(environment: dict[str, str]) -> None:
    for _ in range(100):
        asked = subprocess.run(["pactl", "info"], env=environment, capture_output=True, check=False)
        if asked.returncode == 0:
            return
        time.sleep(0.1)
    sys.exit("The sound server did not start.")


def search(heard: np.ndarray) -> dict[str, float]:
    """Look for breaks in the tone that was heard."""
    loud = np.flatnonzero(np.abs(heard) > QUIET / 10)
    trim = round(TRIM_S * RATE)
    tone = heard[loud[0] + trim : loud[-1] - trim].astype(np.float64)
    turn = 2 * np.cos(2 * np.pi * TONE_HZ / RATE)
    error = np.abs(tone[2:] - turn * tone[1:-1] + tone[:-2])
    places = np.flatnonzero(error > BREAK)
    breaks = 0 if not len(places) else 1 + int((np.diff(places) > RATE // 100).sum())
    period = round(RATE / TONE_HZ)
    peaks = np.abs(tone[: len(tone) // period * period]).reshape(-1, period).max(axis=1)
    is_loud = peaks > (LOUD + QUIET) / 2
    return {
        "seconds_heard": len(tone) / RATE,
        "switches_heard": int(np.count_nonzero(np.diff(is_loud.astype(int)))),
        "discontinuities": breaks,
        "largest_error_in_the_tone": float(error.max()),
    }


@dataclass(frozen=True)
class Tone:
    """A recording of one tone, made as it is read."""

    level: float
    frames: int

    @property
    def info(self):
        """What the recording is."""
        from uasrm_core.audio.clip import SourceInfo

        return SourceInfo(None, "WAV", "FLOAT", RATE, 2, self.frames)

    def read(self, start_frame: int, end_frame: int) -> np.ndarray:
        """Return the block, float32 ``(2, frames)``."""
        time_s = np.arange(start_frame, end_frame) / RATE
        wave = self.level * np.sin(2 * np.pi * TONE_HZ * time_s)
        return np.stack([wave, wave]).astype(np.float32)


def play(seconds: float, *, repairing: bool) -> dict[str, float]:
    """Play in this process, switch, repair; return what the player counted."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from uasrm_core.audio.clip import AudioClip
    from uasrm_gui.background.jobs import JobRunner
    from uasrm_gui.sound.device import open_stream
    from uasrm_gui.sound.playback_plan import PlaybackPlan, Version
    from uasrm_gui.sound.player import Player

    app = QApplication([])
    runner, player = JobRunner(), Player(open_stream)
    repairs = Repairs(runner) if repairing else None
    frames = round(seconds * RATE)
    plan = PlaybackPlan(AudioClip(Tone(LOUD, frames)), AudioClip(Tone(QUIET, frames)), 0, frames)
    switches = 0

    def switch() -> None:
        nonlocal switches
        switches += 1
        original = player.version is Version.ORIGINAL
        player.listen_to(Version.REPAIRED if original else Version.ORIGINAL)

    timer = QTimer()
    timer.setInterval(round(SWITCH_S * 1000))
    timer.timeout.connect(switch)
    problems: list[str] = []
    player.failed.connect(problems.append)
    player.playing_changed.connect(lambda playing: None if playing else app.quit())

    def begin() -> None:
        player.play(plan)
        timer.start()

    if repairs is None:
        begin()
    else:
        # as in the window, which loads the engines before anybody can press Play
        repairs.begin(begin)
    app.exec()
    runner.close(timeout_s=60.0)
    if problems:
        sys.exit(problems[0])
    return {
        "seconds_played": seconds,
        "switches": switches,
        "repairs_meanwhile": 0 if repairs is None else repairs.done,
        "underruns": player.underruns,
    }


class Repairs:
    """Repairs the dropouts of the bundled recording with the network, over and over."""

    def __init__(self, runner) -> None:
        from uasrm_core import api
        from uasrm_core.inpainting.job import RepairJob

        samples = ROOT / "resources" / "samples"
        clip = api.open_clip(samples / "hungarian_dance_damaged.wav")
        regions = api.read_labels(samples / "hungarian_dance_damaged.txt", clip.rate)
        long = tuple(r for r in regions if r.frames > 0.05 * clip.rate and not r.has_band)
        job = RepairJob(clip, long, "unet")
        self._work = lambda progress: api.repair(job, progress)
        self._runner = runner
        self.done = -1

    def begin(self, when_warm: Callable[[], None]) -> None:
        """Repair once, tell, and go on repairing."""
        self._when_warm = when_warm
        self._submit()

    def _submit(self) -> None:
        job = self._runner.submit("Repairing", self._work)
        job.succeeded.connect(self._again)

    def _again(self) -> None:
        self.done += 1
        if self.done == 0:
            self._when_warm()
        self._submit()


if __name__ == "__main__":
    sys.exit(main())
