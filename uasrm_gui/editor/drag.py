"""One press of the left button, from the moment it is pressed until it is let go."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, Qt

from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import EMPTY, Shape
from uasrm_core.select.combine import union
from uasrm_core.select.reshape import Mode, combine_regions
from uasrm_core.translation import tr
from uasrm_gui.editor.selecting import (
    NOTHING_DRAWN,
    Point,
    draw_region,
    refusal,
    resize,
)
from uasrm_gui.editor.strokes import draw_lasso, paint_brush
from uasrm_gui.editor.surface import Surface
from uasrm_gui.state.marks import Tool, WandRequest

CLICK_PIXELS = 3.0


def mode_of(held: Qt.KeyboardModifier) -> Mode:
    """Return what a drag does to the selection there is: Shift adds, Ctrl takes away."""
    if held & Qt.KeyboardModifier.ShiftModifier:
        return "add"
    return "subtract" if held & Qt.KeyboardModifier.ControlModifier else "replace"


class Drag:
    """What a drag in a pane selects.

    Over a waveform or a folded channel, where there are no frequencies, every tool selects time.
    """

    def __init__(self, pane: Surface, press: QPointF, held: Qt.KeyboardModifier) -> None:
        self._pane = pane
        self._press = press
        self.mode = mode_of(held)
        self.before = pane.state.selection.region
        self.grabbed = pane.edges_at(press) if self.mode == "replace" else frozenset()
        self.moving = False
        self._lane = pane.lane_at(press.y())
        has_frequencies = pane.frequency is not None and not pane.lane_strips[self._lane].folded
        self.tool: Tool = pane.state.tool if has_frequencies else "time"
        self.path = [pane.point_at(press)]
        self._stroke: Shape = EMPTY

    @property
    def is_freehand(self) -> bool:
        """Whether it draws a line rather than spans a box."""
        return not self.grabbed and self.tool in ("brush", "lasso")

    def start(self) -> bool:
        """Begin where a press alone already paints, and return whether it does."""
        self.moving = self.is_freehand and self.tool == "brush"
        return self.moving

    def has_moved(self, place: QPointF) -> bool:
        """Return whether the pointer is far enough from the press to be a drag."""
        way = place - self._press
        self.moving = self.moving or max(abs(way.x()), abs(way.y())) >= CLICK_PIXELS
        return self.moving

    def preview(self, place: QPointF) -> Region | None:
        """Return what to show as selected while the pointer passes here."""
        if self.is_freehand and self.tool == "lasso":
            self.path.append(self._pane.point_at(place, self._lane))
            return None if self.mode == "replace" else self.before
        return self.region(place)

    def region(self, place: QPointF) -> Region | None:
        """Return what the selection is when the pointer is let go here."""
        point = self._pane.point_at(place, self._lane)
        limits = self._pane.limits
        if self.grabbed and self.before is not None:
            return resize(self.before, self.grabbed, point, limits)
        return combine_regions(self.before, self._new(point), self.mode, rate=limits.rate)

    def problem(self, place: QPointF) -> str | None:
        """Return why letting go here selects nothing, or None."""
        if self.is_freehand:
            return None if self._new(self.path[-1]) is not None else tr(NOTHING_DRAWN)
        point = self._pane.point_at(place, self._lane)
        if self.grabbed and self.before is not None:
            return refusal(resize(self.before, self.grabbed, point, self._pane.limits))
        flat = self.tool in ("box", "band") and abs(self._press.y() - place.y()) < CLICK_PIXELS
        new = self._new(point)
        return None if new is None else refusal(new, flat=flat)

    def outline(self) -> list[QPointF]:
        """Return the line that a lasso has drawn so far, in the pane."""
        if self.tool != "lasso" or self._pane.frequency is None:
            return []
        time, frequency = self._pane.state.time, self._pane.frequency
        strip = self._pane.lane_strips[self._lane]
        return [
            QPointF(
                time.x_of(point.frame), strip.top + frequency.y_of(point.hz or 0.0, strip.height)
            )
            for point in self.path
        ]

    def wand(self) -> WandRequest:
        """Return what the wand was pointed at."""
        point, state = self.path[0], self._pane.state
        within = int(state.time.start_frame), int(state.time.end_frame) + 1
        return WandRequest(round(point.frame), point.hz or 0.0, within, self._channels(), self.mode)

    def _new(self, point: Point) -> Region | None:
        """Return what this drag alone selects."""
        state, limits = self._pane.state, self._pane.limits
        if not self.is_freehand:
            tool: Tool = "time" if self.tool == "wand" else self.tool
            region = draw_region(tool, self.path[0], point, limits, self._stretch())
            return replace(region, channels=self._channels())
        frequency = self._pane.frequency
        assert frequency is not None
        height = self._pane.lane_strips[self._lane].height
        if self.tool == "brush":
            line = [self.path[-1], point] if self._stroke else [point]
            dab = paint_brush(line, state.options, state.time, frequency, height)
            self._stroke = union(self._stroke, dab)
        if point != self.path[-1]:
            self.path.append(point)
        if self.tool == "lasso":
            self._stroke = draw_lasso(self.path, state.time, frequency, height)
        return region_of(self._stroke, limits.rate, channels=self._channels())

    def _stretch(self) -> tuple[int, int]:
        """Return the time that a band is selected over: that of the selection, else the view's."""
        if self.before is not None and self.mode == "replace":
            return self.before.start_frame, self.before.end_frame
        time = self._pane.state.time
        return round(time.start_frame), min(round(time.end_frame), time.total_frames)

    def _channels(self) -> tuple[int, ...] | None:
        clip, choice = self._pane.state.clip, self._pane.state.channel
        if clip is None or choice == "all" or clip.channels < 2:
            return None
        if choice != "pointer":
            return (choice,)
        return (self._lane,) if len(self._pane.lane_strips) == clip.channels else None
