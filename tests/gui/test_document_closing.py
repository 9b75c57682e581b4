"""A recording is closed only once what would be lost with it was asked about."""

from __future__ import annotations

import threading

import pytest

from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core import api as core_api
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import Detection
from uasrm_gui.dialogs.questions import Answer, Patience

DAMAGE = Region(30000, 30441)


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
        Detection(Kind.CLICK, 4410, 4420, (0, 1), 0.95),
        Detection(Kind.CLICK, 8820, 8830, (0, 1), 0.95),
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
    assert opened.review.state_of(opened.review.detections[0]) == "open"
    assert opened.document.work.unsaved is None
    opened.action_set["redo"].trigger()
    assert opened.review.state_of(opened.review.detections[0]) == "rejected"


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
    opened, qtbot, questions, fake_api, tmp_path, monkeypatch, patience
):
    export = core_api.export_clip

    def cancellable(*args, progress, **options):
        may_go.wait(PATIENCE_S)
        return export(*args, progress=progress, **options)

    may_go, target = threading.Event(), tmp_path / "out.wav"
    fake_api.export_clip = cancellable
    job = opened.document.files.export(target, None, overwrite=False)
    cancel = job.cancel
    # it goes on to where it hears that it is cancelled; the window waits for what writes
    monkeypatch.setattr(job, "cancel", lambda: (cancel(), may_go.set()))
    questions.patience = patience
    opened.tabs.close()
    assert questions.asked == ["Exporting out.wav"]
    if patience is Patience.STOP:
        assert may_go.is_set()
        qtbot.waitUntil(lambda: not opened.isVisible())
        assert not target.exists()
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


def test_a_saved_session_is_among_the_recent_files(opened, qtbot, questions, tmp_path):
    questions.path = tmp_path / "work.uasrm"
    job = opened.files.save_as()
    with qtbot.waitSignal(job.ended):
        pass
    assert opened.settings.values.recent_files[0] == str(questions.path)
