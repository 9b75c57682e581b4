"""A repair of many regions that is stopped on its way keeps those that are done."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest

from tests.gui.conftest import silencing_repair
from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import box
from uasrm_core.detect.detections import Detection
from uasrm_core.progress import Progress
from uasrm_core.select.combine import union
from uasrm_gui.dialogs.questions import Answer, Patience

RATE = 44_100
REGIONS = tuple(Region(start, start + 100) for start in range(10_000, 60_000, 10_000))
DONE = 2
STOPPED = "Repaired 2 of 5 regions; the rest were left as they were."


class Stopping:
    """Repairs the first regions of a job, and waits or fails at the next one."""

    def __init__(self, error=None):
        self.jobs = []
        self._error = error
        self.gate = Gate(lambda progress: progress.check())
        if error is not None:
            self.gate.may_go.set()

    def __call__(self, job, progress):
        self.jobs.append(job)
        result = silencing_repair(job, Progress())
        for outcome in reversed(result.outcomes[:DONE]):
            progress.on_part(outcome)
        self.gate(progress)
        if self._error is not None:
            raise self._error
        return result


@pytest.fixture
def marked(opened):
    """Return a window with five regions in the list, none of them picked."""
    opened.document.work.add_regions("mark", REGIONS)
    return opened


def cancel(window, repair, qtbot):
    """Cancel the repair that waits at its gate."""
    assert repair.gate.entered.wait(PATIENCE_S)
    (job,) = window.document.jobs.running
    with qtbot.waitSignal(job.handed_over):
        pass
    window.action_set["cancel"].trigger()
    with qtbot.waitSignal(job.ended):
        repair.gate.may_go.set()


def sound_of(window):
    clip = window.document.work.clip
    return clip.read(0, clip.frames)


def states(window):
    return [window.document.work.state_of(region) for region in window.document.work.regions]


def test_a_cancel_keeps_what_is_done_as_one_step(marked, qtbot, fake_api):
    before = sound_of(marked)
    repair = fake_api.repair = Stopping()
    marked.action_set["repair.all"].trigger()
    cancel(marked, repair, qtbot)
    assert marked.message.text == STOPPED
    assert states(marked) == ["repaired"] * 2 + ["open"] * 3
    changed = np.flatnonzero((sound_of(marked) != before).any(axis=0))
    assert (changed[0], changed[-1]) == (10_000, 20_099)
    marked.action_set["undo"].trigger()
    np.testing.assert_array_equal(sound_of(marked), before)
    assert states(marked) == ["open"] * 5


def test_the_next_repair_goes_on_with_those_left(marked, qtbot, fake_api):
    repair = fake_api.repair = Stopping()
    marked.action_set["repair.all"].trigger()
    cancel(marked, repair, qtbot)
    marked.action_set["repair.all"].trigger()
    qtbot.waitUntil(lambda: marked.runner.current is None)
    assert repair.jobs[1].regions == REGIONS[DONE:]


def test_of_regions_that_were_picked_those_left_stay_picked(marked, qtbot, fake_api):
    repair = fake_api.repair = Stopping()
    marked.document.selection.pick_rows(range(5))
    marked.action_set["repair"].trigger()
    cancel(marked, repair, qtbot)
    assert marked.document.selection.rows == (2, 3, 4)
    marked.action_set["repair"].trigger()
    qtbot.waitUntil(lambda: marked.runner.current is None)
    assert repair.jobs[1].regions == REGIONS[DONE:]


def test_what_else_is_selected_meanwhile_stays_selected(marked, qtbot, fake_api):
    repair = fake_api.repair = Stopping()
    marked.action_set["repair.all"].trigger()
    assert repair.gate.entered.wait(PATIENCE_S)
    marked.document.selection.select(Region(70_000, 71_000))
    cancel(marked, repair, qtbot)
    assert marked.document.selection.region == Region(70_000, 71_000)
    assert marked.document.selection.rows == ()


def test_strokes_that_were_left_are_listed_and_picked(opened, qtbot, fake_api):
    strokes = [box(start, start + 500, 2000.0, 3000.0) for start in range(20_000, 70_000, 10_000)]
    drawn = region_of(reduce(union, strokes), RATE)
    repair = fake_api.repair = Stopping()
    opened.document.selection.select(drawn)
    opened.action_set["repair"].trigger()
    cancel(opened, repair, qtbot)
    (job,) = repair.jobs
    assert len(job.regions) == 5
    assert states(opened) == ["repaired"] * DONE + ["open"] * (len(job.regions) - DONE)
    opened.action_set["repair"].trigger()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert repair.jobs[1].regions == job.regions[DONE:]


def test_finds_that_were_left_stay_accepted(opened, qtbot, fake_api):
    finds = tuple(Detection(Kind.CLICK, r.start_frame, r.end_frame, (0, 1), 0.9) for r in REGIONS)
    fake_api.detect = lambda clip, settings, progress: finds
    opened.action_set["detect"].trigger()
    qtbot.waitUntil(lambda: opened.review.has_looked)
    opened.action_set["find.accept.all"].trigger()
    repair = fake_api.repair = Stopping()
    opened.action_set["find.repair"].trigger()
    cancel(opened, repair, qtbot)
    assert opened.review.repaired_count == DONE
    assert [region.start_frame for region in opened.document.work.regions] == [10_000, 20_000]
    assert opened.review.accepted == finds[DONE:]
    opened.action_set["find.repair"].trigger()
    qtbot.waitUntil(lambda: opened.runner.current is None)
    assert [region.start_frame for region in repair.jobs[1].regions] == [30_000, 40_000, 50_000]


@pytest.mark.parametrize("error", [RuntimeError("CUDA"), MemoryError()])
def test_a_failure_keeps_what_was_done_before_and_is_told_in_the_same_sentence(
    marked, qtbot, fake_api, said, error
):
    fake_api.repair = Stopping(error)
    marked.action_set["repair.all"].trigger()
    qtbot.waitUntil(lambda: bool(said))
    (sentence,) = said
    assert sentence.startswith(STOPPED)
    assert len(sentence) > len(STOPPED)
    assert states(marked) == ["repaired"] * 2 + ["open"] * 3
    assert marked.message.report.isVisible()


def begin_repair(marked, qtbot, fake_api):
    """Repair all, up to where the work stands still; return it and its job."""
    repair = fake_api.repair = Stopping()
    marked.action_set["repair.all"].trigger()
    assert repair.gate.entered.wait(PATIENCE_S)
    (job,) = marked.document.jobs.running
    with qtbot.waitSignal(job.handed_over):
        pass
    return repair, job


def test_a_repair_that_does_not_stop_keeps_what_it_had_done(marked, qtbot, fake_api):
    repair, job = begin_repair(marked, qtbot, fake_api)
    with qtbot.waitSignal(job.abandoned):
        marked.action_set["cancel"].trigger()
    assert states(marked) == ["repaired"] * 2 + ["open"] * 3
    history = marked.document.work.history
    repair.gate.may_go.set()
    qtbot.waitUntil(lambda: not any(left.is_busy for left in marked.runner._left))
    assert marked.document.work.history is history


def test_a_repair_that_is_stopped_to_close_is_asked_about(marked, qtbot, fake_api, questions):
    repair, job = begin_repair(marked, qtbot, fake_api)
    questions.patience, questions.answer = Patience.STOP, Answer.CANCEL
    with qtbot.waitSignal(job.ended):
        marked.tabs.close()
        repair.gate.may_go.set()
    assert questions.asked == ["Repairing 5 regions", marked.document.work.unsaved]
    assert marked.isVisible()
    assert states(marked) == ["repaired"] * 2 + ["open"] * 3
