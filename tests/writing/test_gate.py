"""Which targets are taken, and what is kept of them: names, modes, links, folders, recordings."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.writing.failing import names_in
from uasrm_core.audio.files import open_clip
from uasrm_core.errors import ExportError
from uasrm_core.writing import system
from uasrm_core.writing.gate import (
    check_target,
    create_folder,
    final_name,
    make_folder,
    replace_file,
    write_whole,
)

WavFile = Callable[..., Path]
MANY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Any bytes but those that no name has; not “.” and “..”.
NAMES = (
    st.binary(min_size=1, max_size=255)
    .map(lambda raw: raw.replace(b"/", b"-").replace(b"\0", b"-"))
    .filter(lambda raw: raw.strip(b".") != b"")
)


def silence() -> np.ndarray:
    return np.zeros((1, 100), dtype=np.float32)


@MANY
@given(raw=NAMES, content=st.binary())
def test_any_name_that_a_file_can_have(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("names")
    target = folder / os.fsdecode(raw)
    for _ in range(2):  # new, and in place of itself
        check_target(target, overwrite=True, is_recording=True)
        write_whole(target, content, is_recording=True)
    assert target.read_bytes() == content
    assert names_in(folder) == {target.name}


@pytest.mark.parametrize("name", ["録" * 83 + ".wav", "é" * 127 + "x", "\udcff" * 255, "a" * 255])
def test_names_as_long_as_they_may_be(tmp_path: Path, name: str) -> None:
    assert 252 < len(os.fsencode(name)) <= 255
    write_whole(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new"


@pytest.mark.parametrize("name", ["録" * 86, "a" * 256, "a\0b", "\ud800"])
def test_names_that_cannot_be_are_one_sentence(tmp_path: Path, name: str) -> None:
    for act in (check_target, replace_file):
        with pytest.raises(ExportError, match=r"name is too long\.|cannot be the name of a file\."):
            run(act, tmp_path / name)
    assert names_in(tmp_path) == set()


def run(act: Callable[..., object], target: Path) -> None:
    if act is replace_file:
        write_whole(target, b"new")
    else:
        act(target, overwrite=True)


@MANY
@given(mode=st.integers(0, 0o777))
def test_a_file_keeps_its_mode(tmp_path_factory: pytest.TempPathFactory, mode: int) -> None:
    folder = tmp_path_factory.mktemp("modes")
    target = folder / "labels.txt"
    target.write_bytes(b"old")
    target.chmod(mode)
    if not os.access(target, os.W_OK) or not os.access(target, os.R_OK):
        with pytest.raises(ExportError, match="permission denied"):
            write_whole(target, b"new")
        return
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert names_in(folder) == {"labels.txt"}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o027, 0o077])
def test_a_new_file_has_the_mode_of_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "new.txt", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o666 & ~umask


def test_nobody_else_reads_the_draft_of_a_private_file(tmp_path: Path) -> None:
    target = tmp_path / "private.txt"
    target.write_bytes(b"old")
    target.chmod(0o600)
    with replace_file(target, overwrite=True) as file:
        (draft,) = names_in(tmp_path) - {"private.txt"}
        assert stat.S_IMODE((tmp_path / draft).stat().st_mode) == 0o600
        file.write(b"new")


def test_a_file_keeps_its_owner_or_lets_nobody_new_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "shared.wav"
    target.write_bytes(b"old")
    target.chmod(0o2670)
    asked: list[tuple[int, int]] = []

    def refuse(descriptor: int, user: int, group: int) -> None:
        asked.append((user, group))
        raise PermissionError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "fchown", refuse)
    owner = target.stat()
    write_whole(target, b"new")
    assert asked == [(owner.st_uid, owner.st_gid), (-1, owner.st_gid)]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_file_keeps_its_attributes(tmp_path: Path) -> None:
    target = tmp_path / "tagged.wav"
    target.write_bytes(b"old")
    os.setxattr(target, "user.rating", b"5")
    write_whole(target, b"new")
    assert os.getxattr(target, "user.rating") == b"5"


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real = tmp_path / "elsewhere" / "labels.txt"
    real.write_bytes(b"old")
    (tmp_path / "link").symlink_to("elsewhere/labels.txt")
    (tmp_path / "link to link").symlink_to("link")
    write_whole(tmp_path / "link to link", b"new")
    assert real.read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "link to link").is_symlink()
    assert names_in(real.parent) == {"labels.txt"}


def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("gone.txt")
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(ExportError, match=r"is a link to a file that does not exist\.$"):
        write_whole(tmp_path / "dangling", b"new")
    with pytest.raises(ExportError, match=r"its links lead in a circle\.$"):
        write_whole(tmp_path / "circle", b"new")
    assert names_in(tmp_path) == {"dangling", "circle"}


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ExportError, match=r"is not an ordinary file\.$"):
        write_whole(tmp_path / "pipe", b"new")
    with pytest.raises(ExportError, match="not an ordinary file"):
        write_whole(Path("/dev/null"), b"new")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        write_whole(tmp_path / "folder", b"new")
    with pytest.raises(ExportError, match=r"The folder “.*gone” does not exist\.$"):
        write_whole(tmp_path / "gone" / "file", b"new")


@pytest.mark.parametrize("lead", ["itself", "symbolic", "hard", "beside"])
def test_nothing_is_written_over_an_open_recording(
    tmp_path: Path, wav_file: WavFile, lead: str
) -> None:
    path = wav_file(silence())
    before = path.read_bytes()
    clip = open_clip(path)
    target = tmp_path / f"{lead}.txt"
    if lead == "symbolic":
        target.symlink_to(path)
    elif lead == "hard":
        target.hardlink_to(path)
    else:
        target = path if lead == "itself" else tmp_path / ".." / tmp_path.name / path.name
    for is_recording in (False, True):
        with pytest.raises(ExportError, match=r"is the original, which is never changed; choose"):
            write_whole(target, b"new", is_recording=is_recording)
        with pytest.raises(ExportError, match="is the original"):
            check_target(target, overwrite=True, is_recording=is_recording)
    assert path.read_bytes() == before
    del clip
    write_whole(target, b"new", is_recording=True)
    assert target.read_bytes() == b"new"


def test_a_recording_that_was_moved_while_open_is_still_the_original(
    tmp_path: Path, wav_file: WavFile
) -> None:
    path = wav_file(silence())
    clip = open_clip(path)
    moved = path.rename(tmp_path / "moved.wav")
    for place in (path, moved):
        with pytest.raises(ExportError, match="is the original"):
            write_whole(place, b"new", is_recording=True)
    del clip


@pytest.mark.parametrize("container", ["WAV", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3", "AU"])
def test_only_a_recording_replaces_a_recording(tmp_path: Path, container: str) -> None:
    import soundfile

    target = tmp_path / "take"
    soundfile.write(target, np.zeros(4000, np.float32), 44100, format=container)
    before = target.read_bytes()
    with pytest.raises(ExportError, match=r"is a recording, which nothing but a recording"):
        write_whole(target, b"0.0\t1.0\tclick\n")
    assert target.read_bytes() == before
    write_whole(target, b"another", is_recording=True)
    write_whole(target, "0.0\t1.0\tlabels in UTF-16\n".encode("utf-16"))
    write_whole(target, b"and text again")


def test_room_is_asked_for_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"“a.wav” needs \d+ MB, but only \d+ MB are free on its"):
        check_target(tmp_path / "a.wav", overwrite=False, bytes_needed=1 << 60)
    check_target(tmp_path / "a.wav", overwrite=False, bytes_needed=1)
    assert names_in(tmp_path) == set()


def test_a_folder_that_takes_no_file_is_found_before_the_work(tmp_path: Path) -> None:
    def refuse(call: str) -> None:
        if call == "create":
            raise OSError(errno.EROFS, "read-only")

    with (
        system.announce_calls(refuse),
        pytest.raises(ExportError, match=r"the disk is read-only\.$"),
    ):
        check_target(tmp_path / "a.wav", overwrite=False)


@pytest.mark.parametrize(
    ("typed", "final"),
    [
        ("work", "work.txt"),
        ("work.txt", "work.txt"),
        ("work.TXT", "work.TXT"),
        ("work.csv", "work.csv"),
        ("take.2", "take.2.txt"),
        ("take.wav", "take.wav.txt"),
        ("\udcff", "\udcff.txt"),
        (".hidden", ".hidden.txt"),
    ],
)
def test_the_suffix_that_a_name_gets(typed: str, final: str) -> None:
    assert final_name(Path("folder") / typed, ".txt", ".csv") == Path("folder") / final


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "pairs"
    with create_folder(target) as folder:
        (folder / "inside").mkdir()
        (folder / "inside" / "a.txt").write_bytes(b"a")
        assert not target.exists()
    assert (target / "inside" / "a.txt").read_bytes() == b"a"
    with pytest.raises(ExportError, match="exists and is not empty"), create_folder(target):
        pass

    def fill() -> None:
        with create_folder(tmp_path / "deep" / "other") as folder:
            (folder / "b.txt").write_bytes(b"b")
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fill()
    assert names_in(target.parent) == {"pairs"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError, match=r"^The folder “.*” cannot be made: "):
        make_folder(tmp_path / "file" / "folder")
