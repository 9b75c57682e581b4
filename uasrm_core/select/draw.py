"""Strokes and outlines on a picture of the sound, as shapes.

Drawing is done in the picture's own coordinates, for a round brush is round on the screen and not
in Hz: `Canvas` tells which frames its columns stand for and how high its cells lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.shape import EMPTY, FULL, Frames, Shape, shape_of

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture of time from left to right and frequency from bottom to top.

    Attributes
    ----------
    edges
        int64 ``(columns + 1,)``: the frames at the edges of columns 0, 1, …; column ``c`` covers
        the picture from ``c`` to ``c + 1``. Of edges that are equal the columns hold nothing.
    heights
        ``(cells + 1,)``: how high the edges of the cells from 0 Hz on lie, from 0 at the top
        downwards; falling.
    """

    edges: Frames
    heights: Points

    @property
    def middles(self) -> Points:
        """How high the middles of the cells lie, ``(cells,)``."""
        return (self.heights[:-1] + self.heights[1:]) / 2


def brush(canvas: Canvas, path: npt.ArrayLike, radius: float, hardness: float = 1.0) -> Shape:
    """Return what a round brush covers.

    Parameters
    ----------
    canvas
        The picture.
    path
        ``(points, 2)``: where the brush went, across and down, in the picture's units.
    radius
        Of the brush.
    hardness
        The part of the radius that is painted fully, 0 to 1; the rest fades out.
    """
    points = np.atleast_2d(np.asarray(path, dtype=np.float64))
    # A brush smaller than a cell still paints the cell that it is in.
    left, right = _find_span(points[:, 0], radius, len(canvas.edges) - 1)
    cells = _find_cells(canvas, points[:, 1].min() - radius, points[:, 1].max() + radius)
    if left >= right or not len(cells):
        return EMPTY
    across: Points = np.arange(left, right, dtype=np.float64) + 0.5
    down = canvas.middles[cells]
    tall = np.asarray((canvas.heights[:-1] - canvas.heights[1:])[cells] / 2)
    distance = np.full((len(across), len(cells)), np.inf)
    for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
        np.minimum(distance, _measure_distance(start, end, across, down, tall), out=distance)
    fade = max(radius * (1.0 - hardness), 1e-9)
    weights = np.clip((radius - distance) / fade, 0.0, 1.0)
    weights[distance <= 0.0] = 1.0
    return _paint(canvas, left, int(cells[0]), np.rint(weights * FULL))


def lasso(canvas: Canvas, outline: npt.ArrayLike) -> Shape:
    """Return what an outline encloses, by the even-odd rule; its ends are joined.

    Parameters
    ----------
    canvas
        The picture.
    outline
        ``(points, 2)``: across and down, in the picture's units.
    """
    points = np.atleast_2d(np.asarray(outline, dtype=np.float64))
    left, right = _find_span(points[:, 0], 0.0, len(canvas.edges) - 1)
    if len(points) < 3 or left >= right:
        return EMPTY
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    middles = canvas.middles[::-1]
    weights = np.zeros((right - left, len(middles)), dtype=np.uint8)
    for column in range(left, right):
        at = column + 0.5
        hit = (x0 <= at) != (x1 <= at)
        heights = np.sort(y0[hit] + (at - x0[hit]) / (x1[hit] - x0[hit]) * (y1[hit] - y0[hit]))
        places = np.searchsorted(middles, heights)
        for top, bottom in zip(places[::2], places[1::2], strict=True):
            weights[column - left, top:bottom] = FULL
    return _paint(canvas, left, 0, weights[:, ::-1])


def _find_span(across: Points, radius: float, columns: int) -> tuple[int, int]:
    low, high = np.floor(across.min() - radius), np.floor(across.max() + radius) + 1
    return int(np.clip(low, 0, columns)), int(np.clip(high, 0, columns))


def _find_cells(canvas: Canvas, top: float, bottom: float) -> npt.NDArray[np.int64]:
    return np.flatnonzero((canvas.heights[1:] <= bottom) & (canvas.heights[:-1] >= top))


def _measure_distance(
    start: Points, end: Points, across: Points, down: Points, tall: Points
) -> Points:
    """Return how far the cells lie from a line, ``(columns, cells)``; nothing inside a cell."""
    line = end - start
    length = float(line @ line)
    x, y = across[:, None] - start[0], down[None] - start[1]
    part = np.clip((x * line[0] + y * line[1]) / length, 0.0, 1.0) if length else np.zeros(1)
    off_x = np.maximum(np.abs(x - part * line[0]) - 0.5, 0.0)
    off_y = np.maximum(np.abs(y - part * line[1]) - tall, 0.0)
    return np.asarray(np.hypot(off_x, off_y))


def _paint(canvas: Canvas, left: int, first_cell: int, weights: npt.NDArray[np.generic]) -> Shape:
    edges = canvas.edges[left : left + len(weights) + 1]
    return shape_of(edges[:-1], edges[1:], first_cell, weights)
