"""A search for damage: finds are listed as they come, and a cancel keeps those that are there."""

from __future__ import annotations

import numpy as np
import pytest

from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection, SearchedPart
from uasrm_core.errors import FileError
from uasrm_gui.state.damage_search import DamageSearch

RATE = 44_100
KINDS = ("clicks", "dropouts", "clipping")


def click(start, confidence=0.9):
    return Detection(Kind.CLICK, start, start + 20, (0, 1), confidence)


FIRST = (click(10_000), click(20_000, 0.7), click(25_000, 0.1))
SECOND = (click(40_000, 0.95), click(50_000))


class Search:
    """Hands over parts, each when the test lets it."""

    def __init__(self, *parts, error=None):
        self.parts = parts
        self.error = error
        self.gates = [Gate(lambda progress: progress.check()) for _ in range(len(parts) + 1)]
        self.count = 0

    def __call__(self, clip, settings, progress):
        self.count += 1
        for part, gate in zip(self.parts, self.gates, strict=False):
            gate(progress)
            progress.on_part(part)
        self.gates[-1](progress)
        if self.error is not None:
            raise self.error
        found = [each for part in self.parts for each in part.detections]
        return tuple(sorted(found, key=lambda detection: detection.start_frame))

    def let(self, number):
        """Let the search go on to where it waits for the gate of this number."""
        for gate in self.gates[:number]:
            gate.may_go.set()
        assert self.gates[number].entered.wait(PATIENCE_S)


@pytest.fixture
def searching(opened, fake_api, qtbot):
    """Return a window in which a search has handed over its first finds, and the search."""
    search = fake_api.detect = Search(
        SearchedPart(KINDS, FIRST, 30_000), SearchedPart(KINDS, SECOND, 60_000)
    )
    opened.action_set["detect"].trigger()
    search.let(1)
    qtbot.waitUntil(lambda: bool(opened.review.detections))
    return opened, search


def listed(window):
    model = window.detections.table.model()
    assert list(model.rows) == list(window.review.detections)
    return [detection.start_frame for detection in model.rows]


def end(window, search, qtbot):
    for gate in search.gates:
        gate.may_go.set()
    qtbot.waitUntil(lambda: not window.review.is_looking)


def cancel(window, search, qtbot):
    (job,) = window.document.jobs.running
    window.action_set["cancel"].trigger()
    with qtbot.waitSignal(job.ended):
        for gate in search.gates:
            gate.may_go.set()


def test_finds_are_listed_while_the_search_goes_on(searching, qtbot):
    window, search = searching
    assert listed(window) == [10_000, 20_000]
    assert window.review.is_looking
    assert window.detections.count.text() == "2 finds so far · 0 accepted"
    assert len(window.editor._state.detections) == 2
    search.let(2)
    qtbot.waitUntil(lambda: len(window.review.detections) == 4)
    assert listed(window) == [10_000, 20_000, 40_000, 50_000]
    end(window, search, qtbot)
    assert listed(window) == [10_000, 20_000, 40_000, 50_000]
    assert window.detections.count.text() == "4 finds · 0 accepted"


def test_a_review_can_begin_meanwhile_and_keeps_its_place(searching, qtbot):
    window, search = searching
    window.action_set["find.next"].trigger()
    window.action_set["find.accept"].trigger()
    assert window.review.current == 1
    selection, table = window.document.selection.region, window.detections.table
    moves = []
    window.review.current_changed.connect(lambda: moves.append(window.review.current))
    end(window, search, qtbot)
    assert len(listed(window)) == 4
    assert window.review.current == 1
    assert [index.row() for index in table.selectionModel().selectedRows()] == [1]
    assert window.document.selection.region == selection
    assert window.review.state_of(FIRST[0]) == "accepted"
    assert moves == []


def test_in_another_order_finds_come_in_between_and_the_place_is_kept(searching, qtbot):
    window, search = searching
    window.review.sort_by("likely", descending=True)
    window.review.go_to(1)
    assert window.review.detections[1] is FIRST[1]
    end(window, search, qtbot)
    assert listed(window) == [40_000, 10_000, 50_000, 20_000]
    assert window.review.current == 3
    table = window.detections.table
    assert [index.row() for index in table.selectionModel().selectedRows()] == [3]


def test_what_is_played_goes_on_when_finds_come(searching, qtbot):
    window, search = searching
    window.action_set["find.next"].trigger()
    qtbot.waitUntil(lambda: window.previews.current is not None)
    qtbot.waitUntil(lambda: window.previews.current.after is not None)
    window.action_set["find.after"].trigger()
    assert window.playback.has_candidate
    end(window, search, qtbot)
    assert window.playback.has_candidate


