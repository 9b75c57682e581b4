"""Sessions that are damaged, or made to break what reads them, end in one sentence."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.sessions import rewrite
from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.session import (
    open_session,
    save_session,
    session_of,
)
from uasrm_core.errors import SessionError


@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.9])
def test_a_truncated_session_is_told(session, tmp_path, keep):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_a_flipped_bit_in_the_samples_is_noticed(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    data = bytearray(path.read_bytes())
    start = data.index(session.history.patches[0].samples.tobytes()[:16])
    data[start + 100] ^= 4
    path.write_bytes(data)
    with pytest.raises(SessionError, match="damaged"):
        open_session(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.pop("edits"),
        lambda data: data.update(cursor=9),
        lambda data: data.update(cursor=-1),
        lambda data: data["edits"][0].update(patches=[7]),
        lambda data: data["patches"][0].update(start_frame=3990),
        lambda data: data["patches"][0].update(channels=[5]),
        lambda data: data["patches"][0].update(channels=[0, 1]),
        lambda data: data.update(regions=3),
        lambda data: data.update(kind="something else"),
        lambda data: data["regions"][0].update(low_hz="deep"),
        lambda data: data["regions"][-1]["shape"].update(data="AAAA"),
        lambda data: data["regions"][-1].update(shape=7),
    ],
)
def test_values_that_make_no_sense_are_told(session, tmp_path, change):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, change)
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_files_that_are_no_session_are_told(session, tmp_path):
    with pytest.raises(SessionError, match="could not be read"):
        open_session(tmp_path / "absent.uasrm")
    with pytest.raises(SessionError, match="no session"):
        open_session(session.stamp.path)


# what is made to be too large, or to break what reads it


def repacked(path, compression, *, grown=0):
    """Pack a session anew, with zeros behind its patch."""
    with zipfile.ZipFile(path) as archive:
        blocks = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, block in blocks.items():
            archive.writestr(name, block + bytes(grown if name.endswith("32") else 0))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_what_would_unpack_to_more_than_the_file_is_refused(session, tmp_path, compression):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    repacked(path, compression, grown=50_000_000)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_members_that_lie_over_one_another_are_refused(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[directory + data[directory:end].rindex(b"PK\x01\x02") : end]
    tail = bytearray(data[end:])
    count, size = 2002, end - directory + 2000 * len(entry)
    tail[8:12] = count.to_bytes(2, "little") * 2
    tail[12:16] = size.to_bytes(4, "little")
    path.write_bytes(data[:end] + entry * 2000 + tail)
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"[" + b"[]," * 5_000_000 + b"[]]",
        b'{"kind": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
        b"",
        b"NaN",
    ],
    ids=["lists", "objects", "many lists", "long number", "no text", "empty", "no number"],
)
def test_text_that_breaks_readers_is_told_in_one_sentence(tmp_path, text):
    path = tmp_path / "work.uasrm"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", text)
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_shapes_that_unpack_to_too_much_are_refused(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)

    def grow(data):
        data["regions"][-1]["shape"].update(strips=1 << 22, cells=1 << 10)

    rewrite(path, grow)
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "work.uasrm")
    with pytest.raises(SessionError, match="no session"):
        open_session(tmp_path / "work.uasrm")


def test_too_little_memory_is_told(session, tmp_path, monkeypatch):
    path = tmp_path / "work.uasrm"
    save_session(session, path)

    def fail(text):
        raise MemoryError

    monkeypatch.setattr("uasrm_core.edit.session.parse_json", fail)
    with pytest.raises(SessionError, match="not enough memory"):
        open_session(path)


@settings(max_examples=80)
@given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1))
def test_bytes_changed_anywhere_never_end_in_another_error(changes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    soundfile.write(folder / "a.wav", np.zeros((400, 2)), 8000)
    history = EditHistory(first_regions=(Region(1, 20),))
    history = history.apply(Edit("Repair", (Patch(9, (1,), np.ones((1, 12), np.float32)),)))
    path = folder / "work.uasrm"
    save_session(session_of(open_clip(folder / "a.wav"), history, {}), path)
    content = bytearray(path.read_bytes())
    for spot, value in changes:
        content[int(spot * len(content))] = value
    path.write_bytes(content)
    with suppress(SessionError):
        open_session(path)
