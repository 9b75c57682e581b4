"""A report of a problem has versions and the log, and names no file unless the user agreed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.problem_report import LOG_LINES, Findings, replace_names, write_report

TRACE = """2026-11-30 02:00:00 ERROR uasrm_gui.worker: job failed: Export tape of aunt Eva.wav
Traceback (most recent call last):
  File "/home/eva/my code/uasrm/uasrm_core/audio/export.py", line 12, in export_clip
    raise OSError(5, "Input/output error")
OSError: [Errno 5] Input/output error: '/home/eva/Secret Tapes/tape of aunt Eva.wav'
"""


def test_a_report_tells_versions_and_the_logs_end():
    log = "\n".join(f"line {n}" for n in range(500))
    report = write_report(Findings(log=log, surroundings=("Window: xcb",)))
    assert f"numpy {np.__version__}" in report
    assert "Window: xcb" in report
    assert "line 499" in report
    assert f"line {499 - LOG_LINES}\n" not in report


def test_no_name_of_a_file_is_in_it():
    report = write_report(Findings(log=TRACE, crashes=TRACE, names=("tape of aunt Eva.wav",)))
    for secret in ("eva", "Eva", "Secret", "aunt", "my code", ".wav"):
        assert secret not in report
    assert "export.py" in report
    assert "line 12, in export_clip" in report
    assert "[Errno 5] Input/output error" in report


def test_names_stay_if_the_user_agreed():
    report = write_report(Findings(log=TRACE, names=("tape of aunt Eva.wav",)), with_names=True)
    assert "/home/eva/Secret Tapes/tape of aunt Eva.wav" in report


@pytest.mark.parametrize(
    "line",
    [
        "“secret.dat” could not be written: the disk is full.",
        "WARNING: C:\\Users\\secret\\a b c",
        'File "C:\\secret\\uasrm_gui\\jobs.py", line 3',
        "read file:///secret/x y",
        "opened ~/secret/x",
        "could not open (/mnt/secret stick/a)",
        "secret.flac is cut short",
    ],
)
def test_names_in_any_guise_are_left_out(line):
    assert "secret" not in replace_names(line)


@given(st.text("abcd é'.-", min_size=1).filter(lambda name: name.strip("'. -")))
def test_no_part_of_a_path_is_left(name):
    told = replace_names(f"OSError: /mnt/{name}/Xq{name}Qx: no such file")
    assert "Xq" not in told
    assert "Qx" not in told
