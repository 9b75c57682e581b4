"""The list of regions: a table whose numbers can be edited, and what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import tr
from uasrm_gui.panels.region_model import (
    KIND,
    LABEL,
    LENGTH,
    METHOD,
    START,
    RegionModel,
    RegionOrder,
    choices_of,
)
from uasrm_gui.state.document import Document
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.table import Index, dress_table

# Beside a region's number: its state, and what is left free around both.
STATE_WIDTH = 34
# In a narrow panel the first of these are seen; all numbers of a region that is picked stand in the
# fields below the picture as well.
SHOWN_FIRST = (KIND, START, LENGTH, METHOD, LABEL)
# Columns are as wide as the widest number of so many rows; all of them would take too long.
FITTED_ROWS = 50


class RegionPanel(QWidget):
    """The table with its buttons; what is picked in it and in the document is the same."""

    def __init__(self, document: Document, actions: list[QAction]) -> None:
        super().__init__()
        self._document = document
        self._model = RegionModel(document)
        self.table = _RegionTable()
        self._order = RegionOrder(self._model)
        self.table.setModel(self._order)
        self.table.set_columns()
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter, such as: click open"))
        self.filter.setAccessibleName(tr("Filter the regions"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
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
        layout.addWidget(self.filter)
        layout.addLayout(self._stack, 1)
        layout.addLayout(_make_button_row(actions))
        self._syncing = False
        self.table.selectionModel().selectionChanged.connect(self._on_picked)
        document.selection.rows_changed.connect(self._show_rows)
        self._model.modelReset.connect(self._on_reset)
        self._on_reset()

    def _on_reset(self) -> None:
        self._stack.setCurrentIndex(1 if self._model.rowCount() else 0)
        self.filter.setVisible(self._model.rowCount() > 0)
        self.table.fit_numbers(self._model.rowCount())
        self._show_rows()

    def _on_filter(self, text: str) -> None:
        # What is filtered away stays picked, but for a pick that is made now.
        self._syncing = True
        self._order.set_filter(text)
        self._syncing = False
        self._show_rows()

    def _on_picked(self, picked: QItemSelection, dropped: QItemSelection) -> None:
        if not self._syncing:
            picked_rows = self.table.selectionModel().selectedRows()
            rows = {self._order.mapToSource(index).row() for index in picked_rows}
            self._document.selection.pick_rows(sorted(rows))

    def _show_rows(self) -> None:
        """Pick in the table what is picked in the document."""
        count, last = self._model.rowCount(), self._model.columnCount() - 1
        shown = [
            index
            for row in self._document.selection.rows
            if row < count
            and (index := self._order.mapFromSource(self._model.index(row, 0))).isValid()
        ]
        chosen = QItemSelection()
        for index in shown:
            chosen.select(index, index.siblingAtColumn(last))
        self._syncing = True
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(shown) == 1:
            current = self.table.currentIndex()
            if current.row() != shown[0].row():
                self.table.selectionModel().setCurrentIndex(
                    shown[0].siblingAtColumn(max(current.column(), 1)),
                    QItemSelectionModel.SelectionFlag.NoUpdate,
                )
            self.table.scrollTo(shown[0].siblingAtColumn(1))
        self._syncing = False


class _ChoiceDelegate(QStyledItemDelegate):
    """Edits the columns that have choices by a list of them, and all others by a text."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        choices = choices_of(index.column())
        if not choices:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.setAccessibleName(
            str(index.model().headerData(index.column(), Qt.Orientation.Horizontal))
        )
        box.addItems(choices)
        # What is chosen counts at once, and not only when the list loses the keyboard.
        box.activated.connect(lambda: self._finish(box))
        return box

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, QComboBox):
            editor.setCurrentText(str(index.data(Qt.ItemDataRole.EditRole)))
        else:
            super().setEditorData(editor, index)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())
        else:
            super().setModelData(editor, model, index)

    def _finish(self, editor: QWidget) -> None:
        self.commitData.emit(editor)
        self.closeEditor.emit(editor)


class _RegionTable(QTableView):
    """The table's looks and manners."""

    def __init__(self) -> None:
        super().__init__()
        dress_table(self, tr("Regions"))
        self.setItemDelegate(_ChoiceDelegate(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setSortingEnabled(True)
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

    def fit_numbers(self, count: int) -> None:
        """Give the first column room for numbers up to `count`."""
        numbers = self.fontMetrics().horizontalAdvance(str(count))
        self.setColumnWidth(0, STATE_WIDTH + numbers)

    def set_columns(self) -> None:
        header = self.horizontalHeader()
        # As they were marked, until a column is asked for.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(FITTED_ROWS)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        for place, column in enumerate(SHOWN_FIRST, start=1):
            header.moveSection(header.visualIndex(column), place)


def _make_button_row(actions: list[QAction]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACING // 2)
    for number, action in enumerate(actions):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(18, 18))
        if number < 2:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        row.addWidget(button)
        if number == 1:
            row.addStretch(1)
    return row
