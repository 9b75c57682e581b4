"""`uasrm batch` repairs many recordings, goes on after any end, and says what came of each."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import soundfile

from uasrm_core import api
from uasrm_core.batch import summary, work

RATE = 44100
PLACES = (12_000, 31_000)
FRAMES = 20
FAST = ("--kind", "clicks", "--engine", "ar")


@pytest.fixture
def tapes(tmp_path, tone):
    """Return a folder of three recordings in as many formats, two with clicks in them."""
    folder = tmp_path / "tapes"
    (folder / "side 2").mkdir(parents=True)
    damaged = tone(channels=2)
    for place in PLACES:
        damaged[:, place : place + FRAMES] += 0.4
    soundfile.write(folder / "a.wav", damaged.T, RATE, subtype="PCM_16")
    soundfile.write(folder / "side 2" / "a.flac", damaged[:, ::-1].T, RATE, subtype="PCM_16")
    soundfile.write(folder / "clean.aiff", tone(channels=2).T, RATE, subtype="PCM_24")
    return folder


@pytest.fixture(autouse=True)
def drawing():
    """Draw no pictures, which takes most of the time of a short batch, until it is undone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(summary, "spectrograms_png", lambda *words: b"")
        yield patched


def rows_of(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "summary.csv").open(newline="") as file:
        return {Path(row["source"]).name: row for row in csv.DictReader(file)}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".wav", ".flac", ".aiff")
    }


def test_every_recording_is_repaired_and_all_else_is_bit_identical(uasrm, tapes, tmp_path):
    out = tmp_path / "out"
    outcome = uasrm("batch", tapes, "-o", out, *FAST)
    assert outcome.status == 0, outcome.err
    rows = rows_of(out)
    assert rows["a.wav"]["status"] == rows["a.flac"]["status"] == "repaired"
    assert rows["clean.aiff"]["status"] == "nothing to do"
    assert all(row["outside"] == row["identical"] for row in rows.values())
    for name in ("a.wav", "side 2/a.flac", "clean.aiff"):
        before = soundfile.read(tapes / name, dtype="int32", always_2d=True)[0]
        after = soundfile.read(out / name, dtype="int32", always_2d=True)[0]
        log = json.loads((out / f"{name}.log.json").read_text())
        outside = np.ones(len(before), bool)
        for region in log["regions"]:
            outside[region["touched_start_frame"] : region["touched_end_frame"]] = False
        np.testing.assert_array_equal(before[outside], after[outside])
        assert (before != after).any() == (name != "clean.aiff")
    labels = api.read_labels(out / "a.wav.labels.txt", RATE)
    assert [round(label.start_frame, -3) for label in labels] == list(PLACES)
    session = api.open_session(out / "a.wav.uasrm").session
    assert len(session.history.patches) == 2
    assert "What was done" in (out / "a.wav.report.txt").read_text()


def test_the_page_shows_the_least_sure_repairs_and_links_to_all(uasrm, tapes, tmp_path, drawing):
    drawing.undo()
    out = tmp_path / "out"
    assert uasrm("batch", tapes, "-o", out, *FAST).status == 0
    page = (out / "summary.html").read_text()
    found = sum(int(row["found"]) for row in rows_of(out).values())
    assert page.count("<figure>") == page.count("data:image/png;base64,") == found > 2
    assert "href='side%202/a.flac'" in page
    assert f"{found} of {found} regions repaired" in page


def test_lines_of_json_tell_the_queue_the_progress_and_the_rows(uasrm, tapes, tmp_path):
    outcome = uasrm("batch", tapes, "-o", tmp_path / "out", *FAST, "--json")
    told = [json.loads(line) for line in outcome.out.splitlines()]
    queue, rows = told[0]["queue"], [line for line in told if "status" in line]
    assert sorted(queue) == sorted(row["source"] for row in rows)
    worked = [line for line in told if "working" in line]
    assert {line["working"] for line in worked} <= set(queue)
    assert worked
    assert all(0.0 <= line["fraction"] <= 1.0 for line in worked)


def test_without_the_package_that_draws_the_page_still_plays(
    uasrm, tapes, tmp_path, drawing, monkeypatch
):
    drawing.undo()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    out = tmp_path / "out"
    assert uasrm("batch", tapes, "-o", out, *FAST).status == 0
    page = (out / "summary.html").read_text()
    assert "data:image/png" not in page
    assert page.count("<audio") == 2 * page.count("<figure>") > 0


def test_what_is_finished_is_not_done_again_until_something_changes(
    uasrm, tapes, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    assert uasrm("batch", tapes, "-o", out, *FAST).status == 0
    first = contents(out)

    def never(*args, **keywords):
        raise AssertionError("a finished recording was opened for work")

    with monkeypatch.context() as patched:
        patched.setattr(work, "find_regions", never)
        again = uasrm("batch", tapes, "-o", out, *FAST)
    assert again.status == 0, again.err
    assert again.out.count("done before") == 3
    assert contents(out) == first
    assert rows_of(out)["a.wav"]["repaired"] == "2"
    # another source
    samples = soundfile.read(tapes / "a.wav", dtype="int16")[0]
    samples[100] += 1
    soundfile.write(tapes / "a.wav", samples, RATE, subtype="PCM_16")
    changed = uasrm("batch", tapes, "-o", out, *FAST)
    assert changed.out.count("done before") == 2
    assert contents(out) != first
    # another job
    other = uasrm("batch", tapes, "-o", out, *FAST, "--sensitivity", "0.6")
    assert other.status == 0, other.err
    assert "done before" not in other.out


KILLED = """
import os, signal, sys
from uasrm_core.cli.main import main
from uasrm_core.writing import system
left = int(sys.argv[1])
def count(call):
    global left
    if call == "rename":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
with system.announce_calls(count):
    sys.exit(main(sys.argv[2:]))
"""


def test_after_kills_at_any_moment_the_results_are_the_same(uasrm, tapes, tmp_path):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    assert uasrm("batch", tapes, "-o", straight, *FAST).status == 0
    words = ["batch", str(tapes), "-o", str(killed), *FAST]
    for renames in (2, 9):
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(renames), *words]
        run = subprocess.run(command, check=False, capture_output=True)
        assert run.returncode == -signal.SIGKILL, run.stderr
    outcome = uasrm(*words)
    assert outcome.status == 0, outcome.err
    assert outcome.out.count("done before") == 1
    assert contents(killed) == contents(straight)
    assert not list(killed.rglob("*.part"))


