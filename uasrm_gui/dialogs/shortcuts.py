"""The page of all keys, made from the table of actions."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import mark, tr
from uasrm_gui.theme import COLORS, SPACING

_MOUSE = (
    (mark("Drag"), mark("Select with the chosen tool")),
    (mark("Shift+Drag"), mark("Add to the selection")),
    (mark("Ctrl+Drag"), mark("Take away from the selection")),
    (mark("Middle Drag"), mark("Move the view")),
    (mark("Wheel"), mark("Scroll")),
    (mark("Ctrl+Wheel"), mark("Zoom time at the pointer")),
    (mark("Ctrl+Shift+Wheel"), mark("Zoom frequency at the pointer; on the waveform, amplitude")),
)

HEIGHT = 680

Group = tuple[str, Sequence[tuple[str, str]]]


class ShortcutsDialog(QDialog):
    """Two columns of groups.

    Parameters
    ----------
    groups
        A title each, with rows of keys and what they do.
    """

    change_wanted = Signal()

    def __init__(self, groups: Sequence[Group], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.rows = [row for _, rows in groups for row in rows]
        columns = QHBoxLayout()
        columns.setSpacing(5 * SPACING)
        mouse = [(tr(move), tr(what)) for move, what in _MOUSE]
        for half in _split_in_halves([*groups, (tr("Mouse"), mouse)]):
            column = QVBoxLayout()
            column.setSpacing(SPACING)
            for title, rows in half:
                column.addWidget(_make_title(title))
                column.addLayout(_make_grid(rows))
                column.addSpacing(SPACING)
            column.addStretch(1)
            columns.addLayout(column, 1)
        page = QWidget()
        page.setLayout(columns)
        scroll = QScrollArea()
        scroll.setAccessibleName(tr("Keyboard shortcuts"))
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        # a key that is cut off would be no help
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setMinimumWidth(page.sizeHint().width() + bar)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        change = buttons.addButton(tr("Change…"), QDialogButtonBox.ButtonRole.ActionRole)
        change.setAutoDefault(False)
        change.clicked.connect(self._change)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, 2 * SPACING)
        layout.addWidget(scroll, 1)
        layout.addWidget(buttons)
        self.resize(self.sizeHint().width(), HEIGHT)

    def _change(self) -> None:
        self.accept()
        self.change_wanted.emit()


def key_text(keys: str) -> str:
    """Return a shortcut as this platform writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _split_in_halves(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """Share groups out over two columns of about the same height."""
    left: list[Group] = []
    right: list[Group] = []
    total = sum(len(rows) + 2 for _, rows in groups)
    used = 0
    for group in groups:
        (left if used < total / 2 else right).append(group)
        used += len(group[1]) + 2
    return left, right


def _make_title(text: str) -> QLabel:
    label = QLabel(text)
    label.setStyleSheet(f"color: {COLORS.accent_strong}; font-weight: 600;")
    return label


def _make_grid(rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setVerticalSpacing(SPACING // 2)
    grid.setColumnStretch(0, 1)
    for number, (keys, text) in enumerate(rows):
        key = QLabel(keys)
        key.setObjectName("dim")
        key.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(QLabel(text), number, 0)
        grid.addWidget(key, number, 1)
    return grid
