from dataclasses import replace

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from uasrm_core import api as core_api
from uasrm_core.audio.formats import ExportFormat
from uasrm_core.audio.region import Region
from uasrm_gui.commands.repairs import ALL_REPAIRED
from uasrm_gui.dialogs.export import COPIED, ROUNDED, ExportDialog
from uasrm_gui.dialogs.preferences import PreferencesDialog
from uasrm_gui.dialogs.questions import Answer
from uasrm_gui.dialogs.shortcuts import ShortcutsDialog
from uasrm_gui.sound.device import NO_DEVICE, NoOutputError
from uasrm_gui.sound.playback_plan import Version

RATE = 44100
DAMAGE = Region(30000, 30441)


def trigger(window, name):
    window.action_set[name].trigger()


def repair(qtbot, window, region=DAMAGE):
    window.document.selection.select(region)
    with qtbot.waitSignal(window.document.repairs.done):
        trigger(window, "repair")


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    none = Qt.MouseButton.NoButton
    keys = Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(5, 5), copy, data, none, keys))
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), copy, data, none, keys))


def test_without_a_file_the_window_says_what_to_do(window):
    assert window.welcome.isVisible()
    assert not window.editor.isVisible()
    assert window.windowTitle() == "UASRM"
    assert not window.action_set["repair"].isEnabled()


def test_the_whole_way_with_the_real_engines(make_window, qtbot, music_like, wav_file, questions):
    clean = music_like(2.0)
    damaged = clean.copy()
    damaged[:, DAMAGE.start_frame : DAMAGE.end_frame] = 0.0
    path = wav_file(damaged, subtype="PCM_16")
    window = make_window(core_api)
    with qtbot.waitSignal(window.document.work.opened):
        drop(window, path)
    assert window.windowTitle() == "recording.wav[*] – UASRM"
    assert not window.isWindowModified()

    window.document.selection.select(DAMAGE)
    with qtbot.waitSignal(window.document.repairs.done):
        trigger(window, "repair")
    start, end = DAMAGE.start_frame, DAMAGE.end_frame
    repaired = window.document.work.clip.read(start, end)
    error = np.sqrt(np.mean((repaired - clean[:, start:end]) ** 2))
    assert error < 0.5 * np.sqrt(np.mean(clean[:, start:end] ** 2))
    assert window.isWindowModified()
    assert window.document.work.is_repaired(DAMAGE)

    trigger(window, "undo")
    assert not window.document.work.clip.read(start, end).any()
    trigger(window, "redo")
    assert np.array_equal(window.document.work.clip.read(start, end), repaired)

    target = path.with_name("fixed.wav")
    job = window.document.files.export(target, ExportFormat("WAV", "PCM_16"), overwrite=False)
    with qtbot.waitSignal(job.succeeded):
        pass
    assert "173,754 of 173,754 samples outside the repairs are identical" in window.message.text
    assert not window.isWindowModified()
    before, after = (soundfile.read(file, dtype="int16")[0] for file in (path, target))
    changed = np.flatnonzero((before != after).any(axis=1))
    assert changed.size > 300
    assert changed.min() >= start - 441
    assert changed.max() < end + 441

    questions.path = path.with_name("work.uasrm")
    job = window.files.save()
    with qtbot.waitSignal(job.succeeded):
        pass
    with qtbot.waitSignal(window.document.work.opened):
        window.document.files.open(questions.path)
    assert np.array_equal(window.document.work.clip.read(start, end), repaired)
    assert window.windowTitle() == "work.uasrm[*] – UASRM"
    assert window.document.work.history.can_undo
    assert questions.asked == []


def test_original_and_repaired_can_be_compared_while_playing(opened, qtbot, output):
    repair(qtbot, opened)
    assert opened.player.version is Version.REPAIRED
    output.speed = 1.0
    trigger(opened, "play")
    qtbot.waitUntil(lambda: bool(output.streams) and len(output.streams[0].blocks) > 5)
    trigger(opened, "ab")
    assert opened.player.version is Version.ORIGINAL
    assert opened.action_set["listen.original"].isChecked()
    assert opened.player.is_playing
    trigger(opened, "play")
    assert not opened.player.is_playing
    assert len(output.streams) == 1


def test_the_picture_shows_the_version_that_is_heard(opened, qtbot):
    drawn = []
    update = opened.editor.update_clip
    opened.editor.update_clip = lambda clip, start, end: (
        drawn.append(clip),
        update(clip, start, end),
    )
    opened.document.selection.select(DAMAGE)
    repair(qtbot, opened)
    assert drawn[-1] is opened.document.work.clip
    trigger(opened, "ab")
    assert drawn[-1] is opened.document.work.original
    trigger(opened, "ab")
    assert drawn[-1] is opened.document.work.clip


