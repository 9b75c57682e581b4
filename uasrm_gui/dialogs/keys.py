"""Which keys the commands have: a preset, and what the user changes in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from uasrm_core.translation import tr
from uasrm_gui.dialogs.shortcuts import key_text
from uasrm_gui.keymap import PRESET_NAMES, Command, holder_of, key_map, normal, own_keys
from uasrm_gui.settings import SettingsStore
from uasrm_gui.theme import SPACING

NAME = Qt.ItemDataRole.UserRole


class KeysDialog(QDialog):
    """A table of all commands; the keys of the one that is picked can be changed below it."""

    def __init__(
        self, settings: SettingsStore, commands: Sequence[Command], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Change shortcuts"))
        self.resize(620, 640)
        self._settings = settings
        self._commands = commands
        self._titles = {command.name: command.title for command in commands}
        self._table_keys = {command.name: command.keys for command in commands}
        values = settings.values
        self.keys = key_map(self._table_keys, values.key_preset, values.own_keys)
        self.preset = QComboBox()
        for name, title in PRESET_NAMES.items():
            self.preset.addItem(tr(title), name)
        self.preset.setCurrentIndex(self.preset.findData(settings.values.key_preset))
        self.preset.activated.connect(self._use_preset)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a command or a key"))
        self.search.setAccessibleName(tr("Find a command or a key"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.table = _make_table(len(commands))
        self.table.itemSelectionChanged.connect(self._on_row)
        self.editor = QKeySequenceEdit()
        self.editor.setMaximumSequenceLength(1)
        self.editor.setAccessibleName(tr("New keys"))
        self.editor.keySequenceChanged.connect(self._on_keys)
        self.warning = QLabel()
        self.warning.setObjectName("dim")
        self.warning.setWordWrap(True)
        self._give = QPushButton(tr("Assign"))
        self._give.clicked.connect(self.assign)
        self._take = QPushButton(tr("Remove"))
        self._take.clicked.connect(self.remove)
        self._reset = QPushButton(tr("Reset"))
        self._reset.clicked.connect(self.reset)
        self._lay_out()
        self._show()
        self.table.selectRow(0)

    @property
    def picked(self) -> str:
        """The command whose keys are changed."""
        item = self.table.item(self.table.currentRow(), 0)
        return "" if item is None else str(item.data(NAME))

    def pick(self, name: str) -> None:
        """Choose a command."""
        row = next(row for row, command in enumerate(self._commands) if command.name == name)
        self.table.selectRow(row)

    def assign(self) -> None:
        """Give the picked command the keys typed, and take them from whoever had them."""
        new = normal(self.editor.keySequence().toString())
        if not new or not self.picked:
            return
        holder = holder_of(new, self.keys, but=self.picked)
        if holder is not None:
            self.keys[holder] = tuple(key for key in self.keys[holder] if key != new)
        self.keys[self.picked] = (new,)
        self._show()

    def remove(self) -> None:
        """Leave the picked command without keys."""
        if self.picked:
            self.keys[self.picked] = ()
            self._show()

    def reset(self) -> None:
        """Give the picked command its keys of the preset again."""
        if not self.picked:
            return
        plain = key_map(self._table_keys, self.preset.currentData(), {})[self.picked]
        for name, keys in self.keys.items():
            self.keys[name] = tuple(key for key in keys if key not in plain)
        self.keys[self.picked] = plain
        self._show()

    def accept(self) -> None:
        preset = self.preset.currentData()
        self._settings.change(
            key_preset=preset, own_keys=own_keys(self._table_keys, preset, self.keys)
        )
        super().accept()

    def _use_preset(self) -> None:
        self.keys = key_map(self._table_keys, self.preset.currentData(), {})
        self._show()

    def _show(self) -> None:
        for row, command in enumerate(self._commands):
            shown = ", ".join(key_text(key) for key in self.keys[command.name])
            before = f"{command.submenu} › " if command.submenu else ""
            for column, text in enumerate((before + command.title, shown)):
                item = QTableWidgetItem(text)
                item.setData(NAME, command.name)
                self.table.setItem(row, column, item)
        self._filter()
        self._on_row()

    def _filter(self) -> None:
        wanted = self.search.text().strip().casefold()
        for row in range(self.table.rowCount()):
            cells = [self.table.item(row, column) for column in range(2)]
            text = " ".join(cell.text() for cell in cells if cell is not None).casefold()
            self.table.setRowHidden(row, wanted not in text)

    def _on_row(self) -> None:
        own = self.keys.get(self.picked, ())
        self.editor.setKeySequence(QKeySequence(own[0] if own else ""))
        self._on_keys()

    def _on_keys(self) -> None:
        """Warn before keys are taken from another command."""
        new = normal(self.editor.keySequence().toString())
        holder = holder_of(new, self.keys, but=self.picked)
        self._give.setEnabled(bool(new) and new not in self.keys.get(self.picked, ()))
        if holder is None:
            self.warning.setText("")
        else:
            self.warning.setText(
                tr(
                    "{keys} belongs to {command}, which would be left without it.",
                    keys=key_text(new),
                    command=self._titles[holder],
                )
            )

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        caption = QLabel(tr("&Preset"))
        caption.setBuddy(self.preset)
        self.preset.setAccessibleName(tr("Preset"))
        top.addWidget(caption)
        top.addWidget(self.preset)
        top.addSpacing(2 * SPACING)
        top.addWidget(self.search, 1)
        bottom = QHBoxLayout()
        new = QLabel(tr("New &keys"))
        new.setBuddy(self.editor)
        bottom.addWidget(new)
        bottom.addWidget(self.editor, 1)
        for button in (self._give, self._take, self._reset):
            button.setAutoDefault(False)
            bottom.addWidget(button)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACING, 2 * SPACING, 2 * SPACING, 2 * SPACING)
        layout.setSpacing(SPACING)
        layout.addLayout(top)
        layout.addWidget(self.table, 1)
        layout.addLayout(bottom)
        layout.addWidget(self.warning)
        layout.addWidget(buttons)


def _make_table(rows: int) -> QTableWidget:
    table = QTableWidget(rows, 2)
    table.setAccessibleName(tr("Commands"))
    table.setHorizontalHeaderLabels([tr("Command"), tr("Keys")])
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.setColumnWidth(1, 200)
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    return table
