import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.files import open_clip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, EditHistory, RepairNote
from uasrm_core.edit.journal import Journal, Snapshot
from uasrm_core.edit.recovery import find_leftovers, recover
from uasrm_core.edit.review import Decision
from uasrm_core.edit.session import lock_session, save_session, session_of
from uasrm_core.edit.stamp import full_stamp
from uasrm_gui.dialogs.questions import Answer
from uasrm_gui.dialogs.recovery import RecoveryDialog


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journals"


@pytest.fixture
def window(make_window, fake_api, folder):
    return make_window(fake_api, journals=folder)


@pytest.fixture
def source(music_like, wav_file):
    return wav_file(music_like(2.0), name="tape.wav", subtype="PCM_16")


def repaired(*values):
    """Return a history with a repair for each value."""
    history = EditHistory()
    for number, value in enumerate(values):
        region = Region(1000 * number, 1000 * number + 500)
        patch = Patch(region.start_frame, (0, 1), np.full((2, 500), value, np.float32))
        history = history.apply(Edit("Repair", (patch,), (RepairNote(region, "ar"),)))
    return history


@pytest.fixture
def crashed(folder, source):
    """Leave the journal of two repairs, as a crash would."""
    journal = Journal(folder)
    journal.write(Snapshot(full_stamp(open_clip(source)), repaired(0.25, 0.5)))
    journal.close()
    return journal.path


@pytest.fixture
def found(crashed, window, qtbot):
    """Return a window that has found what a crash left."""
    with qtbot.waitSignal(window.recovery.changed):
        window.recovery.look()
    return window


def click(qtbot, panel, text):
    """Click the only button with a text, as soon as it is to be seen."""

    def seen():
        buttons = panel.findChildren(QPushButton)
        return [b for b in buttons if b.text() == text and b.isVisible()]

    qtbot.waitUntil(lambda: len(seen()) == 1)
    qtbot.mouseClick(seen()[0], Qt.MouseButton.LeftButton)


def journalled(folder):
    """Return the work in the only journal."""
    (leftover,) = find_leftovers(folder)
    recovered = recover(leftover.path)
    recovered.lock.release()
    return recovered.work


def test_every_step_is_in_the_journal_after_the_end(window, source, folder, qtbot):
    document = window.document
    with qtbot.waitSignal(document.work.opened):
        document.files.open(source)
    with qtbot.waitSignal(document.repairs.done):
        document.repairs.repair([Region(1000, 2000)], "auto")
    document.work.add_region(Region(5000, 6000))
    document.work.decide([Decision(Region(7000, 7010, kind=Kind.CLICK), "rejected", 0.5)])
    document.work.undo()
    history = document.work.history
    window.end_by_signal()
    work = journalled(folder)
    assert work.history.cursor == history.cursor == 2
    assert [edit.label for edit in work.history.edits] == [edit.label for edit in history.edits]
    assert work.history.edits[2].decided == history.edits[2].decided
    assert work.history.regions == history.regions
    for one, other in zip(work.history.patches, history.patches, strict=True):
        assert one.samples.tobytes() == other.samples.tobytes()


def test_what_is_only_looked_at_has_no_journal(window, source, folder, qtbot):
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(source)
    window.end_by_signal()
    assert not folder.exists()


def test_closing_by_the_users_word_removes_the_journal(window, source, folder, qtbot, questions):
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(source)
    window.document.work.add_region(Region(5000, 6000))
    qtbot.waitUntil(lambda: list(folder.glob("*.journal")) != [])
    questions.answer = Answer.DISCARD
    window.tabs.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert list(folder.iterdir()) == []


def test_saved_work_is_not_offered(window, source, folder, qtbot, tmp_path):
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(source)
    window.document.work.add_region(Region(5000, 6000))
    with qtbot.waitSignal(window.document.files.save_session(tmp_path / "work.uasrm").ended):
        pass
    window.end_by_signal()
    assert find_leftovers(folder) == ()


def test_work_is_recovered_from_the_welcome_page(found, source, folder, crashed, qtbot):
    document, panel = found.document, found.welcome.recovery
    texts = [label.text() for label in panel.findChildren(type(found.welcome._recent_title))]
    assert "tape.wav" in texts
    assert any("2 repairs" in text for text in texts)
    with qtbot.waitSignal(document.work.opened):
        click(qtbot, panel, "Recover")
    assert document.work.path == source
    assert document.work.session_path is None
    assert document.work.unsaved is not None
    assert found.isWindowModified()
    assert (document.work.clip.read(1000, 1500) == 0.5).all()
    # from now on the work is in a journal of this window
    qtbot.waitUntil(lambda: not crashed.exists())
    found.end_by_signal()
    assert len(journalled(folder).history.patches) == 2


