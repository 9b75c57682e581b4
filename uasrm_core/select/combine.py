"""Union, difference, inversion, growing and feathering of shapes."""

from __future__ import annotations

import math

import numpy as np

from uasrm_core.audio.shape import (
    CELL_HZ,
    EMPTY,
    FULL,
    Frames,
    Shape,
    Weights,
    box,
    common_grid,
    shape_of,
)

# A soft edge in time is made of so many steps.
FEATHER_STEPS = 8


def union(a: Shape, b: Shape) -> Shape:
    """Return what is in either."""
    edges, first, cells = common_grid(a, b)
    return _build_between(
        edges, first, np.maximum(a.rows(edges, first, cells), b.rows(edges, first, cells))
    )


def subtract(a: Shape, b: Shape) -> Shape:
    """Return what is in the first and not in the second."""
    edges, first, cells = common_grid(a, b)
    left = np.minimum(a.rows(edges, first, cells), FULL - b.rows(edges, first, cells))
    return _build_between(edges, first, left)


def intersect(a: Shape, b: Shape) -> Shape:
    """Return what is in both."""
    edges, first, cells = common_grid(a, b)
    return _build_between(
        edges, first, np.minimum(a.rows(edges, first, cells), b.rows(edges, first, cells))
    )


def whole(frames: int, rate: int) -> Shape:
    """Return all of a recording."""
    return box(0, frames, 0.0, math.ceil(rate / 2 / CELL_HZ) * CELL_HZ)


def grow(shape: Shape, frames: int, hz: float, *, total_frames: int, rate: int) -> Shape:
    """Return the shape with everything that lies at most so far from it, within the recording."""
    reach = max(round(hz / CELL_HZ), 0)
    if not shape or (frames <= 0 and not reach):
        return shape
    weights, first = shape.weights, shape.first_cell
    if reach:
        # A window needs shapes from its start and this only later.
        from scipy import ndimage

        weights = np.pad(weights, ((0, 0), (reach, reach)))
        weights = ndimage.maximum_filter1d(weights, 2 * reach + 1, axis=1, mode="constant")
        first -= reach
    starts, ends = shape.starts - max(frames, 0), shape.ends + max(frames, 0)
    edges = np.unique(np.concatenate([starts, ends]))
    # The strips over a stretch are neighbours, since both their edges are sorted.
    low = np.searchsorted(ends, edges[:-1], side="right")
    high = np.searchsorted(starts, edges[:-1], side="right")
    spans = np.stack([low, np.maximum(high, low)], axis=1).ravel()
    padded = np.concatenate([weights, np.zeros_like(weights[:1])])
    loudest = np.maximum.reduceat(padded, spans, axis=0)[::2]
    loudest[high <= low] = 0
    grown = _build_between(edges, max(first, 0), loudest[:, max(-first, 0) :])
    return intersect(grown, whole(total_frames, rate))


def shrink(shape: Shape, frames: int, hz: float, *, total_frames: int, rate: int) -> Shape:
    """Return the shape without what lies less than so far from its outside.

    The edges of the recording are no outside.
    """
    everything = whole(total_frames, rate)
    outside = subtract(everything, shape)
    return subtract(shape, grow(outside, frames, hz, total_frames=total_frames, rate=rate))


def invert(shape: Shape, *, rate: int) -> Shape:
    """Return the other frequencies of the same stretch of time."""
    if not shape:
        return EMPTY
    top = math.ceil(rate / 2 / CELL_HZ) * CELL_HZ
    return subtract(box(shape.start_frame, shape.end_frame, 0.0, top), shape)


def feather(shape: Shape, frames: int, hz: float, *, total_frames: int, rate: int) -> Shape:
    """Return the shape with soft edges, so many frames and Hz wide about the hard ones.

    Edges that are edges of the recording stay as they are.
    """
    if not shape:
        return shape
    # What lies on an edge of the recording is thought to go on beyond it.
    soft = _extend_beyond(shape, max(frames, 0), total_frames)
    if frames > 0:
        soft = _soften_in_time(soft, frames)
    reach = round(hz / CELL_HZ)
    if reach > 0:
        soft = _soften_in_frequency(soft, reach, math.ceil(rate / 2 / CELL_HZ))
    return intersect(soft, whole(total_frames, rate))


def _build_between(edges: Frames, first_cell: int, weights: Weights) -> Shape:
    return shape_of(edges[:-1], edges[1:], first_cell, weights) if len(edges) else EMPTY


def _extend_beyond(shape: Shape, frames: int, total_frames: int) -> Shape:
    starts, ends = shape.starts.copy(), shape.ends.copy()
    starts[0] -= frames if starts[0] == 0 else 0
    ends[-1] += frames if ends[-1] == total_frames else 0
    return shape_of(starts, ends, shape.first_cell, shape.weights)


def _soften_in_time(shape: Shape, frames: int) -> Shape:
    """Average over a moving stretch, in steps only where something changes."""
    step = max(frames // FEATHER_STEPS, 1)
    about = np.arange(-(frames // 2) - step, frames // 2 + 2 * step, step)
    corners = np.unique(np.concatenate([shape.starts, shape.ends]))
    edges = np.unique((corners[:, None] + about).ravel() // step * step)
    middle = (edges[:-1] + edges[1:]) / 2
    means = shape.averages(middle - frames / 2, middle + frames / 2)
    return _build_between(edges, shape.first_cell, np.rint(means * FULL).astype(np.uint8))


def _soften_in_frequency(shape: Shape, cells: int, top: int) -> Shape:
    from scipy import ndimage

    below = min(cells, shape.first_cell)
    above = max(min(cells, top - shape.first_cell - shape.weights.shape[1]), 0)
    weights = np.pad(shape.weights, ((0, 0), (below, above))).astype(np.float32)
    # At 0 Hz and at half the rate the picture is continued, not ended.
    means = ndimage.uniform_filter1d(weights, 2 * (cells // 2) + 1, axis=1, mode="nearest")
    return shape_of(
        shape.starts, shape.ends, shape.first_cell - below, np.rint(means).astype(np.uint8)
    )
