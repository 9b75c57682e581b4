"""Anything at all may be done to the window; ``tools/walk_window.py`` does much more of it."""

import importlib
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QDialog

from uasrm_gui.dialogs.questions import Answer
from uasrm_gui.editor.cache import ByteCache

TOOLS = Path(__file__).resolve().parents[2] / "tools"
EVENTS = 300


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module("walk_window")


def test_a_walk_at_random_ends_without_a_problem(opened, questions, tool):
    questions.answer = Answer.DISCARD
    watch = tool.Watch()
    walk = tool.Walk(opened, watch, seed=7)
    try:
        for number in range(EVENTS):
            walk.step(number)
    finally:
        walk.end()
    assert watch.problems == []
    assert walk.done.total() == EVENTS
    assert min(walk.done[kind] for kind in tool.KINDS) > 0
    assert not opened.isVisible()


def test_what_goes_wrong_is_noted_with_its_event(opened, questions, tool):
    questions.answer = Answer.DISCARD
    watch = tool.Watch()
    walk = tool.Walk(opened, watch, seed=7)
    opened.runner.submit("Failing", lambda progress: 1 / 0)
    try:
        for number in range(EVENTS):
            walk.step(number)
            if watch.problems:
                break
    finally:
        walk.end()
    assert "ZeroDivisionError" in watch.problems[0]
    assert watch.problems[0].startswith("event ")


def test_a_leak_is_seen_and_what_is_meant_to_be_held_is_none(opened, tool):
    memory = tool.Memory(opened)
    memory.take(warm=True)
    memory.take(warm=False)
    assert memory.problems == []
    leak = np.ones(80 * 2**20, np.uint8)
    memory.take(warm=False)
    assert "nothing accounts for grew by" in memory.problems[0]
    assert leak.all()


def test_what_goes_past_its_bound_is_named(opened, tool):
    memory = tool.Memory(opened)
    greedy = ByteCache("sweets", 100)
    greedy.put("one too many", np.zeros(101, np.uint8))
    memory.take(warm=True)
    assert len(memory.problems) == 1
    assert "sweets" in memory.problems[0]


def test_dialogs_and_menus_leave_nothing_behind(opened, qtbot):
    for name in ("shortcuts", "keys", "preferences", "export", "go_to"):
        opened.action_set[name].trigger()
        (dialog,) = opened.findChildren(QDialog)
        dialog.reject()
        qtbot.waitUntil(lambda: not opened.findChildren(QDialog))
