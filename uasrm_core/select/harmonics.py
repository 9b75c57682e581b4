"""Extending the selection of a partial to its harmonics."""

from __future__ import annotations

import math

import numpy as np

from uasrm_core.audio.shape import CELL_HZ, EMPTY, Shape, shape_of
from uasrm_core.select.combine import union

MOST = 64


def harmonics(
    shape: Shape, *, rate: int, fundamental_hz: float | None = None, count: int = MOST
) -> Shape:
    """Return a selected fundamental together with its multiples, up to half the rate.

    What is selected is repeated at every multiple, as wide as it is; where it bends, the multiples
    bend as many times as far.

    Parameters
    ----------
    shape
        The fundamental, or something drawn about it.
    rate
        Frames a second.
    fundamental_hz
        The fundamental's mean frequency where it is known; else the middle of the shape is it.
    count
        At most so many partials, the fundamental included.
    """
    if not shape:
        return EMPTY
    weights = shape.weights.astype(np.float64)
    cells = shape.first_cell + np.arange(weights.shape[1]) + 0.5
    track = (weights @ cells) / weights.sum(axis=1)
    if fundamental_hz is not None:
        lengths = (shape.ends - shape.starts).astype(np.float64)
        track += fundamental_hz / CELL_HZ - float(np.average(track, weights=lengths))
    top = math.ceil(rate / 2 / CELL_HZ)
    found = shape
    for number in range(2, count + 1):
        shifts = np.rint((number - 1) * track).astype(np.int64)
        if (shape.first_cell + shifts).min() >= top or shifts.min() <= 0:
            break
        found = union(found, _shift(shape, shifts, top))
    return found


def _shift(shape: Shape, shifts: np.ndarray, top: int) -> Shape:
    """Return every strip moved up by its own number of cells."""
    least, spread = int(shifts.min()), int(shifts.max() - shifts.min())
    width = shape.weights.shape[1]
    table = np.zeros((len(shifts), width + spread), dtype=np.uint8)
    columns = (shifts - least)[:, None] + np.arange(width)
    table[np.arange(len(shifts))[:, None], columns] = shape.weights
    first = shape.first_cell + least
    return shape_of(shape.starts, shape.ends, first, table[:, : max(top - first, 0)])
