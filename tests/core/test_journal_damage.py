"""Damaged journals: the good steps come back, and the rest ends in one sentence."""

from __future__ import annotations

import json
import sqlite3
from contextlib import suppress

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.journals import FRAMES, crashed, repair, values, worked
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.journal import text_crc
from uasrm_core.edit.recovery import delete_leftover, find_leftovers, recover
from uasrm_core.errors import JournalError


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


def test_the_name_of_its_session_is_not_needed(clip, tmp_path):
    path = crashed(tmp_path / "j", clip, worked())
    with sqlite3.connect(path) as db:
        db.execute("INSERT OR REPLACE INTO about VALUES ('session', '{')")
    db.close()
    recovered = recover(path)
    assert values(recovered.work.history) == values(worked())
    assert recovered.work.session is None
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
