"""Shapes as pictures: tinted where they are, patterned by state, with a line about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from uasrm_core.audio.shape import CELL_HZ, FULL, Shape
from uasrm_gui.editor.viewport import FrequencyView, Lane, TimeView

Pattern = Literal["none", "diagonals", "dots"]

_STEP = 8
_DASH = 8


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
    """A picture, and where it belongs in the pane."""

    image: QImage
    rect: QRectF


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
    height = round(lane.height)
    if right <= left or height < 1:
        return None
    image = _image(shape, time, frequency, (left, right), height, style)
    if image is None:
        return None
    return ShapePicture(image, QRectF(left, lane.top, right - left, lane.height))


# Lanes of one height share their pictures.
@lru_cache(maxsize=48)
def _image(
    shape: Shape,
    time: TimeView,
    frequency: FrequencyView | None,
    between: tuple[int, int],
    height: int,
    style: ShapeStyle,
) -> QImage | None:
    left, right = between
    if frequency is None:
        most = _columns(shape.weights.max(axis=1, keepdims=True, initial=0), shape, time, between)
        rows = np.repeat(most.T, height, axis=0)
    else:
        columns = _columns(shape.weights, shape, time, between)
        rows = _rows(columns, shape.first_cell, frequency, height)
    if not rows.any():
        return None
    pixels = _painted(rows, left, style)
    image = QImage(
        pixels.tobytes(), right - left, height, QImage.Format.Format_ARGB32_Premultiplied
    )
    return image.copy()


def _columns(
    weights: npt.NDArray[np.uint8], shape: Shape, time: TimeView, between: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Return the largest of a shape's weights in every column of pixels, ``(columns, cells)``."""
    frames = time.start_frame + np.arange(between[0], between[1] + 1) * time.frames_per_pixel
    first = np.searchsorted(shape.ends, frames[:-1], side="right")
    last = np.searchsorted(shape.starts, frames[1:], side="left")
    return _largest(weights, first, last)


def _rows(
    columns: npt.NDArray[np.uint8], first_cell: int, frequency: FrequencyView, height: int
) -> npt.NDArray[np.uint8]:
    """Return the largest weights in every pixel, ``(height, columns)``, the top row first."""
    hz = np.array([frequency.hz_at(y, height) for y in range(height + 1)]) / CELL_HZ - first_cell
    cells = columns.shape[1]
    low = np.clip(np.floor(hz[1:]).astype(np.int64), 0, cells)
    high = np.clip(np.ceil(hz[:-1]).astype(np.int64), 0, cells)
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


def _painted(rows: npt.NDArray[np.uint8], left: int, style: ShapeStyle) -> npt.NDArray[np.uint8]:
    """Return premultiplied ``(height, width, 4)`` in Qt's order: blue, green, red, alpha."""
    weights = rows / FULL
    y, x = np.indices(rows.shape)
    # Counted from the pane, so that a pattern stands still while its shape grows.
    x = x + left
    opacity = style.tint * weights
    if style.pattern == "diagonals":
        opacity = np.where((x + y) % _STEP < 1, 0.75 * weights, opacity)
    elif style.pattern == "dots":
        opacity = np.where((x % 6 < 2) & (y % 6 < 2), 0.7 * weights, opacity)
    inside = np.pad(rows >= FULL // 2, 1)
    core = inside[1:-1, 1:-1]
    around = inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:]
    line = core & ~around
    if not core.any():
        line = rows > 0
    solid = (x + y) % _DASH < _DASH // 2 + 1 if style.dashed else np.ones_like(line)
    opacity = np.where(line & solid, 1.0, np.where(line, 0.35, opacity))
    color = QColor(style.color)
    bgra = np.array([color.blue(), color.green(), color.red(), 255.0])
    return np.asarray(np.rint(opacity[..., None] * bgra), dtype=np.uint8)
