"""Help leads to the page about what one is at, and what goes wrong can be reported."""

import pytest
from PySide6.QtGui import QGuiApplication

from uasrm_core.audio.files import open_clip
from uasrm_core.errors import FileError
from uasrm_core.problem_report import Findings
from uasrm_core.resources import guide_folder
from uasrm_core.version import program_version
from uasrm_gui.commands import showing
from uasrm_gui.dialogs.about import AboutDialog
from uasrm_gui.dialogs.guide import GuideDialog
from uasrm_gui.dialogs.report import ReportDialog
from uasrm_gui.notices import CRASHED, UNEXPECTED, Notice
from uasrm_gui.start import tell_of_crash


def test_each_part_of_the_window_has_a_page(opened):
    pages = {
        opened.regions.table: "regions",
        opened.detections.table: "finding",
        opened.compare.list: "comparing",
        opened.history.list: "history",
        opened.display: "viewing",
        opened.transport: "comparing",
        opened.editor: "selecting",
        opened: "getting-started",
    }
    assert {widget: showing.guide_page(widget) for widget in pages} == pages
    assert showing.guide_page(None) == "getting-started"
    assert all((guide_folder() / f"{page}.md").is_file() for page in pages.values())


def test_help_shows_the_page_of_the_panel_with_the_focus(opened, monkeypatch):
    monkeypatch.setattr(showing.QApplication, "focusWidget", lambda: opened.regions.table)
    opened.action_set["guide"].trigger()
    (guide,) = opened.findChildren(GuideDialog)
    assert guide.page == "regions"
    guide.close()


def test_a_report_is_offered_of_faults_and_not_of_files_that_cannot_be_read(opened, tmp_path):
    opened.tell(Notice("Saved."))
    assert opened.message.report.isHidden()
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    with pytest.raises(FileError) as refused:
        open_clip(empty)
    opened.tell(Notice(str(refused.value), "error"))
    assert opened.message.report.isHidden()
    opened.tell(Notice(f"Repaired 2 of 3 regions. {UNEXPECTED}", "error"))
    assert not opened.message.report.isHidden()
    opened.message.report.click()
    (dialog,) = opened.findChildren(ReportDialog)
    dialog.close()


@pytest.fixture
def report(qtbot):
    log = "ERROR: job failed: Export\nOSError: '/home/eva/Tapes/aunt.wav'\n"
    dialog = ReportDialog(Findings(log=log, names=("aunt.wav",)))
    qtbot.addWidget(dialog)
    return dialog


def test_what_is_shown_is_what_is_copied_and_names_are_left_out(report):
    assert "job failed: Export" in report.text.toPlainText()
    assert "eva" not in report.text.toPlainText()
    report.copy.click()
    assert QGuiApplication.clipboard().text() == report.text.toPlainText()


def test_names_are_in_it_if_the_user_says_so(report):
    report.names.click()
    assert "/home/eva/Tapes/aunt.wav" in report.text.toPlainText()


def test_the_report_has_the_programs_log(opened, monkeypatch, tmp_path):
    path = tmp_path / "uasrm.log"
    path.write_text("the end of the log\n", "utf-8")
    monkeypatch.setattr(showing, "log_path", lambda: path)
    opened.action_set["report"].trigger()
    (dialog,) = opened.findChildren(ReportDialog)
    assert "the end of the log" in dialog.text.toPlainText()
    assert "offscreen" in dialog.text.toPlainText()
    dialog.close()


def test_about_tells_versions_and_leads_to_the_licences(opened):
    opened.action_set["about"].trigger()
    (about,) = opened.findChildren(AboutDialog)
    assert program_version() in about.words.text()
    assert "numpy" in about.versions.text()
    about.licences.click()
    (guide,) = opened.findChildren(GuideDialog)
    assert guide.page == "third-party"
    guide.close()


def test_a_crash_of_the_last_run_is_told_once(opened, settings, tmp_path):
    crashes = tmp_path / "crash.log"
    tell_of_crash(opened, settings, crashes)
    crashes.write_text("", "utf-8")
    tell_of_crash(opened, settings, crashes)
    assert opened.message.text == ""
    crashes.write_text("Fatal Python error: Segmentation fault\n", "utf-8")
    tell_of_crash(opened, settings, crashes)
    assert opened.message.text == CRASHED
    opened.message.hide()
    tell_of_crash(opened, settings, crashes)
    assert opened.message.text == ""


def test_a_log_that_is_not_there_is_empty(tmp_path):
    assert showing.text_of(tmp_path / "none") == ""
