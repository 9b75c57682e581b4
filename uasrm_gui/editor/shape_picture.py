"""Shapes as pictures: tinted where they are, patterned by state, with a line about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from uasrm_core.audio.shape import CELL_HZ, FULL, Shape
from uasrm_gui.editor.cache import ByteCache
from uasrm_gui.state.viewport import FrequencyView, Lane, TimeView

Pattern = Literal["none", "diagonals", "dots"]

Opacities = npt.NDArray[np.uint8]

PICTURE_BYTES = 24 * 2**20
_STEP = 8
_DASH = 8

# A byte a pixel. What moves over a picture, such as the playhead, has it drawn again and again.
_drawn = ByteCache("pictures of shapes", PICTURE_BYTES)


@dataclass(frozen=True)
class ShapeStyle:
    """How a shape looks.

    Attributes
    ----------
    color
        Of line, tint and pattern.
    tint
        How strongly the inside is coloured, 0 to 1.
    pattern
        What is drawn over the inside.
    dashed
        Whether the line is broken.
    """

    color: str
    tint: float
    pattern: Pattern = "none"
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class ShapePicture:
    """A picture, where it belongs in the pane, and the array behind it."""

    image: QImage
    rect: QRectF
    opacities: Opacities


def shape_picture(
    shape: Shape,
    time: TimeView,
    frequency: FrequencyView | None,
    lane: Lane,
    style: ShapeStyle,
) -> ShapePicture | None:
    """Return a shape drawn in a lane, or None where none of it is in view.

    Without a frequency axis every time at which there is any of it is drawn in full height.
    However far the view is zoomed out, a cell is never too small to be drawn.
    """
    left = max(math.floor(time.x_of(shape.start_frame)), 0)
    right = min(math.ceil(time.x_of(shape.end_frame)), time.width)
    top, bottom = _heights(shape, frequency, round(lane.height))
    if right <= left or bottom <= top:
        return None
    key = (shape.key, time, frequency, round(lane.height), style)
    # Lanes of one height share their pictures.
    opacities: Opacities | None = _drawn.get(key)
    if opacities is None:
        opacities = _opacities(shape, time, frequency, (left, right, top, bottom), lane, style)
        _drawn.put(key, opacities)
    if not opacities.any():
        return None
    height, width = opacities.shape
    image = QImage(opacities.data, width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable(_shades(style.color))
    return ShapePicture(image, QRectF(left, lane.top + top, width, height), opacities)


def _heights(shape: Shape, frequency: FrequencyView | None, height: int) -> tuple[int, int]:
    """Return the first row of pixels that a shape reaches into, and the first after it."""
    if frequency is None:
        return 0, height
    high, low = (frequency.y_of(hz, height) for hz in (shape.high_hz, shape.low_hz))
    # a pixel more on either side, for rounding
    return max(math.floor(high) - 1, 0), min(math.ceil(low) + 1, height)


def _opacities(
    shape: Shape,
    time: TimeView,
    frequency: FrequencyView | None,
    box: tuple[int, int, int, int],
    lane: Lane,
    style: ShapeStyle,
) -> Opacities:
    """Return how opaque the pixels of a box (left, right, top, bottom) are, from 0 to 255."""
    left, right, top, bottom = box
    if frequency is None:
        most = _columns(
            shape.weights.max(axis=1, keepdims=True, initial=0), shape, time, (left, right)
        )
        rows = np.repeat(most.T, bottom - top, axis=0)
    else:
        columns = _columns(shape.weights, shape, time, (left, right))
        edges = np.arange(top, bottom + 1)
        hz = [frequency.hz_at(y, round(lane.height)) for y in edges.tolist()]
        rows = _rows(columns, shape.first_cell, np.array(hz))
    # half of the most there is, so that what is soft all over has an edge as well
    edge = max(int(shape.weights.max(initial=0)) // 2, 1)
    return _paint(rows, (left, top), style, edge)


def _columns(
    weights: npt.NDArray[np.uint8], shape: Shape, time: TimeView, between: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Return the largest of a shape's weights in every column of pixels, ``(columns, cells)``."""
    frames = time.start_frame + np.arange(between[0], between[1] + 1) * time.frames_per_pixel
    first = np.searchsorted(shape.ends, frames[:-1], side="right")
    last = np.searchsorted(shape.starts, frames[1:], side="left")
    return _largest(weights, first, last)


def _rows(
    columns: npt.NDArray[np.uint8], first_cell: int, hz: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Return the largest weights between falling frequencies, ``(len(hz) - 1, columns)``."""
    edges = hz / CELL_HZ - first_cell
    cells = columns.shape[1]
    low = np.clip(np.floor(edges[1:]).astype(np.int64), 0, cells)
    high = np.clip(np.ceil(edges[:-1]).astype(np.int64), 0, cells)
    return _largest(np.ascontiguousarray(columns.T), low, high)


def _largest(
    table: npt.NDArray[np.uint8], first: npt.NDArray[np.int64], last: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint8]:
    """Return the largest of the rows in each of some ranges; of an empty range, nothing."""
    spans = np.stack([first, np.maximum(last, first)], axis=1).ravel()
    padded = np.concatenate([table, np.zeros_like(table[:1])])
    out = np.maximum.reduceat(padded, spans, axis=0)[::2]
    out[last <= first] = 0
    return out


def _paint(
    rows: npt.NDArray[np.uint8], corner: tuple[int, int], style: ShapeStyle, edge: int
) -> Opacities:
    """Return how opaque each pixel of weights ``(height, width)`` is; the line lies at `edge`."""
    levels = np.arange(FULL + 1)
    opacity = _round(style.tint * levels)[rows]
    # Counted from the pane, so that a pattern stands still while its shape grows.
    x = np.arange(corner[0], corner[0] + rows.shape[1])
    y = np.arange(corner[1], corner[1] + rows.shape[0])[:, None]
    if style.pattern == "diagonals":
        opacity = np.where((x + y) % _STEP < 1, _round(0.75 * levels)[rows], opacity)
    elif style.pattern == "dots":
        opacity = np.where((x % 6 < 2) & (y % 6 < 2), _round(0.7 * levels)[rows], opacity)
    line = _outline(rows, edge)
    drawn = line & ((x + y) % _DASH < _DASH // 2 + 1) if style.dashed else line
    opacity[line] = round(0.35 * FULL)
    opacity[drawn] = FULL
    return opacity


def _outline(rows: npt.NDArray[np.uint8], edge: int) -> npt.NDArray[np.bool_]:
    inside = np.pad(rows >= edge, 1)
    around = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    return np.asarray(inside[1:-1, 1:-1] & ~around)


def _round(opacities: npt.NDArray[np.floating]) -> Opacities:
    return np.asarray(np.rint(opacities), dtype=np.uint8)


def _shades(color: str) -> list[int]:
    """Return a colour in every opacity from 0 to 255."""
    base = QColor(color).rgb() & 0xFFFFFF
    return [(opacity << 24) | base for opacity in range(FULL + 1)]
