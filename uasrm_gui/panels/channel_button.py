"""Which channels the tools select in, always in sight."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from uasrm_core.audio.channel_names import name_channels
from uasrm_core.translation import tr
from uasrm_gui.editor.view import EditorView
from uasrm_gui.state.marks import ChannelChoice
from uasrm_gui.state.work import Work
from uasrm_gui.widgets.modes import mark_mode


class ChannelButton(QToolButton):
    """Says which channels are meant; its menu lists all, the one under the pointer, and each."""

    def __init__(self, work: Work, editor: EditorView, under_pointer: QAction) -> None:
        super().__init__()
        self._work = work
        self._editor = editor
        self._under_pointer = under_pointer
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(tr("The channels that the tools select in"))
        work.opened.connect(self._fill)
        editor.channelChanged.connect(self._show)
        self._fill()

    def _fill(self) -> None:
        """List the channels of the recording."""
        names = self._names
        self.setVisible(len(names) > 1)
        self._menu.clear()
        self._add(tr("All channels"), "all")
        self._menu.addAction(self._under_pointer)
        for channel, name in enumerate(names):
            self._add(name, channel)
        self._show()

    def _add(self, title: str, choice: ChannelChoice) -> None:
        action = self._menu.addAction(title)
        action.triggered.connect(lambda checked=False: self._editor.set_channel(choice))

    @property
    def _names(self) -> tuple[str, ...]:
        return ("1",) if self._work.info is None else name_channels(self._work.info)

    def _name(self, choice: ChannelChoice) -> str:
        if choice == "all":
            return tr("All")
        if choice == "pointer":
            return tr("under the pointer")
        return self._names[int(choice)]

    def _show(self) -> None:
        choice = self._editor.channel
        self.setText(tr("Channel: {name}", name=self._name(choice)))
        mark_mode(self, on=choice != "all")
