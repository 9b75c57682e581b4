"""Faults of what the command line is given: regions, targets, models, recordings, sessions."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from faults_cli import (
    MODEL,
    REPAIR,
    list_leftovers,
    make_recording,
    read_sentence,
    run_inside,
    start,
)
from inject_faults import GOES_ON, Fault, Outcome


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
