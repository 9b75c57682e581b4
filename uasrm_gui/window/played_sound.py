"""What is heard, as the window shows it: the playhead, the time, the level, the Play button."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from uasrm_gui.editor.view import EditorView
from uasrm_gui.notices import Notice
from uasrm_gui.panels.status import StatusBar
from uasrm_gui.panels.transport import TransportBar
from uasrm_gui.settings import SettingsStore
from uasrm_gui.sound.player import Player
from uasrm_gui.state.document import Document
from uasrm_gui.widgets.icons import icon


class PlayedSound(QObject):
    """Keeps editor, transport and status bar in step with the player."""

    def __init__(
        self,
        player: Player,
        document: Document,
        settings: SettingsStore,
        *,
        editor: EditorView,
        transport: TransportBar,
        status: StatusBar,
        play: QAction,
    ) -> None:
        super().__init__(player)
        self._player = player
        self._document = document
        self._settings = settings
        self._editor = editor
        self._transport = transport
        self._play = play
        player.moved.connect(self._on_moved)
        player.playing_changed.connect(self._on_playing)
        player.failed.connect(lambda text: document.noticed.emit(Notice(text, "warning")))
        player.silent_changed.connect(status.show_silent)
        player.underruns_changed.connect(status.show_underruns)
        player.level_changed.connect(transport.meter.show_level)
        editor.cursorMoved.connect(self._on_cursor)

    def _on_cursor(self, frame: int) -> None:
        if not self._player.is_playing:
            self._transport.show_frame(frame)

    def _on_moved(self, frame: int) -> None:
        # while a selection is auditioned the view stays on it
        follow = self._settings.values.follow and self._document.selection.region is None
        self._editor.set_playhead(frame, follow=follow)
        self._transport.show_frame(frame)

    def _on_playing(self, playing: bool) -> None:
        self._play.setIcon(icon("stop" if playing else "play"))
        if playing:
            self._transport.meter.reset()
        else:
            self._editor.set_playhead(None)
            self._transport.show_frame(self._editor.cursor_frame() or 0)
