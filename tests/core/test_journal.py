"""What was journalled comes back, and is offered where it was not saved."""

from __future__ import annotations

import json
import os
import sqlite3
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.journals import FRAMES, crashed, repair, values, worked
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.edit import journal as journal_module
from uasrm_core.edit import recovery
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.journal import Journal, Snapshot, journal_folder, text_crc
from uasrm_core.edit.locks import acquire
from uasrm_core.edit.recovery import delete_leftover, find_leftovers, recover
from uasrm_core.edit.review import Decision
from uasrm_core.edit.session import Session, open_session, save_session
from uasrm_core.edit.stamp import full_stamp, quick_stamp
from uasrm_core.errors import Cancelled, JournalError
from uasrm_core.progress import Progress

# SQLite syncs the log at each commit only where the second is 2, FULL.
PRAGMAS = ("journal_mode", "synchronous")


def test_what_was_journalled_comes_back(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, worked())
    (leftover,) = find_leftovers(tmp_path / "j")
    assert (leftover.path, leftover.name, leftover.source_state) == (path, "Ünlü 1.wav", "there")
    assert (leftover.repairs, leftover.regions, leftover.problem) == (1, 1, "")
    recovered = recover(path)
    assert values(recovered.work.history) == values(worked())
    assert recovered.work.stamp == full_stamp(clip)
    assert recovered.work.view == {"zoom": 3}
    assert recovered.problem == ""
    recovered.lock.release()


STEPS = st.lists(
    st.sampled_from(["repair", "large", "regions", "decide", "undo", "redo"]), max_size=12
)


@settings(max_examples=30)
@given(steps=STEPS)
def test_any_work_comes_back_as_it_was_at_the_last_write(steps, tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    soundfile.write(folder / "a.wav", np.zeros((FRAMES, 2)), 8000)
    clip, history, states = open_clip(folder / "a.wav"), EditHistory(), []
    for number, step in enumerate(steps):
        if step == "repair":
            history = history.apply(repair(number))
        elif step == "large":
            history = history.apply(repair(number, frames=3000, channels=(0, 1)))
        elif step == "regions":
            history = history.apply(Edit("Add", regions=(*history.regions, Region(number, 99))))
        elif step == "decide":
            found = Decision(Region(number, 99, kind=Kind.CLICK), "rejected", 0.5)
            history = history.apply(Edit("Reject", decided=(found,)))
        else:
            history = history.undo() if step == "undo" else history.redo()
        states.append(history)
    recovered = recover(crashed(folder / "j", clip, EditHistory(), *states))
    assert values(recovered.work.history) == values(history)
    recovered.lock.release()


def test_long_patches_are_kept_in_parts(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "PART_BYTES", 64)
    monkeypatch.setattr("uasrm_core.edit.journal_reader.PART_BYTES", 64)
    history = EditHistory().apply(repair(3, frames=131, channels=(1, 0)))
    recovered = recover(crashed(tmp_path / "j", clip, history))
    assert values(recovered.work.history) == values(history)
    recovered.lock.release()


def test_a_journal_that_is_being_written_is_not_offered(clip, tmp_path, monkeypatch):
    monkeypatch.setattr(recovery, "_PATIENCE_S", 0.0)
    journal = Journal(tmp_path)
    journal.write(Snapshot(quick_stamp(clip), worked()))
    assert find_leftovers(tmp_path) == ()
    for call in (recover, delete_leftover):
        with pytest.raises(JournalError, match="open in another window"):
            call(journal.path)
    journal.close()
    assert len(find_leftovers(tmp_path)) == 1


def test_work_that_is_saved_is_not_offered_and_not_kept(clip, tmp_path):
    journal = Journal(tmp_path / "j")
    journal.write(Snapshot(quick_stamp(clip), worked()))
    journal.write(Snapshot(quick_stamp(clip), worked(), is_saved=True))
    journal.close()
    assert find_leftovers(tmp_path / "j") == ()
    assert list((tmp_path / "j").iterdir()) == []


def test_each_write_waits_for_the_disk(tmp_path):
    journal = Journal(tmp_path)
    pragmas = [journal._db.execute(f"PRAGMA {name}").fetchone() for name in PRAGMAS]
    assert pragmas == [("wal",), (2,)]
    journal.delete()


def test_deleting_leaves_nothing(clip, tmp_path):
    delete_leftover(crashed(tmp_path / "j", clip, worked()))
    assert list((tmp_path / "j").iterdir()) == []
    with pytest.raises(JournalError, match="not there any more"):
        delete_leftover(tmp_path / "j" / "gone.journal")


def test_undone_steps_give_way_to_new_ones(clip, tmp_path):
    first = EditHistory().apply(repair(1)).apply(repair(2))
    second = first.undo().apply(repair(3))
    path = crashed(tmp_path / "j", clip, first, first.undo(), second)
    recovered = recover(path)
    assert values(recovered.work.history) == values(second)
    recovered.lock.release()
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM samples").fetchone() == (2,)
    db.close()


def test_the_source_is_told_to_be_gone_or_changed(clip, tmp_path):
    crashed(tmp_path / "j", clip, worked())
    path = clip.info.path
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))
    assert find_leftovers(tmp_path / "j")[0].source_state == "changed"
    data[5000] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))
    assert find_leftovers(tmp_path / "j")[0].source_state == "there"
    path.unlink()
    assert find_leftovers(tmp_path / "j")[0].source_state == "gone"