def test_a_region_inside_a_repaired_stretch_counts_as_repaired(opened, qtbot):
    inside = replace(DAMAGE, start_frame=DAMAGE.start_frame + 10, label="inside")
    opened.document.work.add_region(inside)
    opened.document.selection.select(DAMAGE)
    repair(qtbot, opened)
    assert opened.document.work.is_repaired(inside)
    trigger(opened, "repair.all")
    assert opened.message.text == ALL_REPAIRED
    trigger(opened, "undo")
    assert not opened.document.work.is_repaired(inside)


def test_playback_takes_the_rolls_around_the_selection(opened, qtbot, output):
    opened.settings.change(pre_roll_s=0.1, post_roll_s=0.2)
    opened.document.selection.select(DAMAGE)
    trigger(opened, "play.once")
    qtbot.waitUntil(lambda: not opened.player.is_playing)
    start, end = DAMAGE.start_frame - 4410, DAMAGE.end_frame + 8820
    heard = output.streams[0].samples[: end - start]
    assert np.array_equal(heard.T, opened.document.work.clip.read(start, end))


def test_no_sound_device_is_told_and_repair_works_all_the_same(opened, qtbot, output):
    output.problem = NoOutputError(NO_DEVICE)
    opened.document.selection.select(DAMAGE)
    with qtbot.waitSignal(opened.player.failed):
        trigger(opened, "play")
    assert "everything else works" in opened.message.text
    opened.message.hide()
    with qtbot.waitSignal(opened.player.silent_changed):
        trigger(opened, "play")
    assert opened.message.text == ""
    repair(qtbot, opened)
    assert opened.document.work.is_repaired(DAMAGE)


def test_repairs_not_exported_make_closing_ask(opened, qtbot, questions, tmp_path):
    repair(qtbot, opened)
    questions.answer = Answer.CANCEL
    opened.tabs.close()
    assert opened.isVisible()
    assert questions.asked == ["The repairs have been neither exported nor saved."]
    questions.answer = Answer.SAVE
    questions.path = tmp_path / "work.uasrm"
    opened.tabs.close()
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert questions.path.is_file()
    assert len(questions.asked) == 2


def test_work_that_is_safe_closes_without_a_question(opened, qtbot, questions, tmp_path):
    repair(qtbot, opened)
    trigger(opened, "undo")
    with qtbot.waitSignal(opened.document.files.save_session(tmp_path / "work.uasrm").succeeded):
        pass
    opened.tabs.close()
    assert not opened.isVisible()
    assert questions.asked == []


def test_marked_regions_are_not_lost_silently(opened, questions):
    opened.document.selection.select(DAMAGE)
    trigger(opened, "region.add")
    questions.answer = Answer.DISCARD
    opened.tabs.close()
    assert questions.asked == ["The regions you marked have not been saved."]


