"""Faults that end the window or meet its journal, for `inject_faults`.

``python tools/faults_crash.py RECORDING`` is the window that they end: it opens a recording,
repairs one place and says so.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults_cli import OLD, list_leftovers, make_recording, run_inside
from faults_window import Desk
from inject_faults import GOES_ON, Fault, Outcome

# The journal promises the work of a second ago.
PROMISED_S = 1.0
DISPLAYS = range(170, 200)
REPAIRED = "repaired"


def drive(path: Path) -> int:
    """Show the window as the program does, repair one place, and wait to be ended."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from uasrm_core.audio.region import Region
    from uasrm_gui.main_window import MainWindow
    from uasrm_gui.start import run

    app = QApplication([])
    timer = QTimer()
    asked: list[bool] = []

    def step() -> None:
        windows = [top for top in app.topLevelWidgets() if isinstance(top, MainWindow)]
        document = windows[0].document if windows else None
        if document is None or document.work.clip is None:
            return
        if not asked:
            asked.append(True)
            document.repairs.repair([Region(88_200, 88_640)], "ar")
        elif document.work.history.cursor:
            timer.stop()
            print(REPAIRED, flush=True)  # noqa: T201

    timer.timeout.connect(step)
    timer.start(20)
    return run(path)


def _end_window(folder: Path, end: Callable[[subprocess.Popen[str]], Any]) -> tuple[Outcome, int]:
    """End the window in some way after a repair, and recover the work on the command line."""
    source = make_recording(folder)
    before = source.read_bytes()
    call = [sys.executable, __file__, str(source)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    came = process.stdout.readline().strip() == REPAIRED
    time.sleep(PROMISED_S)
    end(process)
    status = process.wait()
    session = folder / "work.uasrm"
    recovered, told = run_inside("recover", "1", "-o", session)
    kept = came and recovered == 0 and source.read_bytes() == before
    kept = kept and _list_repairs(session) == 1 and not list_leftovers(folder, "work.uasrm")
    return Outcome(told or GOES_ON, kept=kept, alive=True), status


def _list_repairs(session: Path) -> int:
    from uasrm_core.api import open_session

    return open_session(session).session.history.cursor if session.exists() else 0


def _end_by_signal(folder: Path, number: signal.Signals, *statuses: int) -> Outcome:
    outcome, status = _end_window(folder, lambda process: process.send_signal(number))
    return Outcome(outcome.said, kept=outcome.kept, alive=status in statuses)


def kill_the_window(folder: Path) -> Outcome:
    """Try this: SIGKILL ends the window a second after a repair."""
    return _end_by_signal(folder, signal.SIGKILL, -signal.SIGKILL)


def terminate_the_window(folder: Path) -> Outcome:
    """Try this: SIGTERM ends the window."""
    return _end_by_signal(folder, signal.SIGTERM, 0, 128 + signal.SIGTERM)


def close_terminal_of_the_window(folder: Path) -> Outcome:
    """Try this: SIGHUP ends the window."""
    return _end_by_signal(folder, signal.SIGHUP, 0, 128 + signal.SIGHUP)


def abort_the_window(folder: Path) -> Outcome:
    """Try this: a fault in compiled code ends the window."""
    return _end_by_signal(folder, signal.SIGABRT, -signal.SIGABRT)


def kill_the_screen_server(folder: Path) -> Outcome:
    """Try this: the X server dies under the window."""
    if shutil.which("Xvfb") is None:
        return Outcome("Xvfb is not installed, so this was not tried.", kept=False, alive=True)
    socket = Path("/tmp/.X11-unix")
    display = next(number for number in DISPLAYS if not (socket / f"X{number}").exists())
    server = subprocess.Popen(["Xvfb", f":{display}"], stderr=subprocess.DEVNULL)
    while not (socket / f"X{display}").exists():
        time.sleep(0.05)
    os.environ["DISPLAY"] = f":{display}"
    os.environ["QT_QPA_PLATFORM"] = "xcb"
    outcome, _ = _end_window(folder, lambda process: server.kill())
    server.wait()
    return outcome


def leave_no_place_for_the_journal(folder: Path) -> Outcome:
    """Try this: the folder of the journals is a file, so that none can be written."""
    journals = folder.parent / "journals"
    journals.write_bytes(OLD)
    desk = Desk(folder, journals=journals)
    desk.repair()
    desk.wait(lambda: desk.said)
    kept = desk.document.work.history.cursor == 1 and journals.read_bytes() == OLD
    return desk.outcome(kept=kept)


def fill_disk_of_the_journal(folder: Path) -> Outcome:
    """Try this: no file may grow any more once the journal has begun."""
    import resource

    desk = Desk(folder, journals=folder.parent / "journals")
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    desk.repair()
    desk.wait(lambda: desk.said)
    said = desk.said[:1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    kept = desk.document.work.history.cursor == 1
    return Outcome("\n".join(said), kept=kept, alive=desk.is_alive())


def open_one_session_in_two_windows(folder: Path) -> Outcome:
    """Try this: a session that is open in one window is opened in another."""
    first = Desk(folder)
    first.repair()
    session = folder / "work.uasrm"
    first.finish(first.document.files.save_session(session))
    before = session.read_bytes()
    second = Desk(folder, source=first.source)
    asked: list[Any] = []
    second.document.files.asked.connect(asked.append)
    second.finish(second.document.files.open(session))
    said = "\n".join([*(question.sentence for question in asked), *second.said])
    kept = session.read_bytes() == before and second.document.work.session_path is None
    return Outcome(said, kept=kept, alive=first.is_alive() and second.is_alive())


FAULTS: tuple[Fault, ...] = (
    kill_the_window,
    terminate_the_window,
    close_terminal_of_the_window,
    abort_the_window,
    kill_the_screen_server,
    leave_no_place_for_the_journal,
    fill_disk_of_the_journal,
    open_one_session_in_two_windows,
)


if __name__ == "__main__":
    sys.exit(drive(Path(sys.argv[1])))
