"""A part of the time-frequency plane of any outline, with soft edges: what brush and lasso draw.

Time is cut into strips with edges on frames, frequency into cells of `CELL_HZ`. A strip lasts as
long as nothing changes, so a box is one strip however long it is, and a shape costs what its
outline costs.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Frames = npt.NDArray[np.int64]
Weights = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]

CELL_HZ = 20.0
# The cells of the highest rate there is, and as many bytes as a drawing of hours takes.
MOST_CELLS = 2**16
MOST_BYTES = 2**28
FULL = 255


@dataclass(frozen=True, eq=False)
class Shape:
    """Strips of weights; two shapes that mean the same are equal.

    `shape_of` makes one from strips in any state; `box` makes the simplest.

    Attributes
    ----------
    starts, ends
        int64 ``(strips,)``, half-open in frames, sorted and without overlap.
    first_cell
        The cell that the first column of `weights` stands for; cell ``c`` covers
        ``[c * CELL_HZ, (c + 1) * CELL_HZ)``.
    weights
        uint8 ``(strips, cells)``, 0 outside to `FULL` inside.
    """

    starts: Frames
    ends: Frames
    first_cell: int
    weights: Weights

    def __bool__(self) -> bool:
        return len(self.starts) > 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        if not self:
            return "Shape(empty)"
        band = f"{self.low_hz:.0f}-{self.high_hz:.0f} Hz"
        return f"Shape({self.start_frame}-{self.end_frame}, {band}, {len(self.starts)} strips)"

    @cached_property
    def key(self) -> tuple[int, tuple[int, ...], bytes]:
        """What stands for it among what is kept: the same for shapes that mean the same."""
        # a digest, for a copy of the weights would double what a shape takes
        digest = hashlib.blake2b(digest_size=32)
        for array in (self.starts, self.ends, self.weights):
            digest.update(np.ascontiguousarray(array).data)
        return self.first_cell, self.weights.shape, digest.digest()

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        return self.starts.nbytes + self.ends.nbytes + self.weights.nbytes

    @property
    def start_frame(self) -> int:
        """The first frame inside; 0 for an empty shape."""
        return int(self.starts[0]) if self else 0

    @property
    def end_frame(self) -> int:
        """The first frame after; 0 for an empty shape."""
        return int(self.ends[-1]) if self else 0

    @property
    def low_hz(self) -> float:
        """The lower edge of the lowest cell inside."""
        return self.first_cell * CELL_HZ

    @property
    def high_hz(self) -> float:
        """The upper edge of the highest cell inside, which may lie above half the rate."""
        return (self.first_cell + int(self.weights.shape[1])) * CELL_HZ

    @property
    def is_box(self) -> bool:
        """Whether it is one stretch of time and one band, all of it fully inside."""
        return len(self.starts) == 1 and bool((self.weights == FULL).all())

    def weight_at(self, frame: float, hz: float) -> float:
        """Return how far a point is inside, 0 to 1."""
        strip = int(np.searchsorted(self.starts, frame, side="right")) - 1
        cell = int(hz // CELL_HZ) - self.first_cell
        if strip < 0 or frame >= self.ends[strip] or not 0 <= cell < self.weights.shape[1]:
            return 0.0
        return float(self.weights[strip, cell]) / FULL

    def rows(self, edges: Frames, first_cell: int, cells: int) -> Weights:
        """Return the weights between edges, ``(len(edges) - 1, cells)``.

        No strip may begin or end between two neighbouring edges.
        """
        out = np.zeros((max(len(edges) - 1, 0), cells), dtype=np.uint8)
        if not self or not len(out):
            return out
        strips = np.searchsorted(self.starts, edges[:-1], side="right") - 1
        inside = (strips >= 0) & (edges[:-1] < self.ends[strips])
        low = max(first_cell, self.first_cell)
        high = min(first_cell + cells, self.first_cell + self.weights.shape[1])
        if low < high:
            source = self.weights[:, low - self.first_cell : high - self.first_cell]
            out[inside, low - first_cell : high - first_cell] = source[strips[inside]]
        return out

    def moved(self, frames: int) -> Shape:
        """Return the shape moved in time."""
        return Shape(self.starts + frames, self.ends + frames, self.first_cell, self.weights)

    def within(
        self, start_frame: int, end_frame: int, low_hz: float = 0.0, high_hz: float = math.inf
    ) -> Shape:
        """Return what of it lies inside a box; a cell counts as inside if its middle does."""
        low = max(math.ceil(low_hz / CELL_HZ - 0.5), self.first_cell)
        last = self.first_cell + self.weights.shape[1]
        high = last if math.isinf(high_hz) else min(math.ceil(high_hz / CELL_HZ - 0.5), last)
        weights = self.weights[:, low - self.first_cell : max(high, low) - self.first_cell]
        starts = np.clip(self.starts, start_frame, None)
        ends = np.clip(self.ends, None, end_frame)
        return shape_of(starts, ends, low, weights)

    def covers(self, other: Shape) -> bool:
        """Whether all of another shape lies inside."""
        edges, first, cells = common_grid(self, other)
        return bool((other.rows(edges, first, cells) <= self.rows(edges, first, cells)).all())

    def averages(self, starts: npt.ArrayLike, ends: npt.ArrayLike) -> Mask:
        """Return the mean weight of every cell over stretches of time, ``(stretches, cells)``.

        The stretches may overlap; their edges, in frames, may be fractions.
        """
        lengths = (self.ends - self.starts)[:, None]
        sums = np.zeros((len(self.starts) + 1, self.weights.shape[1]), dtype=np.float64)
        np.cumsum(lengths * (self.weights / FULL), axis=0, out=sums[1:])
        low, high = np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64)
        total = self._integrate(high, sums) - self._integrate(low, sums)
        return np.asarray(total / (high - low)[:, None], dtype=np.float32)

    def on_grid(
        self, centres: npt.ArrayLike, width_frames: float, bins: int, bin_hz: float
    ) -> Mask:
        """Return the mean weights about the points of a transform, ``(bins, columns)``, 0 to 1.

        Parameters
        ----------
        centres
            Of the columns, in frames.
        width_frames
            How much time about its centre counts for a column.
        bins, bin_hz
            How many frequencies from 0 on, and their distance.
        """
        middle = np.asarray(centres, dtype=np.float64)
        if not self:
            return np.zeros((bins, len(middle)), dtype=np.float32)
        columns = self.averages(middle - width_frames / 2, middle + width_frames / 2)
        cells = self.weights.shape[1]
        # The lowest and the highest bin have only one half inside the spectrum.
        edges = np.clip(np.arange(bins + 1) - 0.5, 0.0, bins - 1.0) * bin_hz / CELL_HZ
        sums = np.zeros((len(middle), cells + 1))
        np.cumsum(columns, axis=1, out=sums[:, 1:])
        place = np.clip(edges - self.first_cell, 0.0, cells)
        below = np.minimum(place.astype(np.int64), cells - 1)
        part = place - below
        integral = sums[:, below] + part * columns[:, below]
        means = np.diff(integral, axis=1) / np.diff(edges)
        return np.ascontiguousarray(np.clip(means.T, 0.0, 1.0), dtype=np.float32)

    def parts(self, gap_frames: int) -> tuple[Shape, ...]:
        """Return its parts that lie at least `gap_frames` apart in time, from first to last."""
        if not self:
            return ()
        apart = np.flatnonzero(self.starts[1:] - self.ends[:-1] >= gap_frames) + 1
        bounds = [0, *apart.tolist(), len(self.starts)]
        return tuple(
            shape_of(self.starts[a:b], self.ends[a:b], self.first_cell, self.weights[a:b])
            for a, b in itertools.pairwise(bounds)
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as text and numbers for a session file."""
        edges = np.stack([self.starts, self.ends]).astype("<i8")
        packed = zlib.compress(edges.tobytes() + self.weights.tobytes(), 9)
        return {
            "cell_hz": CELL_HZ,
            "first_cell": self.first_cell,
            "strips": len(self.starts),
            "cells": int(self.weights.shape[1]),
            "data": base64.b64encode(packed).decode("ascii"),
        }

    def _integrate(self, at: npt.NDArray[np.float64], sums: npt.NDArray[np.float64]) -> Any:
        """Return the integral of the weights over time up to some frames."""
        strips = np.searchsorted(self.starts, at, side="right") - 1
        held = np.clip(strips, 0, None)
        into = np.clip(at - self.starts[held], 0.0, (self.ends - self.starts)[held])
        into = np.where(strips < 0, 0.0, into)
        return sums[held] + into[:, None] * (self.weights[held] / FULL)


