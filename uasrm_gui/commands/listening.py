"""What is heard, and from where."""

from __future__ import annotations

from uasrm_core.translation import mark, tr
from uasrm_gui.document import Document
from uasrm_gui.editor.view import EditorView
from uasrm_gui.listening import Listening
from uasrm_gui.notices import Notice

NO_BAND = mark("Nothing limits the frequencies yet; drag a box to hear only its band.")
NOTHING_TO_SKIP = mark("Nothing is selected yet; what you select is left out.")


def toggle_isolation(listening: Listening, document: Document) -> None:
    """Hear only the selection's band, or all again."""
    listening.toggle_isolation()
    selection = document.selection
    if listening.isolates and (selection is None or not selection.is_partial):
        document.noticed.emit(Notice(tr(NO_BAND)))


def toggle_skip(listening: Listening, document: Document) -> None:
    """Leave the selection out, or no longer."""
    listening.toggle_skip()
    if listening.skips and document.selection is None:
        document.noticed.emit(Notice(tr(NOTHING_TO_SKIP)))


def go_to_start(listening: Listening, document: Document, editor: EditorView) -> None:
    """Put the cursor at the beginning, and play on from there if sound is on."""
    editor.go_to(0)
    document.select(None)
    if listening.is_playing:
        listening.play()
