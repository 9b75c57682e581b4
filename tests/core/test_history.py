import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import (
    PUT_BACK,
    Edit,
    EditHistory,
    FrameRange,
    RepairNote,
    find_changed_ranges,
)
from uasrm_core.edit.review import Decision

FRAMES = 64


@st.composite
def edits(draw):
    start = draw(st.integers(0, FRAMES - 1))
    length = draw(st.integers(1, FRAMES - start))
    channels = draw(st.sampled_from([(0,), (1,), (0, 1)]))
    value = draw(st.floats(-1, 1, width=32))
    patch = Patch(start, channels, np.full((len(channels), length), value, np.float32))
    region = Region(start, start + length)
    regions = draw(st.sampled_from([None, (), (region,)]))
    return Edit("Repair", (patch,), (RepairNote(region, "ar"),), regions)


def sound(history):
    clip = AudioClip(MemorySource(np.zeros((2, FRAMES), np.float32), 100))
    return clip.with_patches(history.patches).read(0, FRAMES)


@st.composite
def histories(draw):
    history = EditHistory(first_regions=(Region(3, 4),))
    for edit in draw(st.lists(edits(), max_size=5)):
        history = history.apply(edit)
    return history.moved_to(draw(st.integers(0, len(history.edits))))


@given(histories(), edits())
def test_undo_takes_back_what_apply_did(history, edit):
    back = history.apply(edit).undo()
    assert np.array_equal(sound(back), sound(history))
    assert back.regions == history.regions
    assert back.list_repaired_places() == history.list_repaired_places()


@given(histories(), edits())
def test_redo_brings_back_what_undo_took(history, edit):
    done = history.apply(edit)
    again = done.undo().redo()
    assert again.patches == done.patches
    assert again.regions == done.regions


@given(histories(), st.data())
def test_only_the_changed_ranges_sound_different(history, data):
    other = history.moved_to(data.draw(st.integers(0, len(history.edits))))
    inside = np.zeros(FRAMES, bool)
    ranges = find_changed_ranges(history, other)
    for stretch in ranges:
        inside[stretch.start_frame : stretch.end_frame] = True
    assert np.array_equal(sound(history)[:, ~inside], sound(other)[:, ~inside])
    assert all(a.end_frame < b.start_frame for a, b in itertools.pairwise(ranges))


def test_steps_undone_are_forgotten_by_the_next_step():
    patch = Patch(0, (0,), np.ones((1, 4), np.float32))
    first, second, third = (Edit(name, (patch,)) for name in ("one", "two", "three"))
    history = EditHistory().apply(first).apply(second).undo().apply(third)
    assert [edit.label for edit in history.edits] == ["one", "three"]
    assert not history.can_redo


def test_a_history_stops_at_both_ends():
    history = EditHistory()
    assert not history.can_undo
    assert history.undo().cursor == 0
    assert history.redo().cursor == 0
    with pytest.raises(IndexError):
        history.moved_to(1)


def test_a_region_counts_as_repaired_whatever_it_is_called():
    edit = Edit("Repair", repairs=(RepairNote(Region(1, 5, label="left", kind=Kind.CLICK), "ar"),))
    assert Region(1, 5) in EditHistory().apply(edit).list_repaired_places()
    assert EditHistory().apply(edit).undo().list_repaired_places() == frozenset()


def test_a_place_is_unchanged_until_a_repair_changes_it():
    region = Region(1, 5)

    def step(engine="unet", *, is_unchanged=False):
        return Edit("Repair", repairs=(RepairNote(region, engine, is_unchanged=is_unchanged),))

    left = EditHistory().apply(step(is_unchanged=True))
    assert not EditHistory().is_unchanged(region)
    assert left.is_unchanged(region)
    assert not left.is_unchanged(Region(1, 6))
    changed = left.apply(step())
    assert not changed.is_unchanged(region)
    assert not changed.apply(step(is_unchanged=True)).is_unchanged(region)
    assert changed.undo().is_unchanged(region)
    back = changed.apply(step(PUT_BACK))
    assert not back.is_unchanged(region)
    assert back.apply(step(is_unchanged=True)).is_unchanged(region)


def test_neighbouring_changes_are_told_as_one():
    first = Edit("a", (Patch(0, (0,), np.ones((1, 4), np.float32)),))
    second = Edit("b", (Patch(4, (1,), np.ones((1, 4), np.float32)),))
    history = EditHistory().apply(first).apply(second)
    assert find_changed_ranges(EditHistory(), history) == (FrameRange(0, 8),)
    assert find_changed_ranges(history, history.undo()) == (FrameRange(4, 8),)


def test_the_last_decision_about_a_detection_counts_and_can_be_undone():
    click, dropout = Region(10, 12, kind=Kind.CLICK), Region(20, 60, kind=Kind.DROPOUT)
    accepted = Decision(click, "accepted", 0.9, adjusted=Region(9, 13, kind=Kind.CLICK))
    rejected = Decision(click, "rejected", 0.9)
    other = Decision(dropout, "accepted", 0.6)
    history = EditHistory().apply(Edit("Accept 2 finds", decided=(accepted, other)))
    changed = history.apply(Edit("Reject the click", decided=(rejected,)))
    assert history.decisions == {click: accepted, dropout: other}
    assert changed.decisions == {click: rejected, dropout: other}
    assert changed.undo().decisions == history.decisions
    assert changed.undo().undo().decisions == {}
