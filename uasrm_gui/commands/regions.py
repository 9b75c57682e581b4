"""What can be done to the list of regions."""

from __future__ import annotations

from uasrm_core.errors import RegionError
from uasrm_core.translation import mark, tr
from uasrm_gui.notices import Notice
from uasrm_gui.state.document import Document

NOTHING_TO_ADD = mark("Nothing is selected; drag over the damage first.")
NOTHING_TO_ACCEPT = mark("Pick a repaired region in the list first.")
NOTHING_PICKED = mark("Pick the regions to remove in the list first.")


def add_region(document: Document) -> None:
    """Put the selection into the list."""
    selection = document.selection.region
    if selection is None:
        document.noticed.emit(Notice(tr(NOTHING_TO_ADD), "warning"))
        return
    try:
        document.work.add_region(selection)
    except RegionError as error:
        document.noticed.emit(Notice(str(error), "warning"))


def remove_regions(document: Document) -> None:
    """Take the picked regions off the list."""
    if document.selection.rows:
        document.work.remove_regions(document.selection.rows)
    else:
        document.noticed.emit(Notice(tr(NOTHING_PICKED), "warning"))


def accept_repairs(document: Document) -> None:
    """Note that the repairs of the picked regions are good."""
    if not document.work.accept(document.selection.rows):
        document.noticed.emit(Notice(tr(NOTHING_TO_ACCEPT), "warning"))


def step_region(document: Document, step: int, *, cursor_frame: int) -> None:
    """Pick the next or the previous region in time, starting over at the end.

    Parameters
    ----------
    cursor_frame
        Where the search begins while nothing is picked.
    """
    starts = [region.start_frame for region in document.work.regions]
    rows = sorted(range(len(starts)), key=starts.__getitem__)
    if not rows:
        return
    if document.selection.rows:
        here = rows.index(document.selection.rows[0 if step < 0 else -1])
        document.selection.pick_rows([rows[(here + step) % len(rows)]])
        return
    later = [row for row in rows if starts[row] > cursor_frame]
    earlier = [row for row in rows if starts[row] < cursor_frame]
    document.selection.pick_rows([(later or rows)[0] if step > 0 else (earlier or rows)[-1]])