def test_a_file_that_cannot_be_opened_leaves_the_present_one(opened, qtbot, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    opened.settings.remember_file(broken)
    opened.files.open(broken)
    qtbot.waitUntil(lambda: "broken.wav" in opened.message.text)
    assert opened.document.work.name == "recording.wav"
    assert str(broken) not in opened.settings.values.recent_files


def test_numbers_of_a_region_are_edited_in_the_table(opened):
    opened.document.selection.select(DAMAGE)
    trigger(opened, "region.add")
    model = opened.regions.table.model()
    assert model.setData(model.index(0, 3), "0.5")
    assert opened.document.work.regions[0].start_frame == 22050
    assert opened.document.selection.region.start_frame == 22050
    assert model.setData(model.index(0, 7), "3k")
    assert opened.document.work.regions[0].high_hz == 3000
    assert model.setData(model.index(0, 8), "R")
    assert opened.document.work.regions[0].channels == (1,)
    assert model.setData(model.index(0, 2), "cough")
    assert model.index(0, 2).data() == "cough"
    trigger(opened, "undo")
    assert opened.document.work.regions[0].label == ""


@pytest.mark.parametrize(
    ("column", "text", "sentence"),
    [
        (3, "1.5", "ends before it starts"),
        (4, "99", "lies outside the recording"),
        (5, "0", "has no length"),
        (3, "early", "Type a time"),
        (8, "5", "Type the channels"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(opened, column, text, sentence):
    opened.document.work.add_region(DAMAGE)
    model = opened.regions.table.model()
    assert not model.setData(model.index(0, column), text)
    assert sentence in opened.message.text
    assert opened.document.work.regions == (DAMAGE,)


def test_leaving_a_rounded_number_as_it_is_moves_nothing(opened):
    opened.document.work.add_region(DAMAGE)
    model = opened.regions.table.model()
    index = model.index(0, 2)
    model.setData(index, index.data(Qt.ItemDataRole.EditRole))
    assert opened.document.work.regions == (DAMAGE,)


def test_the_selection_is_typed_in_the_transport_bar(opened, qtbot):
    field = opened.transport.first_field
    field.setFocus()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert opened.document.selection.region.start_frame == 11025
    assert opened.editor.selection.region == opened.document.selection.region
    field.selectAll()
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "ends before it starts" in opened.message.text
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.250"


def test_single_keys_are_actions_but_yield_to_typing(opened, qtbot):
    opened.activateWindow()
    opened.editor.setFocus()
    qtbot.keyClick(opened, Qt.Key.Key_B)
    assert opened.editor.tool == "box"
    field = opened.findChild(QLineEdit, "number")
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClick(field, Qt.Key.Key_T)
    assert opened.editor.tool == "box"
    assert field.text() == "t"


def test_regions_are_picked_removed_and_brought_back(opened, qtbot):
    for start in (50000, 10000, 30000):
        opened.document.work.add_region(Region(start, start + 500))
    opened.document.selection.pick_rows([])
    opened.document.selection.select(None)
    starts = []
    for name in ("region.next", "region.next", "region.next", "region.next", "region.previous"):
        trigger(opened, name)
        starts.append(opened.document.selection.region.start_frame)
    assert starts == [10000, 30000, 50000, 10000, 50000]
    opened.regions.table.selectAll()
    assert opened.document.selection.rows == (0, 1, 2)
    trigger(opened, "region.remove")
    assert opened.document.work.regions == ()
    trigger(opened, "undo")
    assert len(opened.document.work.regions) == 3


def test_the_history_is_clicked_in(opened, qtbot):
    for start in (10000, 20000, 30000):
        repair(qtbot, opened, Region(start, start + 300))
    view = opened.history.list
    view.clicked.emit(view.model().index(1, 0))
    assert opened.document.work.history.cursor == 1
    assert opened.document.work.clip.read(10000, 10300).any() == np.False_
    assert opened.document.work.clip.read(30000, 30300).any()
    assert view.model().index(0, 0).data() == "As opened"


def test_every_key_is_used_once_and_stands_on_the_page(opened):
    trigger(opened, "shortcuts")
    dialog = opened.findChild(ShortcutsDialog)
    keys = [key for key, _ in dialog.rows]
    assert len(keys) == len(set(keys))
    wanted = {"Space", "L", "X", "R", "Ctrl+R", "N", "Ctrl+Z", "Ctrl+Shift+Z", "Del", "F1", "Home"}
    assert wanted <= set(keys)
    assert dialog.isVisible()


def test_the_export_dialog_tells_the_truth_about_each_format(opened):
    trigger(opened, "export")
    dialog = opened.findChild(ExportDialog)
    assert dialog.truth.text() == COPIED
    assert dialog.choice.target.name == "recording_repaired.wav"
    assert not dialog.choice.overwrite
    dialog.format_box.setCurrentIndex(dialog.format_box.findText("MP3"))
    assert dialog.truth.text() == ROUNDED
    assert dialog.choice.target.suffix == ".mp3"
    dialog.target_edit.setText(str(opened.document.work.path))
    assert "original" in dialog.warning.text()
    assert not dialog.findChild(QDialog)


def test_preferences_are_taken_with_ok(opened, settings):
    dialog = PreferencesDialog(settings, ["Speakers"], opened)
    dialog.device.setCurrentIndex(dialog.device.findData("Speakers"))
    dialog.pre_roll.setValue(3.0)
    dialog.accept()
    assert (settings.values.device, settings.values.pre_roll_s) == ("Speakers", 3.0)


def test_the_demo_opens_with_its_regions(window, qtbot):
    with qtbot.waitSignal(window.document.work.opened):
        trigger(window, "demo")
    assert len(window.document.work.regions) >= 5
    assert not window.isWindowModified()


def test_recordings_that_are_dropped_open_side_by_side(window, qtbot, wav_file, tone, tmp_path):
    files = [wav_file(tone(seconds=1.0), name=name) for name in ("a.wav", "b.wav", "c.wav")]
    labels = tmp_path / "a.txt"
    labels.write_text("0.100\t0.200\tclick\n")
    with qtbot.waitSignal(window.document.work.opened):
        drop(window, *files, labels)
    tabs = window.tabs
    qtbot.waitUntil(lambda: [page.document.work.path for page in tabs.pages] == files)
    assert len(window.document.work.regions) == 1


def test_labels_that_are_dropped_are_added(opened, qtbot, tmp_path):
    (tmp_path / "one.txt").write_text("0.300\t0.500\tone\n")
    (tmp_path / "two.txt").write_text("0.600\t0.700\ttwo\n")
    drop(opened, tmp_path / "one.txt", tmp_path / "two.txt")
    qtbot.waitUntil(lambda: len(opened.document.work.regions) == 2)


def test_an_edit_is_named_once_in_the_history(opened, qtbot):
    repair(qtbot, opened, Region(10000, 10300))
    opened.document.selection.select(Region(20000, 30000))
    with qtbot.waitSignal(opened.document.work.samples_changed):
        trigger(opened, "edit.silence")
    rows = opened.history.list.model()
    assert [rows.index(row, 0).data() for row in range(3)] == [
        "As opened",
        "Repair 0.227–0.234 s",
        "Silence, 0.454–0.680 s",
    ]
