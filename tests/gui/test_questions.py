"""The name under which a file is written is settled before it is asked about."""

import pytest
from PySide6.QtWidgets import QFileDialog

from uasrm_core.audio.clip import SourceInfo
from uasrm_gui.dialogs.export import ExportDialog
from uasrm_gui.dialogs.questions import Questions

QUESTIONS = [
    ("session_to_save", "work", "work.uasrm", ""),
    ("session_to_save", "take.1", "take.1.uasrm", ""),
    ("labels_to_write", "marks", "marks.txt", ""),
    ("log_to_write", "log", "log.txt", "Report to read (*.txt)"),
    ("log_to_write", "log", "log.json", "JSON (*.json)"),
    ("log_to_write", "log.v2", "log.v2.json", "JSON (*.json)"),
]


class Dialogs:
    """Answers in place of Qt's dialog, and of the question whether to replace a file."""

    def __init__(self, monkeypatch):
        self.names: list[str] = []
        self.filter = ""
        self.may_replace: list[bool] = []
        self.asked: list[str] = []
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._name)
        monkeypatch.setattr(Questions, "may_replace", self._ask)

    def _name(self, parent, title, proposal, filters, options=None):
        assert options is not None
        assert options & QFileDialog.Option.DontConfirmOverwrite
        return self.names.pop(0), self.filter

    def _ask(self, parent, path):
        self.asked.append(path.name)
        return self.may_replace.pop(0)


@pytest.mark.parametrize(("question", "typed", "final", "chosen"), QUESTIONS)
def test_an_existing_file_is_asked_about_under_its_final_name(
    monkeypatch, tmp_path, question, typed, final, chosen
):
    dialogs = Dialogs(monkeypatch)
    (tmp_path / final).write_text("kept")
    dialogs.names = [str(tmp_path / typed), str(tmp_path / typed)]
    dialogs.filter, dialogs.may_replace = chosen, [False, True]
    answer = getattr(Questions(), question)(None, tmp_path / "proposal")
    assert answer == tmp_path / final
    assert dialogs.asked == [final, final]


@pytest.mark.parametrize(("question", "typed", "final", "chosen"), QUESTIONS)
def test_a_free_name_is_not_asked_about(monkeypatch, tmp_path, question, typed, final, chosen):
    dialogs = Dialogs(monkeypatch)
    dialogs.names, dialogs.filter = [str(tmp_path / typed)], chosen
    assert getattr(Questions(), question)(None, tmp_path / "proposal") == tmp_path / final
    assert dialogs.asked == []


def test_to_think_better_of_replacing_is_to_think_better_of_it(monkeypatch, tmp_path):
    dialogs = Dialogs(monkeypatch)
    (tmp_path / "work.uasrm").write_text("kept")
    dialogs.names, dialogs.may_replace = [str(tmp_path / "work"), ""], [False]
    assert Questions().session_to_save(None, tmp_path / "proposal") is None


@pytest.fixture
def export_dialog(qtbot, tmp_path):
    dialog = ExportDialog(SourceInfo(tmp_path / "tape.wav", "WAV", "PCM_16", 44100, 2, 1000))
    qtbot.addWidget(dialog)
    return dialog


def test_an_export_without_suffix_gets_one_before_it_is_asked_about(export_dialog, tmp_path):
    (tmp_path / "out.wav").write_text("kept")
    export_dialog.target_edit.setText(str(tmp_path / "out"))
    assert "“out.wav” exists and will be replaced" in export_dialog.warning.text()
    assert export_dialog.choice.target == tmp_path / "out.wav"
    assert export_dialog.choice.overwrite


def test_a_dot_in_the_name_is_no_suffix(export_dialog, tmp_path):
    export_dialog.target_edit.setText(str(tmp_path / "take.1"))
    assert export_dialog.choice.target == tmp_path / "take.1.wav"


def test_a_bare_name_is_beside_the_recording(export_dialog, tmp_path):
    export_dialog.target_edit.setText("out")
    assert export_dialog.choice.target == tmp_path / "out.wav"


def test_a_file_that_came_meanwhile_is_not_replaced_unseen(export_dialog, tmp_path):
    target = tmp_path / "out.wav"
    export_dialog.target_edit.setText(str(target))
    export_dialog.show()
    target.write_text("kept")
    export_dialog.accept()
    assert export_dialog.isVisible()
    assert "exists and will be replaced" in export_dialog.warning.text()
    export_dialog.accept()
    assert not export_dialog.isVisible()
    assert export_dialog.choice.overwrite


def test_a_link_to_the_original_is_the_original(export_dialog, tmp_path):
    (tmp_path / "tape.wav").write_text("original")
    (tmp_path / "link.wav").hardlink_to(tmp_path / "tape.wav")
    export_dialog.target_edit.setText(str(tmp_path / "link.wav"))
    assert "original" in export_dialog.warning.text()
    assert not export_dialog._go.isEnabled()


def test_what_an_export_would_lose_is_shown_with_the_format(qtbot, tmp_path):
    info = SourceInfo(tmp_path / "tape.wav", "WAV", "PCM_16", 44100, 2, 1000)
    dialog = ExportDialog(
        info, metadata_lost=lambda chosen: ["markers (cue)"] if chosen.container == "MP3" else []
    )
    qtbot.addWidget(dialog)
    assert dialog.lost.isHidden()
    names = [dialog.format_box.itemText(row) for row in range(dialog.format_box.count())]
    dialog.format_box.setCurrentIndex(names.index("MP3"))
    assert dialog.lost.text() == "Will be lost: markers (cue)."
    assert not dialog.lost.isHidden()
