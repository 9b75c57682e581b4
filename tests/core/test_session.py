import errno
import hashlib
import io
import json
import os
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.edit.history import Edit, EditHistory, RepairNote, place
from uasrm_core.edit.review import Decision
from uasrm_core.edit.session import (
    SessionInUseError,
    lock_session,
    open_session,
    save_session,
    session_of,
)
from uasrm_core.edit.source import SourceWantedError
from uasrm_core.errors import SessionError
from uasrm_core.select.combine import union


@pytest.fixture
def session(tmp_path):
    folder = tmp_path / "tape"
    folder.mkdir()
    path = folder / "Ünlü 1.wav"
    rng = np.random.default_rng(1)
    soundfile.write(path, rng.uniform(-0.5, 0.5, (4000, 2)), 8000, subtype="PCM_24")
    region = Region(100, 200, 300.0, 1000.0, (1,), "phone ring")
    bent = union(box(500, 700, 300.0, 900.0), box(600, 900, 800.0, 2000.0))
    other = region_of(bent, 8000, label="chirp", kind=Kind.NOISE)
    history = EditHistory(first_regions=(region,))
    patch = Patch(90, (1,), rng.normal(size=(1, 120)).astype(np.float32))
    note = RepairNote(region, "unet", "hybrid 0123", 0.75, 0.5, 1.25, (7, 107))
    history = history.apply(Edit("Repair", (patch,), (note,)))
    decided = Decision(region, "accepted", 0.9, adjusted=other, low_hz=500.0)
    history = history.apply(Edit("Accept", accepted=(place(region),), decided=(decided,)))
    history = history.apply(Edit("Add region", regions=(region, other))).undo()
    return session_of(open_clip(path), history, {"zoom": 3})


def rewrite(path, change):
    """Change the text of a session file."""
    with zipfile.ZipFile(path) as archive:
        blocks = {name: archive.read(name) for name in archive.namelist()}
    data = json.loads(blocks["session.json"])
    change(data)
    blocks["session.json"] = json.dumps(data).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, block in blocks.items():
            archive.writestr(name, block)


