"""Results and answers belong to the document that they were asked for."""

import threading

import numpy as np
import pytest

from uasrm_core import api as core_api
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.finds import Find
from uasrm_core.edit.session import SessionInUseError
from uasrm_core.errors import ExportError
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.questions import Answer, Patience

# For what must come, however busy the machine is.
PATIENCE_S = 180.0
RATE = 44100
DAMAGE = Region(30000, 30441)


class Gate:
    """Lets a call through when it is told to."""

    def __init__(self, call):
        self._call = call
        self.entered = threading.Event()
        self.may_go = threading.Event()
        self.calls = []

    def __call__(self, *args, **options):
        self.calls.append(args)
        self.entered.set()
        assert self.may_go.wait(PATIENCE_S)
        return self._call(*args, **options)


@pytest.fixture
def said(opened):
    """Return all sentences that the document tells."""
    sentences = []
    opened.document.noticed.connect(lambda notice: sentences.append(notice.text))
    return sentences


@pytest.fixture
def other(wav_file, tone):
    return wav_file(tone(seconds=1.0), name="other.wav")


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


def test_an_engine_that_hangs_is_left_to_itself_and_the_next_repair_works(
    opened, qtbot, said, fake_api
):
    repair = fake_api.repair
    hung = fake_api.repair = Gate(repair)
    opened.document.selection.select(DAMAGE)
    opened.action_set["repair"].trigger()
    assert hung.entered.wait(PATIENCE_S)
    (job,) = opened.document.jobs.running
    opened.action_set["cancel"].trigger()
    with qtbot.waitSignal(job.ended):
        pass
    assert len(said) == 1
    assert "does not stop" in said[0]
    fake_api.repair = repair
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.action_set["repair"].trigger()
    history = opened.document.work.history
    hung.may_go.set()
    qtbot.waitUntil(lambda: not any(left.is_busy for left in opened.runner._left))
    assert opened.document.work.history is history


@pytest.mark.parametrize("error", [RuntimeError("CUDA"), MemoryError(), SystemExit(3)])
def test_an_engine_that_breaks_down_is_one_sentence(opened, qtbot, said, fake_api, error):
    repair = fake_api.repair

    def fail(job, progress):
        raise error

    fake_api.repair = fail
    opened.document.selection.select(DAMAGE)
    opened.action_set["repair"].trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert len(said) == 1
    assert opened.document.work.history.edits == ()
    fake_api.repair = repair
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.action_set["repair"].trigger()


def test_a_save_that_did_not_hear_a_cancel_counts(opened, qtbot, fake_api, tmp_path):
    opened.document.work.add_region(DAMAGE)
    gate = fake_api.save_session = Gate(core_api.save_session)
    job = opened.document.files.save_session(tmp_path / "work.uasrm")
    assert gate.entered.wait(PATIENCE_S)
    opened.action_set["cancel"].trigger()
    with qtbot.waitSignal(job.succeeded):
        gate.may_go.set()
    assert opened.document.work.session_path == tmp_path / "work.uasrm"
    assert opened.document.work.unsaved is None


# closing


def test_closing_asks_about_repairs_that_were_undone(opened, qtbot, questions):
    opened.document.selection.select(DAMAGE)
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.action_set["repair"].trigger()
    opened.action_set["undo"].trigger()
    opened.tabs.close()
    assert opened.isVisible()
    assert questions.asked == ["Repairs that you have undone are kept nowhere else."]


def test_closing_asks_about_decisions(opened, qtbot, questions, fake_api):
    fake_api.detect = lambda clip, settings, progress: (
        Find(Kind.CLICK, 4410, 4420, (0, 1), 0.95),
        Find(Kind.CLICK, 8820, 8830, (0, 1), 0.95),
    )
    opened.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: opened.review.has_looked)
    assert opened.document.work.unsaved is None
    for action in ("find.next", "find.reject"):
        opened.action_set[action].trigger()
    opened.tabs.close()
    assert opened.isVisible()
    assert questions.asked == ["What you accepted or rejected has not been saved."]
    opened.action_set["undo"].trigger()
    assert opened.review.state_of(opened.review.finds[0]) == "open"
    assert opened.document.work.unsaved is None
    opened.action_set["redo"].trigger()
    assert opened.review.state_of(opened.review.finds[0]) == "rejected"


def test_closing_asks_about_repairs_that_were_accepted(opened, qtbot, tmp_path):
    opened.document.selection.select(DAMAGE)
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.action_set["repair"].trigger()
    with qtbot.waitSignal(
        opened.document.files.export(tmp_path / "out.wav", None, overwrite=False).succeeded
    ):
        pass
    assert opened.document.work.unsaved is None
    assert opened.document.work.accept([0])
    assert opened.document.work.unsaved == "What you accepted or rejected has not been saved."


def test_what_was_taken_back_since_the_session_was_saved_is_asked_about(opened, qtbot, tmp_path):
    opened.document.work.add_region(DAMAGE)
    with qtbot.waitSignal(opened.document.files.save_session(tmp_path / "work.uasrm").succeeded):
        pass
    assert opened.document.work.unsaved is None
    opened.document.work.remove_regions([0])
    assert opened.document.work.unsaved == "The session does not hold your last changes."
    opened.action_set["undo"].trigger()
    assert opened.document.work.unsaved is None


