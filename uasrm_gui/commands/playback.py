"""What is heard, and from where."""

from __future__ import annotations

from uasrm_core.translation import mark, tr
from uasrm_gui.editor.view import EditorView
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document
from uasrm_gui.state.playback import Playback

NO_BAND = mark("Nothing limits the frequencies yet; drag a box to hear only its band.")
NOTHING_TO_SKIP = mark("Nothing is selected yet; what you select is left out.")


def toggle_isolation(playback: Playback, document: Document) -> None:
    """Hear only the selection's band, or all again."""
    playback.toggle_isolation()
    selection = document.selection.region
    if playback.isolates and (selection is None or not selection.is_partial):
        document.noticed.emit(Notice(tr(NO_BAND)))


def toggle_skip(playback: Playback, document: Document) -> None:
    """Leave the selection out, or no longer."""
    playback.toggle_skip()
    if playback.skips and document.selection.region is None:
        document.noticed.emit(Notice(tr(NOTHING_TO_SKIP)))


def go_to_start(playback: Playback, document: Document, editor: EditorView) -> None:
    """Put the cursor at the beginning, and play on from there if sound is on."""
    editor.go_to(0)
    document.selection.select(None)
    if playback.is_playing:
        playback.play()