def test_what_was_saved_comes_back(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    opened = open_session(path)
    again = opened.session
    assert again.stamp == session.stamp
    assert again.stamp.sha256 == hashlib.sha256(session.stamp.path.read_bytes()).hexdigest()
    assert opened.clip.info == session.stamp.info
    assert again.view == {"zoom": 3}
    assert again.history.cursor == session.history.cursor
    assert again.history.first_regions == session.history.first_regions
    assert len(again.history.edits) == 3
    for one, other in zip(again.history.edits, session.history.edits, strict=True):
        assert (one.label, one.repairs, one.regions, one.accepted, one.decided) == (
            other.label,
            other.repairs,
            other.regions,
            other.accepted,
            other.decided,
        )
    (patch,), (kept,) = again.history.patches, session.history.patches
    assert (patch.start_frame, patch.channels) == (kept.start_frame, kept.channels)
    assert patch.samples.tobytes() == kept.samples.tobytes()
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []


def test_a_session_moves_together_with_its_recording(session, tmp_path):
    save_session(session, session.stamp.path.parent / "work.uasrm")
    moved = tmp_path / "elsewhere"
    session.stamp.path.parent.rename(moved)
    again = open_session(moved / "work.uasrm").session
    assert again.stamp.path == moved / session.stamp.path.name


def test_a_recording_that_is_gone_is_named(session, tmp_path):
    save_session(session, tmp_path / "work.uasrm")
    session.stamp.path.unlink()
    with pytest.raises(SessionError, match="is not there any more"):
        open_session(tmp_path / "work.uasrm")


def test_a_recording_that_changed_is_noticed(session, tmp_path):
    save_session(session, tmp_path / "work.uasrm")
    data = bytearray(session.stamp.path.read_bytes())
    data[len(data) // 2] ^= 1
    session.stamp.path.write_bytes(data)
    with pytest.raises(SessionError, match="has changed"):
        open_session(tmp_path / "work.uasrm")


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


def test_another_version_is_named(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    rewrite(path, lambda data: data.update(version=7))
    with pytest.raises(SessionError, match="version 7"):
        open_session(path)


def test_files_that_are_no_session_are_told(session, tmp_path):
    with pytest.raises(SessionError, match="could not be read"):
        open_session(tmp_path / "absent.uasrm")
    with pytest.raises(SessionError, match="no session"):
        open_session(session.stamp.path)


def test_a_failed_save_leaves_nothing(session, tmp_path):
    with pytest.raises(SessionError, match="does not exist"):
        save_session(session, tmp_path / "no folder" / "work.uasrm")
    assert {entry.name for entry in tmp_path.iterdir()} == {"tape"}


def test_work_on_a_recording_that_was_moved_can_be_saved(session, tmp_path):
    moved = tmp_path / "elsewhere.wav"
    clip = open_clip(session.stamp.path)
    session.stamp.path.rename(moved)
    save_session(session_of(clip, session.history, {}), tmp_path / "work.uasrm")
    with pytest.raises(SourceWantedError):
        open_session(tmp_path / "work.uasrm")
    opened = open_session(tmp_path / "work.uasrm", source=moved)
    assert opened.session.stamp.path == moved
    assert opened.session.history.patches[0].samples.size == 120


def test_another_file_is_not_taken_for_a_moved_recording(session, tmp_path):
    save_session(session, tmp_path / "work.uasrm")
    other = tmp_path / "other.wav"
    data = bytearray(session.stamp.path.read_bytes())
    data[-1] ^= 1
    other.write_bytes(data)
    for wrong in (other, tmp_path / "work.uasrm"):
        with pytest.raises(SourceWantedError, match="is not the recording that this work"):
            open_session(tmp_path / "work.uasrm", source=wrong)


@pytest.mark.parametrize("start", [60, 5000, 11111, 22000])
def test_a_change_of_2000_bytes_anywhere_is_noticed(session, tmp_path, start):
    save_session(session, tmp_path / "work.uasrm")
    path = session.stamp.path
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(start)
        block = file.read(2000)
        file.seek(start)
        file.write(bytes(255 - byte for byte in block))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(SourceWantedError, match="has changed"):
        open_session(tmp_path / "work.uasrm")


def test_a_recording_that_was_replaced_while_open_is_not_what_is_stamped(session, tmp_path):
    clip = open_clip(session.stamp.path)
    other = tmp_path / "other.wav"
    soundfile.write(other, np.zeros((4000, 2)), 8000, subtype="PCM_24")
    other.replace(session.stamp.path)
    again = session_of(clip, session.history, {})
    assert again.stamp.sha256 == session.stamp.sha256
    save_session(again, tmp_path / "work.uasrm")
    with pytest.raises(SourceWantedError, match="has changed"):
        open_session(tmp_path / "work.uasrm")


def test_a_second_window_is_told_who_has_a_session(session, tmp_path):
    path = tmp_path / "work.uasrm"
    save_session(session, path)
    held = lock_session(path)
    link = tmp_path / "link.uasrm"
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(SessionInUseError, match=rf"process {os.getpid()}, since 20"):
            lock_session(name)
    with pytest.raises(SessionInUseError):
        save_session(session, path)
    save_session(session, path, held=held)
    held.release()
    lock_session(path).release()
    assert {entry.name for entry in tmp_path.iterdir()} == {"tape", "work.uasrm", "link.uasrm"}


def test_the_lock_of_a_dead_process_holds_nobody_up(tmp_path):
    path = tmp_path / "work.uasrm"
    (tmp_path / ".work.uasrm.lock").write_text('{"host": "elsewhere", "process": 1, "since": ""}')
    lock_session(path).release()


def test_a_lock_of_another_user_counts(tmp_path, monkeypatch):
    path = tmp_path / "work.uasrm"
    held, open_file = lock_session(path), Path.open

    def open_as_another(self, mode="r", *rest):
        if self.name.endswith(".lock") and mode != "rb":
            raise PermissionError(13, "Permission denied")
        return open_file(self, mode, *rest)

    monkeypatch.setattr(Path, "open", open_as_another)
    with pytest.raises(SessionInUseError):
        lock_session(path)
    held.release()


def test_links_in_a_circle_are_told_in_a_sentence(session, tmp_path):
    path = tmp_path / "work.uasrm"
    path.symlink_to(path)
    lock_session(path).release()
    with pytest.raises(SessionError, match="circle"):
        save_session(session, path)
    with pytest.raises(SessionError, match="could not be read"):
        open_session(path)


def test_where_no_lock_can_be_made_there_is_none(tmp_path):
    assert lock_session(tmp_path / "no folder" / "work.uasrm") is None


def test_a_session_never_replaces_its_recording(session):
    before = session.stamp.path.read_bytes()
    with pytest.raises(SessionError, match="choose another name"):
        save_session(session, session.stamp.path)
    assert session.stamp.path.read_bytes() == before


def test_audio_that_is_no_file_cannot_be_saved():
    with pytest.raises(SessionError, match="is a file"):
        session_of(AudioClip(MemorySource(np.zeros((1, 10), np.float32), 100)), EditHistory(), {})


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


# sessions of earlier versions


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


@pytest.mark.parametrize("named", [False, True])
def test_a_recording_that_cannot_be_read_is_told_as_such(session, tmp_path, monkeypatch, named):
    save_session(session, tmp_path / "work.uasrm")
    source = session.stamp.path

    def refuse(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(OpenFile, "open", refuse)
    with pytest.raises(SourceWantedError, match=r"cannot be opened.*permission denied") as told:
        open_session(tmp_path / "work.uasrm", source=source if named else None)
    assert "changed" not in str(told.value)