@pytest.mark.parametrize("patience", list(Patience))
def test_closing_asks_about_an_export_that_is_not_finished(
    opened, qtbot, questions, fake_api, tmp_path, patience
):
    export = core_api.export_clip

    def cancellable(*args, progress, **options):
        may_go.wait(PATIENCE_S)
        return export(*args, progress=progress, **options)

    may_go, target = threading.Event(), tmp_path / "out.wav"
    fake_api.export_clip = cancellable
    opened.document.files.export(target, None, overwrite=False)
    questions.patience = patience
    opened.tabs.close()
    assert questions.asked == ["Exporting out.wav"]
    if patience is Patience.STOP:
        may_go.set()
        qtbot.waitUntil(lambda: not opened.isVisible())
        return
    assert opened.isVisible()
    may_go.set()
    if patience is Patience.WAIT:
        qtbot.waitUntil(lambda: not opened.isVisible())
    else:
        qtbot.waitUntil(lambda: opened.runner.current is None)
        assert opened.isVisible()
    assert target.is_file()


def test_what_is_marked_while_the_work_is_saved_to_be_closed_is_refused(
    opened, qtbot, questions, fake_api, said, tmp_path
):
    gate = fake_api.save_session = Gate(core_api.save_session)
    opened.document.work.add_region(DAMAGE)
    questions.answer, questions.path = Answer.SAVE, tmp_path / "work.uasrm"
    opened.tabs.close()
    assert gate.entered.wait(PATIENCE_S)
    opened.document.selection.select(Region(5, 500))
    opened.action_set["region.add"].trigger()
    assert said == ["The recording is being saved and closed; nothing can be changed meanwhile."]
    gate.may_go.set()
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert questions.asked == ["The regions you marked have not been saved."]
    assert core_api.open_session(questions.path).session.history.regions == (DAMAGE,)


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


@pytest.mark.parametrize("write", ["export_labels", "export_log", "save_session"])
def test_the_original_is_never_written_to(opened, qtbot, said, write):
    opened.document.work.add_region(DAMAGE)
    original = opened.document.work.path
    before = original.read_bytes()
    with qtbot.waitSignal(getattr(opened.document.files, write)(original).failed):
        pass
    (sentence,) = said
    assert original.name in sentence or "recording" in sentence
    assert original.read_bytes() == before


@pytest.mark.parametrize(("cancels", "words"), [(False, "no progress"), (True, "not stopped yet")])
def test_a_write_that_hangs_is_one_sentence(
    opened, qtbot, said, fake_api, tmp_path, monkeypatch, cancels, words
):
    monkeypatch.setattr("uasrm_gui.background.jobs.WRITE_WITHIN_S", 0.001)
    monkeypatch.setattr("uasrm_gui.background.jobs.STALLED_AFTER_MS", 10**6 if cancels else 1)
    gate = fake_api.save_session = Gate(core_api.save_session)
    job = opened.document.files.save_session(tmp_path / "work.uasrm")
    assert gate.entered.wait(PATIENCE_S)
    if cancels:
        opened.action_set["cancel"].trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert words in said[0]
    with qtbot.waitSignal(job.ended):
        gate.may_go.set()


def is_locked(path):
    try:
        core_api.lock_session(path).release()
    except SessionInUseError:
        return True
    return False


def test_a_session_saved_elsewhere_and_back_stays_locked(opened, qtbot, tmp_path, fake_api):
    one, two = tmp_path / "one.uasrm", tmp_path / "two.uasrm"
    with qtbot.waitSignal(opened.document.files.save_session(one).succeeded):
        pass
    gate = fake_api.save_session = Gate(core_api.save_session)
    opened.document.files.save_session(two)
    last = opened.document.files.save_session(one)
    # both are written before the window hears of the first
    gate.may_go.set()
    opened.runner._executor.wait(PATIENCE_S)
    with qtbot.waitSignal(last.succeeded):
        pass
    assert opened.document.work.session_path == one
    assert (is_locked(one), is_locked(two)) == (True, False)


def test_a_session_that_is_opened_again_while_it_is_saved_elsewhere_stays_locked(
    opened, qtbot, tmp_path, fake_api
):
    one, two = tmp_path / "one.uasrm", tmp_path / "two.uasrm"
    with qtbot.waitSignal(opened.document.files.save_session(one).succeeded):
        pass
    opened.document.files.save_session(two)
    job = opened.document.files.open(one)
    opened.runner._executor.wait(PATIENCE_S)
    with qtbot.waitSignal(job.succeeded):
        pass
    assert opened.document.work.session_path == one
    assert (is_locked(one), is_locked(two)) == (True, False)


def test_what_an_export_would_lose_is_read_beside_the_window(opened, qtbot, fake_api, other):
    threads = set()

    def metadata_lost(clip, chosen):
        threads.add(threading.current_thread())
        return ("markers (cue)",) if chosen.container == "MP3" else ()

    fake_api.metadata_lost = metadata_lost
    with qtbot.waitSignal(opened.document.work.opened):
        opened.document.files.open(other)
    opened.files.export()
    (dialog,) = opened.findChildren(ExportDialog)
    names = [dialog.format_box.itemText(row) for row in range(dialog.format_box.count())]
    dialog.format_box.setCurrentIndex(names.index("MP3"))
    assert dialog.lost.text() == "Will be lost: markers (cue)."
    dialog.reject()
    assert threads
    assert threading.main_thread() not in threads


def test_an_export_that_cannot_be_written_is_refused_while_it_is_chosen(opened, qtbot, tmp_path):
    opened.files.export()
    (dialog,) = opened.findChildren(ExportDialog)
    dialog.target_edit.setText(str(tmp_path / "missing" / "out.wav"))
    dialog.accept()
    assert dialog.isVisible()
    assert "does not exist" in dialog.warning.text()
    assert opened.runner.current is None
    dialog.target_edit.setText(str(tmp_path / "out.wav"))
    dialog.accept()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: (tmp_path / "out.wav").exists())
