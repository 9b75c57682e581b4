"""What the tables of the window have in common: their headings, and how their views look."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from uasrm_core.translation import tr
from uasrm_gui.theme import SMALL_PIXELS, number_font

Index = QModelIndex | QPersistentModelIndex
ROW_PIXELS = 26
ICON_PIXELS = 14
# What the theme leaves free beside the words of a heading.
HEADING_ROOM = 14


class TableModel(QAbstractTableModel):
    """A table with headings; who derives from it keeps `rows` and answers `data`.

    Parameters
    ----------
    headings
        Title and explanation of every column, marked for translation; a title may be empty.
    words
        The columns that hold words and stand to the left; numbers stand to the right.
    """

    def __init__(
        self, parent: QObject, headings: Sequence[tuple[str, str]], words: Container[int]
    ) -> None:
        super().__init__(parent)
        self.rows: Sequence[Any] = ()
        self._headings = headings
        self._words = words

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as above
        return 0 if parent.isValid() else len(self._headings)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        title, explanation = self._headings[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(title) if title else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(explanation)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(section)
        return None

    def alignment(self, column: int) -> Qt.AlignmentFlag:
        """Return how the cells of a column stand."""
        left = column in self._words
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


class TightHeader(QHeaderView):
    """Headings as wide as their words: the arrow of the order stands above these, not beside."""

    def __init__(self, parent: QTableView) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)

    def sectionSizeFromContents(self, section: int) -> QSize:
        size = super().sectionSizeFromContents(section)
        model = self.model()
        text = "" if model is None else model.headerData(section, self.orientation())
        needed = self.fontMetrics().horizontalAdvance(str(text)) + HEADING_ROOM
        return QSize(min(size.width(), needed), size.height())


def dress_table(view: QTableView, name: str) -> None:
    """Give a table its accessible name and the looks that all have: rows without a grid."""
    view.setAccessibleName(name)
    view.setHorizontalHeader(TightHeader(view))
    view.setFont(number_font(SMALL_PIXELS))
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setIconSize(QSize(ICON_PIXELS, ICON_PIXELS))
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(ROW_PIXELS)
