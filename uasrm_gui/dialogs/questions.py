"""What only the user can answer: which file, and what to do with unsaved work."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.translation import mark, tr

_AUDIO = "*.wav *.wave *.bwf *.rf64 *.w64 *.aif *.aiff *.aifc *.flac *.ogg *.oga *.opus *.mp3"
ALL_FILES = mark("All files (*)")


class Answer(Enum):
    """What to do with unsaved work."""

    SAVE = auto()
    DISCARD = auto()
    CANCEL = auto()


class Questions:
    """Asks with Qt's dialogs; None means that the user thought better of it."""

    def file_to_open(self, parent: QWidget, folder: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(
            parent,
            tr("Open a recording"),
            folder,
            _filter(_work(), _recordings(), _sessions()),
            options=QFileDialog.Option.HideNameFilterDetails,
        )
        return Path(name) if name else None

    def session_to_save(self, parent: QWidget, proposal: Path) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(
            parent, tr("Save session"), str(proposal), _sessions()
        )
        return _with_suffix(name, SESSION_SUFFIX)

    def labels_to_read(self, parent: QWidget, folder: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(
            parent, tr("Import labels"), folder, _filter(_labels())
        )
        return Path(name) if name else None

    def labels_to_write(self, parent: QWidget, proposal: Path) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(
            parent, tr("Export labels"), str(proposal), _filter(_labels())
        )
        return _with_suffix(name, ".txt")

    def log_to_write(self, parent: QWidget, proposal: Path) -> Path | None:
        filters = ";;".join([tr("Report to read (*.txt)"), tr("JSON (*.json)")])
        name, chosen = QFileDialog.getSaveFileName(
            parent, tr("Export edit log"), str(proposal), filters
        )
        return _with_suffix(name, ".json" if "json" in chosen else ".txt")

    def unsaved(self, parent: QWidget, name: str, sentence: str) -> Answer:
        button = QMessageBox.StandardButton
        box = QMessageBox(parent)
        box.setWindowTitle(tr("Unsaved work"))
        box.setText(tr("Save your work on {name} first?", name=name))
        box.setInformativeText(f"{sentence} {tr('A session keeps them for another day.')}")
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        box.button(button.Save).setText(tr("Save session"))
        answers = {button.Save.value: Answer.SAVE, button.Discard.value: Answer.DISCARD}
        answer = answers.get(box.exec(), Answer.CANCEL)
        box.deleteLater()
        return answer


def _recordings() -> str:
    return tr("Recordings ({patterns})", patterns=_AUDIO)


def _sessions() -> str:
    return tr("Sessions ({patterns})", patterns=f"*{SESSION_SUFFIX}")


def _work() -> str:
    return tr("Recordings and sessions ({patterns})", patterns=f"{_AUDIO} *{SESSION_SUFFIX}")


def _labels() -> str:
    return tr("Labels ({patterns})", patterns="*.txt")


def _filter(*kinds: str) -> str:
    return ";;".join([*kinds, tr(ALL_FILES)])


def _with_suffix(name: str, suffix: str) -> Path | None:
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(suffix)
