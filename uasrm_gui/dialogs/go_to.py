"""Asks for a time, and puts the cursor there."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from uasrm_core.translation import tr
from uasrm_gui.theme import SPACING, number_font
from uasrm_gui.widgets.time_format import TimeFormat


class GoToDialog(QDialog):
    """One field; what is typed there is understood in the chosen format or as a plain time."""

    def __init__(
        self, time: TimeFormat, frame: int, frames: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Go to Time"))
        self.setMinimumWidth(320)
        self._time = time
        self._frames = frames
        self.frame = frame
        self.field = QLineEdit(time.text(frame, full=True))
        self.field.setFont(number_font())
        self.field.setAccessibleName(tr("Time to go to"))
        self.field.selectAll()
        self.reason = QLabel(tr("The recording ends at {time}.", time=time.text(frames, full=True)))
        self.reason.setObjectName("dim")
        self.reason.setWordWrap(True)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.button(standard.Ok).setText(tr("Go"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        column.setSpacing(2 * SPACING)
        for part in (self.field, self.reason, buttons):
            column.addWidget(part)

    def accept(self) -> None:
        try:
            frame = self._time.parse(self.field.text())
        except ValueError as error:
            self.reason.setText(str(error))
            self.field.selectAll()
            return
        self.frame = min(frame, self._frames)
        super().accept()
