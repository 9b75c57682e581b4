"""The dialogs about models, one of each for the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from uasrm_core.edit.journal import journal_folder
from uasrm_gui.dialogs.models import ModelsDialog
from uasrm_gui.dialogs.showing import show
from uasrm_gui.dialogs.training import TrainingDialog
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.device import open_stream
from uasrm_gui.sound.player import Player
from uasrm_gui.state.training import Training


def models_folder() -> Path:
    """Return where a user's own models are kept, each in a folder of its name."""
    return journal_folder().with_name("models")


def chosen_model(settings: SettingsStore) -> Path | None:
    """Return the model file that repairs use, or None for the one that ships."""
    return Path(settings.values.model) if settings.values.model else None


def show_models(settings: SettingsStore, parent: QWidget) -> None:
    """Show the list of models."""
    top = parent.window()
    show(ModelsDialog(models_folder(), settings, lambda: show_training(settings, top), top))


def show_training(settings: SettingsStore, parent: QWidget) -> TrainingDialog:
    """Show the dialog to train a model; there is one, which stays while a training runs."""
    top = parent.window()
    dialog = top.findChild(TrainingDialog)
    if dialog is None:
        training, player = Training(models_folder(), top), Player(open_stream, top)
        dialog = TrainingDialog(
            training, player, lambda path: settings.change(model=str(path)), top
        )
        application = QApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(training.close)
        application.aboutToQuit.connect(player.close)
    dialog.examples.choose_device(settings.values.device, settings.values.latency)
    _raise(dialog)
    return dialog


def _raise(dialog: QDialog) -> None:
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
