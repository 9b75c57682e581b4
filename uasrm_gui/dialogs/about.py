"""What the program is, of what it is made, and under which licences."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from uasrm_core.problem_report import library_versions
from uasrm_core.translation import tr
from uasrm_core.version import program_version
from uasrm_gui.theme import SPACING


class AboutDialog(QDialog):
    """A few lines with all versions; `licences_wanted` asks for those of others."""

    licences_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About UASRM"))
        self.words = QLabel(
            tr(
                "<b>UASRM {version}</b><p>Repairs damaged recordings and leaves every other sample "
                "as it is.</p><p>MIT licence</p>",
                version=program_version(),
            )
        )
        self.versions = QLabel(", ".join([f"Qt {qVersion()}", *library_versions()]))
        self.versions.setObjectName("dim")
        for label in (self.words, self.versions):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.licences = buttons.addButton(
            tr("Third-Party Software…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self.licences.setAutoDefault(False)
        self.licences.clicked.connect(self._show_licences)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        column.setSpacing(2 * SPACING)
        for part in (self.words, self.versions, buttons):
            column.addWidget(part)
        self.setMinimumWidth(460)

    def _show_licences(self) -> None:
        self.accept()
        self.licences_wanted.emit()
