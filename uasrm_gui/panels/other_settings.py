"""The line that makes one more candidate, with settings of the user's own."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QPushButton, QWidget

from uasrm_core.inpainting.registry import AUTO
from uasrm_core.translation import tr
from uasrm_gui.state.comparison import Comparison, OtherSettings
from uasrm_gui.state.repair_choice import has_strength
from uasrm_gui.theme import SPACING, number_font
from uasrm_gui.widgets.methods import METHODS
from uasrm_gui.widgets.strength_box import strength_box

LONGEST_CONTEXT_S = 10.0


class OtherSettingsRow(QWidget):
    """Method, surroundings, strength, and a button."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison
        self.engine = QComboBox()
        self.engine.setAccessibleName(tr("Method of another candidate"))
        for engine, (name, _) in METHODS.items():
            if engine != AUTO:
                self.engine.addItem(tr(name), engine)
        self.context = QDoubleSpinBox()
        self.context.setRange(0.0, LONGEST_CONTEXT_S)
        self.context.setSingleStep(0.25)
        self.context.setDecimals(2)
        self.context.setSuffix(" s")
        # the least value stands for the engine's own choice
        self.context.setSpecialValueText(tr("automatic"))
        self.context.setFont(number_font())
        self.context.setAccessibleName(tr("Surroundings"))
        caption = QLabel(tr("Surroundings"))
        caption.setObjectName("dim")
        caption.setBuddy(self.context)
        self.context.setToolTip(tr("How much sound on each side the method goes by"))
        self.strength = strength_box()
        self.add = QPushButton(tr("Add"))
        self.add.setToolTip(tr("Make one more candidate with these settings"))
        self.add.clicked.connect(self._add)
        self.engine.currentIndexChanged.connect(self._on_engine)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING // 2)
        row.addWidget(self.engine, 1)
        row.addWidget(caption)
        row.addWidget(self.context)
        row.addWidget(self.strength)
        row.addWidget(self.add)
        self._on_engine()

    def _on_engine(self) -> None:
        # the other engines pay no heed to it
        self.strength.setVisible(has_strength(self.engine.currentData()))

    def _add(self) -> None:
        context_s = self.context.value()
        engine = self.engine.currentData()
        share = self.strength.value() / 100 if has_strength(engine) else 1.0
        self._comparison.add(OtherSettings(engine, context_s or None, share))
