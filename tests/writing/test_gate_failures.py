"""A call that fails, a crash or another program leaves the old file or the new one, and is told."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.writing.failing import Crash, calls_of, fail_at, names_in
from uasrm_core.errors import ExportError
from uasrm_core.writing import system
from uasrm_core.writing.gate import (
    replace_file,
    write_whole,
)


def test_what_came_to_stand_there_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "labels.txt"

    def write() -> None:
        with replace_file(target, overwrite=False) as file:
            file.write(b"ours")
            target.write_bytes(b"theirs")

    with pytest.raises(ExportError, match="exists already"):
        write()
    assert target.read_bytes() == b"theirs"
    assert names_in(tmp_path) == {"labels.txt"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "your share of the disk is used up"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EIO, "the disk reports an error"),
        (errno.EACCES, "permission denied"),
    ],
)
@pytest.mark.parametrize("stands", [True, False])
def test_every_call_that_fails_leaves_the_old_file_whole(
    tmp_path: Path, number: int, words: str, stands: bool
) -> None:
    target = tmp_path / "work.uasrm"
    content = bytes(3 * system.BUFFER_BYTES)

    def reset() -> None:
        target.unlink(missing_ok=True)
        if stands:
            target.write_bytes(b"old")

    def write() -> None:
        with replace_file(target, overwrite=True) as file:
            for start in range(0, len(content), 100_000):
                file.write(content[start : start + 100_000])

    reset()
    calls = calls_of(write)
    assert {"create", "lock", "write", "sync", "rename"} <= set(calls)
    for k in range(len(calls)):
        reset()
        error: ExportError | None = None
        with system.announce_calls(fail_at(k, OSError(number, os.strerror(number)))):
            try:
                write()
            except ExportError as raised:
                error = raised
        if error is None:
            # What cannot be kept, and the folder that cannot be synced, is not worth the work.
            assert target.read_bytes() == content, calls[k]
        else:
            assert str(error) == f"“work.uasrm” could not be written: {words}.", calls[k]
            assert (target.read_bytes() == b"old") if stands else not target.exists()
            assert calls[k] in ("create", "write", "sync", "rename")
        left = names_in(tmp_path) - {"work.uasrm"}
        assert not left or calls[k] == "unlink"


@pytest.mark.parametrize("stands", [True, False])
def test_a_crash_at_any_call_leaves_the_old_or_the_new(tmp_path: Path, stands: bool) -> None:
    target = tmp_path / "work.uasrm"

    def reset() -> None:
        target.unlink(missing_ok=True)
        if stands:
            target.write_bytes(b"old")

    reset()
    calls = calls_of(lambda: write_whole(target, b"new"))
    for k in range(len(calls)):
        reset()
        with system.announce_calls(fail_at(k, Crash(), forever=True)), pytest.raises(Crash):
            write_whole(target, b"new")
        if target.exists():
            assert target.read_bytes() in ((b"old", b"new") if stands else (b"new",))
        else:
            assert not stands
        write_whole(tmp_path / "another.txt", b"")
        assert names_in(tmp_path) <= {"work.uasrm", "another.txt"}, calls[k]


def test_what_the_clean_up_raises_hides_nothing(tmp_path: Path) -> None:
    def refuse(call: str) -> None:
        if call == "create":
            raise OSError(errno.EROFS, "read-only")
        if call == "unlink":
            raise OSError(errno.EIO, "worse")

    with (
        system.announce_calls(refuse),
        pytest.raises(ExportError, match=r"“a.txt” could not be written: the disk is read-only\."),
    ):
        write_whole(tmp_path / "a.txt", b"")


def test_what_is_raised_while_writing_is_what_comes_out(tmp_path: Path) -> None:
    def full(call: str) -> None:
        if call == "write":
            raise OSError(errno.ENOSPC, "full")

    def write() -> None:
        with replace_file(tmp_path / "a.txt", overwrite=True) as file:
            file.write(b"still in the buffer")
            raise KeyError("mine")

    with system.announce_calls(full), pytest.raises(KeyError, match="mine"):
        write()
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("swallowed", [True, False])
def test_a_write_that_failed_is_told_whatever_an_encoder_makes_of_it(
    tmp_path: Path, swallowed: bool
) -> None:
    target = tmp_path / "state.pt"
    target.write_bytes(b"old")

    def write() -> None:
        with replace_file(target, overwrite=True) as file:
            try:
                file.write(bytes(2 * system.BUFFER_BYTES))
            except OSError as error:
                if not swallowed:
                    raise RuntimeError("unexpected position") from error

    full = fail_at(2, OSError(errno.ENOSPC, "full"))  # after “create” and “lock”
    with system.announce_calls(full), pytest.raises(ExportError, match="the disk is full"):
        write()
    assert target.read_bytes() == b"old"
    assert names_in(tmp_path) == {"state.pt"}


def appear_at(call: str, target: Path) -> system.Listener:
    """Return a listener that has another program write `target` just before a call is made."""

    def listen(announced: str) -> None:
        if announced == call:
            target.write_bytes(b"theirs")

    return listen


def test_what_appears_in_the_last_moment_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "labels.txt"
    assert calls_of(lambda: write_whole(target, b"new", overwrite=False)).count("rename") == 0
    target.unlink()
    with (
        system.announce_calls(appear_at("link", target)),
        pytest.raises(ExportError, match="exists already"),
    ):
        write_whole(target, b"ours", overwrite=False)
    assert target.read_bytes() == b"theirs"
    assert names_in(tmp_path) == {"labels.txt"}


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_disk_without_links_takes_new_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    write_whole(tmp_path / "labels.txt", b"new", overwrite=False)
    assert (tmp_path / "labels.txt").read_bytes() == b"new"
    assert names_in(tmp_path) == {"labels.txt"}


def test_a_new_file_is_whole_whatever_call_fails(tmp_path: Path) -> None:
    target = tmp_path / "labels.txt"
    calls = calls_of(lambda: write_whole(target, b"new", overwrite=False))
    for k, call in enumerate(calls):
        for error in (Crash(), OSError(errno.EIO, os.strerror(errno.EIO))):
            target.unlink(missing_ok=True)
            with system.announce_calls(fail_at(k, error, forever=True)):
                try:
                    write_whole(target, b"new", overwrite=False)
                except (Crash, ExportError):
                    assert not target.exists() or target.read_bytes() == b"new", call
                else:
                    assert target.read_bytes() == b"new", call
    target.unlink(missing_ok=True)
    write_whole(target, b"new", overwrite=False)
    assert names_in(tmp_path) == {"labels.txt"}