def test_a_journal_stays_until_its_own_work_is_written_anew(
    found, crashed, wav_file, tone, qtbot, monkeypatch
):
    write, gates, old = Journal.write, [threading.Event(), threading.Event()], []

    def write_late(journal, snapshot):
        old.append(threading.current_thread())
        gates[len(set(old)) - 1].wait()
        write(journal, snapshot)

    monkeypatch.setattr(Journal, "write", write_late)
    with qtbot.waitSignal(found.document.work.opened):
        found.document.files.open(wav_file(tone(1.0, 440.0), name="other.wav"))
    found.document.work.add_region(Region(5000, 6000))
    qtbot.waitUntil(lambda: bool(old))
    with qtbot.waitSignal(found.document.work.opened):
        found.document.files.recover(crashed)
    gates[0].set()
    old[0].join()
    assert crashed.exists()
    gates[1].set()
    qtbot.waitUntil(lambda: not crashed.exists())


def test_discarding_asks(found, crashed, qtbot, questions):
    panel = found.welcome.recovery
    click(qtbot, panel, "Discard…")
    assert questions.asked == ["tape.wav"]
    assert crashed.exists()
    questions.answer = Answer.DISCARD
    click(qtbot, panel, "Discard…")
    qtbot.waitUntil(lambda: not crashed.exists())
    qtbot.waitUntil(lambda: not panel.isVisible())


def test_a_moved_recording_is_located_and_another_is_not_taken(
    found, source, qtbot, questions, tmp_path
):
    moved = source.rename(tmp_path / "elsewhere.wav")
    wrong = tmp_path / "wrong.wav"
    data = bytearray(moved.read_bytes())
    data[-1] ^= 1
    wrong.write_bytes(data)
    panel = found.welcome.recovery
    questions.path = None
    with qtbot.waitSignal(found.document.files.asked):
        click(qtbot, panel, "Recover")
    assert found.document.work.clip is None
    asked = []

    def locate(parent, sentence, folder):
        asked.append(sentence)
        return wrong if len(asked) == 1 else moved

    questions.source_to_locate = locate
    qtbot.waitUntil(lambda: found.runner.current is None)
    with qtbot.waitSignal(found.document.work.opened):
        click(qtbot, panel, "Recover")
    assert "is not there any more" in asked[0]
    assert "is not the recording that this work was done on" in asked[1]
    assert found.document.work.path == moved
    assert len(found.document.work.history.patches) == 2


def test_work_is_recovered_from_the_menu_beside_open_work(found, wav_file, tone, qtbot):
    with qtbot.waitSignal(found.document.work.opened):
        found.document.files.open(wav_file(tone(), name="other.wav"))
    assert "Recover Work" in found.message.text
    found.action_set["recover"].trigger()
    (dialog,) = found.findChildren(RecoveryDialog)
    click(qtbot, dialog.panel, "Recover")
    qtbot.waitUntil(lambda: found.tabs.page.document.work.name == "tape.wav")
    assert [page.document.work.name for page in found.tabs.pages] == ["other.wav", "tape.wav"]


def test_a_journal_that_cannot_be_written_is_told_and_the_work_goes_on(
    window, source, folder, qtbot
):
    folder.write_text("a file where the folder should be")
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(source)
    window.document.work.add_region(Region(5000, 6000))
    qtbot.waitUntil(lambda: "not protected from a crash" in window.message.text)
    window.document.work.add_region(Region(7000, 8000))
    assert len(window.document.work.regions) == 2


def test_a_session_that_another_window_has_is_opened_as_a_copy(
    window, source, tmp_path, qtbot, questions
):
    path = tmp_path / "work.uasrm"
    save_session(session_of(open_clip(source), repaired(0.5), {}), path)
    other = lock_session(path)
    with qtbot.waitSignal(window.document.files.asked):
        window.document.files.open(path)
    assert "is open in another window (on " in questions.asked[0]
    assert window.document.work.clip is None
    questions.path = path
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(path)
    assert window.document.work.session_path is None
    assert len(window.document.work.history.patches) == 1
    other.release()


def test_a_session_is_held_while_it_is_open_and_may_be_opened_again(
    window, source, tmp_path, qtbot
):
    path, second = tmp_path / "work.uasrm", tmp_path / "second.uasrm"
    save_session(session_of(open_clip(source), repaired(0.5), {}), path)
    for _ in range(2):
        with qtbot.waitSignal(window.document.work.opened):
            window.document.files.open(path)
    with qtbot.waitSignal(window.document.files.save_session(path).succeeded):
        pass
    with pytest.raises(Exception, match="is open in another window"):
        lock_session(path)
    with qtbot.waitSignal(window.document.files.save_session(second).succeeded):
        pass
    lock_session(path).release()
    with pytest.raises(Exception, match="is open in another window"):
        lock_session(second)
    window.end_by_signal()
    lock_session(second).release()


def test_a_session_is_saved_again_while_it_is_being_saved(window, source, tmp_path, qtbot):
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(source)
    path = tmp_path / "work.uasrm"
    window.document.files.save_session(path)
    window.document.work.add_region(Region(5000, 6000))
    with qtbot.waitSignal(window.document.files.save_session(path).succeeded):
        pass
    assert window.document.work.unsaved is None
    with pytest.raises(Exception, match="is open in another window"):
        lock_session(path)
    window.end_by_signal()
    lock_session(path).release()
