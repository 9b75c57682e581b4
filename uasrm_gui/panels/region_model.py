"""The regions as a table: what its columns say, what a typed text changes, sorted and filtered."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QSortFilterProxyModel,
    Qt,
)

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.kinds import KIND_WORDS
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.translation import mark, tr
from uasrm_gui.editor.overlays import panel_color
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document
from uasrm_gui.state.marks import STATE_WORDS
from uasrm_gui.widgets.formats import (
    format_channels,
    format_hz,
    format_length,
    format_span,
    parse_channels,
    parse_hz,
    parse_time,
)
from uasrm_gui.widgets.icons import icon
from uasrm_gui.widgets.methods import name_of
from uasrm_gui.widgets.table import Index, TableModel
from uasrm_gui.widgets.time_format import TimeFormat


@dataclass(frozen=True)
class _Column:
    """A column: how a region reads in it, and what a typed text makes of the region.

    Attributes
    ----------
    choices
        The texts that can be chosen from, marked for translation, where none is typed.
    """

    title: str
    help: str
    show: Callable[[Region, SourceInfo], str]
    change: Callable[[Region, SourceInfo, str], Region] | None = None
    order: Callable[[Region], float] | None = None
    choices: tuple[str, ...] = ()


def _set_kind(region: Region, info: SourceInfo, text: str) -> Region:
    kinds = {tr(words.title): kind for kind, words in KIND_WORDS.items()}
    return replace(region, kind=kinds.get(text, region.kind))


def _format_place(region: Region, frame: int, info: SourceInfo) -> str:
    return TimeFormat("clock", info.rate).text(frame, span_frames=region.frames)


def _set_end(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, end_frame=round(parse_time(text) * info.rate))


def _set_start(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, start_frame=round(parse_time(text) * info.rate))


def _set_length(region: Region, info: SourceInfo, text: str) -> Region:
    return replace(region, end_frame=region.start_frame + round(parse_time(text) * info.rate))


_COLUMNS = (
    _Column(
        mark("No."),
        mark("Its number in the picture, and whether it is open, repaired or left as it was"),
        lambda region, info: "",
    ),
    _Column(
        mark("Kind"),
        mark("What happened to the sound; the automatic choice goes by it"),
        lambda region, info: tr(KIND_WORDS[region.kind].title),
        _set_kind,
        choices=tuple(words.title for words in KIND_WORDS.values()),
    ),
    _Column(
        mark("Label"),
        mark("What it is, in your words"),
        lambda region, info: region.label,
        lambda region, info, text: replace(region, label=" ".join(text.split())),
    ),
    _Column(
        mark("Start"),
        mark("Where it begins"),
        lambda region, info: _format_place(region, region.start_frame, info),
        _set_start,
        lambda region: region.start_frame,
    ),
    _Column(
        mark("End"),
        mark("Where it ends"),
        lambda region, info: _format_place(region, region.end_frame, info),
        _set_end,
        lambda region: region.end_frame,
    ),
    _Column(
        mark("Length"),
        mark("How long it is"),
        lambda region, info: format_length(region.frames / info.rate),
        _set_length,
        lambda region: region.frames,
    ),
    _Column(
        mark("Low"),
        mark("The lower edge of its band in Hz; empty for none"),
        lambda region, info: format_hz(region.low_hz),
        lambda region, info, text: replace(region, low_hz=parse_hz(text)),
        lambda region: region.low_hz or 0.0,
    ),
    _Column(
        mark("High"),
        mark("The upper edge of its band in Hz; empty for none"),
        lambda region, info: format_hz(region.high_hz),
        lambda region, info, text: replace(region, high_hz=parse_hz(text)),
        lambda region: math.inf if region.high_hz is None else region.high_hz,
    ),
    _Column(
        mark("Ch"),
        mark("Its channels: all, or by name or number"),
        lambda region, info: format_channels(region, name_channels(info)),
        lambda region, info, text: replace(
            region, channels=parse_channels(text, name_channels(info))
        ),
    ),
    _Column(
        mark("State"),
        mark("Open, repaired, left as it was, or repaired and accepted"),
        lambda region, info: "",
    ),
    _Column(mark("Method"), mark("What repaired it"), lambda region, info: ""),
)
KIND, LABEL, START, END, LENGTH, LOW, HIGH, CHANNELS, STATE, METHOD = range(1, len(_COLUMNS))
_ORDER = Qt.ItemDataRole.UserRole


class RegionModel(TableModel):
    """The document's regions as a table."""

    def __init__(self, document: Document) -> None:
        words = {0, KIND, LABEL, STATE, METHOD}
        super().__init__(document, [(c.title, c.help) for c in _COLUMNS], words)
        self._document = document
        self.rows = document.work.regions
        document.work.regions_changed.connect(self._refresh)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        info = self._document.work.info
        if not index.isValid() or info is None:
            return None
        region, column = self.rows[index.row()], index.column()
        if role == _ORDER:
            order = _COLUMNS[column].order
            if column == 0:
                return index.row()
            return self._describe_cell(region, column, info) if order is None else order(region)
        if column == 0:
            return self._state_data(index.row(), region, role)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            text = self._describe_cell(region, column, info)
            if not text and role == Qt.ItemDataRole.DisplayRole:
                return "–"
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.alignment(column)
        if role == Qt.ItemDataRole.ToolTipRole and column == KIND:
            return tr(KIND_WORDS[region.kind].help)
        if role == Qt.ItemDataRole.ToolTipRole and column == LABEL:
            return region.label
        return None

    def _describe_cell(self, region: Region, column: int, info: SourceInfo) -> str:
        if column == STATE:
            return tr(STATE_WORDS[self._document.work.state_of(region)])
        if column == METHOD:
            return name_of(self._document.work.engine_of(region))
        return _COLUMNS[column].show(region, info)

    def _state_data(self, row: int, region: Region, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            return str(row + 1)
        state = self._document.work.state_of(region)
        if role == Qt.ItemDataRole.DecorationRole:
            return icon(f"region-{state}", panel_color(state).name())
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(STATE_WORDS[state])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row + 1}, {tr(STATE_WORDS[state])}"
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and _COLUMNS[index.column()].change is not None:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        info, change = self._document.work.info, _COLUMNS[index.column()].change
        if info is None or change is None or role != Qt.ItemDataRole.EditRole:
            return False
        region = self.rows[index.row()]
        if str(value) == _COLUMNS[index.column()].show(region, info):
            # what is shown is rounded, and leaving it alone must not move the region
            return False
        try:
            self._document.work.change_region(index.row(), change(region, info, str(value)))
        except (ValueError, RegionError) as error:
            self._document.noticed.emit(Notice(str(error), "warning"))
            return False
        return True

    def describe(self, row: int) -> str:
        """Return everything that the columns say of a region, in one line."""
        info = self._document.work.info
        if info is None:
            return ""
        region = self.rows[row]

        def cell(column: int) -> str:
            return self._describe_cell(region, column, info)

        band = f"{cell(LOW) or 0}–{cell(HIGH) or format_hz(info.rate / 2)} Hz"
        parts = (
            f"{row + 1}",
            cell(KIND),
            format_span(region.start_frame, region.end_frame, info.rate),
            cell(LENGTH) if region.frames < info.rate else "",
            band if region.has_band else "",
            cell(CHANNELS) if info.channels > 1 else "",
            cell(STATE),
            cell(METHOD),
            region.label,
        )
        return " · ".join(part for part in parts if part)

    def _refresh(self) -> None:
        self.beginResetModel()
        self.rows = self._document.work.regions
        self.endResetModel()


def choices_of(column: int) -> tuple[str, ...]:
    """Return the texts that a column can be set to; none where one types."""
    return tuple(tr(choice) for choice in _COLUMNS[column].choices)


class RegionOrder(QSortFilterProxyModel):
    """The table sorted by a column, of those rows that hold every word of a filter."""

    def __init__(self, model: RegionModel) -> None:
        super().__init__(model)
        self._words: list[str] = []
        self.setSourceModel(model)
        self.setSortRole(_ORDER)

    def set_filter(self, text: str) -> None:
        """Show only rows in which every word of a text stands, in whatever column."""
        self._words = text.casefold().split()
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        texts = [
            str(model.index(source_row, column).data() or "")
            for column in range(model.columnCount())
        ]
        row = " ".join(texts).casefold()
        return all(word in row for word in self._words)
