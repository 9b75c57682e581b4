"""The journal is written beside the work, and work that was written outlives the process."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from tests.core.journals import values, worked
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.journal import Snapshot
from uasrm_core.edit.journal_writer import JournalWriter
from uasrm_core.edit.recovery import find_leftovers, recover
from uasrm_core.edit.stamp import full_stamp, quick_stamp


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
