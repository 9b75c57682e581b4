"""Reviewing detections: listed by sensitivity, decided one by one, repaired only when accepted."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.gui.conftest import silencing_repair
from tests.gui.reviewing import DETECTIONS
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import Detection
from uasrm_core.detect.registry import DETECTORS
from uasrm_core.inpainting.job import RepairResult
from uasrm_gui.state.listing import Listing

RATE = 44100


def rows(window):
    return window.detections.table.model().rowCount()


def test_nothing_is_listed_before_and_finding_changes_nothing(reviewed):
    assert rows(reviewed) == 3
    assert reviewed.document.work.regions == ()
    assert reviewed.document.selection.region is None
    assert not reviewed.document.work.history.can_undo


def test_the_count_follows_the_slider_and_never_falls(reviewed):
    counts = []
    for value in range(101):
        reviewed.detections.slider.setValue(value)
        counts.append(rows(reviewed))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 4)
    assert "4 finds" in reviewed.detections.count.text()


def test_next_and_previous_select_the_detection_in_the_picture(reviewed):
    reviewed.action_set["find.next"].trigger()
    assert reviewed.document.selection.region.start_frame == 4410
    reviewed.action_set["find.previous"].trigger()
    assert reviewed.document.selection.region.start_frame == 30000
    assert reviewed.detections.table.currentIndex().row() == 2


def test_a_click_in_the_list_selects_the_detection(reviewed):
    reviewed.detections.table.selectRow(1)
    assert reviewed.document.selection.region.start_frame == 13230
    assert reviewed.document.selection.region.channels == (0,)


def test_a_verdict_goes_on_to_the_next_open_detection(reviewed):
    review = reviewed.review
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    assert review.current == 1
    reviewed.action_set["find.reject"].trigger()
    assert review.current == 2
    states = [review.state_of(detection) for detection in review.detections]
    assert states == ["accepted", "rejected", "open"]
    assert "1 accepted" in reviewed.detections.count.text()


def test_an_adjusted_selection_is_what_is_accepted(reviewed):
    review = reviewed.review
    reviewed.action_set["find.next"].trigger()
    selection = reviewed.document.selection.region
    reviewed.document.selection.select(type(selection)(4400, 4500))
    reviewed.action_set["find.accept"].trigger()
    (detection,) = review.accepted
    assert (review.region(detection).start_frame, review.region(detection).end_frame) == (
        4400,
        4500,
    )
    assert review.region(detection).kind is Kind.CLICK


def test_only_what_was_accepted_is_repaired_and_becomes_a_region(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    reviewed.action_set["find.reject"].trigger()
    with qtbot.waitSignal(reviewed.document.repairs.done):
        reviewed.action_set["find.repair"].trigger()
    (region,) = reviewed.document.work.regions
    assert (region.start_frame, region.kind) == (4410, Kind.CLICK)
    assert reviewed.review.is_repaired(DETECTIONS[0])
    assert not reviewed.action_set["find.repair"].isEnabled()
    state = reviewed.detections.table.model().index(0, 0)
    assert state.data(Qt.ItemDataRole.AccessibleTextRole) == "Repaired"


def test_a_detection_that_a_repair_leaves_as_it_was_says_so(reviewed, qtbot, fake_api):
    def leave(job, progress):
        done = silencing_repair(job, progress)
        (outcome,) = done.outcomes
        (made,) = outcome.candidates
        return RepairResult((replace(outcome, candidates=(replace(made, is_unchanged=True),)),))

    fake_api.repair = leave
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    with qtbot.waitSignal(reviewed.document.repairs.done):
        reviewed.action_set["find.repair"].trigger()
    assert not reviewed.action_set["find.repair"].isEnabled()
    state = reviewed.detections.table.model().index(0, 0)
    assert state.data(Qt.ItemDataRole.AccessibleTextRole) == "Left as it was"


def test_the_count_tells_when_a_repair_is_undone(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    with qtbot.waitSignal(reviewed.document.repairs.done):
        reviewed.action_set["find.repair"].trigger()
    assert "0 accepted" in reviewed.detections.count.text()
    reviewed.action_set["undo"].trigger()
    assert "1 accepted" in reviewed.detections.count.text()


def test_all_at_once_leaves_out_what_was_rejected(reviewed):
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.reject"].trigger()
    reviewed.action_set["find.accept.all"].trigger()
    assert [detection.start_frame for detection in reviewed.review.accepted] == [13230, 30000]


def test_once_all_is_decided_nothing_is_offered_to_accept(reviewed, qtbot):
    reviewed.action_set["find.accept.all"].trigger()
    assert not reviewed.action_set["find.accept.all"].isEnabled()
    with qtbot.waitSignal(reviewed.document.repairs.done):
        reviewed.action_set["find.repair"].trigger()
    assert reviewed.detections.count.text() == "3 finds · 3 repaired"


def test_another_recording_starts_without_detections(reviewed, qtbot):
    with qtbot.waitSignal(reviewed.document.work.opened):
        reviewed.document.files.open(reviewed.document.work.path)
    assert rows(reviewed) == 0
    assert not reviewed.action_set["find.next"].isEnabled()


def test_without_a_kind_it_asks_for_one(opened):
    for box in opened.detections.kinds.values():
        box.setChecked(False)
    opened.action_set["detect"].trigger()
    assert "at least one kind" in opened.message.text


@pytest.mark.parametrize("command", ["repair", "compare"])
def test_a_detection_that_is_repaired_by_hand_keeps_its_kind(reviewed, fake_api, qtbot, command):
    asked = []
    made = fake_api.repair

    def repair(job, progress):
        asked.append(job)
        return made(job, progress)

    fake_api.repair = repair
    reviewed.action_set["find.previous"].trigger()
    reviewed.action_set[command].trigger()
    qtbot.waitUntil(lambda: bool(asked) and reviewed.runner.current is None)
    (region,) = asked[0].regions
    assert (region.start_frame, region.kind) == (30000, Kind.CLIPPING)


def test_a_selection_elsewhere_is_no_detection(reviewed, fake_api, qtbot):
    reviewed.action_set["find.previous"].trigger()
    assert reviewed.review.give_kind(Region(100, 200)) == Region(100, 200)
    for other in (Region(30000, 31000, label="mine"), Region(30000, 31000, kind=Kind.NOISE)):
        assert reviewed.review.give_kind(other) == other


def test_a_session_keeps_what_was_looked_for_and_what_was_decided(
    reviewed, qtbot, tmp_path, fake_api
):
    banded = Detection(Kind.CLICK, 500, 600, (0,), 0.9, low_hz=2000.0, high_hz=8000.0)
    fake_api.detect = lambda clip, settings, progress: (banded, *DETECTIONS)
    reviewed.detections.kinds["dropouts"].setChecked(False)
    reviewed.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: reviewed.runner.current is None)
    reviewed.detections.slider.setValue(72)
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    path = tmp_path / "work.uasrm"
    with qtbot.waitSignal(reviewed.document.files.save_session(path).succeeded):
        pass
    reviewed.detections.slider.setValue(10)
    reviewed.detections.kinds["clicks"].setChecked(False)
    with qtbot.waitSignal(reviewed.document.work.opened):
        reviewed.document.files.open(path)
    assert reviewed.review.detections == (banded,)
    assert reviewed.review.sensitivity == 0.72
    assert reviewed.detections.slider.value() == 72
    ticked = [kind for kind, box in reviewed.detections.kinds.items() if box.isChecked()]
    assert tuple(ticked) == reviewed.review.kinds == ("clicks", "clipping")


@pytest.mark.parametrize(
    "kept", [None, [], {"kinds": 3, "sensitivity": "high"}, {"sensitivity": float("nan")}]
)
def test_odd_choices_of_a_session_are_left_alone(kept):
    assert Listing().restore(kept) == Listing()


def test_a_detection_is_seen_among_what_is_usual_there(reviewed):
    reviewed.action_set["find.next"].trigger()
    start, end = reviewed.editor.visible_frames()
    assert (end - start) / RATE >= 0.15
    assert start < 4410
    assert end > 4420
    before = reviewed.editor.visible_frames()
    reviewed.document.selection.select(Region(4400, 4500))
    assert reviewed.editor.visible_frames() == before


def test_the_kinds_choose_what_is_listed(reviewed):
    button = reviewed.detections.kind_button
    assert button.text() == f"Kinds: 3 of {len(DETECTORS)}"
    reviewed.detections.kinds["clicks"].setChecked(False)
    assert button.toolTip().endswith("Dropouts, Clipping")
    assert [detection.kind for detection in reviewed.review.detections] == [
        DETECTIONS[1].kind,
        DETECTIONS[3].kind,
    ]
    reviewed.detections.kinds["dropouts"].setChecked(False)
    assert [detection.kind for detection in reviewed.review.detections] == [DETECTIONS[3].kind]
    reviewed.detections.kinds["clicks"].setChecked(True)
    assert rows(reviewed) == 2


def test_a_decision_that_is_taken_back_is_looked_at_again(reviewed):
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.accept"].trigger()
    reviewed.action_set["find.reject"].trigger()
    assert reviewed.review.current == 2
    reviewed.action_set["undo"].trigger()
    assert reviewed.review.current == 1
    assert reviewed.review.state_of(reviewed.review.detections[1]) == "open"
    reviewed.action_set["undo"].trigger()
    assert reviewed.review.current == 0


def test_a_low_window_shows_five_detections_and_the_one_that_is_looked_at(reviewed, qtbot):
    reviewed.tabs.resize(1280, 720)
    reviewed.action_set["find.next"].trigger()
    table = reviewed.detections.table
    qtbot.waitUntil(lambda: reviewed.width() == 1280 and reviewed.detections.picture.isVisible())
    row = table.verticalHeader().defaultSectionSize()
    qtbot.waitUntil(lambda: table.viewport().height() >= 5 * row)
    for shown in (table, reviewed.detections.picture):
        seen = shown.visibleRegion().boundingRect()
        assert seen.height() == shown.height()


def test_the_count_tells_how_many_are_repaired(repaired):
    assert repaired.detections.count.text() == "3 finds · 1 repaired · 0 accepted"


def test_rejecting_a_repaired_detection_puts_the_original_back_in_one_step(repaired, qtbot):
    work = repaired.document.work
    spot = (4410, 4420)
    with qtbot.waitSignal(work.samples_changed):
        repaired.action_set["find.reject"].trigger()
    assert (work.clip.read(*spot) == work.original.read(*spot)).all()
    assert repaired.review.outcome_of(DETECTIONS[0]) == "rejected"
    assert repaired.review.current == 1
    repaired.action_set["undo"].trigger()
    assert repaired.review.outcome_of(DETECTIONS[0]) == "repaired"
    assert not work.clip.read(*spot).any()


def test_a_rejection_that_is_not_possible_now_does_not_go_on(repaired, monkeypatch):
    monkeypatch.setattr(repaired.document.work, "apply", lambda edit: False)
    repaired.action_set["find.reject"].trigger()
    assert repaired.review.current == 0
    assert repaired.review.outcome_of(DETECTIONS[0]) == "repaired"


def test_the_headings_order_the_detections_and_the_review_follows(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    table = reviewed.detections.table
    starts = [detection.start_frame for detection in reviewed.review.detections]
    header = table.horizontalHeader()
    likely = QPoint(header.sectionViewportPosition(4) + 5, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=likely)
    assert [detection.confidence for detection in reviewed.review.detections] == [0.55, 0.7, 0.95]
    assert reviewed.review.current == table.currentIndex().row() == 2
    reviewed.action_set["find.next"].trigger()
    assert reviewed.document.selection.region.start_frame == 30000
    reviewed.detections.slider.setValue(100)
    assert reviewed.review.detections[0].confidence == 0.3
    reviewed.detections.slider.setValue(50)
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=likely)
    assert [detection.start_frame for detection in reviewed.review.detections] == starts


@pytest.mark.parametrize("name", ["find.next", "find.previous"])
def test_going_through_the_detections_brings_their_panel_to_the_front(reviewed, name):
    reviewed.show_panel("regions")
    assert not reviewed.detections.isVisible()
    reviewed.action_set[name].trigger()
    assert reviewed.detections.isVisible()
