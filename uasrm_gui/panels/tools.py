"""The bar over the picture: files, tools, zoom, history, and the way to repair."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from uasrm_core.translation import tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.state.repair_choice import RepairChoice
from uasrm_gui.theme import ICON_SIZE, SPACING
from uasrm_gui.widgets.methods import METHODS
from uasrm_gui.widgets.strength_box import strength_box


class ToolBar(QToolBar):
    """Its buttons come from the action table; the method is chosen here."""

    def __init__(self, actions: ActionSet, choice: RepairChoice) -> None:
        super().__init__(tr("Tools"))
        self.setObjectName("tools")
        self._choice = choice
        self.setMovable(False)
        self.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        actions.fill_tool_bar(self)
        self._buttons = self.actions()
        zooms = self._buttons.index(actions["zoom.in"])
        steps = self._buttons.index(actions["undo"])
        # each with the line before it
        self._spared = self._buttons[zooms - 1 : steps - 1], self._buttons[steps - 1 :]
        stretch = QWidget()
        stretch.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._stretch = self.addWidget(stretch)
        caption = QLabel(tr("Method"))
        caption.setObjectName("dim")
        caption.setContentsMargins(0, 0, SPACING, 0)
        self._caption = self.addWidget(caption)
        self._method = _make_method_box()
        self.addWidget(self._method)
        self._strength = strength_box()
        self._strength_shown = self.addWidget(self._strength)
        self._method.currentIndexChanged.connect(self._on_method)
        self._strength.valueChanged.connect(lambda value: choice.choose_strength(value / 100))
        self._on_method()
        self._adapt = _make_mode_button(actions["adapt"])
        self.addWidget(self._adapt)
        gap = QWidget()
        gap.setFixedWidth(SPACING)
        self.addWidget(gap)
        self.addWidget(_make_primary_button(actions))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Do without what menus, keys and the wheel do too, before the way to repair is hidden."""
        self._caption.setVisible(True)
        gone = [action for action in self._buttons if action not in self.actions()]
        if gone:
            after = self._buttons[self._buttons.index(gone[-1]) + 1 :]
            self.insertActions(after[0] if after else self._stretch, gone)
        if self.sizeHint().width() > self.width():
            self._caption.setVisible(False)
        for group in self._spared:
            if self.sizeHint().width() > self.width():
                for action in group:
                    self.removeAction(action)

    def _on_method(self) -> None:
        self._choice.choose_engine(str(self._method.currentData()))
        self._strength_shown.setVisible(self._choice.has_strength)
        self._fit()


def _make_method_box() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(tr("Repair method"))
    box.setToolTip(tr("How to repair"))
    box.setMinimumWidth(128)
    for engine, (name, tip) in METHODS.items():
        box.addItem(tr(name), engine)
        box.setItemData(box.count() - 1, tr(tip), Qt.ItemDataRole.ToolTipRole)
    return box


def _make_mode_button(action: QAction) -> QToolButton:
    """Return a button in words for what changes the next repair."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button


def _make_primary_button(actions: ActionSet) -> QToolButton:
    button = QToolButton()
    button.setObjectName("primary")
    button.setDefaultAction(actions["repair"])
    button.setText(tr("Repair"))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