def test_a_cancel_keeps_the_finds_and_says_up_to_where_was_searched(searching, qtbot):
    window, search = searching
    cancel(window, search, qtbot)
    assert listed(window) == [10_000, 20_000]
    assert window.message.text == (
        "The search was cancelled at 0.680 s; what was found up to there is listed."
    )
    assert window.detections.count.text() == "2 finds · 0 accepted"
    assert window.detections.reach.isVisible()
    assert window.detections.reach.text() == "Searched up to 0.680 s"
    # a less sensitive search has more to list, without looking again
    window.detections.slider.setValue(100)
    assert listed(window) == [10_000, 20_000, 25_000]
    assert search.count == 1


def test_a_repair_waits_for_the_search_says_so_and_begins_when_that_is_cancelled(searching, qtbot):
    window, search = searching
    window.action_set["find.next"].trigger()
    window.action_set["find.accept"].trigger()
    window.action_set["find.repair"].trigger()
    assert window.message.text == "The repair begins when the search has ended, or is cancelled."
    assert window.status.job_text.endswith(" · 1 more waiting")
    window.action_set["cancel"].trigger()
    for gate in search.gates:
        gate.may_go.set()
    qtbot.waitUntil(lambda: window.runner.current is None)
    assert window.review.repaired_count == 1
    assert window.review.stopped_search is not None


def test_a_search_that_fails_keeps_the_finds(opened, fake_api, qtbot):
    search = fake_api.detect = Search(
        SearchedPart(KINDS, FIRST, 30_000), error=FileError("It cannot be read.")
    )
    opened.action_set["detect"].trigger()
    for gate in search.gates:
        gate.may_go.set()
    qtbot.waitUntil(lambda: opened.review.has_looked and not opened.review.is_looking)
    assert opened.message.text == "It cannot be read."
    assert listed(opened) == [10_000, 20_000]
    assert opened.detections.reach.text() == "Searched up to 0.680 s"


def test_the_next_search_begins_a_new_list(searching, qtbot, fake_api):
    window, search = searching
    cancel(window, search, qtbot)
    again = fake_api.detect = Search(SearchedPart(KINDS, (), 60_000))
    window.action_set["detect"].trigger()
    assert listed(window) == [10_000, 20_000]
    end(window, again, qtbot)
    assert listed(window) == []
    assert not window.detections.reach.isVisible()
    assert window.detections.count.text() == "0 finds · 0 accepted"


def test_a_search_that_goes_on_is_not_begun_again_unless_for_other_kinds(
    searching, qtbot, fake_api
):
    window, search = searching
    window.action_set["detect"].trigger()
    assert len(window.document.jobs.running) == 1
    hum = (Detection(Kind.HUM, 0, 60_000, (0, 1), 0.9),)
    other = fake_api.detect = Search(SearchedPart(("hum",), hum, 60_000))
    window.review.set_kinds(["hum"])
    window.action_set["detect"].trigger()
    for gate in search.gates:
        gate.may_go.set()
    end(window, other, qtbot)
    assert listed(window) == [0]


def test_another_recording_has_nothing_of_a_search(searching, qtbot, other):
    window, search = searching
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(other)
        for gate in search.gates:
            gate.may_go.set()
    qtbot.waitUntil(lambda: window.runner.current is None)
    assert listed(window) == []
    assert not window.review.is_looking


def test_what_was_not_searched_for_is_said():
    search = DamageSearch(("clicks", "clipping", "hum", "tones"), 10 * RATE)
    search.add(SearchedPart(("hum",), (), 10 * RATE))
    search.add(SearchedPart(("clicks", "clipping"), (), 4 * RATE))
    assert search.describe_end(RATE) == (
        "The search was cancelled. Searched up to 4.000 s: Clicks, Clipping. "
        "Not searched for: Rings and whistles."
    )
    assert search.describe_reach(RATE) == "Not searched to the end"


def test_many_finds_are_listed_in_few_steps():
    blocks, each = 600, 20
    search = DamageSearch(("clicks",), blocks * RATE)
    steps = handled = 0
    for block in range(blocks):
        found = tuple(click(RATE * block + 1000 * n) for n in range(each))
        search.add(SearchedPart(("clicks",), found, (block + 1) * RATE))
        if search.is_due:
            search.take()
            steps += 1
            handled += (block + 1) * each
    assert steps < 80
    # a list that is made anew for each block would handle three million
    assert handled < 40 * blocks * each


def test_few_finds_are_listed_at_once():
    search = DamageSearch(("clicks",), 600 * RATE)
    due = []
    for block in range(600):
        found = (click(RATE * block),) if block % 100 == 7 else ()
        search.add(SearchedPart(("clicks",), found, (block + 1) * RATE))
        if search.is_due:
            due.append(block)
            search.take()
    assert {7, 107, 207, 307, 407, 507} <= set(due)
    assert np.max(np.diff(due)) <= 30
