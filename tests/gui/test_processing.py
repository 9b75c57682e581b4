"""Edits and whole-file tools in the window: each is one step that can be undone."""

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu

from tests.gui.gate import PATIENCE_S, Gate
from uasrm_core.audio.clip import Patch
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, RepairNote
from uasrm_core.processing.settings import EDITS, TOOLS, EditSettings, ToolSettings
from uasrm_core.processing.tools import ToolResult

RATE = 44100
SPAN = Region(30000, 40000)


def _sound(window):
    clip = window.document.work.clip
    return clip.read(0, clip.frames)


def test_every_edit_and_tool_stands_in_the_menu(opened):
    for name in EDITS:
        assert opened.action_set[f"edit.{name}"].text()
    for name in TOOLS:
        assert opened.action_set[f"process.{name}"].text()
        assert opened.action_set[f"process.{name}.view"].text()


def test_the_menu_tells_what_works_on_the_selection_from_what_works_on_all(opened):
    (menu,) = [menu for menu in opened.menus.findChildren(QMenu) if menu.title() == "&Process"]
    rows = [
        (action.text().replace("&", ""), action.shortcut().toString())
        for action in menu.actions()
        if not action.isSeparator()
    ]
    assert rows == [
        ("In the Selection", ""),
        ("Gain…", "Ctrl+Shift+G"),
        ("Fade In", "Shift+I"),
        ("Fade Out", "Shift+O"),
        ("Silence", "Ctrl+L"),
        ("Use as Source", "Ctrl+C"),
        ("Copy from the Source", "Ctrl+V"),
        ("Room Tone", "Shift+T"),
        ("Put Back the Original", "Shift+B"),
        ("In the Whole Recording", ""),
        ("De-click", "Ctrl+Shift+C"),
        ("Mouth De-click", "Ctrl+Shift+M"),
        ("De-hum", "Ctrl+Shift+D"),
        ("De-clip", ""),
        ("Try on the Part in View", ""),
    ]


@pytest.mark.parametrize("name", ["silence", "fade-in", "fade-out"])
def test_an_edit_changes_the_selection_and_can_be_undone(opened, qtbot, name):
    before = _sound(opened)
    opened.document.selection.select(SPAN)
    with qtbot.waitSignal(opened.document.work.samples_changed):
        opened.action_set[f"edit.{name}"].trigger()
    changed = np.flatnonzero((_sound(opened) != before).any(axis=0))
    assert SPAN.start_frame <= changed[0]
    assert changed[-1] < SPAN.end_frame
    opened.action_set["undo"].trigger()
    np.testing.assert_array_equal(_sound(opened), before)


def test_the_original_is_put_back_and_the_region_is_open_again(opened, qtbot):
    before, work = _sound(opened), opened.document.work
    work.add_region(SPAN)
    opened.document.selection.select(SPAN)
    with qtbot.waitSignal(work.samples_changed):
        opened.action_set["edit.silence"].trigger()
    assert work.state_of(SPAN) == "repaired"
    opened.document.selection.select(Region(29000, 41000))
    with qtbot.waitSignal(work.samples_changed):
        opened.action_set["edit.put-back"].trigger()
    np.testing.assert_array_equal(_sound(opened), before)
    assert work.state_of(SPAN) == "open"
    assert work.engine_of(SPAN) == ""
    opened.action_set["undo"].trigger()
    assert work.state_of(SPAN) == "repaired"


def test_a_repair_of_this_very_place_is_put_back_with_its_crossfades(opened, qtbot):
    before, work = _sound(opened), opened.document.work
    sound = work.clip.read(29_900, 40_100) * np.float32(0.5)
    note = RepairNote(SPAN, "ar")
    work.apply(Edit("repair", (Patch(29_900, (0, 1), sound),), (note,), (SPAN,)))
    opened.document.selection.select(SPAN)
    opened.action_set["edit.put-back"].trigger()
    np.testing.assert_array_equal(_sound(opened), before)
    assert work.state_of(SPAN) == "open"


def test_with_nothing_changed_there_is_nothing_to_put_back(opened, qtbot):
    job = opened.document.edits.make(SPAN, EditSettings("put-back"))
    with qtbot.waitSignal(job.failed):
        pass
    assert "this is the original" in opened.message.text


def test_a_copy_needs_a_source_first(opened, qtbot):
    opened.document.selection.select(SPAN)
    opened.action_set["edit.clone"].trigger()
    assert "Use as Source" in opened.message.text
    opened.document.selection.select(Region(10000, 20000))
    opened.action_set["edit.source"].trigger()
    assert opened.message.text == "Copies and room tone are taken from 0.227–0.454 s."
    opened.document.selection.select(SPAN)
    with qtbot.waitSignal(opened.document.work.samples_changed):
        opened.action_set["edit.clone"].trigger()
    sound = _sound(opened)
    np.testing.assert_allclose(sound[:, 31000:39000], sound[:, 11000:19000], atol=1e-6)


def test_what_cannot_be_edited_is_answered_in_a_sentence(opened, qtbot):
    job = opened.document.edits.make(
        Region(30000, 40000, low_hz=100.0, high_hz=900.0), EditSettings("fade-in")
    )
    with qtbot.waitSignal(job.failed):
        pass
    assert "all frequencies" in opened.message.text


def test_a_tool_tells_what_it_did(opened, qtbot):
    job = opened.document.edits.run_tool(ToolSettings("dehum"))
    with qtbot.waitSignal(job.succeeded):
        pass
    assert "no hum was found" in opened.message.text
    assert not opened.document.work.history.can_undo


def test_a_tool_that_is_cancelled_keeps_what_it_had_done(opened, qtbot, fake_api):
    before = _sound(opened)
    gate = Gate(lambda progress: progress.check())

    def mend(clip, settings, progress):
        for start in (4000, 9000):
            patch = Patch(start, (0, 1), np.zeros((2, 50), np.float32))
            note = RepairNote(Region(start, start + 50), "declick")
            progress.on_part(ToolResult("De-click: 1 place", (patch,), (note,), found=5))
        gate(progress)

    fake_api.run_tool = mend
    job = opened.document.edits.run_tool(ToolSettings("declick"))
    assert gate.entered.wait(PATIENCE_S)
    with qtbot.waitSignal(job.handed_over):
        pass
    with qtbot.waitSignal(job.ended):
        job.cancel()
        gate.may_go.set()
    assert opened.message.text == "De-click: 2 of 5 places; the rest were left as they were."
    changed = np.flatnonzero((_sound(opened) != before).any(axis=0))
    assert (changed[0], changed[-1]) == (4000, 9049)
    opened.action_set["undo"].trigger()
    np.testing.assert_array_equal(_sound(opened), before)
