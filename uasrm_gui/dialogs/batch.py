"""Many recordings at once: what goes in, what is looked for, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QElapsedTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.batch.job import BatchJob
from uasrm_core.batch.job_file import write_job
from uasrm_core.batch.planning import PAGE_NAME, PDF, REPORT, SESSION
from uasrm_core.detect.registry import DETECTORS
from uasrm_core.errors import UasrmError
from uasrm_core.translation import tr
from uasrm_core.writing.gate import final_name
from uasrm_gui.background.batch_run import BatchRun
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.buttons import make_button
from uasrm_gui.widgets.formats import format_time_left
from uasrm_gui.widgets.queue_table import QueueTable

JOB_SUFFIX = ".toml"
GRID_COLUMNS = 4
PROGRESS_STEPS = 1000


class BatchDialog(QDialog):
    """Runs a batch beside the window; a double click opens a recording's session for review.

    Parameters
    ----------
    open_work
        Opens a session in the window.
    """

    def __init__(self, open_work: Callable[[Path], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Batch"))
        self.setMinimumSize(720, 560)
        self._open_work = open_work
        self._clock = QElapsedTimer()
        self._run = BatchRun(self)
        self._run.queued.connect(self._show_queue)
        self._run.worked.connect(self._show_progress)
        self._run.row.connect(self._show_row)
        self._run.ended.connect(self._end)
        self.inputs = QListWidget()
        self.inputs.setAccessibleName(tr("Recordings and folders"))
        self.inputs.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for changed in (self.inputs.model().rowsInserted, self.inputs.model().rowsRemoved):
            changed.connect(lambda: self._show_lack())
        self.inputs.itemSelectionChanged.connect(lambda: self._refresh())
        self.output = QLineEdit()
        self.output.setAccessibleName(tr("Folder for the results"))
        self.output.textChanged.connect(lambda: self._show_lack())
        self.kinds = {name: QCheckBox(tr(traits.title)) for name, traits in DETECTORS.items()}
        for kind, box in self.kinds.items():
            box.setChecked(kind in BatchJob().kinds)
            box.setToolTip(tr(DETECTORS[kind].tip))
            box.toggled.connect(lambda: self._show_lack())
        self.sensitivity = QDoubleSpinBox()
        self.sensitivity.setRange(0.0, 1.0)
        self.sensitivity.setSingleStep(0.05)
        self.sensitivity.setValue(BatchJob().sensitivity)
        self.sensitivity.setAccessibleName(tr("Sensitivity"))
        self.archive = QCheckBox(tr("Keep the records of an archive"))
        self.table = QueueTable()
        self.table.cellDoubleClicked.connect(lambda row, column: self.open_session(row))
        self.table.itemSelectionChanged.connect(self._refresh)
        self.progress = QProgressBar()
        self.progress.setAccessibleName(tr("Recordings done"))
        self.progress.setTextVisible(False)
        self.told = QLabel()
        self.told.setObjectName("dim")
        self.told.setWordWrap(True)
        self.start_button = QPushButton(tr("Start"))
        self.start_button.clicked.connect(self.start_or_stop)
        self.remove_button = make_button(tr("Remove"), self._remove)
        self.save_button = make_button(tr("Save as Batch Job…"), self.save_job)
        self.review_button = make_button(tr("Review"), lambda: self.open_session(self._current))
        self.review_button.setToolTip(tr("Open the session in the window, to check and correct it"))
        self.report_button = make_button(tr("Show Report"), self._show_report)
        self.report_button.setToolTip(tr("What was done to this recording"))
        self._lay_out()
        self._show_lack()

    @property
    def is_running(self) -> bool:
        """Whether the batch is at work."""
        return self._run.is_running

    def job(self) -> BatchJob:
        """Return the settings as they are chosen."""
        return replace(
            BatchJob(),
            kinds=self._chosen_kinds,
            sensitivity=round(self.sensitivity.value(), 2),
            archive=self.archive.isChecked(),
        )

    def add_inputs(self, paths: Sequence[Path]) -> None:
        """Put recordings and folders on the list, each once."""
        known = {self.inputs.item(row).text() for row in range(self.inputs.count())}
        for path in paths:
            if str(path) not in known:
                self.inputs.addItem(str(path))
                known.add(str(path))
        if paths and not self.output.text():
            first = paths[0]
            self.output.setText(str(first.with_name(f"{first.stem} repaired")))

    def start_or_stop(self) -> None:
        """Begin the batch, or end it; what is finished is kept, and is not done again."""
        if self.is_running:
            self._run.stop()
            return
        inputs = [Path(self.inputs.item(row).text()) for row in range(self.inputs.count())]
        self.table.show_queue(())
        self._clock.start()
        self.progress.setRange(0, 0)
        try:
            self._run.start(inputs, self._read_folder(), self.job())
        except UasrmError as error:
            self.told.setText(str(error))
            return
        self.told.setText(tr("At work…"))
        self.start_button.setText(tr("Stop"))

    def open_session(self, row: int) -> None:
        """Open the session of a recording that is done, to correct what was done."""
        output = self.table.output_of(row)
        session = None if output is None else Path(f"{output}{SESSION}")
        if session is not None and session.exists():
            self._open_work(session)
        else:
            self.told.setText(tr("There is no session of this recording to open."))

    def save_job(self) -> None:
        """Ask for a name, and write the settings as a job file."""
        proposal = str(Path.home() / f"batch{JOB_SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save as Batch Job"), proposal, f"TOML (*{JOB_SUFFIX})"
        )
        if name:
            self.write_job(final_name(Path(name), JOB_SUFFIX))

    def write_job(self, path: Path) -> None:
        """Write the settings for `uasrm batch --job`."""
        try:
            write_job(self.job(), path)
        except UasrmError as error:
            self.told.setText(str(error))
            return
        self.told.setText(tr("Saved {name}.", name=path.name))

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the batch with its dialog."""
        self._run.close()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """End the batch with its dialog, by the Escape key too."""
        self._run.close()
        super().done(result)

    def _read_folder(self) -> Path:
        return Path(self.output.text().strip()).expanduser().absolute()

    @property
    def _current(self) -> int:
        return self.table.currentRow()

    def _show_queue(self, sources: Sequence[str]) -> None:
        self.table.show_queue(sources)
        self.progress.setRange(0, PROGRESS_STEPS)
        self._show_share()

    def _show_progress(self, source: str, fraction: float) -> None:
        self.table.show_progress(source, fraction)
        self._show_share()

    def _show_row(self, row: Mapping[str, Any]) -> None:
        self.table.show_row(row)
        self._show_share()
        self._refresh()

    def _show_share(self) -> None:
        """Show how far the batch is, and how long it will probably take."""
        share = self.table.share_done
        self.progress.setValue(round(PROGRESS_STEPS * share))
        done, count = self.table.done_count, self.table.rowCount()
        if share > 0:
            left = format_time_left(self._clock.elapsed() / 1000, share)
            text = tr("{done} of {all} done, about {time} left.", done=done, all=count, time=left)
        else:
            text = tr("{done} of {all} done.", done=done, all=count)
        self.told.setText(text)

    def _end(self, sentence: str) -> None:
        self.start_button.setText(tr("Start"))
        self._refresh()
        if self.progress.maximum() == 0:
            self.progress.setRange(0, PROGRESS_STEPS)
        done = tr("Done. Double-click a recording to check its repairs.")
        self.told.setText(sentence or done)

    @property
    def _chosen_kinds(self) -> tuple[str, ...]:
        return tuple(kind for kind, box in self.kinds.items() if box.isChecked())

    @property
    def _lack(self) -> str:
        """What has to be done before the batch can start, or empty."""
        if not self.inputs.count() or not self.output.text().strip():
            return tr("Add recordings or a folder, and choose where results go.")
        if not self._chosen_kinds:
            return tr("Choose what to look for.")
        return ""

    def _show_lack(self) -> None:
        """Say what is lacking, or what comes after the start."""
        if not self.is_running:
            done = tr("Double-click a recording that is done to check its repairs.")
            self.told.setText(self._lack or done)
        self._refresh()

    def _refresh(self) -> None:
        """Enable what can be done with the settings, and with the recording that is picked."""
        self.start_button.setEnabled(self.is_running or not self._lack)
        self.save_button.setEnabled(bool(self._chosen_kinds))
        self.remove_button.setEnabled(bool(self.inputs.selectedItems()))
        is_done = self.table.output_of(self._current) is not None
        self.review_button.setEnabled(is_done)
        self.report_button.setEnabled(is_done)

    def _show_report(self) -> None:
        output = self.table.output_of(self._current)
        for ending in (PDF, REPORT):
            report = Path(f"{output}{ending}")
            if report.exists():
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(report)))
                return
        self.told.setText(tr("There is no report of this recording."))

    def _add_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add Recordings"))
        self.add_inputs([Path(name) for name in names])

    def _add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Add a Folder"))
        self.add_inputs([Path(name)] if name else [])

    def _remove(self) -> None:
        for item in self.inputs.selectedItems():
            self.inputs.takeItem(self.inputs.row(item))

    def _choose_output(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Folder for the Results"))
        if name:
            self.output.setText(name)

    def _show_summary(self) -> None:
        page = self._read_folder() / PAGE_NAME
        if page.exists():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(page)))
        else:
            self.told.setText(tr("There is no summary yet."))

    def _lay_out(self) -> None:
        buttons = _make_row(
            make_button(tr("Add Recordings…"), self._add_files),
            make_button(tr("Add a Folder…"), self._add_folder),
            self.remove_button,
        )
        form = QFormLayout()
        form.addRow(
            tr("Results"),
            _make_row(self.output, make_button(tr("Choose…"), self._choose_output), wide=0),
        )
        form.addRow(tr("Look for"), _make_grid(*self.kinds.values()))
        form.addRow(tr("Sensitivity"), _make_row(self.sensitivity, self.archive))
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addWidget(self.inputs, 1)
        layout.addLayout(buttons)
        layout.addLayout(form)
        layout.addWidget(self.table, 2)
        layout.addWidget(self.progress)
        layout.addWidget(self.told)
        layout.addLayout(
            _make_row(
                self.start_button,
                self.review_button,
                self.report_button,
                make_button(tr("Show Summary"), self._show_summary),
                self.save_button,
            )
        )


def _make_grid(*widgets: QWidget) -> QGridLayout:
    """Return widgets in rows of `GRID_COLUMNS`."""
    grid = QGridLayout()
    for number, widget in enumerate(widgets):
        grid.addWidget(widget, number // GRID_COLUMNS, number % GRID_COLUMNS)
    return grid


def _make_row(*widgets: QWidget, wide: int | None = None) -> QHBoxLayout:
    """Return widgets beside each other, one of which takes the room, or the room behind them."""
    row = QHBoxLayout()
    for number, widget in enumerate(widgets):
        row.addWidget(widget, 1 if number == wide else 0)
    if wide is None:
        row.addStretch(1)
    return row
