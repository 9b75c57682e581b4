import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.edit import journal as journal_module
from uasrm_core.edit.history import Edit, EditHistory, RepairNote, place
from uasrm_core.edit.journal import Journal, Snapshot, journal_folder, text_crc
from uasrm_core.edit.journal_writer import JournalWriter
from uasrm_core.edit.recovery import delete_leftover, find_leftovers, recover
from uasrm_core.edit.review import Decision
from uasrm_core.edit.session import Session, open_session, save_session
from uasrm_core.edit.stamp import full_stamp, quick_stamp
from uasrm_core.errors import Cancelled, JournalError
from uasrm_core.progress import Progress
from uasrm_core.select.combine import union

FRAMES = 4000
# SQLite syncs the log at each commit only where the second is 2, FULL.
PRAGMAS = ("journal_mode", "synchronous")


@pytest.fixture
def clip(tmp_path, rng):
    path = tmp_path / "Ünlü 1.wav"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (FRAMES, 2)), 8000, subtype="PCM_24")
    return open_clip(path)


def repair(number, *, frames=120, channels=(1,)):
    """Return a step that repairs a place of its own with samples of its own."""
    region = Region(100 + number, 200 + number, 300.0, 1000.0, (1,), f"ring {number}")
    rng = np.random.default_rng(number)
    samples = rng.normal(size=(len(channels), frames)).astype(np.float32)
    note = RepairNote(region, "unet", "hybrid 0123", 0.75, 0.5, 1.25, (7, 107))
    return Edit(f"Repair {number}", (Patch(90 + number, channels, samples),), (note,))


def worked():
    """Return a history with everything in it that a history can hold."""
    bent = union(box(500, 700, 300.0, 900.0), box(600, 900, 800.0, 2000.0))
    region, other = Region(100, 200, label="hum"), region_of(bent, 8000, kind=Kind.NOISE)
    history = EditHistory(first_regions=(region,)).apply(repair(1))
    decided = Decision(region, "accepted", 0.9, adjusted=other)
    history = history.apply(Edit("Accept", accepted=(place(region),), decided=(decided,)))
    return history.apply(Edit("Add region", regions=(region, other))).undo()


def values(history):
    """Return all that a history says, so that two can be compared."""
    return (
        history.cursor,
        history.first_regions,
        [
            (
                edit.label,
                edit.repairs,
                edit.regions,
                edit.accepted,
                edit.decided,
                [(p.start_frame, p.channels, p.samples.tobytes()) for p in edit.patches],
            )
            for edit in history.edits
        ],
    )


def crashed(folder, clip, *histories):
    """Leave a journal as a crash would after some states of the work."""
    journal = Journal(folder)
    for history in histories:
        journal.write(Snapshot(full_stamp(clip), history, {"zoom": 3}))
    journal.close()
    return journal.path


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
    monkeypatch.setattr("uasrm_core.edit.recovery.PART_BYTES", 64)
    history = EditHistory().apply(repair(3, frames=131, channels=(1, 0)))
    recovered = recover(crashed(tmp_path / "j", clip, history))
    assert values(recovered.work.history) == values(history)
    recovered.lock.release()


def test_a_journal_that_is_being_written_is_not_offered(clip, tmp_path):
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


def test_of_a_damaged_journal_the_good_steps_are_saved(clip, tmp_path):
    history = EditHistory().apply(repair(1)).apply(repair(2)).apply(repair(3))
    path = crashed(tmp_path / "j", clip, history)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE samples SET data = zeroblob(length(data)) WHERE position = 2")
    db.close()
    recovered = recover(path)
    assert recovered.problem == "The journal is damaged: 2 of 3 steps could be recovered."
    assert values(recovered.work.history)[2] == values(history)[2][:2]
    recovered.lock.release()


