"""The models that repairs can use: what each is, its figures, and which one is in use."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.errors import UasrmError
from uasrm_core.model.library import (
    SUFFIX,
    ModelCard,
    import_model,
    list_models,
    remove_model,
)
from uasrm_core.optional import has_torch
from uasrm_core.translation import tr
from uasrm_gui.dialogs.figures import FigureTable
from uasrm_gui.settings import SettingsStore
from uasrm_gui.theme import SPACING
from uasrm_gui.widgets.buttons import make_button


class ModelsDialog(QDialog):
    """Lists the models; one is chosen for repairs, others are imported, trained or removed.

    Parameters
    ----------
    folder
        Where a user's own models are kept.
    show_training
        Opens the dialog to train one.
    """

    def __init__(
        self,
        folder: Path,
        settings: SettingsStore,
        show_training: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Models"))
        self.setMinimumSize(860, 520)
        self._folder = folder
        self._settings = settings
        self._show_training = show_training
        self.models: tuple[ModelCard, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Models"))
        self.list.currentRowChanged.connect(self._show)
        self.about = QTextBrowser()
        self.about.setAccessibleName(tr("About this model"))
        self.figures = FigureTable()
        self.told = QLabel(tr("The model in use has a tick. It repairs from the next repair on."))
        self.told.setObjectName("dim")
        self.told.setWordWrap(True)
        self.use_button = make_button(tr("Use"), self.use)
        self.remove_button = make_button(tr("Remove"), self.ask_remove)
        train_button = make_button(tr("Train on My Recordings…"), self._train)
        train_button.setEnabled(has_torch())
        buttons = QHBoxLayout()
        for button in (
            self.use_button,
            make_button(tr("Import…"), self._ask_import),
            self.remove_button,
            train_button,
        ):
            buttons.addWidget(button)
        buttons.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.about, 3)
        right.addWidget(self.figures, 2)
        both = QHBoxLayout()
        both.addWidget(self.list, 1)
        both.addLayout(right, 3)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addLayout(both, 1)
        layout.addWidget(self.told)
        layout.addLayout(buttons)
        settings.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """List what is there now; the one that is looked at stays."""
        before = self.card
        self.models = list_models(self._folder)
        used = self._settings.values.model
        self.list.blockSignals(True)
        self.list.clear()
        for card in self.models:
            is_used = used == str(card.path) or (not used and card.is_bundled)
            item = QListWidgetItem(f"{'✓' if is_used else '  '} {title_of(card)}")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, describe_use(card, is_used))
            self.list.addItem(item)
        self.list.blockSignals(False)
        paths = [card.path for card in self.models]
        row = paths.index(before.path) if before is not None and before.path in paths else 0
        self.list.setCurrentRow(row)
        self._show()

    @property
    def card(self) -> ModelCard | None:
        """The model that is looked at."""
        row = self.list.currentRow()
        return self.models[row] if 0 <= row < len(self.models) else None

    def use(self) -> None:
        """Have repairs use the model that is looked at."""
        if self.card is not None:
            self._settings.change(model="" if self.card.is_bundled else str(self.card.path))

    def import_file(self, path: Path) -> None:
        """Copy a model file among the user's own."""
        try:
            card = import_model(path, self._folder)
        except UasrmError as error:
            self.told.setText(str(error))
            return
        self.refresh()
        self.list.setCurrentRow([known.path for known in self.models].index(card.path))
        self.told.setText(tr("Imported “{name}”.", name=card.name))

    def ask_remove(self) -> None:
        """Ask, and remove the model that is looked at."""
        card = self.card
        if card is None or card.is_bundled:
            return
        question = tr("Remove the model “{name}” with all that its training left?", name=card.name)
        button = QMessageBox.StandardButton
        if QMessageBox.question(self, tr("Remove"), question) == button.Yes:
            self.remove(card)

    def remove(self, card: ModelCard) -> None:
        """Remove a model; if it was in use, the one that ships takes its place."""
        remove_model(card)
        if self._settings.values.model == str(card.path):
            self._settings.change(model="")
        self.refresh()

    def _ask_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import"), "", f"(*{SUFFIX})")
        if name:
            self.import_file(Path(name))

    def _train(self) -> None:
        # this dialog keeps the others from being used
        self.accept()
        self._show_training()

    def _show(self) -> None:
        card = self.card
        self.remove_button.setEnabled(card is not None and not card.is_bundled)
        self.use_button.setEnabled(card is not None)
        if card is not None:
            self.about.setMarkdown(shorten(card.text) if card.text else describe(card))
            self.figures.show_figures(card.figures, card.before)


def title_of(card: ModelCard) -> str:
    """Return what a user calls a model."""
    return tr("The one that ships") if card.is_bundled else card.name


def describe_use(card: ModelCard, is_used: bool) -> str:
    """Return a model and whether it is in use, for screen readers."""
    return tr("{name}, in use", name=title_of(card)) if is_used else title_of(card)


def shorten(page: str) -> str:
    """Return what a user wants to know of a model's page: its use, its faults and its licence."""
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", page)
    parts = re.split(r"(?m)^## ", plain)
    wanted = ("What it is for", "What it does not do well", "Licence")
    kept = [part for part in parts if part.startswith(wanted)]
    return "\n".join(f"## {part}" for part in kept)


def describe(card: ModelCard) -> str:
    """Return what is known of a model of a user, as Markdown."""
    learnt = tr(
        "Learnt for {minutes:g} minutes, {steps} steps.", minutes=card.minutes, steps=card.steps
    )
    return "\n\n".join(
        (
            f"# {card.name}",
            learnt,
            tr("**Recordings:** {data}", data=card.data or tr("not stated")),
            tr(
                "**Licence:** its weights follow from those that ship (MIT) and from these "
                "recordings; whether it may be passed on depends on them."
            ),
            tr("**File:** `{path}`", path=card.path),
        )
    )
