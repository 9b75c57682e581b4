"""Anything at all may be done to the window; ``tools/walk_window.py`` does much more of it."""

import importlib.util
from pathlib import Path

import pytest

from uasrm_gui.dialogs.questions import Answer

TOOL = Path(__file__).resolve().parents[2] / "tools" / "walk_window.py"
EVENTS = 300


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("walk_window", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
