"""Repairs of what is picked, selected or listed, and the comparison of candidates."""

from __future__ import annotations

from uasrm_core.translation import mark, tr
from uasrm_gui.notices import Notice
from uasrm_gui.state.comparison import Comparison
from uasrm_gui.state.document import Document
from uasrm_gui.state.repair_choice import RepairChoice
from uasrm_gui.state.review import Review

NOTHING_TO_REPAIR = mark(
    "Nothing is selected; drag over the damage first, or pick a region in the list."
)
ALL_REPAIRED = mark("No region of the list is open: each is repaired, or was left as it was.")
ONE_TO_COMPARE = mark("Candidates are compared for one region at a time; pick one.")


def repair(document: Document, review: Review, choice: RepairChoice) -> None:
    """Repair what is picked in the list, else the selection, by the chosen method."""
    _repair(document, review, choice.engine, choice.strength)


def repair_again(document: Document, review: Review) -> None:
    """Repair the selection by the method of the last repair."""
    _repair(document, review, document.repairs.last_engine, document.repairs.last_strength)


def repair_all(document: Document, choice: RepairChoice) -> None:
    """Repair every open region of the list."""
    waiting = document.work.open_regions
    if waiting:
        document.repairs.repair(waiting, choice.engine, strength=choice.strength)
    else:
        document.noticed.emit(Notice(tr(ALL_REPAIRED)))


def compare(document: Document, review: Review, comparison: Comparison) -> None:
    """Let every method repair what is picked or selected, to choose one by ear."""
    wanted = document.selection.wanted
    if len(wanted) == 1:
        comparison.begin(review.give_kind(wanted[0]))
        return
    text = tr(ONE_TO_COMPARE) if wanted else tr(NOTHING_TO_REPAIR)
    document.noticed.emit(Notice(text, "warning"))


def _repair(document: Document, review: Review, engine: str, strength: float) -> None:
    # how a detection is repaired depends on its kind
    regions = [review.give_kind(region) for region in document.selection.wanted]
    if regions:
        document.repairs.repair(regions, engine, strength=strength)
    else:
        document.noticed.emit(Notice(tr(NOTHING_TO_REPAIR), "warning"))
