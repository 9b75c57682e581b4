"""Repair in the window: what it is asked for, refuses, is stopped in and cannot do."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QComboBox, QSpinBox, QToolBar

from uasrm_core.audio.region import Region
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.job import Adaptation, RepairJob

RATE = 44100
DAMAGE = Region(30000, 30441)


@pytest.mark.parametrize(
    ("region", "sentence"),
    [
        (None, "Nothing is selected"),
        (Region(0, 2 * RATE), "covers the whole recording"),
    ],
)
def test_what_cannot_be_repaired_is_answered_in_a_sentence(opened, region, sentence):
    opened.document.selection.select(region)
    opened.action_set["repair"].trigger()
    assert sentence in opened.message.text
    assert not opened.document.work.history.can_undo


def test_a_point_label_is_answered_and_the_others_are_repaired(opened, qtbot, tmp_path):
    labels = tmp_path / "labels.txt"
    labels.write_text("0.5\t0.5\tpoint\n0.7\t0.71\tclick\n")
    job = opened.document.files.import_labels(labels)
    with qtbot.waitSignal(job.succeeded):
        pass
    opened.document.selection.pick_rows([0])
    opened.action_set["repair"].trigger()
    assert "has no length" in opened.message.text
    with qtbot.waitSignal(opened.document.repairs.done):
        opened.action_set["repair.all"].trigger()
    assert "1 of 2 regions could not be repaired" in opened.message.text


def test_a_drag_of_one_sample_is_answered(opened):
    opened.editor.selectionRefused.emit("That drag holds less than two samples.")
    assert "less than two samples" in opened.message.text


def test_a_cancelled_repair_changes_nothing(make_window, fake_api, qtbot, music_like, wav_file):
    running, pause = threading.Event(), threading.Event()

    def endless(job, progress):
        running.set()
        while True:
            progress.report(0.3, "Repairing 1 of 1")
            pause.wait(0.01)

    fake_api.repair = endless
    window = make_window(fake_api)
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(music_like(1.0)))
    window.document.selection.select(Region(1000, 2000))
    window.action_set["repair"].trigger()
    qtbot.waitUntil(running.is_set)
    qtbot.waitUntil(lambda: window.status.job_text == "Repairing 1 of 1")
    window.action_set["cancel"].trigger()
    qtbot.waitUntil(lambda: window.runner.current is None)
    assert window.status.job_text == ""
    assert not window.document.work.history.can_undo


def test_a_repair_that_fails_says_why(make_window, fake_api, qtbot, music_like, wav_file):
    def fail(job, progress):
        raise RepairError("There is only silence around the region.")

    fake_api.repair = fail
    window = make_window(fake_api)
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(music_like(1.0)))
    window.document.selection.select(Region(1000, 2000))
    window.action_set["repair"].trigger()
    qtbot.waitUntil(lambda: "only silence" in window.message.text)


def test_a_new_selection_is_what_gets_repaired_not_what_was_picked_before(opened):
    opened.document.work.add_region(DAMAGE)
    assert opened.document.selection.wanted == (DAMAGE,)
    opened.document.selection.select(Region(5, 500))
    assert opened.document.selection.rows == ()
    assert opened.document.selection.wanted == (Region(5, 500),)


def test_the_strength_is_asked_where_the_method_has_one(
    make_window, fake_api, qtbot, wav_file, tone
):
    jobs = []
    repair = fake_api.repair
    fake_api.repair = lambda job, progress: jobs.append(job) or repair(job, progress)
    window = make_window(fake_api)
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(tone(seconds=1.0)))
    (tools,) = [bar for bar in window.findChildren(QToolBar) if bar.objectName() == "tools"]
    strength, method = tools.findChild(QSpinBox), tools.findChild(QComboBox)
    assert not strength.isVisible()
    method.setCurrentIndex(method.findData("attenuate"))
    qtbot.waitUntil(strength.isVisible)
    strength.setValue(40)
    window.document.selection.select(Region(1000, 2000))
    for action in ("repair", "repair.again"):
        window.action_set[action].trigger()
        qtbot.waitUntil(lambda: window.runner.current is None)
    method.setCurrentIndex(method.findData("ar"))
    window.action_set["repair"].trigger()
    qtbot.waitUntil(lambda: window.runner.current is None)
    assert [(job.engine, job.strength) for job in jobs] == [
        ("attenuate", 0.4),
        ("attenuate", 0.4),
        ("ar", 1.0),
    ]


def test_to_adapt_is_a_choice_that_every_repair_heeds(make_window, fake_api, qtbot, wav_file, tone):
    jobs = []
    repair = fake_api.repair

    def told(job, progress):
        jobs.append(job)
        done = repair(job, progress)
        return replace(done, adaptation=Adaptation("It was tried.", True)) if job.adapt else done

    fake_api.repair = told
    window = make_window(fake_api)
    notices = []
    window.document.noticed.connect(lambda notice: notices.append(notice.text))
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(wav_file(tone(seconds=1.0)))
    window.document.work.add_region(Region(9000, 9400))
    for choice, engine in ((False, "auto"), (True, "auto"), (True, "ar")):
        if window.choice.adapts != choice:
            window.action_set["adapt"].trigger()
        window.document.repairs.repair((DAMAGE,), engine)
        qtbot.waitUntil(lambda: window.runner.current is None)
    window.document.repairs.propose(RepairJob(window.document.work.clip, (DAMAGE,), compare=True))
    qtbot.waitUntil(lambda: window.runner.current is None)
    assert [job.adapt for job in jobs] == [False, True, False, True]
    assert notices == ["It was tried.", "It was tried."]
    # what waits to be repaired is not to be learnt from
    assert all(Region(9000, 9400) in job.damaged for job in jobs)
    assert window.action_set["adapt"].isChecked()
    assert "up to a minute" in window.action_set["adapt"].toolTip()
