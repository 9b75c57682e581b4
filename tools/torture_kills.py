"""Kill the program at random moments, and check that nothing is lost or torn.

    python tools/torture_kills.py --kills 500

Each child repairs, exports, journals or saves, in a window without a screen or by a command, and is
killed with SIGKILL after a random time. Then: the original is unchanged, every file that took its
name is whole, and all work that was done a second before the kill is recovered. Children are forked
from a process that has loaded the program, so that most of them are killed at work.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from kill_scenes import (
    RATE,
    SECONDS,
    Scene,
    export_in_window,
    history_of,
    journal_in_window,
    recover_by_command,
    repair_by_command,
    repair_in_window,
    save_in_window,
)

from uasrm_core import api
from uasrm_core.cli.main import main as command
from uasrm_core.edit.history import Edit
from uasrm_core.edit.journal import Journal, Snapshot, journal_folder
from uasrm_core.edit.recovery import find_leftovers, recover
from uasrm_core.edit.stamp import quick_stamp
from uasrm_core.errors import UasrmError
from uasrm_core.evaluation.tables import format_markdown

GRACE_S = 1.0


@dataclass
class Outcome:
    """What came of the kills of one kind."""

    kills: int = 0
    at_work: int = 0
    oldest_lost_s: float = 0.0
    faults: list[str] = field(default_factory=list)


# what must hold


def check_steps(scene: Scene, killed: float, outcome: Outcome) -> None:
    """Check that all steps of a second ago are in the journal, with the samples they had."""
    steps = scene.read_notes("step")
    leftovers = find_leftovers(scene.journals) if scene.journals.exists() else ()
    edits: tuple[Edit, ...] = ()
    if leftovers:
        recovered = recover(leftovers[0].path)
        recovered.lock.release()
        edits = recovered.work.history.edits
        if recovered.problem or len(leftovers) > 1:
            outcome.faults.append(f"{recovered.problem} ({len(leftovers)} journals)")
    for edit, (_, values) in zip(edits, steps, strict=False):
        if zlib.crc32(edit.patches[0].samples.tobytes()) != int(values[1]):
            outcome.faults.append(f"{edit.label} came back with other samples")
    lost = [killed - when for when, _ in steps[len(edits) :]]
    if lost:
        outcome.oldest_lost_s = max(outcome.oldest_lost_s, *lost)
        if max(lost) > GRACE_S:
            outcome.faults.append(f"{len(lost)} steps lost, the oldest {max(lost):.2f} s old")


def check_session(scene: Scene, outcome: Outcome) -> None:
    """Check that the session was saved whole, and is not older than the last that was said."""
    saved = [int(values[0]) for _, values in scene.read_notes("saved")]
    if not scene.session.exists():
        if saved:
            outcome.faults.append("the session is gone")
        return
    edits = api.open_session(scene.session).session.history.edits
    if len(edits) < max(saved, default=1):
        outcome.faults.append(f"a session of {len(edits)} steps after one of {max(saved)}")
    for number, edit in enumerate(edits):
        if not (edit.patches[0].samples == np.float32(number / 4096)).all():
            outcome.faults.append(f"step {number} was saved with other samples")


def check_output(scene: Scene, outcome: Outcome, expected: str) -> None:
    """Check that the exported file is whole, or not there yet."""
    if scene.output.exists():
        if digest(scene.output) != expected:
            outcome.faults.append("a torn export")
    elif scene.read_notes("exported"):
        outcome.faults.append("the export is gone")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# the kills


@dataclass(frozen=True)
class Kind:
    """A kind of work to be killed at, for up to so many seconds after it has begun."""

    name: str
    work: Callable[[Scene], None]
    span_s: float
    checks: str


KINDS = (
    Kind("window: repair", repair_in_window, 4.0, "steps"),
    Kind("window: autosave", journal_in_window, 3.0, "steps"),
    Kind("window: export", export_in_window, 2.5, "export"),
    Kind("window: session save", save_in_window, 2.5, "session"),
    Kind("command: repair", repair_by_command, 2.0, "command export"),
    Kind("command: recover", recover_by_command, 1.0, "session"),
)


def make_recording(path: Path) -> None:
    """Write noise with a tone in it, the same on every run."""
    rng = np.random.default_rng(5)
    time_s = np.arange(RATE * SECONDS) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 440 * time_s)
    noise = 0.01 * rng.standard_normal((2, time_s.size))
    soundfile.write(path, (tone + noise).T, RATE, subtype="PCM_24")


def fork(kind: Kind, scene: Scene) -> int:
    """Start a child at its work, and return its number."""
    child = os.fork()
    if child:
        return child
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        log = os.open(scene.folder / "errors", os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 2)
        kind.work(scene)
    except BaseException:  # noqa: BLE001 - a child must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(1)


def kill_once(kind: Kind, original: Path, known: dict[str, str], outcome: Outcome, rng) -> None:
    """Kill one child, and check what it left."""
    with tempfile.TemporaryDirectory(prefix="uasrm-kill-") as name:
        scene = Scene(Path(name))
        shutil.copyfile(original, scene.source)
        os.environ["XDG_DATA_HOME"] = name
        if kind.work is recover_by_command:
            journal = Journal(journal_folder())
            journal.write(Snapshot(quick_stamp(api.open_clip(scene.source)), history_of(40)))
            journal.close()
        child = fork(kind, scene)
        # A few are killed while they begin.
        patience_s = rng.choice([0, 60, 60, 60, 60])
        end = time.monotonic() + patience_s
        while not scene.read_notes("begun") and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, kind.span_s))
        killed = time.monotonic()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        outcome.kills += 1
        outcome.at_work += any(scene.read_notes(what) for what in ("step", "saved", "exported"))
        faults = len(outcome.faults)
        try:
            if digest(scene.source) != known["original"]:
                outcome.faults.append("the original was changed")
            if kind.checks == "steps":
                check_steps(scene, killed, outcome)
            elif kind.checks == "session":
                check_session(scene, outcome)
            else:
                check_output(scene, outcome, known[kind.checks])
        except UasrmError as error:
            outcome.faults.append(str(error))
        errors = (scene.folder / "errors").read_text() if (scene.folder / "errors").exists() else ""
        if len(outcome.faults) > faults or "Traceback" in errors:
            outcome.faults.append(f"stderr: {errors[-500:]!r}")


def run_undisturbed(original: Path) -> dict[str, str]:
    """Return the hashes of the original and of what is exported when nobody is killed."""
    known = {"original": digest(original)}
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "out.wav"
        clip = api.open_clip(original).with_patches(history_of(3).patches)
        api.export_clip(clip, target)
        known["export"] = digest(target)
        words = ["repair", original, "-o", target, "-r", "1.5-1.51", "-r", "3.2-3.205"]
        if command([str(word) for word in (*words, "--engine", "ar", "--force")]):
            raise SystemExit("the undisturbed command failed")
        known["command export"] = digest(target)
    return known


def load_everything() -> None:
    """Load what the children need, so that they are killed at work and not while loading."""
    import PySide6.QtWidgets

    import uasrm_gui.main_window
    from uasrm_core.interpolation import ar

    ar.prepare()
    assert PySide6.QtWidgets
    assert uasrm_gui.main_window


def main() -> int:
    """Kill, and print a table; 1 if anything was lost or torn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=60, help="how many in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so long")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    options = parser.parse_args()
    kinds = [kind for kind in KINDS if options.only in kind.name]
    rng = random.Random(options.seed)
    end = time.monotonic() + 60 * options.minutes
    outcomes = {kind.name: Outcome() for kind in kinds}
    with tempfile.TemporaryDirectory(prefix="uasrm-kills-") as name:
        original = Path(name) / "tape.wav"
        make_recording(original)
        load_everything()
        known = run_undisturbed(original)
        # Ctrl-C ends it early, with a table of what was done.
        with suppress(KeyboardInterrupt):
            for number in range(options.kills):
                if time.monotonic() > end:
                    break
                kind = kinds[number % len(kinds)]
                kill_once(kind, original, known, outcomes[kind.name], rng)
    rows = [
        [name, str(o.kills), str(o.at_work), f"{o.oldest_lost_s:.3f}", str(len(o.faults))]
        for name, o in outcomes.items()
    ]
    total = sum(o.kills for o in outcomes.values())
    faults = [fault for o in outcomes.values() for fault in o.faults]
    rows.append(
        [
            "all",
            str(total),
            str(sum(o.at_work for o in outcomes.values())),
            f"{max(o.oldest_lost_s for o in outcomes.values()):.3f}",
            str(len(faults)),
        ]
    )
    heads = ["killed during", "kills", "after work was done", "oldest work lost, s", "faults"]
    print(format_markdown([heads, *rows]))  # noqa: T201
    for fault in faults[:20]:
        print(fault)  # noqa: T201
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
