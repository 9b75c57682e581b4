"""Sentences for the user from the document and the editor, brought to the message bar."""

from __future__ import annotations

from PySide6.QtGui import QAction

from uasrm_gui.editor.view import EditorView
from uasrm_gui.notices import Notice, odd_notice
from uasrm_gui.panels.message_bar import MessageBar
from uasrm_gui.state.document import Document


def connect_notices(
    message: MessageBar, document: Document, editor: EditorView, *, report: QAction
) -> None:
    """Show in the bar what document and editor tell; its button for a report triggers `report`."""

    def tell_odd(frames: list[int]) -> None:
        if document.work.info is not None:
            message.tell(odd_notice(frames, document.work.info.rate))

    document.noticed.connect(message.tell)
    editor.selectionRefused.connect(lambda text: message.tell(Notice(text, "warning")))
    editor.readFailed.connect(lambda text: message.tell(Notice(text, "error")))
    editor.oddFound.connect(tell_odd)
    message.report_wanted.connect(report.trigger)