def shape_of(
    starts: npt.ArrayLike, ends: npt.ArrayLike, first_cell: int, weights: npt.ArrayLike
) -> Shape:
    """Make a shape of strips that are sorted in time and do not overlap.

    What is empty is dropped and equal neighbours are joined, so that equal shapes are equal.
    """
    first = np.asarray(starts, dtype=np.int64)
    last = np.asarray(ends, dtype=np.int64)
    table = np.asarray(weights, dtype=np.uint8)
    kept = (first < last) & table.any(axis=1)
    first, last, table = first[kept], last[kept], table[kept]
    if not len(first):
        return EMPTY
    cells = np.flatnonzero(table.any(axis=0))
    table = table[:, cells[0] : cells[-1] + 1]
    joined = (last[:-1] == first[1:]) & (table[:-1] == table[1:]).all(axis=1)
    begins, closes = np.append(True, ~joined), np.append(~joined, True)
    parts = first[begins], last[closes], np.ascontiguousarray(table[begins])
    for array in parts:
        array.setflags(write=False)
    return Shape(parts[0], parts[1], first_cell + int(cells[0]), parts[2])


EMPTY = Shape(
    np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 0, np.zeros((0, 0), dtype=np.uint8)
)


def box(start_frame: int, end_frame: int, low_hz: float, high_hz: float) -> Shape:
    """Return a box; a cell that it covers in part has that part as its weight."""
    if not high_hz > low_hz:
        return EMPTY
    first, last = math.floor(low_hz / CELL_HZ), math.ceil(high_hz / CELL_HZ)
    cells = np.arange(first, last)
    covered = np.minimum((cells + 1) * CELL_HZ, high_hz) - np.maximum(cells * CELL_HZ, low_hz)
    # Whatever is asked for selects something.
    weights = np.clip(np.rint(covered / CELL_HZ * FULL), 1, FULL)
    return shape_of([start_frame], [end_frame], first, weights[None])


