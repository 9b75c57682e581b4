"""The figures of a model as a table: by length of the gap, beside those of what it started from."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from uasrm_core.translation import mark, tr

Figures = Mapping[str, Mapping[str, float]]
TITLES = (
    (mark("Gaps of"), mark("Lengths of the gaps that were cut into recordings kept aside")),
    (
        mark("Continued"),
        mark("What continues the sound on both sides; error in dB, less is nearer"),
    ),
    (mark("Before"), mark("The model that the training started from; error in dB, less is nearer")),
    (mark("This model"), mark("Error of its spectrum in dB, less is nearer; then signal to error")),
)


class FigureTable(QTableWidget):
    """Spectral error and signal-to-error ratio of each way to repair, for each length of gap."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(TITLES), parent)
        for column, (title, tip) in enumerate(TITLES):
            item = QTableWidgetItem(tr(title))
            item.setToolTip(tr(tip))
            self.setHorizontalHeaderItem(column, item)
        self.setAccessibleName(tr("Errors in gaps of recordings kept aside"))
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def show_figures(self, now: Figures, before: Figures) -> None:
        """Show validations; `before` may be empty, or the same as `now` when nothing was learnt."""
        rows = [(length, row) for length, row in now.items() if "lsd" in row]
        self.setRowCount(len(rows))
        for number, (length, row) in enumerate(rows):
            texts = (
                tr("{low} to {high} ms", low=length.split("-")[0], high=length.split("-")[-1]),
                _describe(row, "classical_"),
                _describe(before.get(length, {})),
                _describe(row),
            )
            for column, text in enumerate(texts):
                self.setItem(number, column, QTableWidgetItem(text))


def _describe(row: Mapping[str, float], prefix: str = "") -> str:
    lsd, snr = row.get(f"{prefix}lsd", math.nan), row.get(f"{prefix}snr", math.nan)
    if math.isnan(lsd):
        return "–"
    return tr("{lsd:.2f} dB, SNR {snr:.1f}", lsd=lsd, snr=snr)
