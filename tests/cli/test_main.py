"""Exit statuses, one line for every error, and only what is needed gets loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from uasrm_core.cli import info
from uasrm_core.cli.console import progress_line
from uasrm_core.cli.main import COMMANDS
from uasrm_core.errors import Cancelled

PROGRAM = Path(sys.executable).with_name("uasrm")


def test_help_names_every_command(uasrm):
    outcome = uasrm("--help")
    assert outcome.status == 0
    assert all(name in outcome.out for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(uasrm, command):
    outcome = uasrm(command, "--help")
    assert outcome.status == 0
    assert f"usage: uasrm {command}" in outcome.out
    assert f"examples:\n  uasrm {command}" in outcome.out


def test_the_version_is_told(uasrm):
    outcome = uasrm("--version")
    assert outcome.status == 0
    assert outcome.out.startswith("uasrm ")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("mend",),
        ("info",),
        ("info", "a.wav", "--loud"),
        ("repair", "a.wav"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1.0"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "one-two"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--engine", "magic"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--channels", "0"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--channels", "left"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--strength", "1.5"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--context", "nan"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--band", "300"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--band", "3k-k"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1:-2"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--bits", "12"),
        ("repair", "a.wav", "-o", "b.wav", "-r", "1-2", "--quality", "11"),
        ("batch", "a.wav"),
        ("batch", "a.wav", "-o", "out", "--name", "same"),
        ("completion", "cmd"),
        ("evaluate", "a.wav", "--gaps", "20,0"),
        ("evaluate", "a.wav", "--gaps", "20,long"),
        ("evaluate", "a.wav", "--engines", "ar,magic"),
        ("evaluate", "a.wav", "--metrics", "taste"),
        ("evaluate", "a.wav", "--places", "random:0"),
        ("evaluate", "a.wav", "--places", "labels:"),
        ("evaluate", "a.wav", "--seed", "-1"),
        ("evaluate", "--corpus", ".", "--tracks", "0"),
        ("dataset", "a.wav", "-o", "pairs", "--pairs", "0"),
        ("dataset", "a.wav", "-o", "pairs", "--seed", "1.5"),
        ("train", "a.wav", "-o", "m.safetensors", "--examples", "0"),
        ("train", "a.wav", "-o", "m.safetensors", "--seed", "-1"),
        ("train", "a.wav", "-o", "m.safetensors", "--width", "none"),
        ("evaluate", "a.wav", "--gaps", "20", "--places", "labels:x.txt"),
    ],
)
def test_wrong_arguments_end_with_status_2_and_one_line(uasrm, words):
    uasrm(*words).assert_one_error(2)


def test_the_unforeseen_is_one_line_too(uasrm, monkeypatch, wav_file, tone):
    def fail(args):
        raise ValueError("first\nsecond")

    monkeypatch.delenv("UASRM_DEBUG", raising=False)
    monkeypatch.setattr(info, "run", fail)
    uasrm("info", "x").assert_one_error(1, "ValueError: first second", "UASRM_DEBUG=1")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried 9 bytes"),
        ImportError("libtorch.so: failed to map segment from shared object"),
    ],
)
def test_too_little_memory_is_told_in_plain_words(uasrm, monkeypatch, error):
    def fail(args):
        raise error

    monkeypatch.delenv("UASRM_DEBUG", raising=False)
    monkeypatch.setattr(info, "run", fail)
    uasrm("info", "x").assert_one_error(1, "There is not enough memory for this.")


def test_a_command_without_pytorch_says_what_it_needs(uasrm, monkeypatch):
    def fail(args):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.delenv("UASRM_DEBUG", raising=False)
    monkeypatch.setattr(info, "run", fail)
    uasrm("info", "x").assert_one_error(1, "This needs PyTorch")


def test_the_unforeseen_can_be_looked_into(uasrm, monkeypatch):
    def fail(args):
        raise ValueError("here")

    monkeypatch.setenv("UASRM_DEBUG", "1")
    monkeypatch.setattr(info, "run", fail)
    with pytest.raises(ValueError, match="here"):
        uasrm("info", "x")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Cancelled])
def test_an_interruption_is_one_line_and_status_130(uasrm, monkeypatch, stop):
    def interrupt(args):
        raise stop

    monkeypatch.setattr(info, "run", interrupt)
    uasrm("info", "x").assert_one_error(130, "Interrupted")


def test_the_installed_program_tells_an_error_in_one_line():
    done = subprocess.run(
        [PROGRAM, "info", "nowhere.wav"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("uasrm: ")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_leaves_early_is_no_error_on_the_terminal(wav_file, tone):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as broken:
        done = subprocess.run(
            [PROGRAM, "info", wav_file(tone())],
            stdout=broken,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == ""


def test_results_that_cannot_be_written_are_told(wav_file, tone):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [PROGRAM, "info", wav_file(tone())],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "uasrm: The system refused: No space left on device.\n"


def test_ctrl_c_in_a_repair_leaves_nothing_behind(wav_file, music_like, tmp_path):
    source = wav_file(music_like(60.0))
    regions = [f"-r{second}.1-{second}.5" for second in range(1, 58)]
    report = tmp_path / "report.json"
    words = ["-o", tmp_path / "fixed.wav", "--report", report, "--engine", "ar", *regions]
    work = subprocess.Popen(
        [PROGRAM, "repair", source, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # The report's draft appears when the repairs begin.
    tick = threading.Event()
    while work.poll() is None and len(list(tmp_path.iterdir())) == 1:
        tick.wait(0.01)
    work.send_signal(signal.SIGINT)
    out, err = work.communicate()
    assert work.returncode == 130
    assert out == ""
    assert err.startswith("uasrm: Interrupted")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("command", ["info", "repair", "clean", "detect", "edit", "batch", "gui"])
def test_light_commands_load_no_torch_no_scipy_and_no_qt(command):
    script = (
        "import sys; from uasrm_core.cli.main import main; "
        f"assert main([{command!r}, '--help']) == 0; "
        "heavy = {'torch', 'scipy', 'numba', 'PySide6', 'sounddevice'}; "
        "assert not heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_work_hears_of_the_first_interruption_and_ends_at_the_second(monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(signal, "getsignal", lambda number: signal.default_int_handler)
    try:
        with progress_line() as progress:
            progress.check()
            signal.raise_signal(signal.SIGINT)
            assert progress.is_cancelled()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_end_leaves_nothing_behind(wav_file, music_like, tmp_path, number):
    source = wav_file(music_like(60.0))
    regions = [f"-r{second}.1-{second}.5" for second in range(1, 58)]
    report = tmp_path / "report.json"
    words = ["-o", tmp_path / "fixed.wav", "--report", report, "--engine", "ar", *regions]
    with subprocess.Popen(
        [PROGRAM, "repair", source, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as work:
        # The report's draft appears when the repairs begin.
        while work.poll() is None and len(list(tmp_path.iterdir())) < 2:
            os.sched_yield()
        work.send_signal(number)
        out, err = work.communicate()
    assert (work.returncode, out) == (128 + number, b"")
    assert err == b"uasrm: Interrupted; nothing unfinished was kept.\n"
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_outside_of_long_work(uasrm, monkeypatch, number):
    def stop(args):
        signal.raise_signal(number)

    before = signal.getsignal(number)
    monkeypatch.setattr(info, "run", stop)
    uasrm("info", "x").assert_one_error(128 + number, "Interrupted")
    assert signal.getsignal(number) == before


def test_a_signal_that_is_ignored_stays_so(uasrm, monkeypatch):
    def hear(args):
        signal.raise_signal(signal.SIGHUP)
        with progress_line():
            signal.raise_signal(signal.SIGHUP)
        return 0

    monkeypatch.setattr(info, "run", hear)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert uasrm("info", "x").status == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_training_that_a_signal_ends_tells_how_to_go_on(uasrm, monkeypatch):
    def stop(args):
        try:
            with progress_line() as progress:
                signal.raise_signal(signal.SIGTERM)
                progress.check()
        except Cancelled as cancelled:
            raise Cancelled("Go on with --resume.") from cancelled

    monkeypatch.setattr(info, "run", stop)
    uasrm("info", "x").assert_one_error(143, "Go on with --resume.")


def test_helpers_that_were_forked_off_end_at_once(monkeypatch):
    script = (
        "import os, signal\n"
        "from uasrm_core.cli.stopping import note_signals, stop_by_signal\n"
        "ready, tell = os.pipe()\n"
        "with stop_by_signal(), note_signals():\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.write(tell, b'.')\n"
        "        while True:\n"
        "            os.sched_yield()\n"
        "    os.read(ready, 1)\n"
        "    os.kill(child, signal.SIGTERM)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
