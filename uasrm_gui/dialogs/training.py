"""Training a model on a user's own recordings: what they hold, how it learns, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.errors import UasrmError
from uasrm_core.optional import has_torch
from uasrm_core.translation import tr, tr_count
from uasrm_gui.dialogs.figures import FigureTable
from uasrm_gui.dialogs.training_examples import ExamplesView
from uasrm_gui.sound.player import Player
from uasrm_gui.state.training import KINDS, Training, TrainingPlan, words_left
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.buttons import make_button
from uasrm_gui.widgets.curve import Curve

USUAL_MINUTES, MOST_MINUTES = 30.0, 6000.0


class TrainingDialog(QDialog):
    """Chooses recordings, runs a training beside the window, and shows how it gets on.

    Parameters
    ----------
    use_model
        Has repairs use a model file from now on.
    """

    def __init__(
        self,
        training: Training,
        player: Player,
        use_model: Callable[[Path], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Train on My Recordings"))
        self.setMinimumSize(960, 600)
        self._training = training
        self._use_model = use_model
        self._learnable = False
        self.name = QLineEdit(tr("My recordings"))
        self.folders = QListWidget()
        self.folders.setAccessibleName(tr("Folders of recordings"))
        self.kind = QComboBox()
        for kind, (title, *_) in KINDS.items():
            self.kind.addItem(tr(title), kind)
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(0.1, MOST_MINUTES)
        self.minutes.setDecimals(1)
        self.minutes.setValue(USUAL_MINUTES)
        self.minutes.setSuffix(tr(" minutes"))
        self.holds = QLabel(tr("Add a folder of undamaged recordings to learn from."))
        self.told = QLabel()
        for label in (self.holds, self.told):
            label.setWordWrap(True)
        self.holds.setObjectName("dim")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Training done"))
        self.start_button = make_button(tr("Start"), self.start_or_pause)
        self.stop_button = make_button(tr("Stop and Keep"), training.stop)
        self.use_button = make_button(tr("Use It"), self.use)
        self.curve = Curve(tr("Distance from what was there, step by step"))
        self.figures = FigureTable()
        self.examples = ExamplesView(player)
        self._lay_out()
        self.minutes.valueChanged.connect(self.survey)
        self.kind.currentIndexChanged.connect(self.survey)
        self.name.textChanged.connect(self.refresh)
        training.surveyed.connect(self.show_survey)
        training.changed.connect(self.refresh)
        if training.plan is not None:
            self._show_plan(training.plan)
        if not has_torch():
            self.survey()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has come about since."""
        super().showEvent(event)
        self.refresh()

    def add_folder(self, folder: Path) -> None:
        """Put a folder on the list, once."""
        if str(folder) not in self._list_folders():
            self.folders.addItem(str(folder))
            self.survey()

    def survey(self) -> None:
        """Find out what the recordings hold."""
        self._learnable = False
        if not has_torch():
            self.holds.setText(tr("Training needs PyTorch, which this installation does not have."))
        elif self._list_folders():
            self.holds.setText(tr("Looking through the recordings…"))
            self._training.survey(self._list_folders(), self._read_kind(), self.minutes.value())
        else:
            self.holds.setText(tr("Add a folder of undamaged recordings to learn from."))
        self.refresh()

    def show_survey(self, found: Mapping[str, Any] | str) -> None:
        """Show what the recordings hold, or why they cannot be learnt from."""
        self._learnable = not isinstance(found, str) and bool(found["kept_aside"])
        self.holds.setText(found if isinstance(found, str) else describe_survey(found))
        self.refresh()

    def start_or_pause(self) -> None:
        """Start, pause or go on."""
        training = self._training
        if training.is_running:
            training.pause()
        elif training.is_paused:
            training.resume()
        else:
            plan = TrainingPlan(
                self.name.text().strip(),
                tuple(self._list_folders()),
                self._read_kind(),
                self.minutes.value(),
            )
            try:
                training.begin(plan)
            except UasrmError as error:
                self.told.setText(str(error))

    def use(self) -> None:
        """Have repairs use the model that was made."""
        model = self._training.model
        if model is not None:
            self._use_model(model)
            self.told.setText(tr("Repairs use this model from now on."))

    def refresh(self) -> None:
        """Show how far the training is, if anybody can see it."""
        if not self.isVisible():
            return
        training = self._training
        is_running, is_paused = training.is_running, training.is_paused
        is_open = is_running or is_paused
        for widget in (self.name, self.kind, self.minutes, self.add_button, self.remove_button):
            widget.setEnabled(not is_open)
        titles = tr("Pause") if is_running else tr("Resume") if is_paused else tr("Start")
        self.start_button.setText(titles)
        can_begin = self._learnable and training.can_begin(self.name.text().strip())
        if self._learnable and not can_begin and not is_open and training.plan is None:
            self.told.setText(tr("There is a model of this name already; choose another one."))
        self.start_button.setEnabled(is_open or can_begin)
        self.stop_button.setEnabled(is_open)
        self.use_button.setEnabled(training.model is not None and not is_running)
        self.progress.setValue(round(1000 * training.share))
        if is_open or training.problem or training.plan is not None:
            self.told.setText(self._describe())
        self.curve.show_points(training.steps)
        checks = training.checks
        if checks:
            self.figures.show_figures(checks[-1]["figures"], checks[0]["figures"])
        self.examples.show_examples(training.read_examples())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the training at work, and the sound off."""
        self.examples.stop()
        super().closeEvent(event)

    def _describe(self) -> str:
        training = self._training
        if training.problem:
            return training.problem
        if training.is_running:
            left = training.left_s
            parts = [_say_stage(training)]
            return ", ".join(parts if left is None else [*parts, words_left(left)])
        if training.is_paused:
            return tr("Paused; nothing that was learnt is lost.")
        if training.model is None:
            return tr("Stopped before anything was learnt.")
        return tr("Done. “{name}” is in the list of models.", name=self.name.text())

    def _show_plan(self, plan: TrainingPlan) -> None:
        self.name.setText(plan.name)
        self.kind.setCurrentIndex(max(self.kind.findData(plan.kind), 0))
        self.minutes.setValue(plan.minutes)
        self.folders.addItems(list(plan.folders))

    def _list_folders(self) -> list[str]:
        return [self.folders.item(row).text() for row in range(self.folders.count())]

    def _read_kind(self) -> str:
        return str(self.kind.currentData())

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Add a Folder"))
        if name:
            self.add_folder(Path(name))

    def _remove(self) -> None:
        for item in self.folders.selectedItems():
            self.folders.takeItem(self.folders.row(item))
        self.survey()

    def _lay_out(self) -> None:
        self.add_button = make_button(tr("Add a Folder…"), self._ask_folder)
        self.remove_button = make_button(tr("Remove"), self._remove)
        form = QFormLayout()
        form.addRow(tr("Name"), self.name)
        form.addRow(tr("Mostly"), self.kind)
        form.addRow(tr("Learn for"), self.minutes)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addLayout(form)
        left.addWidget(self.folders, 1)
        left.addLayout(_make_row(self.add_button, self.remove_button))
        left.addWidget(self.holds)
        left.addWidget(self.progress)
        left.addWidget(self.told)
        left.addLayout(_make_row(self.start_button, self.stop_button, self.use_button))
        right.addWidget(self.curve, 2)
        right.addWidget(self.figures, 3)
        right.addWidget(self.examples, 2)
        both = QHBoxLayout(self)
        both.setSpacing(2 * SPACING)
        both.addLayout(left, 2)
        both.addLayout(right, 3)


def _say_stage(training: Training) -> str:
    """Return what a training is at."""
    if not training.message:
        return tr("Starting")
    if not training.steps:
        return tr("Preparing gaps to learn from")
    return tr_count("Learning, {count} step", "Learning, {count} steps", len(training.steps))


def describe_survey(found: Mapping[str, Any]) -> str:
    """Return what recordings hold, and what a training on them would do, in sentences."""
    rates = ", ".join(
        tr("{minutes:.1f} min at {rate:g} kHz", minutes=minutes, rate=int(rate) / 1000)
        for rate, minutes in sorted(found["rates"].items(), key=lambda pair: int(pair[0]))
    )
    holds = tr_count(
        "{count} recording: {rates}.",
        "{count} recordings: {rates}.",
        found["recordings"],
        rates=rates,
    )
    aside = tr_count(
        "{count} of them is kept aside to compare on.",
        "{count} of them are kept aside to compare on.",
        found["kept_aside"],
    )
    if not found["kept_aside"]:
        aside = tr("Add more recordings: one must be kept aside to compare on.")
    takes = tr(
        "{gaps} gaps are prepared first; then it learns for {minutes:g} minutes.",
        gaps=found["gaps"],
        minutes=found["learning_minutes"],
    )
    return " ".join((holds, aside, takes))


def _make_row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    row.setAlignment(Qt.AlignmentFlag.AlignLeft)
    return row
