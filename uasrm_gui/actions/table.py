"""Everything the user can do, in one table: menus, keys, tooltips and the F1 page come from it."""

from __future__ import annotations

from uasrm_gui.actions import (
    about,
    display,
    edit,
    files,
    processing,
    repair,
    review,
    select,
    transport,
    view,
)
from uasrm_gui.actions.spec import ActionSpec

ACTIONS: tuple[ActionSpec, ...] = (
    *files.ACTIONS,
    *edit.ACTIONS,
    *view.ACTIONS,
    *display.ACTIONS,
    *select.ACTIONS,
    *repair.ACTIONS,
    *review.ACTIONS,
    *processing.ACTIONS,
    *transport.ACTIONS,
    *about.ACTIONS,
)

TOOL_BAR = (
    ("open", "save", "export"),
    ("tool.time", "tool.band", "tool.box", "tool.brush", "tool.lasso", "tool.wand"),
    ("zoom.in", "zoom.out", "zoom.selection", "zoom.fit"),
    ("undo", "redo"),
)
TRANSPORT = ("start", "play", "loop")
LISTENING = ("listen.band", "listen.skip", "listen.half")
VERSIONS = ("listen.original", "listen.repaired", "listen.candidate", "listen.removed")
REGION_BUTTONS = ("repair", "repair.all", "region.add", "region.remove")
REVIEW_STEPS = ("find.previous", "find.next", "find.accept", "find.reject")
REVIEW_VERSIONS = ("find.before", "find.after", "find.removed")
REVIEW_BUTTONS = ("find.accept.all", "find.repair")
SELECTION_EDITS = ("select.invert", "select.feather", "select.grow", "select.shrink")
SELECTION_HELP = ("select.harmonics", "select.similar", "select.zero", "select.peak")
SELECTION_TRAIL = ("select.undo", "select.redo")
