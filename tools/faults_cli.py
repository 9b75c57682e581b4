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


def read_regions_from_a_pipe_without_end(folder: Path) -> Outcome:
    """Try this: the regions come from a FIFO that nobody writes to."""
    source, pipe = make_recording(folder), folder / "pipe"
    os.mkfifo(pipe)
    return _read_odd_regions(folder, source, pipe)


def read_regions_from_a_device_without_end(folder: Path) -> Outcome:
    """Try this: the regions come from a device that never ends."""
    return _read_odd_regions(folder, make_recording(folder), Path("/dev/zero"))


def _read_odd_regions(folder: Path, source: Path, regions: Path) -> Outcome:
    status, told = run_inside("repair", source, "-o", folder / "o.wav", "--regions", regions)
    return Outcome(told, kept=not (folder / "o.wav").exists(), alive=status in (1, 2))


def export_over_the_original_through_a_link(folder: Path) -> Outcome:
    """Try this: the target is a link to the original, and may be replaced."""
    source = make_recording(folder)
    before = source.read_bytes()
    said = ""
    for name, link in (("soft.wav", Path.symlink_to), ("hard.wav", Path.hardlink_to)):
        link(folder / name, source)
        status, said = run_inside("repair", source, "-o", folder / name, *REPAIR, "--force")
        if status == 0 or source.read_bytes() != before:
            return Outcome(said, kept=False, alive=True)
    return Outcome(said, kept=True, alive=True)


def write_labels_over_a_recording(folder: Path) -> Outcome:
    """Try this: labels are to be written over another recording."""
    source = make_recording(folder)
    other = Path(shutil.copy(source, folder / "other.wav"))
    before = other.read_bytes()
    status, told = run_inside("detect", source, "--labels", other, "--force")
    return Outcome(told, kept=other.read_bytes() == before, alive=status in (1, 2))


def write_report_over_the_regions(folder: Path) -> Outcome:
    """Try this: the report is to take the place of the regions it was made from."""
    source, regions = make_recording(folder), folder / "regions.txt"
    regions.write_text("2.0\t2.01\tclick\n", "utf-8")
    arguments = ("--engine", "ar", "--regions", regions, "--report", regions, "--force")
    status, told = run_inside("repair", source, "-o", folder / "out.wav", *arguments)
    kept = regions.read_text("utf-8").startswith("2.0")
    return Outcome(told, kept=kept, alive=status in (1, 2))


def load_a_model_cut_short(folder: Path) -> Outcome:
    """Try this: the model file ends early."""
    return _use_model(folder, MODEL.read_bytes()[:500_000])


def load_a_model_with_a_flipped_bit(folder: Path) -> Outcome:
    """Try this: one bit of a weight is another."""
    data = bytearray(MODEL.read_bytes())
    data[len(data) // 2] ^= 0x40
    return _use_model(folder, bytes(data))


def run_a_model_that_returns_no_numbers(folder: Path) -> Outcome:
    """Try this: weights that are not numbers: the outcome would be silence."""
    from safetensors import safe_open
    from safetensors.numpy import save_file

    with safe_open(MODEL, "np") as file:
        metadata = {k: v for k, v in (file.metadata() or {}).items() if "sha" not in k}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    first = next(iter(weights))
    weights[first] = np.full_like(weights[first], np.nan)
    path = folder / "nan.safetensors"
    save_file(weights, path, metadata)
    return _use_model(folder, path.read_bytes())


def _use_model(folder: Path, content: bytes) -> Outcome:
    source, model = make_recording(folder), folder / "model.safetensors"
    model.write_bytes(content)
    target = folder / "out.wav"
    arguments = ("--engine", "unet", "-r", "2.0-2.1", "--model", model)
    status, told = run_inside("repair", source, "-o", target, *arguments)
    return Outcome(told, kept=not target.exists(), alive=status in (1, 2))


def repair_a_recording_far_too_loud(folder: Path) -> Outcome:
    """Try this: a float recording holds values of 1e30."""
    import soundfile

    source = folder / "recording.wav"
    loud = np.random.default_rng(1).normal(size=88200).astype(np.float32) * np.float32(1e30)
    soundfile.write(source, loud, 44100, subtype="FLOAT")
    target = folder / "out.wav"
    status, told = run_inside("repair", source, "-o", target, "-r", "0.9-1.0")
    if status == 0:
        finite = bool(np.isfinite(soundfile.read(target)[0]).all())
        return Outcome(GOES_ON, kept=finite, alive=True)
    return Outcome(told, kept=not target.exists(), alive=status == 1)


def repair_with_too_little_memory(folder: Path) -> Outcome:
    """Try this: the system gives no more memory during a repair."""
    import resource

    source, target = make_recording(folder), folder / "out.wav"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

    process = start("repair", source, "-o", target, "-r", "2.0-2.5", preexec_fn=limit)
    told = read_sentence(process.communicate()[1])
    return Outcome(told, kept=not list_leftovers(folder), alive=process.returncode == 1)


def read_labels_with_terminal_escapes(folder: Path) -> Outcome:
    """Try this: a label holds commands for the terminal."""
    source, regions = make_recording(folder), folder / "regions.txt"
    regions.write_text("900\t901\t\x1b]0;evil\x07\x1b[2J\n", "utf-8")
    status, told = run_inside("repair", source, "-o", folder / "o.wav", "--regions", regions)
    return Outcome(told, kept="\x1b" not in told and "\x07" not in told, alive=status in (1, 2))


def open_a_session_that_unpacks_without_end(folder: Path) -> Outcome:
    """Try this: a session file of a few kilobytes claims patches of gigabytes."""
    import zipfile

    from uasrm_core.api import open_session
    from uasrm_core.errors import UasrmError

    path = folder / "work.uasrm"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("session.json", '{"kind": "uasrm session", "version": 2}')
        with archive.open("patches/00000.npy", "w", force_zip64=True) as member:
            for _ in range(512):
                member.write(bytes(1 << 20))
    try:
        open_session(path)
    except UasrmError as error:
        return Outcome(str(error), kept=True, alive=True)
    return Outcome("It opened", kept=False, alive=True)


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
    read_regions_from_a_pipe_without_end,
    read_regions_from_a_device_without_end,
    export_over_the_original_through_a_link,
    write_labels_over_a_recording,
    write_report_over_the_regions,
    load_a_model_cut_short,
    load_a_model_with_a_flipped_bit,
    run_a_model_that_returns_no_numbers,
    repair_a_recording_far_too_loud,
    repair_with_too_little_memory,
    read_labels_with_terminal_escapes,
    open_a_session_that_unpacks_without_end,
)
