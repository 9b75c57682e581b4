"""Repairs of one place are taken back without a trace, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from uasrm_core.audio.clip import AudioClip, MemorySource, Patch
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import PUT_BACK, Edit, EditHistory, RepairNote
from uasrm_core.edit.take_back import take_back_repairs

RATE = 8000
SPOT = Region(1000, 1040)


def repair(region, low, high, value):
    samples = np.full((2, high - low), value, np.float32)
    return Edit("repair", (Patch(low, (0, 1), samples),), (RepairNote(region, "ar"),))


@pytest.fixture
def original(rng):
    return AudioClip(MemorySource(rng.standard_normal((2, RATE)).astype(np.float32), RATE))


def sound_after(original, history):
    return original.with_patches(history.patches).read(0, RATE)


def test_a_repair_goes_with_its_crossfades_and_others_stay(original):
    other = repair(Region(1060, 1100), 1050, 1110, 0.5)
    history = EditHistory().apply(repair(SPOT, 920, 1120, 0.25)).apply(other)
    history = history.apply(repair(SPOT, 920, 1120, 0.75))
    step = take_back_repairs(history, SPOT, original, "put back")
    taken_back = history.apply(step)
    expected = sound_after(original, EditHistory().apply(other))
    np.testing.assert_array_equal(sound_after(original, taken_back), expected)
    assert taken_back.last_note(SPOT).engine == PUT_BACK
    assert SPOT not in taken_back.list_repaired_places()
    assert Region(1060, 1100) in taken_back.list_repaired_places()


def test_there_is_no_step_where_this_very_place_was_not_repaired(original):
    history = EditHistory().apply(repair(Region(900, 1200), 890, 1210, 0.25))
    assert take_back_repairs(history, SPOT, original, "put back") is None
    undone = EditHistory().apply(repair(SPOT, 990, 1050, 0.25)).undo()
    assert take_back_repairs(undone, SPOT, original, "put back") is None
