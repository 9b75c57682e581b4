"""Faults on the command line, for `inject_faults`."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
from inject_faults import GOES_ON, Fault, Outcome

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "resources" / "samples" / "hungarian_dance_damaged.wav"
MODEL = ROOT / "resources" / "models" / "hybrid.safetensors"
REPAIR = ("--engine", "ar", "-r", "2.0-2.01")
OLD = b"an older file"
MOST_CALLS = 400
NOBODY = 65534


# how the command line is run


def make_recording(folder: Path) -> Path:
    """Return a copy of the bundled recording."""
    return Path(shutil.copy(SAMPLE, folder / "recording.wav"))


def run_inside(*arguments: str | Path) -> tuple[int, str]:
    """Run the command line in this process; return its exit status and what it told."""
    from uasrm_core.cli.main import main

    told = io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
    return status, read_sentence(told.getvalue())


def start(*arguments: str | Path, **options: object) -> subprocess.Popen[str]:
    """Start the command line in a process of its own."""
    call = [sys.executable, "-m", "uasrm_core.cli.main", *map(str, arguments)]
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        call, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, **options
    )


def read_sentence(text: str) -> str:
    """Return what was told on the error stream, without progress and the program's name."""
    lines = [part.strip() for line in text.splitlines() for part in line.split("\r")]
    errors = [line for line in lines if line.startswith(("uasrm: ", "uasrm-gui: ", "Traceback"))]
    return "\n".join(error.partition(": ")[2] or error for error in errors)


def list_leftovers(folder: Path, *expected: str) -> set[str]:
    """Return the names in a folder that should not be there."""
    return {entry.name for entry in folder.iterdir()} - {"recording.wav", *expected}


@contextlib.contextmanager
def fail_call(number: int, code: int) -> Iterator[Callable[[], bool]]:
    """Make the n-th file operation of every write, and those after it, fail as a full disk does.

    Gives a function that tells whether it has come to that.
    """
    from uasrm_core.writing import system

    count = 0

    def listen(call: str) -> None:
        nonlocal count
        if call == "unlink":  # a full disk lets one remove
            return
        count += 1
        if count >= number:
            raise OSError(code, os.strerror(code))

    with system.announce_calls(listen):
        yield lambda: count >= number


@contextlib.contextmanager
def act_meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Do something when the first byte of an output is about to be written."""
    from uasrm_core.writing import system

    waiting = [act]

    def listen(call: str) -> None:
        if call == "write" and waiting:
            waiting.pop()()

    with system.announce_calls(listen):
        yield


def fill_disk(folder: Path, target: str, *arguments: str | Path) -> Outcome:
    """Run a command again and again, each time with one more file operation that works."""
    original = make_recording(folder)
    before = original.read_bytes()
    (folder / target).write_bytes(OLD)
    said, kept, number = "", True, 0
    for number in range(1, MOST_CALLS):
        with fail_call(number, errno.ENOSPC) as was_reached:
            status, told = run_inside(*arguments)
        if not was_reached():
            break
        if status == 0:  # only what may fail, such as keeping an owner, has failed
            (folder / target).write_bytes(OLD)
            continue
        said = told
        kept = kept and status == 1 and told.endswith(".") and "\n" not in told
        kept = kept and (folder / target).read_bytes() == OLD and original.read_bytes() == before
        kept = kept and not list_leftovers(folder, target)
    return Outcome(said, kept=kept and bool(said), alive=number < MOST_CALLS - 1 and status == 0)


# the faults


def fill_disk_at_each_write_of_an_export(folder: Path) -> Outcome:
    """Try this: every operation of an export fails once; an older export stays."""
    source, target = folder / "recording.wav", folder / "out.wav"
    return fill_disk(folder, "out.wav", "repair", source, "-o", target, *REPAIR, "--force")


def fill_disk_at_each_write_of_labels(folder: Path) -> Outcome:
    """Try this: every operation of writing labels fails once."""
    source, target = folder / "recording.wav", folder / "found.txt"
    return fill_disk(folder, "found.txt", "detect", source, "--labels", target, "--force")


def fill_disk_at_each_write_of_a_report(folder: Path) -> Outcome:
    """Try this: the disk is full when the report is to be written."""
    source, report = make_recording(folder), folder / "report.json"
    report.write_bytes(OLD)
    target = folder / "out.wav"
    arguments = ("repair", source, "-o", target, *REPAIR, "--force", "--report", report)
    said, kept, number = "", True, 0
    for number in range(1, MOST_CALLS):
        with fail_call(number, errno.EDQUOT) as was_reached:
            status, told = run_inside(*arguments)
        if not was_reached():
            break
        if status:
            said = told
            kept = kept and told.endswith(".") and report.read_bytes() == OLD
            kept = kept and not list_leftovers(folder, "out.wav", "report.json")
        else:
            report.write_bytes(OLD)
    return Outcome(said, kept=kept and bool(said), alive=status == 0)


def export_into_a_read_only_folder(folder: Path) -> Outcome:
    """Try this: the folder of the target may not be written to: told before the repair."""
    source = make_recording(folder)
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    for entry in (folder, folder.parent):
        entry.chmod(0o755)
    import uasrm_core.cli.repair as command

    # all that is needed is imported before the user is one who may not read it
    run_inside("repair", source, "-o", folder / "before.wav", *REPAIR)
    user = os.geteuid()
    if user == 0:  # nothing keeps an administrator from writing
        os.seteuid(NOBODY)
    try:
        with mock.patch.object(command.api, "repair") as repair:
            status, told = run_inside("repair", source, "-o", closed / "o.wav", *REPAIR)
    finally:
        os.seteuid(user)
    kept = not any(closed.iterdir()) and not repair.called
    return Outcome(told, kept=kept, alive=status == 1)


def change_source_during_an_export(folder: Path) -> Outcome:
    """Try this: another program writes into the recording while it is exported."""
    source, target = make_recording(folder), folder / "out.wav"

    def write() -> None:
        with source.open("r+b") as file:
            file.seek(200_000)
            file.write(b"\x7f" * 2000)

    return _export_while(folder, source, target, write)


def truncate_source_during_an_export(folder: Path) -> Outcome:
    """Try this: another program cuts the recording short while it is exported."""
    source, target = make_recording(folder), folder / "out.wav"
    return _export_while(folder, source, target, lambda: os.truncate(source, 50_000))


def _export_while(folder: Path, source: Path, target: Path, act: Callable[[], object]) -> Outcome:
    with act_meanwhile(act):
        status, told = run_inside("repair", source, "-o", target, *REPAIR)
    return Outcome(told, kept=not list_leftovers(folder), alive=status == 1)


def delete_source_during_an_export(folder: Path) -> Outcome:
    """Try this: the recording is deleted while it is exported; the open file is still read."""
    source, target = make_recording(folder), folder / "out.wav"
    return _export_all_the_same(folder, source, target, source.unlink)


def replace_source_during_an_export(folder: Path) -> Outcome:
    """Try this: another file takes the recording's name while it is exported."""
    source, target = make_recording(folder), folder / "out.wav"
    other = folder / "other"
    other.write_bytes(b"something else")
    return _export_all_the_same(folder, source, target, lambda: other.rename(source))