def test_regions_that_cannot_be_read_are_missed_aloud(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, EditHistory(first_regions=(Region(100, 200),)))
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM regions")
    db.close()
    recovered = recover(path)
    assert recovered.problem.startswith("The journal is damaged: regions")
    recovered.lock.release()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE edits SET body = replace(body, '120', '121')",
        "UPDATE regions SET first = 7",
        "UPDATE samples SET data = zeroblob(100000000)",
        "DELETE FROM samples",
        "DELETE FROM edits WHERE position = 0",
        "UPDATE edits SET body = replace(hex(zeroblob(500000)), '00', '[')",
        "UPDATE edits SET body = 7",
        "UPDATE about SET value = '{}' WHERE key = 'source'",
        "DELETE FROM about WHERE key = 'source'",
        "DROP TABLE edits",
        "PRAGMA application_id = 5",
    ],
)
def test_values_that_make_no_sense_are_told_in_one_sentence(clip, tmp_path, change):
    path = crashed(tmp_path / "j", clip, worked())
    db = sqlite3.connect(path, isolation_level=None)
    db.execute(change)
    db.close()
    assert len(find_leftovers(tmp_path / "j")) == 1
    with pytest.raises(JournalError, match=r"^The journal .* is damaged, and nothing .*\.$"):
        recover(path)
    delete_leftover(path)


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


