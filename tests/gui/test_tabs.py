"""Recordings side by side: each in a tab, with its own work, jobs and sound."""

import gc
import threading
import weakref

import pytest
from PySide6.QtGui import QCloseEvent

from uasrm_core.audio.region import Region
from uasrm_gui.dialogs.questions import Answer

REGION = Region(4000, 4400, label="click")


@pytest.fixture
def recordings(wav_file, tone):
    return [wav_file(tone(seconds=1.0), name=name) for name in ("a.wav", "b.wav", "c.wav")]


@pytest.fixture
def tabs(window, recordings, qtbot):
    """Return a window with two recordings open, the second in front."""
    for path in recordings[:2]:
        window.tabs.page.files.open(path)
        qtbot.waitUntil(lambda path=path: open_path(window.tabs.page) == path)
    return window.tabs


def open_path(page):
    return page.document.work.path


def test_one_recording_shows_no_tabs_and_two_do(window, recordings, qtbot):
    window.files.open(recordings[0])
    qtbot.waitUntil(lambda: open_path(window) == recordings[0])
    assert (window.tabs.count, window.tabs.tabs.tabBar().isVisible()) == (1, False)
    window.files.open(recordings[1])
    qtbot.waitUntil(lambda: open_path(window.tabs.page) == recordings[1])
    assert (window.tabs.count, window.tabs.tabs.tabBar().isVisible()) == (2, True)
    assert [window.tabs.tabs.tabText(n) for n in (0, 1)] == ["a.wav", "b.wav"]
    assert window.tabs.windowTitle() == "b.wav[*] – UASRM"


def test_a_file_that_is_open_is_brought_to_the_front(tabs, recordings):
    tabs.page.files.open(recordings[0])
    assert tabs.count == 2
    assert open_path(tabs.page) == recordings[0]


def test_a_repair_lands_in_the_recording_that_it_was_asked_for(tabs, fake_api, qtbot):
    go_on = threading.Event()
    repair = fake_api.repair

    def wait_and_repair(job, progress):
        assert go_on.wait(60)
        return repair(job, progress)

    fake_api.repair = wait_and_repair
    second, first = tabs.page, tabs.pages[0]
    second.document.repairs.repair([REGION], "ar")
    tabs.tabs.setCurrentWidget(first)
    go_on.set()
    qtbot.waitUntil(lambda: second.document.work.history.cursor == 1)
    assert first.document.work.history.cursor == 0
    assert first.document.work.unsaved is None
    assert [tabs.tabs.tabText(n) for n in (0, 1)] == ["a.wav", "b.wav *"]


def test_each_tab_has_its_menus_and_its_keys_to_itself(tabs):
    first, second = tabs.pages
    assert second.menus.isVisible()
    assert not first.menus.isVisible()
    tabs.show_next(1)
    assert tabs.page is first
    assert first.menus.isVisible()
    assert not second.menus.isVisible()
    assert not second.isVisible()


def test_a_tab_that_is_left_falls_silent(tabs, qtbot):
    second = tabs.page
    second.playback.play()
    assert second.player.is_playing
    tabs.show_next(-1)
    qtbot.waitUntil(lambda: not second.player.is_playing)


def test_closing_a_tab_asks_for_its_own_work_alone(tabs, questions, qtbot):
    second = tabs.page
    tabs.pages[0].document.repairs.repair([REGION], "ar")
    qtbot.waitUntil(lambda: tabs.pages[0].document.work.unsaved is not None)
    second.action_set["close"].trigger()
    qtbot.waitUntil(lambda: tabs.count == 1)
    assert questions.asked == []
    questions.answer = Answer.CANCEL
    tabs.page.action_set["close"].trigger()
    assert len(questions.asked) == 1
    assert tabs.count == 1
    assert tabs.page.document.work.clip is not None


def test_the_last_tab_that_is_closed_leaves_the_first_page(tabs, qtbot):
    for _ in range(2):
        tabs.page.action_set["close"].trigger()
    qtbot.waitUntil(lambda: tabs.count == 1 and tabs.page.is_empty)
    assert tabs.isVisible()
    assert not tabs.page.action_set["close"].isEnabled()


def test_quitting_asks_for_each_and_closes_none_if_one_is_to_stay(tabs, questions, qtbot):
    for page in tabs.pages:
        page.document.repairs.repair([REGION], "ar")
        qtbot.waitUntil(lambda page=page: page.document.work.unsaved is not None)
    answers = [Answer.DISCARD, Answer.CANCEL]
    questions.ask_unsaved = lambda parent, name, sentence: answers.pop(0)
    event = QCloseEvent()
    tabs.closeEvent(event)
    assert not event.isAccepted()
    assert answers == []
    assert tabs.count == 2
    answers[:] = [Answer.DISCARD, Answer.DISCARD]
    tabs.close()
    qtbot.waitUntil(lambda: not tabs.isVisible())


def test_what_cannot_be_opened_leaves_no_tab_behind(tabs, tmp_path, qtbot):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    front = tabs.page
    front.files.open(broken)
    qtbot.waitUntil(lambda: tabs.count == 2 and "broken.wav" in front.message.text)
    assert tabs.page is front


def test_what_belongs_to_a_closed_tab_is_let_go(tabs, settings, qtbot):
    page = weakref.ref(tabs.page)
    tabs.page.close()
    qtbot.waitUntil(lambda: gc.collect() and page() is None)
    settings.change(pre_roll_s=2.5)
    assert tabs.page.settings.values.pre_roll_s == 2.5
