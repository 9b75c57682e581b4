"""Many recordings are repaired beside the window, and their sessions are opened from the list."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog

from uasrm_core.batch.job_file import read_job
from uasrm_gui.background import command_run
from uasrm_gui.dialogs.batch import BatchDialog

RATE = 44100


@pytest.fixture
def tapes(tmp_path, tone):
    """Return a folder with a damaged recording and a file that is none."""
    folder = tmp_path / "tapes"
    folder.mkdir()
    samples = tone(seconds=2.0)
    samples[:, 30_000:30_020] += 0.4
    soundfile.write(folder / "a.wav", samples.T, RATE, subtype="PCM_16")
    (folder / "b.wav").write_bytes(b"")
    return folder


@pytest.fixture
def opened_work():
    return []


@pytest.fixture
def dialog(qtbot, opened_work):
    dialog = BatchDialog(opened_work.append)
    qtbot.addWidget(dialog)
    dialog.kinds["dropouts"].setChecked(False)
    dialog.kinds["clipping"].setChecked(False)
    return dialog


def texts(dialog):
    table = dialog.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_a_folder_is_repaired_and_a_session_opened_by_a_double_click(
    dialog, qtbot, tapes, tmp_path, opened_work
):
    dialog.add_inputs([tapes])
    assert dialog.output.text() == str(tmp_path / "tapes repaired")
    with qtbot.waitSignal(dialog._run.ended) as ended:
        dialog.start_or_stop()
        assert dialog.is_running
        assert dialog.start_button.text() == "Stop"
    assert ended.args == [""]
    assert texts(dialog) == [
        ["a.wav", "repaired", "1/1", ""],
        ["b.wav", "failed", "", "“b.wav” is empty."],
    ]
    assert dialog.progress.value() == dialog.progress.maximum()
    assert dialog.start_button.text() == "Start"
    dialog.table.cellDoubleClicked.emit(1, 0)
    assert opened_work == []
    dialog.table.cellDoubleClicked.emit(0, 0)
    assert opened_work == [tmp_path / "tapes repaired" / "a.wav.uasrm"]
    dialog.table.selectRow(0)
    dialog.review_button.click()
    assert opened_work == [tmp_path / "tapes repaired" / "a.wav.uasrm"] * 2


def test_the_queue_and_how_far_each_recording_is_are_shown(dialog, tapes):
    a, b = (str(tapes / name) for name in ("a.wav", "b.wav"))
    dialog._run.queued.emit([a, b])
    assert texts(dialog) == [["a.wav", "waiting", "", ""], ["b.wav", "waiting", "", ""]]
    dialog._run.worked.emit(a, 0.5)
    assert texts(dialog)[0] == ["a.wav", "50 %", "", ""]
    assert dialog.progress.value() / dialog.progress.maximum() == 0.25
    assert dialog.told.text().startswith("0 of 2 done, about ")
    dialog.table.selectRow(0)
    assert not dialog.review_button.isEnabled()


def test_reports_are_shown(dialog, qtbot, tapes, monkeypatch):
    shown = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: shown.append(Path(url.toLocalFile()).name)
    )
    dialog.add_inputs([tapes])
    with qtbot.waitSignal(dialog._run.ended):
        dialog.start_or_stop()
    dialog.table.selectRow(0)
    dialog.report_button.click()
    dialog.table.selectRow(1)
    assert not dialog.report_button.isEnabled()
    assert shown == ["a.wav.report.txt"]


def test_what_stops_the_batch_is_told_in_its_sentence(dialog, qtbot, tapes, tmp_path):
    (tapes / "a.wav").unlink()
    (tapes / "b.wav").unlink()
    dialog.add_inputs([tapes])
    with qtbot.waitSignal(dialog._run.ended):
        dialog.start_or_stop()
    assert dialog.told.text() == "There is no recording in what was named."


def test_a_program_that_is_not_there_is_told(dialog, qtbot, tapes, monkeypatch):
    monkeypatch.setattr(command_run, "command_line", lambda: ["/nowhere/uasrm"])
    dialog.add_inputs([tapes])
    with qtbot.waitSignal(dialog._run.ended):
        dialog.start_or_stop()
    assert dialog.told.text() == "The program “uasrm” cannot be started."
    assert dialog.start_button.text() == "Start"


def test_a_batch_starts_only_with_recordings_a_folder_for_results_and_a_kind(dialog, tapes):
    start = dialog.start_button
    assert not start.isEnabled()
    assert "Add recordings" in dialog.told.text()
    dialog.add_inputs([tapes])
    assert start.isEnabled()
    assert "Add recordings" not in dialog.told.text()
    dialog.output.clear()
    assert not start.isEnabled()
    dialog.output.setText(str(tapes / "done"))
    for box in dialog.kinds.values():
        box.setChecked(False)
    assert not start.isEnabled()
    assert not dialog.save_button.isEnabled()
    assert dialog.told.text() == "Choose what to look for."
    dialog.kinds["clicks"].setChecked(True)
    assert start.isEnabled()


def test_a_recording_is_taken_off_the_list_once_it_is_picked(dialog, tapes):
    dialog.add_inputs([tapes])
    assert not dialog.remove_button.isEnabled()
    dialog.inputs.item(0).setSelected(True)
    dialog.remove_button.click()
    assert dialog.inputs.count() == 0
    assert not dialog.start_button.isEnabled()


def test_closing_ends_the_batch(dialog, qtbot, tapes):
    dialog.add_inputs([tapes])
    dialog.start_or_stop()
    dialog.show()
    dialog.close()
    assert not dialog.is_running


def test_the_settings_are_written_as_a_job(dialog, tmp_path):
    dialog.sensitivity.setValue(0.7)
    dialog.archive.setChecked(True)
    dialog.write_job(tmp_path / "job.toml")
    job = read_job(tmp_path / "job.toml")
    assert job == dialog.job()
    assert (job.kinds, job.sensitivity, job.archive) == (("clicks",), 0.7, True)


def test_the_menu_shows_it_once(window, qtbot):
    window.show()
    window.action_set["batch"].trigger()
    window.action_set["batch"].trigger()
    shown = [
        dialog for dialog in window.tabs.findChildren(QDialog) if isinstance(dialog, BatchDialog)
    ]
    assert len(shown) == 1
    assert shown[0].isVisible()
