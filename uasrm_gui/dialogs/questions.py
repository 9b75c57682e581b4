"""What only the user can answer: which file, and what to do with unsaved work."""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from uasrm_core.edit.session import SUFFIX as SESSION_SUFFIX
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import final_name

_AUDIO = "*.wav *.wave *.bwf *.rf64 *.w64 *.aif *.aiff *.aifc *.flac *.ogg *.oga *.opus *.mp3"
ALL_FILES = mark("All files (*)")


class Answer(Enum):
    """What to do with unsaved work."""

    SAVE = auto()
    DISCARD = auto()
    CANCEL = auto()


class Patience(Enum):
    """What to do about work that is not finished."""

    WAIT = auto()
    STOP = auto()
    CANCEL = auto()


class Questions:
    """Asks with Qt's dialogs; None means that the user thought better of it."""

    def file_to_open(self, parent: QWidget, folder: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(
            parent,
            tr("Open a recording"),
            folder,
            _filter(_work(), _describe_recordings(), _describe_sessions()),
            options=QFileDialog.Option.HideNameFilterDetails,
        )
        return Path(name) if name else None

    def session_to_save(self, parent: QWidget, proposal: Path) -> Path | None:
        return self._ask_for_target(
            parent,
            tr("Save session"),
            proposal,
            _describe_sessions(),
            lambda path, chosen: final_name(path, SESSION_SUFFIX),
        )

    def labels_to_read(self, parent: QWidget, folder: str) -> Path | None:
        name, _ = QFileDialog.getOpenFileName(
            parent, tr("Import labels"), folder, _filter(_describe_labels())
        )
        return Path(name) if name else None

    def labels_to_write(self, parent: QWidget, proposal: Path) -> Path | None:
        return self._ask_for_target(
            parent,
            tr("Export labels"),
            proposal,
            _filter(_describe_labels()),
            lambda path, chosen: final_name(path, ".txt"),
        )

    def log_to_write(self, parent: QWidget, proposal: Path) -> Path | None:
        def complete(path: Path, chosen: str) -> Path:
            suffixes = (".json", ".txt") if "json" in chosen else (".txt", ".json")
            return final_name(path, *suffixes)

        filters = ";;".join([tr("Report to read (*.txt)"), tr("JSON (*.json)")])
        return self._ask_for_target(parent, tr("Export edit log"), proposal, filters, complete)

    def ask_unfinished(self, parent: QWidget, title: str) -> Patience:
        roles = QMessageBox.ButtonRole
        box = QMessageBox(parent)
        box.setWindowTitle(tr("Unfinished work"))
        box.setText(tr("“{title}” is not finished.", title=title))
        box.setInformativeText(tr("If it is stopped, what is not done by then is lost."))
        wait = box.addButton(tr("Wait until it is finished"), roles.AcceptRole)
        stop = box.addButton(tr("Stop it"), roles.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(wait)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        if chosen is wait:
            return Patience.WAIT
        return Patience.STOP if chosen is stop else Patience.CANCEL

    def ask_unsaved(self, parent: QWidget, name: str, sentence: str) -> Answer:
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

    def may_discard(self, parent: QWidget, name: str) -> bool:
        return _confirm(
            parent,
            tr("Discard the work?"),
            tr("Discard the work on {name} that a crash left?", name=name),
            tr("It cannot be brought back after that."),
            tr("Discard"),
        )

    def wants_copy(self, parent: QWidget, sentence: str) -> bool:
        return _confirm(
            parent,
            tr("The session is in use"),
            sentence,
            tr("You can open a copy and save it under another name."),
            tr("Open a copy"),
        )

    def source_to_locate(self, parent: QWidget, sentence: str, folder: str) -> Path | None:
        is_wanted = _confirm(
            parent,
            tr("The recording is needed"),
            sentence,
            tr("Only the same recording is accepted; nothing in it is changed."),
            tr("Locate…"),
        )
        if not is_wanted:
            return None
        name, _ = QFileDialog.getOpenFileName(
            parent,
            tr("Locate the recording"),
            folder,
            _filter(_describe_recordings()),
            options=QFileDialog.Option.HideNameFilterDetails,
        )
        return Path(name) if name else None

    def may_replace(self, parent: QWidget, path: Path) -> bool:
        return _confirm(
            parent,
            tr("Replace the file?"),
            tr("“{name}” exists already.", name=path.name),
            tr("Replaced, what is in it now is lost."),
            tr("Replace"),
        )

    def _ask_for_target(
        self,
        parent: QWidget,
        title: str,
        proposal: Path,
        filters: str,
        complete: Callable[[Path, str], Path],
    ) -> Path | None:
        """Ask for a name until it is free or may be replaced.

        Parameters
        ----------
        complete
            Makes the final name out of what was typed and the filter that was chosen. The question
            about an existing file is asked for this name, so Qt's own question is left out.
        """
        while True:
            name, chosen = QFileDialog.getSaveFileName(
                parent,
                title,
                str(proposal),
                filters,
                options=QFileDialog.Option.DontConfirmOverwrite,
            )
            if not name:
                return None
            path = complete(Path(name), chosen)
            if not os.path.lexists(path) or self.may_replace(parent, path):
                return path
            proposal = path


def _confirm(parent: QWidget, title: str, text: str, more: str, button_text: str) -> bool:
    """Ask whether to do what a button says; Cancel is the default."""
    button = QMessageBox.StandardButton
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, parent=parent)
    box.setInformativeText(more)
    box.setStandardButtons(button.Yes | button.Cancel)
    box.button(button.Yes).setText(button_text)
    box.setDefaultButton(button.Cancel)
    answer = box.exec()
    box.deleteLater()
    return answer == button.Yes.value


def _describe_recordings() -> str:
    return tr("Recordings ({patterns})", patterns=_AUDIO)


def _describe_sessions() -> str:
    return tr("Sessions ({patterns})", patterns=f"*{SESSION_SUFFIX}")


def _work() -> str:
    return tr("Recordings and sessions ({patterns})", patterns=f"{_AUDIO} *{SESSION_SUFFIX}")


def _describe_labels() -> str:
    return tr("Labels ({patterns})", patterns="*.txt")


def _filter(*kinds: str) -> str:
    return ";;".join([*kinds, tr(ALL_FILES)])
