"""What is heard, as the window shows it: the playhead, the time, the level, the Play button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from uasrm_gui.notices import Notice
from uasrm_gui.widgets.icons import icon

if TYPE_CHECKING:
    from uasrm_gui.main_window import MainWindow


class PlayedSound(QObject):
    """Keeps a window in step with its player."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        player, status = window.player, window.status
        player.moved.connect(self._on_moved)
        player.playing_changed.connect(self._on_playing)
        player.failed.connect(lambda text: window.tell(Notice(text, "warning")))
        player.silent_changed.connect(status.show_silent)
        player.underruns_changed.connect(status.show_underruns)
        player.level_changed.connect(window.transport.meter.show_level)
        window.editor.cursorMoved.connect(self._on_cursor)

    def _on_cursor(self, frame: int) -> None:
        if not self._window.player.is_playing:
            self._window.transport.show_frame(frame)

    def _on_moved(self, frame: int) -> None:
        window = self._window
        # while a selection is auditioned the view stays on it
        follow = window.settings.values.follow and window.document.selection is None
        window.editor.set_playhead(frame, follow=follow)
        window.transport.show_frame(frame)

    def _on_playing(self, playing: bool) -> None:
        window = self._window
        window.action_set["play"].setIcon(icon("stop" if playing else "play"))
        if playing:
            window.transport.meter.reset()
        else:
            window.editor.set_playhead(None)
            window.transport.show_frame(window.cursor_frame)
