"""The menu that makes one more candidate, with settings of the user's own."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
    QWidgetAction,
)

from uasrm_core.inpainting.registry import AUTO
from uasrm_core.translation import tr
from uasrm_gui.state.comparison import Comparison, OtherSettings
from uasrm_gui.state.repair_choice import has_strength
from uasrm_gui.theme import SPACING, number_font
from uasrm_gui.widgets.methods import METHODS
from uasrm_gui.widgets.strength_box import strength_box

LONGEST_CONTEXT_S = 10.0


class OtherSettingsButton(QToolButton):
    """“Other settings”: method, surroundings, strength, and a button that adds the candidate."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison
        self.setText(tr("Other settings"))
        self.setToolTip(tr("Make one more candidate with these settings"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
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
        self.context.setToolTip(tr("How much sound on each side the method goes by"))
        self.strength = strength_box()
        self.add = QPushButton(tr("Add"))
        self.add.setToolTip(tr("Make one more candidate with these settings"))
        self.add.clicked.connect(self._add)
        self.engine.currentIndexChanged.connect(self._on_engine)
        box = QWidget()
        form = self._form = QFormLayout(box)
        form.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        form.addRow(tr("Method"), self.engine)
        form.addRow(tr("Surroundings"), self.context)
        form.addRow(tr("Strength"), self.strength)
        form.addRow(self.add)
        menu = QMenu(self)
        held = QWidgetAction(menu)
        held.setDefaultWidget(box)
        menu.addAction(held)
        menu.aboutToShow.connect(self.engine.setFocus)
        self.setMenu(menu)
        self._on_engine()

    def _on_engine(self) -> None:
        # the other engines pay no heed to it
        self._form.setRowVisible(self.strength, has_strength(self.engine.currentData()))

    def _add(self) -> None:
        self.menu().close()
        context_s = self.context.value()
        engine = self.engine.currentData()
        share = self.strength.value() / 100 if has_strength(engine) else 1.0
        self._comparison.add(OtherSettings(engine, context_s or None, share))