def test_looking_for_work_can_be_cancelled_while_a_recording_is_read(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, worked())
    os.utime(clip.info.path, ns=(0, 0))
    with pytest.raises(Cancelled):
        find_leftovers(tmp_path / "j", Progress(is_cancelled=lambda: True))
    assert [leftover.path for leftover in find_leftovers(tmp_path / "j")] == [path]


def test_the_labels_of_a_journal_of_version_1_become_kinds(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, EditHistory(first_regions=(Region(1, 9, label="left"),)))
    db = sqlite3.connect(path, isolation_level=None)
    (body,) = db.execute("SELECT body FROM regions").fetchone()
    (row,) = json.loads(body)
    del row["kind"]
    body = json.dumps([row | {"label": "Click"}])
    db.execute("UPDATE regions SET body = ?, crc = ?", (body, text_crc(body)))
    db.execute("PRAGMA user_version = 1")
    db.close()
    recovered = recover(path)
    assert recovered.work.history.first_regions == (Region(1, 9, kind=Kind.CLICK),)
    recovered.lock.release()


def test_another_version_is_named(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, worked())
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA user_version = 9")
    db.close()
    assert "journal version 9" in find_leftovers(tmp_path / "j")[0].problem
    with pytest.raises(JournalError, match="journal version 9"):
        recover(path)


def test_recovered_work_can_be_saved_as_a_session(clip, tmp_path):
    recovered = recover(crashed(tmp_path / "j", clip, worked()))
    work = recovered.work
    save_session(Session(work.stamp, work.history, work.view), tmp_path / "work.uasrm")
    recovered.lock.release()
    assert values(open_session(tmp_path / "work.uasrm").session.history) == values(worked())


def test_the_folder_is_the_users_own(monkeypatch, tmp_path):
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert journal_folder() == tmp_path / "uasrm" / "journals"
    assert journal_folder().is_absolute()


def test_no_journal_is_locked_while_recordings_are_read(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, worked())
    os.utime(clip.info.path, ns=(0, 0))
    recovered = []

    def ask() -> bool:
        if not recovered:
            recovered.append(recover(path))
        return False

    (leftover,) = find_leftovers(tmp_path / "j", Progress(is_cancelled=ask))
    assert leftover.source_state == "there"
    (work,) = recovered
    assert values(work.work.history) == values(worked())
    work.lock.release()


def test_work_can_be_recovered_while_another_tab_looks_for_leftovers(clip, tmp_path, monkeypatch):
    path = crashed(tmp_path / "j", clip, worked())
    looking = acquire(journal_module.journal_lock(path))
    pauses = []

    def let_go(seconds):
        pauses.append(seconds)
        looking.release()

    monkeypatch.setattr("time.sleep", let_go)
    recovered = recover(path)
    assert len(pauses) == 1
    assert values(recovered.work.history) == values(worked())
    recovered.lock.release()
