"""The bar for the tool in hand: how it draws, where, and what can be done to what it drew."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStackedWidget,
    QToolBar,
    QWidget,
)

from uasrm_core.translation import mark, tr
from uasrm_gui.actions.action_set import ActionSet
from uasrm_gui.editor.view import EditorView
from uasrm_gui.panels.channel_button import ChannelButton
from uasrm_gui.panels.selection_menu import SelectionMenuButton
from uasrm_gui.panels.setting_number import setting_number
from uasrm_gui.settings import SettingsStore
from uasrm_gui.state.marks import Tool
from uasrm_gui.state.work import Work
from uasrm_gui.theme import SPACING

_ICON = 18
_HINTS: dict[Tool, str] = {
    "time": mark("Drag over the damage. Shift adds, Ctrl takes away."),
    "band": mark("Drag up or down. Shift adds, Ctrl takes away."),
    "box": mark("Drag a box. Shift adds, Ctrl takes away."),
    "lasso": mark("Draw around it. Shift adds, Ctrl takes away."),
}


class ToolOptionsBar(QToolBar):
    """Options of the tool left; channels and changes of the selection right."""

    def __init__(
        self, actions: ActionSet, settings: SettingsStore, work: Work, editor: EditorView
    ) -> None:
        super().__init__(tr("Selection"))
        self.setObjectName("selection")
        self.setMovable(False)
        self._settings = settings
        self._hint = QLabel()
        self._hint.setObjectName("dim")
        self._hint.setWordWrap(True)
        self._pages: dict[str, QWidget] = {
            "brush": self._make_brush_page(),
            "wand": self._make_wand_page(),
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
        layout.addWidget(ChannelButton(work, editor, actions["select.channel"]))
        layout.addWidget(SelectionMenuButton(actions, settings))
        self.addWidget(row)
        self.show_tool(editor.tool)
        editor.toolChanged.connect(self.show_tool)

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

    def _make_brush_page(self) -> QWidget:
        return _make_page(
            (tr("Size"), self._number("brush_pixels", tr("Brush size"), 1, 400, " px")),
            (tr("Hardness"), self._number("brush_hardness", tr("Brush hardness"), 0, 100, " %")),
        )

    def _make_wand_page(self) -> QWidget:
        box = QCheckBox(tr("Contiguous"))
        box.setToolTip(tr("Take only what hangs together with the place pointed at"))
        box.setChecked(self._settings.values.wand_contiguous)
        box.toggled.connect(lambda on: self._settings.change(wand_contiguous=on))
        self._settings.changed.connect(lambda values: box.setChecked(values.wand_contiguous))
        tolerance = self._number("wand_tolerance_db", tr("Wand tolerance"), 0, 100, " dB")
        return _make_page((tr("Tolerance"), tolerance), ("", box))

    def _number(self, name: str, title: str, low: int, high: int, unit: str) -> QSpinBox:
        return setting_number(self._settings, name, title, (low, high), unit)


def _make_page(*parts: tuple[str, QWidget]) -> QWidget:
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