def test_a_broken_file_is_a_row_and_the_rest_is_done(uasrm, tapes, tmp_path):
    (tapes / "broken.wav").write_bytes(b"RIFF....WAVE")
    (tapes / "empty.wav").write_bytes(b"")
    out = tmp_path / "out"
    outcome = uasrm("batch", tapes, tapes / "gone.wav", "-o", out, *FAST)
    assert outcome.status == 1
    rows = rows_of(out)
    assert [rows[name]["status"] for name in ("broken.wav", "empty.wav", "gone.wav")] == [
        "failed"
    ] * 3
    assert rows["empty.wav"]["sentence"] == "“empty.wav” is empty."
    assert rows["a.wav"]["status"] == "repaired"
    assert outcome.err.count("\n") == 3
    assert "Traceback" not in outcome.err


def test_a_file_of_somebody_else_is_not_replaced_unless_forced(uasrm, tapes, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "clean.aiff.log.json").write_text("mine")
    outcome = uasrm("batch", tapes, "-o", out, *FAST)
    assert outcome.status == 1
    assert "exists and is not what a batch wrote there; --force replaces it." in outcome.err
    assert (out / "clean.aiff.log.json").read_text() == "mine"
    assert not (out / "clean.aiff").exists()
    assert uasrm("batch", tapes, "-o", out, *FAST, "--force").status == 0
    # a result that a person corrected
    soundfile.write(out / "a.wav", np.zeros((100, 2)), RATE)
    outcome = uasrm("batch", tapes, "-o", out, *FAST, "--sensitivity", "0.6")
    assert outcome.status == 1
    assert soundfile.info(out / "a.wav").frames == 100


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(uasrm, tapes, tmp_path):
    out = tmp_path / "out"
    outcome = uasrm("batch", tapes, "-o", out, "--dry-run", "--suffix", "flac")
    assert outcome.status == 0, outcome.err
    assert f"{tapes / 'a.wav'} -> {out / 'a.flac'}  1.0 s" in outcome.out
    assert not out.exists()


def test_results_do_not_go_over_the_sources(uasrm, tapes):
    before = contents(tapes)
    outcome = uasrm("batch", tapes / "a.wav", "-o", tapes, *FAST)
    assert outcome.status == 1
    assert "exists and is not what a batch wrote there" in outcome.err
    outcome = uasrm("batch", tapes / "a.wav", "-o", tapes, *FAST, "--force")
    assert "is the original, which is never changed" in outcome.err
    assert contents(tapes) == before


def test_label_files_beside_the_recordings_name_the_regions(uasrm, tapes, tmp_path):
    (tapes / "a.txt").write_text("0.6800\t0.6810\tdropout\n")
    (tapes / "clean.txt").write_text("")
    out = tmp_path / "out"
    words = ["--regions", "{folder}/{name}.txt", "--engine", "ar"]
    outcome = uasrm("batch", tapes / "a.wav", tapes / "clean.aiff", "-o", out, *words)
    assert outcome.status == 0, outcome.err
    rows = rows_of(out)
    assert rows["a.wav"]["repaired"] == "1"
    assert rows["clean.aiff"]["status"] == "nothing to do"


def test_regions_that_are_left_as_they_were_are_told(uasrm, wav_file, music_like, tmp_path):
    path = wav_file(music_like(12.0, rate=16000, channels=1), rate=16000, subtype="PCM_16")
    path.with_suffix(".txt").write_text("5.1\t5.4\tnoise\n\\\t350\t1400\n")
    out = tmp_path / "out"
    outcome = uasrm(
        "batch", path, "-o", out, "--regions", "{folder}/{name}.txt", "--engine", "unet"
    )
    assert outcome.status == 0, outcome.err
    row = rows_of(out)[path.name]
    assert row["status"] == "left as it was"
    assert (row["found"], row["repaired"], row["unchanged"]) == ("1", "0", "1")
    assert row["samples_changed"] == "0"
    assert "left as it was" in (out / "summary.html").read_text()
    log = json.loads((out / f"{path.name}.log.json").read_text())
    assert log["regions"][0]["unchanged"] is True


def test_a_typo_in_the_job_is_told_and_nothing_is_done(uasrm, tapes, tmp_path):
    (tmp_path / "job.toml").write_text("[repair]\nengin = 'ar'\n")
    outcome = uasrm("batch", tapes, "-o", tmp_path / "out", "--job", tmp_path / "job.toml")
    outcome.assert_one_error(1, "Line 2 of “job.toml”", "the nearest is “engine”.")
    assert not (tmp_path / "out").exists()


def test_a_second_batch_in_the_same_folder_is_kept_out(uasrm, tapes, tmp_path):
    from uasrm_core.edit.locks import acquire

    out = tmp_path / "out"
    (out / ".uasrm-batch").mkdir(parents=True)
    lock = acquire(out / ".uasrm-batch" / "lock")
    outcome = uasrm("batch", tapes, "-o", out, *FAST)
    lock.release()
    outcome.assert_one_error(1, f"Another batch (process {os.getpid()}) is writing to")