@settings(max_examples=60)
@given(
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1),
    kept=st.sampled_from([1.0, 0.5, 0.01]),
)
def test_bytes_changed_anywhere_never_end_in_another_error(changes, kept, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    soundfile.write(folder / "a.wav", np.zeros((FRAMES, 2)), 8000)
    clip = open_clip(folder / "a.wav")
    path = crashed(folder / "j", clip, worked())
    content = bytearray(path.read_bytes())
    for spot, value in changes:
        content[int(spot * len(content))] = value
    path.write_bytes(content[: int(kept * len(content))])
    find_leftovers(folder / "j")
    if path.exists():
        with suppress(JournalError):
            recover(path).lock.release()


class Told:
    """Keeps what a writer tells, and waits for more of it."""

    def __init__(self):
        self.items = []
        self._more = threading.Condition()

    def __call__(self, item):
        with self._more:
            self.items.append(item)
            self._more.notify_all()

    def wait(self, count):
        with self._more:
            assert self._more.wait_for(lambda: len(self.items) >= count, 120)


def test_the_writer_makes_a_journal_only_for_work_that_is_not_saved(clip, tmp_path):
    written = Told()
    writer = JournalWriter(tmp_path / "j", clip, on_written=written)
    writer.submit(Snapshot(quick_stamp(clip), EditHistory(), is_saved=True))
    written.wait(1)
    assert not (tmp_path / "j").exists()
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    written.wait(2)
    writer.leave()
    recovered = recover(find_leftovers(tmp_path / "j")[0].path)
    assert values(recovered.work.history) == values(worked())
    recovered.lock.release()


def test_the_writer_hashes_the_recording_when_it_has_time(clip, tmp_path):
    written = Told()
    writer = JournalWriter(tmp_path / "j", clip, on_written=written)
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    written.wait(2)
    writer.leave()
    recovered = recover(find_leftovers(tmp_path / "j")[0].path)
    assert recovered.work.stamp == full_stamp(clip)
    recovered.lock.release()


def test_finishing_removes_the_journal_and_leaving_writes_what_waits(clip, tmp_path):
    writer = JournalWriter(tmp_path / "j", clip)
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    writer.finish()
    assert not (tmp_path / "j").exists() or list((tmp_path / "j").iterdir()) == []
    writer = JournalWriter(tmp_path / "j", clip)
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    writer.leave()
    assert len(find_leftovers(tmp_path / "j")) == 1


def test_a_disk_that_fails_is_told_once_and_tried_again(clip, tmp_path, monkeypatch):
    monkeypatch.setattr("uasrm_core.edit.journal_writer.RETRY_AFTER_S", 0.01)
    folder, told, written = tmp_path / "j", Told(), Told()
    folder.write_text("a file where the folder should be")
    writer = JournalWriter(folder, clip, on_written=written, on_problem=told)
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    told.wait(1)
    folder.unlink()
    written.wait(1)
    writer.leave()
    assert len(told.items) == 1
    assert told.items[0].startswith("Your work is not protected from a crash at present (")
    assert len(find_leftovers(folder)) == 1


def test_work_that_cannot_be_described_is_told_and_the_writer_goes_on(clip, tmp_path):
    told, written = Told(), Told()
    writer = JournalWriter(tmp_path / "j", clip, on_written=written, on_problem=told)
    writer.submit(Snapshot(quick_stamp(clip), worked(), view={"zoom": object()}))
    told.wait(1)
    assert told.items[0].startswith("Your work is not protected from a crash at present (")
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    written.wait(1)
    writer.leave()
    assert len(find_leftovers(tmp_path / "j")) == 1


def test_a_journal_whose_file_is_taken_away_is_begun_anew(clip, tmp_path, monkeypatch):
    monkeypatch.setattr("uasrm_core.edit.journal_writer.RETRY_AFTER_S", 0.01)
    written = Told()
    writer = JournalWriter(tmp_path / "j", clip, on_written=written)
    writer.submit(Snapshot(quick_stamp(clip), worked()))
    written.wait(2)
    for path in (tmp_path / "j").iterdir():
        path.unlink()
    writer.submit(Snapshot(quick_stamp(clip), worked().redo()))
    written.wait(3)
    writer.leave()
    recovered = recover(find_leftovers(tmp_path / "j")[0].path)
    assert values(recovered.work.history) == values(worked().redo())
    recovered.lock.release()


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


# Journals step after step, and says what is on the disk: all that was said must be recovered.
WORKER = """
import itertools, sys, threading
import numpy as np
from pathlib import Path
from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.edit.history import Edit, EditHistory
from uasrm_core.edit.journal import Snapshot
from uasrm_core.edit.journal_writer import JournalWriter
from uasrm_core.edit.stamp import quick_stamp

def tell(snapshot):
    sys.stdout.write(f"{len(snapshot.history.edits)}\\n")
    sys.stdout.flush()
    written.release()

written = threading.Semaphore(3)
clip, history = open_clip(sys.argv[2]), EditHistory()
writer = JournalWriter(Path(sys.argv[1]), clip, on_written=tell)
for number in itertools.count():
    written.acquire(timeout=1.0)
    samples = np.full((1, 700), number, np.float32)
    history = history.apply(Edit(f"Repair {number}", (Patch(number % 3000, (0,), samples),)))
    writer.submit(Snapshot(quick_stamp(clip), history))
"""


def recomputed(path, change):
    """Change the first step's record, and its check value with it."""
    db = sqlite3.connect(path, isolation_level=None)
    (text,) = db.execute("SELECT body FROM edits WHERE position = 0").fetchone()
    row = json.loads(text)
    change(row)
    text = json.dumps(row)
    db.execute("UPDATE edits SET body = ?, crc = ? WHERE position = 0", (text, text_crc(text)))
    db.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row["patches"][0].update(frames=1 << 60),
        lambda row: row["patches"][0].update(frames=-5),
        lambda row: row["patches"][0].update(frames=True),
        lambda row: row["patches"][0].update(frames="120"),
        lambda row: row["patches"][0].update(channels=[0, 1]),
        lambda row: row["patches"][0].update(channels=[2]),
        lambda row: row["patches"][0].update(start_frame=FRAMES - 10),
        lambda row: row["patches"][0].update(start_frame="1e300"),
        lambda row: row["patches"].append(row["patches"][0]),
        lambda row: row.update(regions=[99]),
        lambda row: row.update(repaired=[]),
        lambda row: row.update(decided=[{"verdict": "maybe"}]),
    ],
)
def test_records_that_do_not_fit_are_told_in_one_sentence(clip, tmp_path, change):
    path = crashed(tmp_path / "j", clip, worked())
    recomputed(path, change)
    with pytest.raises(JournalError, match=r"^The journal .* is damaged, and nothing .*\.$"):
        recover(path)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_written_is_there_after_the_process_was_killed(clip, tmp_path, seed):
    child = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path / "j"), str(clip.info.path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    # Killed after some writes, not after some time, so that a slow machine tests the same.
    writes = int(np.random.default_rng(seed).integers(1, 40))
    said = [child.stdout.readline() for _ in range(writes)]
    child.kill()
    said += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    (leftover,) = find_leftovers(tmp_path / "j")
    recovered = recover(leftover.path)
    edits = recovered.work.history.edits
    assert recovered.problem == ""
    assert len(edits) >= max(int(line) for line in said if line.endswith("\n"))
    for number, edit in enumerate(edits):
        assert edit.label == f"Repair {number}"
        assert (edit.patches[0].samples == number).all()
    recovered.lock.release()


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
