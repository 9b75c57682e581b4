"""The bar for the tool in hand: how it draws, and what can be done to what it drew."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from uasrm_core.translation import mark, tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.actions.table import SELECTION_EDITS, SELECTION_HELP, SELECTION_TRAIL
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.marks import Tool
from uasrm_gui.theme import SPACING, number_font

_ICON = 18
_HINTS: dict[Tool, str] = {
    "time": mark("Drag over the damage. Shift adds, Ctrl takes away."),
    "band": mark("Drag up or down. Shift adds, Ctrl takes away."),
    "box": mark("Drag a box. Shift adds, Ctrl takes away."),
    "lasso": mark("Draw around it. Shift adds, Ctrl takes away."),
}


class SelectionBar(QToolBar):
    """Options left, edits of the selection right; both write nothing but settings and actions."""

    def __init__(self, actions: ActionSet, settings: SettingsStore) -> None:
        super().__init__(tr("Selection"))
        self.setObjectName("selection")
        self.setMovable(False)
        self._settings = settings
        self._hint = QLabel()
        self._hint.setObjectName("dim")
        self._hint.setWordWrap(True)
        self._pages: dict[str, QWidget] = {
            "brush": self._brush_page(),
            "wand": self._wand_page(),
            "hint": self._hint,
        }
        self._words = ""
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(SPACING // 2, 0, SPACING // 2, 0)
        layout.setSpacing(SPACING // 2)
        layout.addWidget(self._stack, 1)
        _add_buttons(layout, actions, ("select.channel",))
        layout.addSpacing(SPACING)
        _add_buttons(layout, actions, SELECTION_EDITS)
        by = QLabel(tr("by"))
        by.setObjectName("dim")
        layout.addWidget(by)
        layout.addWidget(self._number("reach_ms", tr("Reach in time"), 0, 10_000, " ms"))
        layout.addWidget(self._number("reach_hz", tr("Reach in frequency"), 0, 20_000, " Hz"))
        layout.addSpacing(SPACING)
        _add_buttons(layout, actions, SELECTION_HELP)
        layout.addSpacing(SPACING)
        _add_buttons(layout, actions, SELECTION_TRAIL)
        self.addWidget(row)
        self.show_tool("time")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_hint()

    def show_tool(self, tool: Tool) -> None:
        """Show the options of a tool."""
        self._words = tr(_HINTS.get(tool, ""))
        self._fit_hint()
        self._stack.setCurrentWidget(self._pages.get(tool, self._hint))

    def _fit_hint(self) -> None:
        """Say as much as fits into two lines."""
        room = QRect(0, 0, self._stack.width(), 0)
        lines = self._hint.fontMetrics()
        wrapped = lines.boundingRect(room, Qt.TextFlag.TextWordWrap, self._words)
        fits = wrapped.height() <= 2 * lines.lineSpacing()
        first, stop, _ = self._words.partition(". ")
        self._hint.setText(self._words if fits else first + stop.strip())
        self._hint.setToolTip(self._words)

    def _brush_page(self) -> QWidget:
        return _page(
            (tr("Size"), self._number("brush_pixels", tr("Brush size"), 1, 400, " px")),
            (tr("Hardness"), self._number("brush_hardness", tr("Brush hardness"), 0, 100, " %")),
        )

    def _wand_page(self) -> QWidget:
        box = QCheckBox(tr("Contiguous"))
        box.setToolTip(tr("Take only what hangs together with the place pointed at"))
        box.setChecked(self._settings.values.wand_contiguous)
        box.toggled.connect(lambda on: self._settings.change(wand_contiguous=on))
        self._settings.changed.connect(lambda values: box.setChecked(values.wand_contiguous))
        tolerance = self._number("wand_tolerance_db", tr("Wand tolerance"), 0, 100, " dB")
        return _page((tr("Tolerance"), tolerance), ("", box))

    def _number(self, name: str, title: str, low: int, high: int, unit: str) -> QSpinBox:
        box = QSpinBox()
        box.setRange(low, high)
        box.setSuffix(unit)
        box.setFont(number_font())
        box.setFixedWidth(86)
        box.setAccessibleName(title)
        box.setToolTip(title)
        box.setKeyboardTracking(False)
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setValue(getattr(self._settings.values, name))
        box.valueChanged.connect(lambda value: self._settings.change(**{name: value}))
        self._settings.changed.connect(lambda values: box.setValue(getattr(values, name)))
        return box


def _page(*parts: tuple[str, QWidget]) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACING // 2)
    for caption, field in parts:
        if caption:
            label = QLabel(caption)
            label.setObjectName("dim")
            label.setBuddy(field)
            row.addWidget(label)
        row.addWidget(field)
        row.addSpacing(SPACING)
    row.addStretch(1)
    return page


def _add_buttons(layout: QHBoxLayout, actions: ActionSet, names: Iterable[str]) -> None:
    for action in actions.pick(names):
        button = QToolButton()
        button.setDefaultAction(action)
        button.setIconSize(QSize(_ICON, _ICON))
        button.setAccessibleName(action.text().replace("&", ""))
        layout.addWidget(button)
