"""Each detection close up: as it is, as its repair would make it, and heard in each version."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from tests.gui.conftest import silencing_repair
from tests.gui.gate import Gate
from tests.gui.gestures import pixels
from tests.gui.reviewing import DETECTIONS
from uasrm_core.audio.region import Region
from uasrm_core.errors import RepairError
from uasrm_gui.sound.playback_plan import Version
from uasrm_gui.theme import COLORS, SPACING

RATE = 44100


def previewed(window, qtbot):
    """Return the preview of the present detection, once its repair is made."""
    qtbot.waitUntil(lambda: window.previews.current is not None)
    qtbot.waitUntil(lambda: window.previews.current.after is not None)
    return window.previews.current


def test_a_detection_is_shown_with_what_its_repair_would_make_of_it(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    preview = previewed(reviewed, qtbot)
    first = 4410 - preview.start_frame
    assert not preview.after[:, first : first + 10].any()
    assert preview.before[:, first : first + 10].any()
    assert (preview.after[:, :first] == preview.before[:, :first]).all()
    assert reviewed.detections.picture.preview is preview
    assert "as the repair would make it" in reviewed.detections.picture.accessibleDescription()
    assert not reviewed.document.work.history.can_undo


def test_the_next_detections_are_prepared(reviewed, qtbot, fake_api):
    asked = []
    made = fake_api.repair

    def repair(job, progress):
        asked.append(job.regions[0].start_frame)
        return made(job, progress)

    fake_api.repair = repair
    reviewed.action_set["find.next"].trigger()
    qtbot.waitUntil(lambda: len(asked) == 3)
    assert asked == [4410, 13230, 30000]
    reviewed.action_set["find.next"].trigger()
    assert previewed(reviewed, qtbot).region.start_frame == 13230
    assert len(asked) == 3


def test_a_repair_that_was_begun_in_advance_is_shown_when_it_is_there(reviewed, qtbot, fake_api):
    gate = Gate(silencing_repair)

    def repair(job, progress):
        is_second = job.regions[0].start_frame == DETECTIONS[1].start_frame
        return gate(job, progress) if is_second else silencing_repair(job, progress)

    fake_api.repair = repair
    orders = reviewed.previews._loader._orders
    reviewed.action_set["find.next"].trigger()
    qtbot.waitUntil(gate.entered.is_set)
    reviewed.action_set["find.next"].trigger()
    second = reviewed.review.target
    qtbot.waitUntil(lambda: any(name[1:] == ("read", second) for name in orders))
    gate.may_go.set()
    qtbot.waitUntil(lambda: not orders)
    assert reviewed.previews.current.region == second
    assert reviewed.previews.current.after is not None


def test_a_detection_that_cannot_be_repaired_says_why(reviewed, qtbot, fake_api):
    def refuse(job, progress):
        raise RepairError("The gap is too long.")

    fake_api.repair = refuse
    reviewed.action_set["find.next"].trigger()
    qtbot.waitUntil(lambda: reviewed.detections.picture.words == "The gap is too long.")


def test_a_preview_follows_the_edges(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    previewed(reviewed, qtbot)
    reviewed.document.selection.select(Region(4400, 4500))
    preview = previewed(reviewed, qtbot)
    assert (preview.region.start_frame, preview.region.end_frame) == (4400, 4500)
    assert preview.region.kind == DETECTIONS[0].kind


@pytest.mark.parametrize(
    ("name", "key", "version"),
    [
        ("find.before", "F2", Version.REPAIRED),
        ("find.after", "F3", Version.CANDIDATE),
        ("find.removed", "F4", Version.REMOVED),
    ],
)
def test_each_version_of_a_detection_has_a_key_and_changes_nothing(
    reviewed, qtbot, name, key, version
):
    assert reviewed.action_set.keys[name] == (key,)
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set[name].trigger()
    qtbot.waitUntil(lambda: reviewed.player.is_playing)
    assert reviewed.playback.version is version
    assert reviewed.playback.has_candidate == (version is not Version.REPAIRED)
    reviewed.action_set["find.next"].trigger()
    assert not reviewed.playback.has_candidate
    assert not reviewed.document.work.history.can_undo


def test_a_detection_is_played_when_it_is_looked_at_if_wanted(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    assert not reviewed.player.is_playing
    reviewed.action_set["find.play"].trigger()
    reviewed.action_set["find.next"].trigger()
    qtbot.waitUntil(lambda: reviewed.player.is_playing)


def test_a_long_detection_is_not_tried_unasked(reviewed, qtbot, fake_api, monkeypatch):
    monkeypatch.setattr("uasrm_gui.state.previews.LONGEST_S", 0.01)
    asked = []
    fake_api.repair = lambda job, progress: asked.append(job)
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.next"].trigger()
    assert reviewed.document.selection.region.start_frame == 13230
    qtbot.waitUntil(lambda: "too long to be tried" in reviewed.detections.picture.words)
    assert reviewed.detections.picture.grab().toImage().width() > 0
    assert asked == []


def test_a_repaired_detection_is_shown_as_it_was_and_is_not_repaired_again(
    repaired, qtbot, fake_api
):
    asked = []
    fake_api.repair = lambda job, progress: asked.append(job)
    repaired.action_set["find.next"].trigger()
    repaired.action_set["find.previous"].trigger()
    preview = previewed(repaired, qtbot)
    first = 4410 - preview.start_frame
    assert preview.before[:, first : first + 10].any()
    assert not preview.after[:, first : first + 10].any()
    assert "as the repair made it" in repaired.detections.picture.accessibleDescription()
    assert all(job.regions[0].start_frame != 4410 for job in asked)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("find.before", Version.ORIGINAL),
        ("find.after", Version.REPAIRED),
        ("find.removed", Version.REMOVED),
    ],
)
def test_the_versions_of_a_repaired_detection_are_those_of_its_repair(
    repaired, qtbot, name, version
):
    repaired.action_set[name].trigger()
    qtbot.waitUntil(lambda: repaired.player.is_playing)
    assert repaired.playback.version is version
    assert not repaired.playback.has_candidate
    repaired.action_set["find.next"].trigger()
    assert repaired.playback.version is Version.REPAIRED


def test_what_a_repair_removes_is_not_heard_any_more_at_the_next_detection(reviewed, qtbot):
    reviewed.action_set["find.next"].trigger()
    reviewed.action_set["find.removed"].trigger()
    qtbot.waitUntil(lambda: reviewed.playback.version is Version.REMOVED)
    reviewed.action_set["find.next"].trigger()
    assert reviewed.playback.version is Version.REPAIRED


def test_what_is_written_over_loud_sound_can_be_read(reviewed, qtbot, rng):
    reviewed.action_set["find.next"].trigger()
    preview, picture = previewed(reviewed, qtbot), reviewed.detections.picture
    noise = rng.uniform(-1, 1, preview.before.shape).astype(np.float32)
    picture.show_preview(replace(preview, before=noise), RATE, hint="")
    drawn = pixels(picture)
    # below “as it is”
    caption = drawn[-17:-3, SPACING : SPACING + 30]
    ground = (caption == QColor(COLORS.canvas).getRgb()[2::-1]).all(axis=-1)
    assert ground.mean() > 0.5
