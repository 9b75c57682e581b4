"""`uasrm gui` starts the window's program and imports nothing of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from uasrm_core import optional
from uasrm_core.cli import gui


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return a maker of a stand-in for the window, which notes its arguments."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    def make(folder: str, *, status: int = 0) -> Path:
        place = tmp_path / folder
        place.mkdir()
        script = place / gui.PROGRAM
        script.write_text(f'#!/bin/sh\necho "$0 $@" > {tmp_path}/started\nexit {status}\n')
        script.chmod(0o755)
        return script

    return make


def test_it_opens_the_file_with_the_program_beside_it(uasrm, program, tmp_path):
    beside = program("bin")
    program("path")
    assert uasrm("gui", "some recording.wav").status == 0
    assert (tmp_path / "started").read_text() == f"{beside} some recording.wav\n"


def test_it_finds_the_program_on_the_path(uasrm, program, tmp_path):
    on_path = program("path")
    assert uasrm("gui").status == 0
    assert (tmp_path / "started").read_text().strip() == str(on_path)


def test_a_missing_program_is_told_in_a_sentence(uasrm, program):
    uasrm("gui").assert_one_error(1, "uasrm-gui", "missing")


def test_a_window_that_fails_is_told_in_a_sentence(uasrm, program):
    program("bin", status=3)
    uasrm("gui").assert_one_error(1, "status 3")


def test_a_window_that_was_not_installed_is_told_in_a_sentence(uasrm, monkeypatch):
    monkeypatch.setattr(optional, "WINDOW_PACKAGES", ("PySide6", "nothing_of_that_name"))
    uasrm("gui").assert_one_error(1, "nothing_of_that_name", "pip install 'uasrm[gui]'")
