import numpy as np
import pytest

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory, RepairNote
from uasrm_core.edit.journal import Journal, Snapshot, journal_folder
from uasrm_core.edit.session import open_session
from uasrm_core.edit.stamp import full_stamp


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    for variable in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "data"))


@pytest.fixture
def source(tone, wav_file):
    return wav_file(tone(channels=2), name="tape 1.wav")


def crash(source, repairs=1):
    """Leave a journal with some repairs, and return it open."""
    history = EditHistory(first_regions=(Region(0, 9),))
    for number in range(repairs):
        region = Region(100 * number, 100 * number + 50)
        patch = Patch(100 * number, (0, 1), np.full((2, 50), 0.5, np.float32))
        history = history.apply(Edit("Repair", (patch,), (RepairNote(region, "ar"),)))
    journal = Journal(journal_folder())
    journal.write(Snapshot(full_stamp(open_clip(source)), history))
    return journal


NOTHING = "No work was left by a crash.\n"


def test_nothing_left_is_said(uasrm):
    said = uasrm("recover")
    assert (said.status, said.out, said.err) == (0, NOTHING, "")


def test_what_was_left_is_listed_with_its_time_repairs_and_recording(uasrm, source):
    crash(source, 2).close()
    crash(source, 1).close()
    source.rename(source.with_name("moved.wav"))
    said = uasrm("recover")
    assert (said.status, said.err) == (0, "")
    first, second = said.out.splitlines()
    assert first.startswith("1  20")
    assert f"2 repairs  1 region  recording moved or deleted  {source}" in first
    assert second.startswith("2  20")
    assert "1 repair  1 region" in second


def test_what_is_open_in_a_window_is_not_listed(uasrm, source):
    journal = crash(source)
    assert uasrm("recover").out == NOTHING
    journal.delete()


def test_work_is_saved_as_a_session_and_stays_until_it_is_deleted(uasrm, source, tmp_path):
    crash(source, 2).close()
    output = tmp_path / "work.uasrm"
    said = uasrm("recover", "1", "-o", output)
    assert (said.status, said.out, said.err) == (0, "", "")
    opened = open_session(output)
    assert len(opened.session.history.in_effect) == 2
    assert (opened.clip.with_patches(opened.session.history.patches).read(0, 50) == 0.5).all()
    uasrm("recover", "1", "-o", output).assert_one_error(1, "exists already")
    assert uasrm("recover", "1", "-o", output, "--force").status == 0
    assert uasrm("recover", "--delete", "1").status == 0
    assert uasrm("recover").out == NOTHING


def test_work_is_saved_though_its_recording_is_gone(uasrm, source, tmp_path):
    crash(source).close()
    moved = source.rename(tmp_path / "elsewhere.wav")
    assert uasrm("recover", "1", "-o", tmp_path / "work.uasrm").status == 0
    assert open_session(tmp_path / "work.uasrm", source=moved).session.history.patches


@pytest.mark.parametrize(
    "words",
    [
        ["1"],
        ["-o", "work.uasrm"],
        ["2", "-o", "work.uasrm"],
        ["0", "-o", "work.uasrm"],
        ["1", "-o", "work.wav"],
        ["--delete", "2"],
        ["--delete", "1", "-o", "work.uasrm"],
        ["1", "--delete", "1"],
    ],
)
def test_wrong_arguments_end_with_status_2_and_one_line(uasrm, source, words):
    crash(source).close()
    uasrm("recover", *words).assert_one_error(2)


def test_a_damaged_journal_is_listed_and_told_in_one_line(uasrm, tmp_path):
    folder = journal_folder()
    folder.mkdir(parents=True)
    damaged = folder / "damaged.journal"
    damaged.write_bytes(b"something else" * 1000)
    said = uasrm("recover")
    assert (said.status, len(said.out.splitlines())) == (0, 1)
    assert "is damaged" in said.out
    uasrm("recover", "1", "-o", tmp_path / "work.uasrm").assert_one_error(1, "is damaged")
    assert uasrm("recover", "--delete", "1").status == 0
