"""Work in the background: what hangs or breaks down is told, and no file is written by mistake."""

from __future__ import annotations

import threading

import pytest

from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core import api as core_api
from uasrm_core.audio.region import Region
from uasrm_core.edit.session import SessionInUseError
from uasrm_gui.dialogs.export import ExportDialog

DAMAGE = Region(30000, 30441)


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

    def list_lost_metadata(clip, chosen):
        threads.add(threading.current_thread())
        return ("markers (cue)",) if chosen.container == "MP3" else ()

    fake_api.list_lost_metadata = list_lost_metadata
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
