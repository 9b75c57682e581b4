"""What crashes left, a line each, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.edit.recovery import Leftover
from uasrm_core.translation import tr, tr_count
from uasrm_gui.theme import SPACING


class RecoveryPanel(QWidget):
    """A list of work to recover or to discard; `emptied` tells that nothing is left."""

    recover_wanted = Signal(object)
    discard_wanted = Signal(object)
    emptied = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(SPACING)

    def show_leftovers(self, leftovers: Sequence[Leftover]) -> None:
        """List what there is, from old to new."""
        had_some = self._rows.count() > 0
        while (item := self._rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                # out of sight at once; gone when whoever was clicked has done with it
                widget.hide()
                widget.deleteLater()
        if leftovers:
            title = QLabel(tr("Work that a crash left"))
            title.setObjectName("caption")
            self._rows.addWidget(title)
        for leftover in leftovers:
            self._rows.addWidget(self._make_row(leftover))
        self.setVisible(bool(leftovers))
        if had_some and not leftovers:
            self.emptied.emit()

    def _make_row(self, leftover: Leftover) -> QWidget:
        name = QLabel(leftover.name.replace("&", "&&"))
        name.setToolTip(str(leftover.source or leftover.path))
        details = QLabel(_describe(leftover))
        details.setObjectName("dim")
        details.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(name)
        words.addWidget(details)
        recover, discard = QPushButton(tr("Recover")), QPushButton(tr("Discard…"))
        recover.setEnabled(not leftover.problem)
        recover.setAccessibleName(tr("Recover the work on {name}", name=leftover.name))
        discard.setAccessibleName(tr("Discard the work on {name}", name=leftover.name))
        recover.clicked.connect(lambda: self.recover_wanted.emit(leftover))
        discard.clicked.connect(lambda: self.discard_wanted.emit(leftover))
        for button in (recover, discard):
            # outside a dialog Return would do nothing
            button.setAutoDefault(True)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACING)
        line.addLayout(words, 1)
        line.addWidget(recover)
        line.addWidget(discard)
        return row


class RecoveryDialog(QDialog):
    """The list in a window of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Recover Work"))
        self.setMinimumWidth(520)
        self.panel = RecoveryPanel()
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.button(QDialogButtonBox.StandardButton.Close).setText(tr("Close"))
        close.rejected.connect(self.reject)
        self.panel.emptied.connect(self.accept)
        # whatever is opened is to be seen
        self.panel.recover_wanted.connect(lambda leftover: self.accept())
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        column.setSpacing(2 * SPACING)
        column.addWidget(self.panel)
        column.addWidget(close)


def _describe(leftover: Leftover) -> str:
    when = f"{leftover.changed:%Y-%m-%d %H:%M:%S}"
    if leftover.problem:
        return f"{when} · {leftover.problem}"
    parts = [
        when,
        tr_count("{count} repair", "{count} repairs", leftover.repairs),
        tr_count("{count} region", "{count} regions", leftover.regions),
    ]
    if leftover.source_state == "gone":
        parts.append(tr("the recording was moved or deleted"))
    elif leftover.source_state == "changed":
        parts.append(tr("the recording has changed"))
    return " · ".join(parts)
