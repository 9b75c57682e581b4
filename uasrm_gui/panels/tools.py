"""The bar over the picture: files, tools, zoom, history, and the way to repair."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from uasrm_core.inpainting.registry import AUTO, REGISTRY
from uasrm_core.translation import mark, tr
from uasrm_gui.action_set import ActionSet
from uasrm_gui.theme import ICON_SIZE, SPACING
from uasrm_gui.widgets.strength_box import strength_box

# What is offered, in this order: the words it is shown under, and what it is for.
METHODS = {
    AUTO: (mark("Automatic"), mark("The best method for the length of each region")),
    **{name: (traits.title, traits.tip) for name, traits in REGISTRY.items() if traits.is_offered},
}


def name_of(engine: str) -> str:
    """Return what the user knows an engine as."""
    if engine in METHODS:
        return tr(METHODS[engine][0])
    return tr(REGISTRY[engine].title) if engine in REGISTRY else engine


def has_strength(engine: str) -> bool:
    """Return whether an engine can take away part of the damage."""
    return engine in REGISTRY and REGISTRY[engine].has_strength


class ToolBar(QToolBar):
    """Its buttons come from the action table; the method is chosen here."""

    def __init__(self, actions: ActionSet) -> None:
        super().__init__(tr("Tools"))
        self.setObjectName("tools")
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
        self._method = _method_box()
        self.addWidget(self._method)
        self._strength = strength_box()
        self._strength_shown = self.addWidget(self._strength)
        self._method.currentIndexChanged.connect(self._on_method)
        self._on_method()
        gap = QWidget()
        gap.setFixedWidth(SPACING)
        self.addWidget(gap)
        self.addWidget(_primary_button(actions))

    @property
    def engine(self) -> str:
        """The repair method that is chosen."""
        return str(self._method.currentData())

    @property
    def strength(self) -> float:
        """How much of the damage is taken away, from 0 to 1; methods but one take away all."""
        return self._strength.value() / 100 if has_strength(self.engine) else 1.0

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
        self._strength_shown.setVisible(has_strength(self.engine))
        self._fit()


def _method_box() -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(tr("Repair method"))
    box.setToolTip(tr("How to repair"))
    box.setMinimumWidth(128)
    for engine, (name, tip) in METHODS.items():
        box.addItem(tr(name), engine)
        box.setItemData(box.count() - 1, tr(tip), Qt.ItemDataRole.ToolTipRole)
    return box


def _primary_button(actions: ActionSet) -> QToolButton:
    button = QToolButton()
    button.setObjectName("primary")
    button.setDefaultAction(actions["repair"])
    button.setText(tr("Repair"))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    return button
