"""A report of a problem, to be read before it is copied."""

from __future__ import annotations

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.problem_report import Findings, write_report
from uasrm_core.translation import tr
from uasrm_gui.theme import SPACING, number_font

SIZE = 720, 520


class ReportDialog(QDialog):
    """Shows all that is in the report; names of files are in it only if the user says so."""

    def __init__(self, findings: Findings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings = findings
        self.setWindowTitle(tr("Copy Report"))
        self.resize(*SIZE)
        words = QLabel(
            tr(
                "This is what the report holds: versions, and the end of the log. No sound is in "
                "it. Nothing is sent; copy it and paste it where you report the fault."
            )
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(number_font())
        self.text.setAccessibleName(tr("Report"))
        self.names = QCheckBox(tr("Leave the names of files and folders in"))
        self.names.toggled.connect(self._write)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.copy.setDefault(True)
        buttons.accepted.connect(self._copy)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, 2 * SPACING)
        column.setSpacing(SPACING)
        for part in (words, self.text, self.names, buttons):
            column.addWidget(part)
        self._write()

    def _write(self) -> None:
        report = write_report(self._findings, with_names=self.names.isChecked())
        self.text.setPlainText(report)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.accept()


def describe_screen() -> str:
    """Return a line about Qt and the screen."""
    screen = QGuiApplication.primaryScreen()
    size = screen.size()
    return (
        f"Window: Qt {qVersion()}, {QGuiApplication.platformName()}, {size.width()} × "
        f"{size.height()} at {screen.devicePixelRatio():g}"
    )
