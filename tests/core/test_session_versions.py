"""Sessions of earlier versions are read, and later ones named."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest

from tests.core.sessions import rewrite
from uasrm_core.audio.kinds import Kind
from uasrm_core.edit.session import (
    open_session,
    save_session,
    session_of,
)
from uasrm_core.edit.source import SourceWantedError
from uasrm_core.errors import SessionError


def test_another_version_is_named(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, lambda data: data.update(version=7))
    with pytest.raises(SessionError, match="version 7"):
        open_session(path)


def test_the_labels_of_a_session_of_version_3_become_kinds(session, tmp_path):
    def make_older(data):
        data["version"] = 3
        for region in data["regions"]:
            del region["kind"]
        data["regions"][0]["label"] = "Click"

    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, make_older)
    history = open_session(path).session.history
    (region,) = history.first_regions
    assert (region.kind, region.label) == (Kind.CLICK, "")
    (decided,) = history.edits[1].decided
    assert decided.found.kind is Kind.CLICK
    assert (decided.adjusted.kind, decided.adjusted.label) == (Kind.GAP, "chirp")


def test_a_kind_of_a_later_version_is_a_gap(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, lambda data: data["regions"][0].update(kind="whistle"))
    assert open_session(path).session.history.first_regions[0].kind is Kind.GAP


def write_v2(session, path, *, order="C"):
    """Write a session as version 2 did."""
    save_session(session, path)
    with zipfile.ZipFile(path) as archive:
        data = json.loads(archive.read("session.json"))
    source = session.stamp.path
    size, digest = source.stat().st_size, hashlib.sha256()
    with source.open("rb") as file:
        for number in range(32):
            file.seek(max(size - 16384, 0) * number // 31)
            digest.update(file.read(16384))
    row = data["source"]
    data["version"] = 2
    data["source"] = {
        "absolute": row["path"],
        "relative": row["relative"],
        "bytes": row["bytes"],
        "fingerprint": digest.hexdigest(),
        **{key: row[key] for key in ("container", "subtype", "rate", "channels", "frames")},
    }
    for region in data["regions"]:
        del region["kind"]
    for edit in data["edits"]:
        del edit["decided"]
    for patch in data["patches"]:
        del patch["frames"]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", json.dumps(data, ensure_ascii=False, indent=1))
        for number, patch in enumerate(session.history.edits[0].patches):
            block = io.BytesIO()
            np.save(block, np.asarray(patch.samples, order=order), allow_pickle=False)
            archive.writestr(f"patches/{number:05d}.npy", block.getvalue())


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_session_of_version_2_is_read_and_saved_as_version_4(session, tmp_path, order):
    path = tmp_path / "work.uasrm"
    write_v2(session, path, order=order)
    opened = open_session(path)
    assert opened.session.history.cursor == session.history.cursor
    assert opened.session.history.edits[0].repairs == session.history.edits[0].repairs
    (patch,), (kept,) = opened.session.history.patches, session.history.patches
    assert patch.samples.tobytes() == kept.samples.tobytes()
    assert opened.session.view == {"zoom": 3}
    save_session(session_of(opened.clip, opened.session.history, opened.session.view), path)
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("session.json"))["version"] == 4
    assert open_session(path).session.stamp.sha256 == session.stamp.sha256


def test_the_recording_of_a_session_of_version_2_is_checked_as_it_was(session, tmp_path):
    path = tmp_path / "work.uasrm"
    write_v2(session, path)
    data = bytearray(session.stamp.path.read_bytes())
    data[len(data) // 2] ^= 1
    session.stamp.path.write_bytes(data)
    with pytest.raises(SourceWantedError, match="has changed"):
        open_session(path)


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 120), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 999999999999), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (1, -120), }",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (((((",
        b"'''",
        b"",
    ],
)
def test_samples_with_an_odd_header_are_told(session, tmp_path, header):
    path = tmp_path / "work.uasrm"
    write_v2(session, path)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("session.json")
    block = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("session.json", text)
        archive.writestr("patches/00000.npy", block + bytes(480))
    with pytest.raises(SessionError, match="no session, or it is damaged"):
        open_session(path)
