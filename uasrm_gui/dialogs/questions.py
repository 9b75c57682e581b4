"""What only the user can answer: which file, and what to do with unsaved work."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX

_AUDIO = "*.wav *.wave *.bwf *.rf64 *.w64 *.aif *.aiff *.aifc *.flac *.ogg *.oga *.opus *.mp3"
_OPEN_FILTER = (
    f"Recordings and sessions ({_AUDIO} *{SESSION_SUFFIX});;"
    f"Recordings ({_AUDIO});;Sessions (*{SESSION_SUFFIX});;All files (*)"
)
_LABEL_FILTER = "Labels (*.txt);;All files (*)"


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
            "Open a recording",
            folder,
            _OPEN_FILTER,
            options=QFileDialog.Option.HideNameFilterDetails,
        )
        return Path(name) if name else None

    def session_to_save(self, parent: QWidget, proposal: Path) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(
            parent, "Save session", str(proposal), f"Sessions (*{SESSION_SUFFIX})"
        )
        return _with_suffix(name, SESSION_SUFFIX)

    def labels_to_read(self, parent: QWidget, folder: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(parent, "Import labels", folder, _LABEL_FILTER)
        return Path(name) if name else None

    def labels_to_write(self, parent: QWidget, proposal: Path) -> Path | None:
        name, _ = QFileDialog.getSaveFileName(parent, "Export labels", str(proposal), _LABEL_FILTER)
        return _with_suffix(name, ".txt")

    def unsaved(self, parent: QWidget, name: str, sentence: str) -> Answer:
        button = QMessageBox.StandardButton
        box = QMessageBox(parent)
        box.setWindowTitle("Unsaved work")
        box.setText(f"Save your work on {name} first?")
        box.setInformativeText(f"{sentence} A session keeps them for another day.")
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        box.button(button.Save).setText("Save session")
        answers = {button.Save.value: Answer.SAVE, button.Discard.value: Answer.DISCARD}
        return answers.get(box.exec(), Answer.CANCEL)


def _with_suffix(name: str, suffix: str) -> Path | None:
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(suffix)
