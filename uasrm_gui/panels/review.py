"""The detections of a search: how many at which sensitivity, and what is decided about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QModelIndex,
    QSignalBlocker,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QSlider,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.audio.kinds import KIND_WORDS
from uasrm_core.detect.detections import Detection
from uasrm_core.detect.registry import DETECTORS
from uasrm_core.translation import mark, tr, tr_count
from uasrm_gui.panels.detection_picture import DetectionPicture
from uasrm_gui.state.document import Document
from uasrm_gui.state.marks import DETECTION_WORDS, DetectionState
from uasrm_gui.state.previews import Previews
from uasrm_gui.state.review import Review
from uasrm_gui.theme import COLORS, SMALL_PIXELS, SPACING, number_font
from uasrm_gui.widgets.fit_text import FittedLabel
from uasrm_gui.widgets.formats import format_channels, format_hz, format_length, format_time
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.table import Index, TableModel, dress_table

COLUMNS = (
    ("", mark("What was decided")),
    (mark("Kind"), mark("What it seems to be")),
    (mark("Start"), mark("Where it begins")),
    (mark("Length"), mark("How long it is")),
    (mark("Likely"), mark("How likely it is damage")),
    (mark("Band"), mark("Which frequencies are damaged")),
    (mark("Ch"), mark("The channels that are damaged")),
)
# By which columns the detections can be ordered.
ORDER_COLUMNS = {1: "kind", 2: "start", 3: "length", 4: "likely"}
STATES: dict[DetectionState, tuple[str, str]] = {
    "open": ("region-open", "region_open"),
    "accepted": ("accept", "accent"),
    "rejected": ("reject", "dim_text"),
    "repaired": ("region-repaired", "region_repaired"),
    "unchanged": ("region-unchanged", "region_unchanged"),
}
# Whose buttons show words.
TEXT_BUTTONS = (
    *("find.before", "find.after", "find.removed"),
    *("find.accept", "find.reject", "find.accept.all", "find.repair"),
)
STEPS = 100
STATE_WIDTH = 30
# So many detections are seen at once, however low the window; the close-up gives way to them.
LEAST_ROWS = 6
BUTTON_HEIGHT = 26
# How likely a detection is, its band and its channels go where the panel is narrow.
LAST_COLUMNS = ((4, 260), (5, 330), (6, 330))
FITTED_ROWS = 50


class DetectionModel(TableModel):
    """The detections that the sensitivity keeps, as a table.

    Attributes
    ----------
    grows
        Whether rows are being added: views tell of a selection that only moves along.
    """

    rows: list[Detection]

    def __init__(self, review: Review, document: Document) -> None:
        super().__init__(review, COLUMNS, words={0, 1})
        self._review = review
        self._document = document
        self.rows = list(review.detections)
        self.grows = False
        review.changed.connect(self._refresh)
        review.grew.connect(self._insert)
        review.decided.connect(self._redraw)
        document.work.history_changed.connect(self._redraw)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self._document.work.info is None:
            return None
        detection = self.rows[index.row()]
        if index.column() == 0:
            return self._state_data(detection, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._describe_cell(detection, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(index.column())
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        descending = order == Qt.SortOrder.DescendingOrder
        if column in ORDER_COLUMNS:
            self._review.sort_by(ORDER_COLUMNS[column], descending=descending)
        else:
            self._review.sort_by("start")

    def _describe_cell(self, detection: Detection, column: int) -> str:
        info = self._document.work.info
        assert info is not None
        region = self._review.region(detection)
        has_band = detection.low_hz is not None or detection.high_hz is not None
        return (
            "",
            tr(KIND_WORDS[detection.kind].title),
            format_time(region.start_frame / info.rate),
            format_length(region.frames / info.rate),
            f"{detection.confidence:.0%}",
            f"{format_hz(detection.low_hz)}–{format_hz(detection.high_hz)}"
            if has_band
            else tr("all"),
            format_channels(region, name_channels(info)),
        )[column]

    def _state_data(self, detection: Detection, role: int) -> Any:
        state = self._review.outcome_of(detection)
        drawing, color_name = STATES[state]
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(drawing, getattr(COLORS, color_name))
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return tr(DETECTION_WORDS[state])
        return None

    def _refresh(self) -> None:
        self.beginResetModel()
        self.rows = list(self._review.detections)
        self.endResetModel()

    def _insert(self, added: Sequence[int]) -> None:
        """Add rows run by run: what is picked in the table stays picked, and in view."""
        self.grows = True
        for first, last in _find_runs(added):
            self.beginInsertRows(QModelIndex(), first, last)
            self.rows[first:first] = self._review.detections[first : last + 1]
            self.endInsertRows()
        self.grows = False

    def _redraw(self) -> None:
        if self.rows:
            last = self.index(len(self.rows) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class ReviewPanel(QWidget):
    """What to look for above, the detections in the middle, below the current one, close up.

    Parameters
    ----------
    detect
        The action that looks for damage.
    steps
        Previous, next, accept, reject.
    versions
        What is heard of a detection: before, after and removed.
    play
        Whether each is played when it is looked at.
    endings
        What ends the review: accept all, repair what was accepted.
    """

    def __init__(
        self,
        review: Review,
        previews: Previews,
        document: Document,
        *,
        detect: QAction,
        steps: list[QAction],
        versions: list[QAction],
        play: QAction,
        endings: list[QAction],
    ) -> None:
        super().__init__()
        self._review, self._previews, self._document = review, previews, document
        _, self._next, *_ = steps
        self._model = DetectionModel(review, document)
        self.table = _DetectionTable(self._model)
        self.slider = _make_slider()
        self._slider_label = QLabel()
        self.count, self.reach = FittedLabel(2), FittedLabel(1)
        for label in (self.count, self.reach):
            label.setFont(number_font(SMALL_PIXELS))
        self.picture = DetectionPicture()
        self._empty = QLabel()
        self._empty.setObjectName("empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setMargin(3 * SPACING)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        self.kind_button = QToolButton()
        self.kinds = self._make_kind_actions()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, SPACING, SPACING)
        layout.setSpacing(SPACING // 2)
        layout.addLayout(self._make_kind_row(detect))
        layout.addLayout(self._make_sensitivity_row())
        layout.addWidget(self.count)
        layout.addWidget(self.reach)
        layout.addLayout(self._stack, 1)
        layout.addWidget(self.picture)
        layout.addLayout(_make_buttons([*versions, play]))
        layout.addLayout(_make_buttons(steps))
        layout.addLayout(_make_buttons(endings))
        self._syncing = False
        self.table.selectionModel().selectionChanged.connect(self._on_picked)
        self.slider.valueChanged.connect(lambda value: review.set_sensitivity(value / STEPS))
        review.changed.connect(self._show)
        review.decided.connect(self._show_count)
        review.grew.connect(lambda rows: self._show_listing())
        review.search_changed.connect(self._show_listing)
        document.work.history_changed.connect(self._show_count)
        review.current_changed.connect(self._show_current)
        previews.changed.connect(self._show_preview)
        self._show()

    def _make_kind_actions(self) -> dict[str, QAction]:
        """Return what chooses each kind, in the menu of their button."""
        menu = QMenu(self.kind_button)
        self.kind_button.setMenu(menu)
        self.kind_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        actions = {}
        menu.setToolTipsVisible(True)
        for kind, traits in DETECTORS.items():
            action = actions[kind] = menu.addAction(tr(traits.title))
            action.setToolTip(tr(traits.tip))
            action.setCheckable(True)
            action.toggled.connect(self._on_kinds)
        return actions

    def _make_kind_row(self, detect: QAction) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addWidget(self.kind_button)
        row.addStretch(1)
        row.addWidget(_make_button(detect, text=True))
        return row

    def _make_sensitivity_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        self._slider_label.setBuddy(self.slider)
        row.addWidget(self._slider_label)
        row.addWidget(self.slider, 1)
        return row

    def _on_kinds(self) -> None:
        self._review.set_kinds(kind for kind in DETECTORS if self.kinds[kind].isChecked())

    def _on_picked(self, picked: QItemSelection, dropped: QItemSelection) -> None:
        rows = self.table.selectionModel().selectedRows()
        is_own = self._syncing or self._model.grows
        if not is_own and rows and rows[0].row() != self._review.current:
            self._review.go_to(rows[0].row())

    def _show(self) -> None:
        review = self._review
        self._slider_label.setText(tr("Likeness") if review.compares else tr("Sensitivity"))
        for kind, action in self.kinds.items():
            with QSignalBlocker(action):
                action.setChecked(kind in review.kinds)
        self.kind_button.setText(_describe_kinds(review.kinds))
        names = ", ".join(tr(DETECTORS[kind].title) for kind in review.kinds)
        tip = tr("What to look for, and what is listed")
        self.kind_button.setToolTip(f"{tip}: {names}" if names else tip)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(review.sensitivity * STEPS))
        self.slider.setEnabled(review.has_looked)
        self._show_listing()
        self._show_current()

    def _show_listing(self) -> None:
        """Show that there are finds, or why there are none, and how many."""
        review = self._review
        if review.is_looking:
            text = tr("Looking for damage…")
        elif not review.has_looked:
            text = tr("Find damage looks for clicks, dropouts and clipping. It changes nothing.")
        else:
            text = tr("No damage was found at this sensitivity.")
        self._empty.setText(text)
        stopped, info = review.stopped_search, self._document.work.info
        self.reach.setVisible(stopped is not None)
        if stopped is not None and info is not None:
            self.reach.show_text(stopped.describe_reach(info.rate))
        self._stack.setCurrentIndex(1 if review.detections else 0)
        self._show_count()
        self._show_preview()

    def _show_preview(self) -> None:
        info = self._document.work.info
        self.picture.setVisible(bool(self._review.detections))
        hint = "" if self._review.current is not None else self._describe_next()
        rate = 1 if info is None else info.rate
        self.picture.show_preview(self._previews.current, rate, hint=hint)

    def _describe_next(self) -> str:
        """Return how to come to the first detection."""
        key = self._next.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        words = tr("Each find is shown here close up.")
        if not key:
            return words
        return words + " " + tr("{key} goes to the next one.", key=key)

    def _show_count(self) -> None:
        review = self._review
        if not review.has_looked:
            self.count.show_text("")
            return
        found = len(review.detections)
        if review.is_looking:
            parts = [tr_count("{count} find so far", "{count} finds so far", found)]
        else:
            parts = [tr_count("{count} find", "{count} finds", found)]
        if repaired := review.repaired_count:
            parts.append(tr_count("{count} repaired", "{count} repaired", repaired))
        accepted = len(review.accepted)
        # nothing is left to accept once all are decided
        if accepted or review.undecided or not repaired:
            parts.append(tr_count("{count} accepted", "{count} accepted", accepted))
        self.count.show_text(" · ".join(parts))

    def _show_current(self) -> None:
        self._show_preview()
        self._syncing = True
        if self._review.current is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(self._review.current)
            self.table.scrollTo(self._model.index(self._review.current, 1))
        self._syncing = False


class _DetectionTable(QTableView):
    """The table's looks and manners."""

    def __init__(self, model: DetectionModel) -> None:
        super().__init__()
        self.setModel(model)
        dress_table(self, tr("Finds"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(FITTED_ROWS)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        self.setColumnWidth(0, STATE_WIDTH)
        rows = LEAST_ROWS * self.verticalHeader().defaultSectionSize()
        self.setMinimumHeight(header.sizeHint().height() + rows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column, least_width in LAST_COLUMNS:
            self.setColumnHidden(column, self.viewport().width() < least_width)


def _find_runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of neighbouring rows, which come in order."""
    for _, run in groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0]):
        own = [row for _, row in run]
        yield own[0], own[-1]


def _describe_kinds(kinds: tuple[str, ...]) -> str:
    if len(kinds) == 1:
        return tr(DETECTORS[kinds[0]].title)
    if len(kinds) == len(DETECTORS):
        return tr("All kinds")
    return tr("Kinds: {count} of {all}", count=len(kinds), all=len(DETECTORS))


def _make_slider() -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, STEPS)
    slider.setValue(STEPS // 2)
    slider.setAccessibleName(tr("Sensitivity"))
    slider.setToolTip(tr("The further right, the more is listed; the recording is not read again"))
    return slider


def _make_buttons(actions: list[QAction]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACING // 2)
    for action in actions:
        button = _make_button(action, text=action.objectName() in TEXT_BUTTONS)
        # beside one another they fit the panel in every language
        button.setProperty("tight", True)
        row.addWidget(button)
    row.addStretch(1)
    return row


def _make_button(action: QAction, *, text: bool) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(18, 18))
    button.setFixedHeight(BUTTON_HEIGHT)
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
