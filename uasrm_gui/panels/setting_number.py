"""A field for a whole number among the settings."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSpinBox

from uasrm_gui.settings import SettingsStore
from uasrm_gui.theme import number_font


def setting_number(
    settings: SettingsStore, name: str, title: str, limits: tuple[int, int], unit: str
) -> QSpinBox:
    """Return a field that shows a setting and changes it."""
    box = QSpinBox()
    box.setRange(*limits)
    box.setSuffix(unit)
    box.setFont(number_font())
    box.setFixedWidth(86)
    box.setAccessibleName(title)
    box.setToolTip(title)
    box.setKeyboardTracking(False)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setValue(getattr(settings.values, name))
    box.valueChanged.connect(lambda value: settings.change(**{name: value}))
    settings.changed.connect(lambda values: box.setValue(getattr(values, name)))
    return box
