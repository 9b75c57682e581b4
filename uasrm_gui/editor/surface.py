"""What drags and the wheel ask of the pane under the pointer."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF

from uasrm_gui.editor.selecting import Edge, Limits, Point
from uasrm_gui.state.view import View
from uasrm_gui.state.viewport import FrequencyView, Lane


class Surface(Protocol):
    """A picture of the recording, with a lane for each channel."""

    @property
    def state(self) -> View:
        """The view, and what is marked in it."""

    @property
    def frequency(self) -> FrequencyView | None:
        """The frequency axis, or None when heights are amplitudes."""

    @property
    def lane_strips(self) -> list[Lane]:
        """Where the channels are drawn."""

    @property
    def limits(self) -> Limits:
        """What the recording allows."""

    def lane_at(self, y: float, /) -> int:
        """Return the lane at a height; outside all of them, the nearest."""

    def point_at(self, place: QPointF, lane: int | None = None, /) -> Point:
        """Return what a place means, read in a lane (the one under it unless told)."""

    def edges_at(self, place: QPointF, /) -> frozenset[Edge]:
        """Return which edges of the selection a press here takes hold of."""
