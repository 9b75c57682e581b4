"""What can be done to the selection once it is there."""

from __future__ import annotations

from collections.abc import Callable

from uasrm_core.audio.clip import SourceInfo
from uasrm_core.audio.region import Region
from uasrm_core.select import reshape
from uasrm_core.translation import mark, tr
from uasrm_gui.notices import Notice
from uasrm_gui.settings import Settings
from uasrm_gui.state.document import Document
from uasrm_gui.state.marks import ToolOptions

Change = Callable[[Region, SourceInfo], Region | None]

ALL_TAKEN = mark("The selection holds all frequencies, so there are no others to select.")
NONE_LEFT = mark("Nothing would be left of the selection.")


def select_all(document: Document) -> None:
    """Select the whole recording."""
    info = document.work.info
    if info is not None:
        document.selection.select(Region(0, info.frames))


def select_none(document: Document) -> None:
    """Select nothing, in the picture and in the list."""
    document.selection.pick_rows(())
    document.selection.select(None)


def invert(document: Document) -> None:
    """Select the other frequencies of the same time."""
    _change(document, reshape.invert_region, tr(ALL_TAKEN))


def grow(document: Document, settings: Settings) -> None:
    """Take in what lies near the selection."""
    reach = _reach(settings)
    _change(document, lambda r, info: reshape.grow_region(r, info, reach), tr(NONE_LEFT))


def shrink(document: Document, settings: Settings) -> None:
    """Leave out what lies near the selection's edges."""
    reach = _reach(settings)
    _change(document, lambda r, info: reshape.shrink_region(r, info, reach), tr(NONE_LEFT))


def feather(document: Document, settings: Settings) -> None:
    """Give the selection soft edges."""
    reach = _reach(settings)
    _change(document, lambda r, info: reshape.feather_region(r, info, reach), tr(NONE_LEFT))


def extend_to_harmonics(document: Document) -> None:
    """Take the multiples of the loudest frequency in the selection too."""
    region = document.selection.region
    if region is None:
        return
    if not region.is_partial:
        _warn(document, tr("Select the band of the fundamental first, by a box or by the brush."))
        return

    def use(hz: float) -> None:
        _change(
            document,
            lambda now, info: reshape.add_harmonics(region, info, hz),
            tr("There is nothing above the selection."),
        )

    document.searches.find_peak(region, use)


def snap_to_peak(document: Document) -> None:
    """Put the selection's band about its loudest frequency."""
    region, info = document.selection.region, document.work.info
    if region is None or info is None:
        return
    if not region.has_band or region.shape is not None:
        _warn(document, tr("Only a box has a band that can be moved to a peak."))
        return
    document.searches.find_peak(
        region, lambda hz: document.selection.select(reshape.center_band(region, info, hz))
    )


def snap_to_zero(document: Document) -> None:
    """Put the selection's edges on zero crossings."""
    region = document.selection.region
    if region is None:
        return
    if region.shape is not None:
        text = tr("What was drawn by hand has no edge to move to a zero crossing.")
        _warn(document, text)
        return
    document.searches.snap_to_zero(region)


def find_similar(document: Document) -> None:
    """List everything that sounds like the selection among the detections."""
    if document.selection.region is not None:
        document.searches.find_similar(document.selection.region)


def tool_options(values: Settings) -> ToolOptions:
    """Return how the tools draw by the user's settings."""
    return ToolOptions(
        brush_pixels=values.brush_pixels,
        hardness=values.brush_hardness / 100,
        tolerance_db=float(values.wand_tolerance_db),
        contiguous=values.wand_contiguous,
    )


def _change(document: Document, how: Change, nothing_left: str) -> None:
    """Change the selection; where that leaves nothing, tell so and leave it."""
    region, info = document.selection.region, document.work.info
    if region is None or info is None:
        return
    changed = how(region, info)
    if changed is None:
        _warn(document, nothing_left)
    else:
        document.selection.select(changed)


def _reach(values: Settings) -> reshape.Reach:
    return reshape.Reach(values.reach_ms / 1000, float(values.reach_hz))


def _warn(document: Document, text: str) -> None:
    document.noticed.emit(Notice(text, "warning"))
