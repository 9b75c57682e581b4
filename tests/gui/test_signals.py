"""The system ends the program in an orderly way, and what crashes is written down."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from uasrm_core import api
from uasrm_core.audio.region import Region

# What is done in the window before the signal comes; each says "ready" when it is the time.
SCENES = {
    "work that is not saved": "ready()",
    "an engine that hangs": """
window.document.repairs._api.repair = lambda job, progress: (ready(), threading.Event().wait())
window.document.repairs.repair([Region(5000, 5400)], "ar")
""",
    "a question on the screen": """
from uasrm_gui.dialogs.questions import Questions
QTimer.singleShot(0, lambda: Questions().ask_unsaved(window, "a", "b"))
QTimer.singleShot(0, lambda: QTimer.singleShot(0, ready))
""",
    "a dialog on the screen": """
window.action_set["export"].trigger()
ready()
""",
    "sound": """
window.action_set["play"].trigger()
ready()
""",
}

# It has all libraries loaded, and for each line that it reads a process of it is the program.
PROGRAM = """
import json, os, sys, threading
from pathlib import Path
from types import SimpleNamespace
from PySide6.QtCore import QTimer
import uasrm_gui.start as start
from uasrm_core import api
from uasrm_core.audio.region import Region

class Window(start.MainWindow):
    def __init__(self, *parts, **options):
        super().__init__(*parts, **options)
        calls = {name: getattr(api, name) for name in api.__all__}
        self.document.repairs._api = self.document.files._api = SimpleNamespace(**calls)
        self.document.work.opened.connect(self.play_scene)

    def play_scene(self):
        window, ready = self, lambda: print("ready", flush=True)
        try:
            window.document.work.add_region(Region(10, 2000))
            assert window.document.work.unsaved is not None
            exec(scene, globals() | locals())
        except BaseException as error:
            print(repr(error), flush=True)

start.MainWindow = Window
for line in sys.stdin:
    places, path, scene = json.loads(line)
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        os.environ.update(places)
        print(os.getpid(), flush=True)
        sys.exit(start.run(Path(path)))
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Running:
    """A program that runs, and what is known of it when it has ended."""

    stdout: IO[str]
    stderr: Path
    number: int
    status: int | None = None

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal, and return the exit status and what was written to standard error."""
        os.kill(self.number, number)
        self.status = int(self.stdout.readline())
        return self.status, self.stderr.read_text()


@pytest.fixture(scope="module")
def start_program(tmp_path_factory):
    """Return what runs the program until a scene is ready, and ends it if the test does not."""
    stderr = tmp_path_factory.mktemp("told") / "stderr"
    with (
        stderr.open("a") as told,
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            # a test run under nohup ignores SIGHUP, and what it starts would too
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        ) as source,
    ):

        @contextmanager
        def start(scene, path, home):
            places = {n: str(home / n) for n in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME")}
            told.truncate(0)
            print(json.dumps([places, str(path), scene]), file=source.stdin, flush=True)
            program = Running(source.stdout, stderr, int(source.stdout.readline()))
            try:
                assert source.stdout.readline() == "ready\n", stderr.read_text()
                yield program
            finally:
                if program.status is None:
                    program.end(signal.SIGKILL)

        yield start


@pytest.fixture
def recording(wav_file, tone):
    return wav_file(tone(seconds=1.0))


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_closes_the_window_without_a_question(
    start_program, recording, tmp_path, scene, name
):
    before = recording.read_bytes()
    number = getattr(signal, name)
    with start_program(SCENES[scene], recording, tmp_path / "home") as program:
        status, errors = program.end(number)
    assert status == 128 + number
    assert "Traceback" not in errors
    assert recording.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", recording.name]
    (log,) = (tmp_path / "home").rglob("uasrm.log")
    assert f"ended by signal {int(number)}" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_save_that_runs_is_finished_first(start_program, recording, tmp_path):
    target = tmp_path / "work.uasrm"
    scene = f"""
def save(session, path, *, held):
    ready()
    while not window.ends_by_signal:
        threading.Event().wait(0.01)
    api.save_session(session, path, held=held)

window.document.files._api.save_session = save
window.document.files.save_session(Path({str(target)!r}))
"""
    with start_program(scene, recording, tmp_path / "home") as program:
        status, errors = program.end(signal.SIGTERM)
    assert status == 128 + signal.SIGTERM
    assert "Traceback" not in errors
    assert api.open_session(target).session.history.regions == (Region(10, 2000),)
    assert not list(tmp_path.glob(".*"))


def test_a_crash_of_compiled_code_is_written_beside_the_log(tmp_path):
    program = (
        "import ctypes, pathlib, sys; from uasrm_gui.process.log import start_log;"
        "start_log(pathlib.Path(sys.argv[1])); ctypes.string_at(0)"
    )
    log = tmp_path / "logs" / "uasrm.log"
    done = subprocess.run([sys.executable, "-c", program, str(log)], capture_output=True)
    assert done.returncode == -signal.SIGSEGV
    told = log.with_name("crash.log").read_text()
    assert "Segmentation fault" in told
    assert "string_at" in told


def test_a_log_folder_that_cannot_be_written_to_stops_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    program = (
        "import pathlib, sys; from uasrm_gui.process.log import start_log;"
        "start_log(pathlib.Path(sys.argv[1])); print('on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(blocked / "uasrm.log")], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "on\n", "")
