"""Drafts of processes that have ended go; those of others stay."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from uasrm_core.writing import system
from uasrm_core.writing.gate import create_folder, replace_file, write_whole

WRITER = """
import os, signal, sys
from pathlib import Path
from uasrm_core.writing import system
from uasrm_core.writing.gate import {function}

def die(call):
    if call == {call!r}:
        os.kill(os.getpid(), signal.SIGKILL)

with system.announce_calls(die):
    {action}
"""
CONTENT = b"new" * 1000


def kill_at(call: str, target: Path, *, action: str, function: str) -> None:
    """Write in a process that is killed before a call."""
    text = textwrap.dedent(WRITER).format(function=function, call=call, action=action)
    done = subprocess.run([sys.executable, "-c", text, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("call", ["create", "lock", "write", "mode", "sync", "rename"])
def test_a_killed_process_leaves_the_old_file_and_a_draft_that_goes(
    tmp_path: Path, call: str
) -> None:
    target = tmp_path / "labels.txt"
    target.write_bytes(b"old")
    kill_at(
        call,
        target,
        function="write_whole",
        action="write_whole(Path(sys.argv[1]), b'new' * 1000)",
    )
    assert target.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == (1 if call == "create" else 2)
    write_whole(tmp_path / "labels.txt", CONTENT)
    assert [path.name for path in tmp_path.iterdir()] == ["labels.txt"]
    assert target.read_bytes() == CONTENT


def test_a_killed_process_leaves_a_folder_that_goes(tmp_path: Path) -> None:
    kill_at(
        "sync",
        tmp_path / "pairs",
        function="create_folder",
        action="exec('with create_folder(Path(sys.argv[1])) as f: (f / \"a\").touch()')",
    )
    assert [path.name.startswith(".pairs.uasrm-") for path in tmp_path.iterdir()] == [True]
    with create_folder(tmp_path / "pairs"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["pairs"]


def test_what_others_are_writing_stays(tmp_path: Path) -> None:
    body = "with replace_file(Path(sys.argv[1]), overwrite=True) as f: print(flush=True), input()"
    action = f"exec({body!r})"
    text = textwrap.dedent(WRITER).format(function="replace_file", call="", action=action)
    command = [sys.executable, "-c", text, str(tmp_path / "theirs.txt")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        with replace_file(tmp_path / "outer.txt", overwrite=True):
            write_whole(tmp_path / "inner.txt", b"")
            assert len(list(tmp_path.iterdir())) == 3
        other.stdin.write(b"\n")
        other.stdin.close()
        assert other.wait() == 0
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"theirs.txt", "outer.txt", "inner.txt"}


def test_files_of_others_with_similar_names_stay(tmp_path: Path) -> None:
    stranger = tmp_path / ".labels.txt.part"
    stranger.write_bytes(b"not ours")
    link = tmp_path / ".a.uasrm-1-00000000.part"
    link.symlink_to(stranger)
    os.mkfifo(tmp_path / ".b.uasrm-1-00000000.part")
    write_whole(tmp_path / "labels.txt", b"")
    assert len(list(tmp_path.iterdir())) == 4
    assert stranger.read_bytes() == b"not ours"


def test_a_signal_during_the_removal_of_a_draft_leaves_none(tmp_path: Path) -> None:
    interrupts = [KeyboardInterrupt]

    def interrupt(call: str) -> None:
        if call == "unlink" and interrupts:
            raise interrupts.pop()

    def fail() -> None:
        with replace_file(tmp_path / "out.txt", overwrite=False) as file:
            file.write(CONTENT)
            raise ValueError("the work fails")

    with system.announce_calls(interrupt), pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []
