"""Edits in the selection, and tools for the whole recording or the part in view."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QWidget

from uasrm_core.edit.history import PUT_BACK
from uasrm_core.processing.settings import EDITS, EditSettings, ToolSettings
from uasrm_core.translation import tr
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document
from uasrm_gui.widgets.formats import format_span

MOST_DB = 60.0
USUAL_DB = -6.0


def make_edit(window: QWidget, document: Document, name: str) -> None:
    """Make an edit in the selection, asking what it needs."""
    region = document.selection.region
    if region is None:
        return
    if name == PUT_BACK:
        document.edits.put_back(region)
        return
    if name == "gain":
        gain_db, is_wanted = QInputDialog.getDouble(
            window, tr(EDITS[name].title), tr("Decibels:"), USUAL_DB, -MOST_DB, MOST_DB, 1
        )
        if is_wanted:
            document.edits.make(region, EditSettings(name, gain_db=gain_db))
        return
    source = document.edits.source
    if EDITS[name].needs_source and source is None:
        text = tr("First select what is to be copied, and mark it with “Use as Source”.")
        document.noticed.emit(Notice(text))
        return
    frames = None if source is None else (source.start_frame, source.end_frame)
    document.edits.make(region, EditSettings(name, source_frames=frames))


def mark_source(document: Document) -> None:
    """Remember the selection as what copies and room tone are taken from."""
    region, info = document.selection.region, document.work.info
    if region is None or info is None:
        return
    document.edits.source = region
    place = format_span(region.start_frame, region.end_frame, info.rate)
    document.noticed.emit(Notice(tr("Copies and room tone are taken from {place}.", place=place)))


def run_tool(document: Document, name: str, within: tuple[int, int] | None) -> None:
    """Go through the recording, or the part in view."""
    if document.work.clip is not None:
        document.edits.run_tool(ToolSettings(name, within=within))
