"""A session comes back with its recording, which it knows by its hash, and is locked while open."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core.audio.clip import AudioClip, MemorySource
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.open_file import OpenFile
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.session import (
    SessionInUseError,
    lock_session,
    open_session,
    save_session,
    session_of,
)
from uasrm_core.edit.source import SourceWantedError
from uasrm_core.errors import SessionError


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
