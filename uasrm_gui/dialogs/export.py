"""Where to write the repaired recording, and as what."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.formats import ExportFormat, can_be_exact, formats_for, source_format
from uasrm_core.audio.metadata.coding_history import HOLDERS
from uasrm_core.translation import mark, tr
from uasrm_core.writing.gate import final_name
from uasrm_gui.dialogs.folders import folder_beside
from uasrm_gui.dialogs.questions import ALL_FILES
from uasrm_gui.theme import SPACING

COPIED = mark("Bit-exact outside the repairs: the file is a copy in which only they differ.")
EXACT = mark("Bit-exact outside the repairs: this format holds every sample as it is.")
ROUNDED = mark("Not bit-exact: this format stores the whole recording with less precision.")
IN_BLOCKS = mark(
    "Bit-exact but for the blocks of a few hundredths of a second in which repairs lie: the file "
    "is a copy in which only they are compressed anew."
)
_IN_BLOCKS = ("IMA_ADPCM", "MS_ADPCM")
_LOSSY = ("VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III")


@dataclass(frozen=True)
class ExportChoice:
    """What the user settled on."""

    target: Path
    export_format: ExportFormat
    overwrite: bool
    coding_history: bool = False


class ExportDialog(QDialog):
    """Proposes the original's own format and a name beside it."""

    def __init__(
        self,
        info: SourceInfo,
        parent: QWidget | None = None,
        *,
        metadata_lost: Callable[[ExportFormat], Sequence[str]] = lambda chosen: (),
        find_problem: Callable[[ExportChoice], str] = lambda choice: "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export"))
        self.setMinimumWidth(640)
        self._info = info
        self._metadata_lost, self._find_problem = metadata_lost, find_problem
        self._replaces = False
        self.format_box = QComboBox()
        self.format_box.setAccessibleName(tr("Format"))
        self._formats = formats_for(info)
        for _, name in self._formats:
            self.format_box.addItem(name)
        self.target_edit = QLineEdit(str(self._proposal()))
        self.target_edit.setAccessibleName(tr("File"))
        self.truth = QLabel()
        self.truth.setObjectName("dim")
        self.truth.setWordWrap(True)
        self.lost = QLabel()
        self.lost.setWordWrap(True)
        self.history = QCheckBox(tr("Add a line on the restoration to the coding history"))
        self.history.setToolTip(tr("In the broadcast description of the file (EBU R98)"))
        self.warning = QLabel()
        self.warning.setObjectName("dim")
        self.warning.setWordWrap(True)
        self._buttons = QDialogButtonBox()
        self._go = self._buttons.addButton(tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self._show_fidelity()
        self.format_box.currentIndexChanged.connect(self._on_format)
        self.target_edit.textChanged.connect(self._refresh)
        self._refresh()

    @property
    def choice(self) -> ExportChoice:
        """What is entered; what exists already is only replaced after the user saw so."""
        adds_line = not self.history.isHidden() and self.history.isChecked()
        return ExportChoice(self._target, self._format, self._replaces, adds_line)

    def accept(self) -> None:
        """End the dialog, unless the file cannot be written or came there since the user looked."""
        seen = self._replaces
        self._refresh()
        if self._replaces != seen or not self._go.isEnabled():
            return
        problem = self._find_problem(self.choice)
        if problem:
            self.warning.setText(problem)
        else:
            super().accept()

    @property
    def _format(self) -> ExportFormat:
        return self._formats[self.format_box.currentIndex()][0]

    @property
    def _suffix(self) -> str:
        own = self._format == source_format(self._info) and self._info.path is not None
        return self._info.path.suffix if own and self._info.path else self._format.suffix

    @property
    def _target(self) -> Path:
        """The file's final name: beside the recording unless a folder is named, with a suffix."""
        text = self.target_edit.text().strip()
        if not text or text.endswith(("/", os.sep)):
            return Path(text)
        target = folder_beside(self._info.path) / Path(text).expanduser()
        known = (export_format.suffix for export_format, _ in self._formats)
        return final_name(target, self._suffix, *known)

    def _lay_out(self) -> None:
        browse = QPushButton(tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.target_edit, 1)
        row.addWidget(browse)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACING)
        form.setVerticalSpacing(SPACING + 4)
        form.addRow(tr("Format"), self.format_box)
        form.addRow("", self.truth)
        form.addRow("", self.lost)
        form.addRow("", self.history)
        form.addRow(tr("File"), row)
        form.addRow("", self.warning)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(2 * SPACING)
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    def _proposal(self) -> Path:
        source = self._info.path or Path("recording")
        suffix = self._formats[0][0].suffix
        if self._formats[0][0] == source_format(self._info) and source.suffix:
            suffix = source.suffix
        return folder_beside(self._info.path) / f"{source.stem}_repaired{suffix}"

    def _on_format(self) -> None:
        target = Path(self.target_edit.text())
        if target.name:
            self.target_edit.setText(str(target.with_suffix(self._suffix)))
        self._show_fidelity()
        self._refresh()

    def _show_fidelity(self) -> None:
        """Tell how the format keeps the samples, and what of the file's notes it does not."""
        own = source_format(self._info)
        if self._format != own or own.subtype in _LOSSY:
            truth = EXACT if can_be_exact(self._format, self._info) else ROUNDED
        else:
            truth = IN_BLOCKS if own.subtype in _IN_BLOCKS else COPIED
        self.truth.setText(tr(truth))
        self.history.setVisible(self._format.container in HOLDERS)
        lost = self._metadata_lost(self._format)
        self.lost.setText(tr("Will be lost: {lost}.", lost=", ".join(lost)) if lost else "")
        self.lost.setVisible(bool(lost))

    def _browse(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            tr("Export to"),
            self.target_edit.text(),
            f"{self._format.name} (*{self._format.suffix});;{tr(ALL_FILES)}",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if name:
            self.target_edit.setText(name)

    def _refresh(self) -> None:
        target, source = self._target, self._info.path
        is_original = source is not None and _is_same(target, source)
        self._replaces = target.is_file() and not is_original
        if is_original:
            text = tr("This is the original, which is never changed; choose another.")
        elif self._replaces:
            text = tr("“{name}” exists and will be replaced.", name=target.name)
        else:
            text = ""
        self.warning.setText(text)
        self._go.setText(tr("Replace") if self._replaces else tr("Export"))
        self._go.setEnabled(bool(target.name) and not is_original)


def _is_same(target: Path, source: Path) -> bool:
    try:
        return target.samefile(source)
    except OSError:
        return target.resolve() == source.resolve()
