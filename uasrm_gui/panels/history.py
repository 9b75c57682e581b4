"""The steps so far, to click in."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from uasrm_core.inpainting.registry import REGISTRY
from uasrm_core.translation import tr
from uasrm_gui.state.work import Work
from uasrm_gui.theme import COLORS, SPACING
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.methods import name_of

Index = QModelIndex | QPersistentModelIndex


class HistoryModel(QAbstractListModel):
    """The recording as opened, then one row a step; row n means n steps in effect."""

    def __init__(self, work: Work) -> None:
        super().__init__(work)
        self._work = work
        self._rows = 0
        work.history_changed.connect(self._refresh)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else self._rows

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        history = self._work.history
        row = index.row()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            if row == 0:
                return tr("As opened")
            edit = history.edits[row - 1]
            engines = sorted({note.engine for note in edit.repairs})
            # what is no repair is named by its label alone
            methods = [name_of(engine) for engine in engines if engine in REGISTRY]
            return " · ".join([edit.label, *methods])
        if role == Qt.ItemDataRole.ForegroundRole and row > history.cursor:
            return QColor(COLORS.dim_text)
        if role == Qt.ItemDataRole.AccessibleTextRole and row > history.cursor:
            return tr("{step}, undone", step=history.edits[row - 1].label)
        if role == Qt.ItemDataRole.DecorationRole and row == history.cursor:
            return icon("history-here", COLORS.accent)
        if role == Qt.ItemDataRole.DecorationRole:
            return icon("blank")
        return None

    def _refresh(self) -> None:
        self.beginResetModel()
        self._rows = 0 if self._work.clip is None else len(self._work.history.edits) + 1
        self.endResetModel()


class HistoryPanel(QWidget):
    """The list; a click or Return goes to a step."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        self.list = QListView()
        self.list.setAccessibleName(tr("History"))
        self.list.setModel(HistoryModel(work))
        self.list.setIconSize(QSize(16, 16))
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.clicked.connect(self._go)
        self.list.activated.connect(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACING, SPACING)
        layout.addWidget(self.list)
        work.history_changed.connect(self._show_cursor)

    def _go(self, index: QModelIndex) -> None:
        if index.row() != self._work.history.cursor:
            self._work.go_to(index.row())

    def _show_cursor(self) -> None:
        index = self.list.model().index(self._work.history.cursor, 0)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
