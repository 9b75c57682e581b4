"""The list of regions: a table whose numbers can be edited, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.translation import mark, tr
from uasrm_gui.document import Document
from uasrm_gui.notices import Notice
from uasrm_gui.theme import COLORS, SMALL_PIXELS, SPACING, number_font
from uasrm_gui.widgets.formats import (
    format_channels,
    format_hz,
    format_length,
    format_time,
    parse_channels,
    parse_hz,
    parse_time,
)
from uasrm_gui.widgets.icons import icon

Index = QModelIndex | QPersistentModelIndex
STATE_WIDTH = 54
# room for all columns, with the numbers of the first hour
LEAST_WIDTH = 320
# Columns are as wide as the widest number of so many rows; all of them would take too long.
FITTED_ROWS = 50


@dataclass(frozen=True)
class _Column:
    """A column: how a region reads in it, and what a typed text makes of the region."""

    title: str
    help: str
    show: Callable[[Region, SourceInfo], str]
    change: Callable[[Region, SourceInfo, str], Region] | None = None


def _with_end(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, end_frame=round(parse_time(text) * info.rate))


def _with_start(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, start_frame=round(parse_time(text) * info.rate))


def _with_length(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, end_frame=region.start_frame + round(parse_time(text) * info.rate))


_COLUMNS = (
    _Column(
        mark("No."),
        mark("Its number in the picture, and whether it is open or repaired"),
        lambda region, info: "",
    ),
    _Column(
        mark("Kind"),
        mark("What it is, in your words"),
        lambda region, info: region.label,
        lambda region, info, text: replace(region, label=" ".join(text.split())),
    ),
    _Column(
        mark("Start"),
        mark("Where it begins"),
        lambda region, info: format_time(region.start_frame / info.rate),
        _with_start,
    ),
    _Column(
        mark("End"),
        mark("Where it ends"),
        lambda region, info: format_time(region.end_frame / info.rate),
        _with_end,
    ),
    _Column(
        mark("Length"),
        mark("How long it is"),
        lambda region, info: format_length(region.frames / info.rate),
        _with_length,
    ),
    _Column(
        mark("Low"),
        mark("The lower edge of its band in Hz; empty for none"),
        lambda region, info: format_hz(region.low_hz),
        lambda region, info, text: replace(region, low_hz=parse_hz(text)),
    ),
    _Column(
        mark("High"),
        mark("The upper edge of its band in Hz; empty for none"),
        lambda region, info: format_hz(region.high_hz),
        lambda region, info, text: replace(region, high_hz=parse_hz(text)),
    ),
    _Column(
        mark("Ch"),
        mark("Its channels: all, L, R or numbers"),
        lambda region, info: format_channels(region, info.channels),
        lambda region, info, text: replace(region, channels=parse_channels(text, info.channels)),
    ),
)


class RegionModel(QAbstractTableModel):
    """The document's regions as a table."""

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._regions = document.regions
        document.regions_changed.connect(self._refresh)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._regions)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as above
        return 0 if parent.isValid() else len(_COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(_COLUMNS[section].title)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(_COLUMNS[section].help)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        info = self._document.info
        if not index.isValid() or info is None:
            return None
        region, column = self._regions[index.row()], index.column()
        if column == 0:
            return self._state_data(index.row(), region, role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            text = _COLUMNS[column].show(region, info)
            if not text and role == Qt.ItemDataRole.DisplayRole:
                return tr("Region") if column == 1 else "–"
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole and column == 1:
            return region.label
        return None

    def _state_data(self, row: int, region: Region, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return str(row + 1)
        repaired = self._document.is_repaired(region)
        if role == Qt.ItemDataRole.DecorationRole:
            if repaired:
                return icon("region-repaired", COLORS.region_repaired)
            return icon("region-open", COLORS.region_open)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Repaired") if repaired else tr("Open")
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row + 1}, {tr('Repaired') if repaired else tr('Open')}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and _COLUMNS[index.column()].change is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        info, change = self._document.info, _COLUMNS[index.column()].change
        if info is None or change is None or role != Qt.ItemDataRole.EditRole:
            return False
        region = self._regions[index.row()]
        if str(value) == _COLUMNS[index.column()].show(region, info):
            # what is shown is rounded, and leaving it alone must not move the region
            return False
        try:
            self._document.change_region(index.row(), change(region, info, str(value)))
        except (ValueError, RegionError) as error:
            self._document.noticed.emit(Notice(str(error), "warning"))
            return False
        return True

    def _refresh(self) -> None:
        self.beginResetModel()
        self._regions = self._document.regions
        self.endResetModel()


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignLeft if column < 2 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class RegionPanel(QWidget):
    """The table with its buttons; what is picked in it and in the document is the same."""

    def __init__(self, document: Document, actions: list[QAction]) -> None:
        super().__init__()
        self._document = document
        self._model = RegionModel(document)
        self.table = _RegionTable()
        self.table.setModel(self._model)
        self.table.set_columns()
        empty = QLabel(tr("Nothing is marked yet.\nDrag over the damage and press Repair."))
        empty.setObjectName("empty")
        empty.setWordWrap(True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setMargin(3 * SPACING)
        self._stack = QStackedLayout()
        self._stack.addWidget(empty)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACING, SPACING)
        layout.setSpacing(SPACING)
        layout.addLayout(self._stack, 1)
        layout.addLayout(_button_row(actions))
        self.setMinimumWidth(LEAST_WIDTH)
        self._syncing = False
        self.table.selectionModel().selectionChanged.connect(self._on_picked)
        document.rows_changed.connect(self._show_rows)
        self._model.modelReset.connect(self._on_reset)
        self._on_reset()

    def _on_reset(self) -> None:
        self._stack.setCurrentIndex(1 if self._model.rowCount() else 0)
        self._show_rows()

    def _on_picked(self, picked: QItemSelection, dropped: QItemSelection) -> None:
        if not self._syncing:
            rows = {index.row() for index in self.table.selectionModel().selectedRows()}
            self._document.pick_rows(sorted(rows))

    def _show_rows(self) -> None:
        """Pick in the table what is picked in the document."""
        rows = [row for row in self._document.rows if row < self._model.rowCount()]
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self._model.index(row, 0), self._model.index(row, len(_COLUMNS) - 1))
        self._syncing = True
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(rows) == 1:
            current = self.table.currentIndex()
            if current.row() != rows[0]:
                index = self._model.index(rows[0], max(current.column(), 1))
                self.table.selectionModel().setCurrentIndex(
                    index, QItemSelectionModel.SelectionFlag.NoUpdate
                )
            self.table.scrollTo(self._model.index(rows[0], 1))
        self._syncing = False


class _RegionTable(QTableView):
    """The table's looks and manners."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Regions"))
        self.setFont(number_font(SMALL_PIXELS))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setIconSize(QSize(14, 14))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+A for the list while the list has the keyboard."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.SelectAll)
        ):
            event.accept()
            return True
        return super().event(event)

    def set_columns(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(FITTED_ROWS)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(0, STATE_WIDTH)


def _button_row(actions: list[QAction]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACING // 2)
    for number, action in enumerate(actions):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(18, 18))
        if number < 2:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addWidget(button)
        if number == 1:
            row.addStretch(1)
    return row