def top_cell(rate: int) -> int:
    """Return the first cell wholly above half the rate."""
    return math.ceil(rate / 2 / CELL_HZ)


def common_grid(*shapes: Shape) -> tuple[Frames, int, int]:
    """Return edges between which none of the shapes changes, their lowest cell, and how many."""
    held = [shape for shape in shapes if shape]
    if not held:
        return np.zeros(0, dtype=np.int64), 0, 0
    edges = np.unique(np.concatenate([edge for s in held for edge in (s.starts, s.ends)]))
    first = min(shape.first_cell for shape in held)
    last = max(shape.first_cell + shape.weights.shape[1] for shape in held)
    return edges, first, last - first


def shape_from_json(row: Mapping[str, Any]) -> Shape:
    """Read what `Shape.to_json` wrote.

    Raises
    ------
    ValueError, LookupError, TypeError, OverflowError
        It makes no sense.
    """
    strips, cells = int(row["strips"]), int(row["cells"])
    if float(row["cell_hz"]) != CELL_HZ or strips < 1 or not 1 <= cells <= MOST_CELLS:
        raise ValueError("a shape of another kind")
    if strips * (16 + cells) > MOST_BYTES:
        raise ValueError("a shape that is too large")
    expected = strips * (16 + cells)
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(base64.b64decode(row["data"], validate=True), expected + 1)
    except zlib.error as error:
        raise ValueError("a damaged shape") from error
    if len(data) != expected:
        raise ValueError("a shape of another size than it says")
    edges = np.frombuffer(data, dtype="<i8", count=2 * strips).reshape(2, strips)
    starts, ends = edges.astype(np.int64)
    first = int(row["first_cell"])
    if (starts >= ends).any() or (starts[1:] < ends[:-1]).any() or not 0 <= first <= MOST_CELLS:
        raise ValueError("a shape with its strips in disorder")
    weights = np.frombuffer(data, dtype=np.uint8, offset=16 * strips)
    return shape_of(starts, ends, first, weights.reshape(strips, cells))
