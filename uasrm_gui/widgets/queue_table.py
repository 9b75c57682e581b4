"""A table of recordings that are worked on: how far each is, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from uasrm_core.translation import mark, tr

COLUMNS = (mark("Recording"), mark("Result"), mark("Regions"), mark("Note"))


class QueueTable(QTableWidget):
    """Lists what is to be done, and shows of each recording how far it is."""

    def __init__(self) -> None:
        super().__init__(0, len(COLUMNS))
        self._places: dict[str, int] = {}
        self._fractions: list[float] = []
        self._outputs: list[str] = []
        self.setHorizontalHeaderLabels([tr(title) for title in COLUMNS])
        self.setAccessibleName(tr("Recordings and what came of them"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.horizontalHeader().resizeSection(0, 260)

    @property
    def share_done(self) -> float:
        """How far all of them are, 0 to 1."""
        return sum(self._fractions) / max(len(self._fractions), 1)

    @property
    def done_count(self) -> int:
        """How many are done."""
        return sum(fraction == 1.0 for fraction in self._fractions)

    def show_queue(self, sources: Sequence[str]) -> None:
        """List recordings, none of which is begun."""
        self.setRowCount(0)
        self._places.clear()
        self._fractions.clear()
        self._outputs.clear()
        for source in sources:
            self._add(source)

    def show_progress(self, source: str, fraction: float) -> None:
        """Show how far a recording is."""
        row = self._find_row(source)
        if self._fractions[row] < 1.0:
            self._fractions[row] = min(fraction, 0.99)
            self._write(row, 1, tr("{percent} %", percent=int(100 * self._fractions[row])))
            self.scrollTo(self.model().index(row, 0))

    def show_row(self, told: Mapping[str, Any]) -> None:
        """Show what came of a recording, as `uasrm_core.batch.rows.row_to_json` has it."""
        row = self._find_row(str(told["source"]))
        self._fractions[row], self._outputs[row] = 1.0, str(told["output"])
        self._write(row, 1, tr(told["status"]))
        self._write(row, 2, f"{told['repaired']}/{told['found']}" if told["found"] else "")
        self._write(row, 3, str(told["sentence"]))

    def output_of(self, row: int) -> Path | None:
        """Return the repaired recording of a row; None where there is none."""
        output = self._outputs[row] if 0 <= row < len(self._outputs) else ""
        return Path(output) if output else None

    def _find_row(self, source: str) -> int:
        if source not in self._places:
            self._add(source)
        return self._places[source]

    def _add(self, source: str) -> None:
        row = self.rowCount()
        self._places[source] = row
        self._fractions.append(0.0)
        self._outputs.append("")
        self.insertRow(row)
        self._write(row, 0, Path(source).name, tip=source)
        for column, text in ((1, tr("waiting")), (2, ""), (3, "")):
            self._write(row, column, text)

    def _write(self, row: int, column: int, text: str, *, tip: str = "") -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.setItem(row, column, item)
        item.setText(text)
        item.setToolTip(tip or text)