def _export_all_the_same(
    folder: Path, source: Path, target: Path, act: Callable[[], object]
) -> Outcome:
    undisturbed = folder / "undisturbed.wav"
    run_inside("repair", source, "-o", undisturbed, *REPAIR)
    with act_meanwhile(act):
        status, told = run_inside("repair", source, "-o", target, *REPAIR)
    if status:
        return Outcome(told, kept=not target.exists(), alive=status == 1)
    same = target.read_bytes() == undisturbed.read_bytes()
    return Outcome(GOES_ON, kept=same, alive=True)


def terminate_during_a_repair(folder: Path) -> Outcome:
    """Try this: SIGTERM reaches the command line at work."""
    return _signal_repair(folder, signal.SIGTERM)


def close_terminal_during_a_repair(folder: Path) -> Outcome:
    """Try this: SIGHUP reaches the command line at work."""
    return _signal_repair(folder, signal.SIGHUP)


def _signal_repair(folder: Path, number: signal.Signals) -> Outcome:
    source = make_recording(folder)
    before = source.read_bytes()
    arguments = ("--engine", "auto", "-r", "2.0-2.5", "-r", "5.0-5.5", "-r", "8.0-8.5")
    process = start("repair", source, "-o", folder / "out.wav", *arguments)
    time.sleep(3.0)
    process.send_signal(number)
    told = process.communicate()[1]
    kept = source.read_bytes() == before and not list_leftovers(folder)
    said = read_sentence(told) or GOES_ON
    return Outcome(said, kept=kept, alive=process.returncode == 128 + number)


def kill_during_an_export(folder: Path) -> Outcome:
    """Try this: SIGKILL leaves a draft, which the next export in that folder removes."""
    source = folder / "recording.wav"
    data = np.random.default_rng(0).integers(-9999, 9999, 60_000_000, dtype=np.int16)
    import soundfile

    soundfile.write(source, data, 44100, subtype="PCM_16")
    target = folder / "out.wav"
    process = start("repair", source, "-o", target, *REPAIR)
    while process.poll() is None and not list_leftovers(folder):
        time.sleep(0.001)
    process.kill()
    process.wait()
    found = list_leftovers(folder)
    status, _ = run_inside("repair", source, "-o", target, *REPAIR, "--force")
    kept = bool(found) and not list_leftovers(folder, "out.wav")
    return Outcome(GOES_ON, kept=kept, alive=status == 0)


FAULTS: tuple[Fault, ...] = (
    fill_disk_at_each_write_of_an_export,
    fill_disk_at_each_write_of_labels,
    fill_disk_at_each_write_of_a_report,
    export_into_a_read_only_folder,
    change_source_during_an_export,
    truncate_source_during_an_export,
    delete_source_during_an_export,
    replace_source_during_an_export,
    terminate_during_a_repair,
    close_terminal_during_a_repair,
    kill_during_an_export,
)
