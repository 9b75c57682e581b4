"""How much of the damage is taken away, in per cent."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from uasrm_core.translation import tr
from uasrm_gui.theme import number_font


def strength_box() -> QSpinBox:
    """Return a field for the strength of the method that takes any."""
    box = QSpinBox()
    box.setRange(5, 100)
    box.setSingleStep(5)
    box.setValue(100)
    box.setSuffix(" %")
    box.setFont(number_font())
    box.setAccessibleName(tr("Strength"))
    box.setToolTip(tr("How much of the damage Attenuate takes away"))
    return box
