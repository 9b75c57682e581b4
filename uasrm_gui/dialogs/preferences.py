"""The few choices that are the user's."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import LANGUAGES, mark, tr
from uasrm_gui.settings import LATENCIES, THEMES, SettingsStore
from uasrm_gui.theme import SPACING, number_font

_LATENCY_NAMES = {
    "low": mark("Low: quick response"),
    "medium": mark("Medium"),
    "high": mark("High: safest against drop-outs"),
}
_THEME_NAMES = {
    "system": mark("As the system has it"),
    "dark": mark("Dark"),
    "light": mark("Light"),
}
SYSTEM_DEVICE = mark("The system's choice")


class PreferencesDialog(QDialog):
    """Takes effect with OK.

    Parameters
    ----------
    devices
        The names of the output devices there are at present.
    """

    def __init__(
        self, settings: SettingsStore, devices: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Preferences"))
        self.setMinimumWidth(460)
        self._settings = settings
        values = settings.values
        self.device = QComboBox()
        self.device.addItem(tr(SYSTEM_DEVICE), "")
        # a device that is unplugged just now stays the choice
        for name in dict.fromkeys([*devices, values.device]):
            if name:
                self.device.addItem(name, name)
        self.device.setCurrentIndex(self.device.findData(values.device))
        self.latency = QComboBox()
        for latency in LATENCIES:
            self.latency.addItem(tr(_LATENCY_NAMES[latency]), latency)
        self.latency.setCurrentIndex(self.latency.findData(values.latency))
        self.theme = QComboBox()
        for theme in THEMES:
            self.theme.addItem(tr(_THEME_NAMES[theme]), theme)
        self.theme.setCurrentIndex(self.theme.findData(values.theme))
        self.language = QComboBox()
        self.language.addItem(tr(_THEME_NAMES["system"]), "")
        for language, name in LANGUAGES.items():
            self.language.addItem(name, language)
        self.language.setCurrentIndex(self.language.findData(values.language))
        self.pre_roll = _make_seconds(values.pre_roll_s)
        self.post_roll = _make_seconds(values.post_roll_s)
        self.archive_mode = QCheckBox(tr("Only read originals, and keep records of exports"))
        self.archive_mode.setChecked(values.archive_mode)
        self.archive_mode.setToolTip(
            tr(
                "The hash of a recording is shown as it opens; nothing is written over it; beside "
                "each export there are a log, a report and what was taken out"
            )
        )
        self.operator = QLineEdit(values.operator)
        self.operator.setPlaceholderText(tr("Who restores, for the records"))
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACING)
        form.setVerticalSpacing(SPACING + 4)
        for caption, field in (
            (tr("Output device"), self.device),
            (tr("Buffer"), self.latency),
            (tr("Pre-roll"), self.pre_roll),
            (tr("Post-roll"), self.post_roll),
            (tr("Theme"), self.theme),
            (tr("Language"), self.language),
            (tr("Archive mode"), self.archive_mode),
            (tr("Operator"), self.operator),
        ):
            field.setAccessibleName(caption)
            form.addRow(caption, field)
        note = QLabel("" if devices else tr("No output device was found at present."))
        note.setObjectName("dim")
        note.setVisible(not devices)
        later = QLabel(tr("The language changes when the program is started again."))
        later.setObjectName("dim")
        later.hide()
        self.language.currentIndexChanged.connect(
            lambda: later.setVisible(self.language.currentData() != values.language)
        )
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACING, 3 * SPACING, 3 * SPACING, 2 * SPACING)
        layout.setSpacing(2 * SPACING)
        layout.addLayout(form)
        layout.addWidget(note)
        layout.addWidget(later)
        layout.addStretch(1)
        layout.addWidget(buttons)

    def accept(self) -> None:
        self._settings.change(
            device=self.device.currentData(),
            latency=self.latency.currentData(),
            pre_roll_s=self.pre_roll.value(),
            post_roll_s=self.post_roll.value(),
            theme=self.theme.currentData(),
            language=self.language.currentData(),
            archive_mode=self.archive_mode.isChecked(),
            operator=self.operator.text().strip(),
        )
        super().accept()


def _make_seconds(value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.0, 30.0)
    box.setSingleStep(0.5)
    box.setDecimals(1)
    box.setSuffix(" s")
    box.setFont(number_font())
    box.setValue(value)
    return box
