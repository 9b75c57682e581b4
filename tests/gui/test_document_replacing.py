"""Results and answers belong to the recording that they were asked for, whatever took its place."""

from __future__ import annotations

import numpy as np
import pytest

from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core import api as core_api
from uasrm_core.audio.region import Region
from uasrm_core.errors import ExportError
from uasrm_gui.dialogs.export import ExportDialog

DAMAGE = Region(30000, 30441)


@pytest.fixture
def opening(opened, fake_api, other):
    """Return the gate of a file that is being opened in place of the one that is open."""
    gate = fake_api.open_clip = Gate(core_api.open_clip)
    opened.files.open_here(other)
    assert gate.entered.wait(PATIENCE_S)
    yield gate
    gate.may_go.set()


def finish_opening(qtbot, window, gate):
    with qtbot.waitSignal(window.document.work.opened):
        gate.may_go.set()
    qtbot.waitUntil(lambda: window.runner.current is None)


@pytest.mark.parametrize(
    "name",
    [
        "repair",
        "repair.again",
        "compare",
        "detect",
        "select.similar",
        "region.add",
        "labels.import",
    ],
)
def test_nothing_changes_while_another_file_is_being_opened(
    opened, qtbot, opening, said, questions, tmp_path, name
):
    questions.path = tmp_path / "labels.txt"
    questions.path.write_text("0.1\t0.2\tclick\n")
    opened.document.selection.select(DAMAGE)
    before = opened.document.work.history
    opened.action_set[name].trigger()
    assert said == ["“other.wav” is being opened; nothing can be changed meanwhile."]
    assert opened.document.work.history is before
    finish_opening(qtbot, opened, opening)
    assert opened.document.work.name == "other.wav"
    assert opened.document.work.clip.patches == ()
    assert opened.document.work.regions == ()
    assert not opened.review.has_looked
    assert opened.document.work.unsaved is None


def test_steps_wait_too_and_can_be_taken_when_the_file_cannot_be_opened(
    opened, qtbot, fake_api, tmp_path
):
    opened.document.work.add_region(DAMAGE)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    gate = fake_api.open_clip = Gate(core_api.open_clip)
    job = opened.document.files.open(broken)
    opened.action_set["undo"].trigger()
    opened.document.work.change_region(0, Region(5, 500))
    assert opened.document.work.regions == (DAMAGE,)
    with qtbot.waitSignal(job.failed):
        gate.may_go.set()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    opened.action_set["undo"].trigger()
    assert opened.document.work.regions == ()


def test_a_save_that_ends_after_another_file_was_opened_leaves_that_alone(
    opened, qtbot, opening, said, questions, tmp_path
):
    questions.path = tmp_path / "first.uasrm"
    opened.action_set["save"].trigger()
    finish_opening(qtbot, opened, opening)
    assert questions.path.is_file()
    assert opened.document.work.session_path is None
    assert said == [
        "“Saving first.uasrm” is done; recording.wav, which it was for, is no longer open."
    ]
    kept = questions.path.read_bytes()
    questions.path = None  # the user is asked where, and thinks better of it
    opened.action_set["save"].trigger()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert (tmp_path / "first.uasrm").read_bytes() == kept


def test_an_export_that_ends_later_is_told_and_not_taken_for_one_of_the_new_file(
    opened, qtbot, opening, said, tmp_path
):
    opened.document.files.export(tmp_path / "out.wav", None, overwrite=False)
    finish_opening(qtbot, opened, opening)
    assert (tmp_path / "out.wav").is_file()
    assert said == [
        "“Exporting out.wav” is done; recording.wav, which it was for, is no longer open."
    ]


def test_a_write_that_fails_later_is_told_all_the_same(opened, qtbot, opening, said, fake_api):
    def fail(*args, **options):
        raise ExportError("The disk is full.")

    fake_api.write_labels = fail
    opened.document.files.export_labels(opened.document.work.path.with_name("labels.txt"))
    finish_opening(qtbot, opened, opening)
    assert said == ["The disk is full."]


def test_an_export_dialog_of_a_recording_that_is_gone_exports_nothing(
    opened, qtbot, opening, said, tmp_path
):
    opened.action_set["export"].trigger()
    dialog = opened.findChild(ExportDialog)
    finish_opening(qtbot, opened, opening)
    dialog.accept()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert said == ["recording.wav is no longer open, so nothing was done."]
    assert not list(tmp_path.glob("*_repaired*"))


@pytest.mark.parametrize(
    ("action", "question"),
    [
        ("save_as", "session_to_save"),
        ("labels.import", "labels_to_read"),
        ("labels.export", "labels_to_write"),
        ("log.export", "log_to_write"),
    ],
)
def test_an_answer_about_a_recording_that_is_gone_is_not_taken(
    opened, qtbot, opening, said, questions, tmp_path, action, question
):
    path = tmp_path / "answer.txt"

    def answer(parent, *about):
        finish_opening(qtbot, opened, opening)
        return path

    setattr(questions, question, answer)
    opened.action_set[action].setEnabled(True)
    opened.action_set[action].trigger()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert said == ["recording.wav is no longer open, so nothing was done."]
    assert not path.exists()
    assert opened.document.work.session_path is None


def test_a_result_for_a_document_that_is_gone_is_dropped_and_told(opened, qtbot, said, other):
    """Opening cancels what is being done; this is what holds if something gets past that."""
    jobs, results, ends = opened.document.jobs, [], []
    gate = Gate(lambda progress: "a patch")
    job = jobs.submit("Repairing 0:01", gate, results.append)
    job.succeeded.connect(results.append)
    job.dropped.connect(ends.append)
    assert gate.entered.wait(PATIENCE_S)
    jobs.change_document("other.wav")
    gate.may_go.set()
    qtbot.waitUntil(lambda: bool(ends))
    assert results == []
    assert said == [
        "“Repairing 0:01” was for recording.wav, which is no longer open; its result was dropped."
    ]


def test_a_repair_lands_in_its_own_recording(opened, qtbot, fake_api, said, other):
    """The file that took its place is as it was."""
    hung = fake_api.repair = Gate(fake_api.repair)
    opened.document.selection.select(DAMAGE)
    opened.action_set["repair"].trigger()
    assert hung.entered.wait(PATIENCE_S)
    with qtbot.waitSignal(opened.document.work.opened):
        opened.files.open_here(other)
    hung.may_go.set()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    info = opened.document.work.info
    expected = core_api.open_clip(other).read(0, info.frames)
    assert np.array_equal(opened.document.work.clip.read(0, info.frames), expected)
    assert opened.document.work.history.edits == ()


def test_whoever_hears_of_a_new_recording_may_change_it(opened, qtbot, other):
    opened.document.work.opened.connect(lambda: opened.document.work.add_region(DAMAGE))
    with qtbot.waitSignal(opened.document.files.open(other).ended):
        pass
    assert opened.document.work.regions == (DAMAGE,)
