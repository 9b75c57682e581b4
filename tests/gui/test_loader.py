"""The thread behind the pictures does the newest wish, and nothing that no one waits for."""

from __future__ import annotations

import threading

import pytest

from uasrm_core.errors import FileError
from uasrm_gui.background.loader import Loader, Task

# For what must come, however busy the machine is.
PATIENCE_S = 180.0


@pytest.fixture
def loader(qapp):
    loader = Loader("test loader")
    yield loader
    loader.shutdown()


class Gate:
    """Work that lasts until it is let go or told to stop."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.open = threading.Event()
        self.cancelled = threading.Event()

    def __call__(self, progress):
        self.begun.set()
        while not self.open.wait(0.005):
            try:
                progress.check()
            except BaseException:
                self.cancelled.set()
                raise
        return "done"


def value(result):
    return lambda progress: result


def test_tasks_are_done_in_order(loader, qtbot):
    got = []
    loader.loaded.connect(lambda name, result: got.append((name, result)))
    loader.request([Task("a", value(1)), Task("b", value(2))])
    qtbot.waitUntil(lambda: len(got) == 2)
    assert got == [("a", 1), ("b", 2)]


def test_the_newest_wish_stops_and_replaces_the_one_before(loader, qtbot):
    gate, got = Gate(), []
    loader.loaded.connect(lambda name, result: got.append(name))
    loader.request([Task("old", gate), Task("waiting", value(1))])
    assert gate.begun.wait(PATIENCE_S)
    loader.request([Task("new", value(2))])
    qtbot.waitUntil(lambda: got == ["new"])
    assert gate.cancelled.is_set()


def test_what_is_still_wanted_goes_on_and_is_not_begun_twice(loader, qtbot):
    gate, got = Gate(), []
    loader.loaded.connect(lambda name, result: got.append(name))
    loader.request([Task("same", gate)])
    assert gate.begun.wait(PATIENCE_S)
    loader.request([Task("same", gate), Task("next", value(1))])
    gate.open.set()
    qtbot.waitUntil(lambda: got == ["same", "next"])


def test_a_task_can_be_asked_for_again_when_it_is_done(loader, qtbot):
    got = []

    def again(name, result):
        got.append(name)
        if len(got) < 50:
            loader.request([Task("slice", value(len(got)))])

    loader.loaded.connect(again)
    loader.request([Task("slice", value(0))])
    qtbot.waitUntil(lambda: len(got) == 50)


def test_a_failure_is_told_and_the_next_task_done(loader, qtbot):
    def fail(progress):
        raise FileError("The file is gone.")

    failures, got = [], []
    loader.failed.connect(lambda name, sentence: failures.append((name, sentence)))
    loader.loaded.connect(lambda name, result: got.append(name))
    loader.request([Task("bad", fail), Task("good", value(1))])
    qtbot.waitUntil(lambda: got == ["good"])
    assert failures == [("bad", "The file is gone.")]


def test_a_wish_after_shutdown_is_ignored(qapp):
    loader = Loader("test loader")
    loader.shutdown()
    loader.request([Task("late", value(1))])
    loader.shutdown()


def test_shutdown_stops_what_runs(qapp):
    loader, gate = Loader("test loader"), Gate()
    loader.request([Task("long", gate)])
    assert gate.begun.wait(PATIENCE_S)
    loader.shutdown()
    assert gate.cancelled.is_set()
    assert not any(thread.name.startswith("test loader") for thread in threading.enumerate())


def test_what_is_asked_for_after_the_end_is_not_done(qapp):
    loader, done = Loader("short"), []
    loader.shutdown()
    loader.request([Task("late", lambda *, progress: done.append(True))])
    assert not done
