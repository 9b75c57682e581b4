"""The list of regions: a table whose numbers can be edited, and what can be done with them."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import tr, tr_count
from uasrm_gui.panels.region_model import (
    CHANNELS,
    END,
    HIGH,
    KIND,
    LABEL,
    LENGTH,
    LOW,
    METHOD,
    START,
    STATE,
    RegionModel,
    RegionOrder,
    choices_of,
)
from uasrm_gui.state.document import Document
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.fit_text import FittedLabel
from uasrm_gui.widgets.table import Index, dress_table

# Beside a region's number: its state, and what is left free around both.
STATE_WIDTH = 34
# From left to right.
PLACES = (KIND, START, LENGTH, METHOD, LABEL)
# As many of these are seen as the panel has room for; the line below the table tells the rest.
SHOWN_FIRST = (START, KIND, METHOD, LENGTH, LABEL, LOW, HIGH, CHANNELS, END, STATE)
DETAIL_LINES, LINE_HEIGHT = 2, 14
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
        self.details = FittedLabel(DETAIL_LINES)
        self.details.setObjectName("caption")
        self.details.setFixedHeight(DETAIL_LINES * LINE_HEIGHT)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
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
        layout.addWidget(self.details)
        layout.addLayout(_make_button_row(actions))
        self._syncing = False
        self.table.selectionModel().selectionChanged.connect(self._on_picked)
        document.selection.rows_changed.connect(self._show_rows)
        self._model.modelReset.connect(self._on_reset)
        self._on_reset()

    def _on_reset(self) -> None:
        self._stack.setCurrentIndex(1 if self._model.rowCount() else 0)
        for part in (self.filter, self.details):
            part.setVisible(self._model.rowCount() > 0)
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
        self._show_details()

    def _show_details(self) -> None:
        rows = [row for row in self._document.selection.rows if row < self._model.rowCount()]
        text = ""
        if len(rows) == 1:
            text = self._model.describe(rows[0])
        elif rows:
            text = tr_count("{count} region", "{count} regions", len(rows))
        self.details.show_text(text)
        self.details.setToolTip(text)


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
        self._chosen: set[int] | None = None
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
        """Give the first column room for numbers up to `count`, and the others what is left."""
        numbers = self.fontMetrics().horizontalAdvance(str(count))
        self.setColumnWidth(0, STATE_WIDTH + numbers)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        """Show the columns that the user has chosen, or as many as there is room for."""
        room = self.viewport().width() - self.columnWidth(0)
        for column in SHOWN_FIRST:
            if self._chosen is None:
                room -= self._needed_width(column)
                self.setColumnHidden(column, room < 0)
            else:
                self.setColumnHidden(column, column not in self._chosen)

    def _needed_width(self, column: int) -> int:
        # what Qt itself would say of a heading is 0 while it is hidden
        heading = self.horizontalHeader().sectionSizeFromContents(column).width()
        return max(heading, self.sizeHintForColumn(column))

    def _choose_columns(self, place: QPoint) -> None:
        """Ask which columns are shown."""
        menu = QMenu(self)
        for column in SHOWN_FIRST:
            title = str(self.model().headerData(column, Qt.Orientation.Horizontal))
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(column))
            action.triggered.connect(lambda checked, c=column: self._turn_column(c))
        menu.addSeparator()
        fitting = menu.addAction(tr("As many as fit"))
        fitting.setCheckable(True)
        fitting.setChecked(self._chosen is None)
        fitting.triggered.connect(lambda: self._choose(None))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.horizontalHeader().mapToGlobal(place))

    def _turn_column(self, column: int) -> None:
        shown = {one for one in SHOWN_FIRST if not self.isColumnHidden(one)}
        self._choose(shown ^ {column})

    def _choose(self, columns: set[int] | None) -> None:
        self._chosen = columns
        self._fit_columns()

    def set_columns(self) -> None:
        header = self.horizontalHeader()
        # As they were marked, until a column is asked for.
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(FITTED_ROWS)
        header.setStretchLastSection(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        for place, column in enumerate(PLACES, start=1):
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
