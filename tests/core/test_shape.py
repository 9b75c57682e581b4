"""Shapes: what a point in them weighs, before and after everything one can do to them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uasrm_core.audio.region import Region, region_of
from uasrm_core.audio.shape import CELL_HZ, EMPTY, FULL, box, shape_from_json, shape_of
from uasrm_core.select.combine import (
    feather,
    grow,
    intersect,
    invert,
    shrink,
    subtract,
    union,
    whole,
)

RATE = 8000
FRAMES = 400
CELLS = round(RATE / 2 / CELL_HZ)


@st.composite
def shapes(draw):
    """Any shape of a few strips and cells within a small recording."""
    cuts = sorted(draw(st.sets(st.integers(0, FRAMES), min_size=0, max_size=8)))
    cells = draw(st.integers(1, 5))
    first = draw(st.integers(0, CELLS - cells))
    rows = [
        draw(st.lists(st.sampled_from([0, 90, FULL]), min_size=cells, max_size=cells))
        for _ in cuts[1:]
    ]
    return shape_of(cuts[:-1], cuts[1:], first, np.array(rows, np.uint8).reshape(-1, cells))


def dense(shape):
    """The weights of every frame and cell."""
    edges = np.unique(np.concatenate([[0, FRAMES], shape.starts, shape.ends]))
    rows = shape.rows(edges, 0, CELLS)
    return np.repeat(rows, np.diff(edges), axis=0)


@given(shapes(), shapes())
def test_putting_together_is_what_it_is_for_every_point(a, b):
    assert np.array_equal(dense(union(a, b)), np.maximum(dense(a), dense(b)))
    assert np.array_equal(dense(intersect(a, b)), np.minimum(dense(a), dense(b)))
    assert np.array_equal(dense(subtract(a, b)), np.minimum(dense(a), FULL - dense(b)))
    assert union(a, b) == union(b, a)
    assert union(a, a) == a
    assert a.covers(intersect(a, b))
    assert union(a, b).covers(b)


@given(shapes())
def test_a_shape_in_a_session_comes_back(shape):
    if shape:
        again = shape_from_json(shape.to_json())
        assert again == shape
        assert hash(again) == hash(shape)


@given(shapes())
def test_parts_together_are_the_whole_and_lie_apart(shape):
    parts = shape.parts(20)
    again = EMPTY
    for part in parts:
        again = union(again, part)
    assert again == shape
    for one, other in itertools.pairwise(parts):
        assert other.start_frame - one.end_frame >= 20


@given(shapes(), st.integers(0, 60), st.integers(0, 3))
def test_growing_takes_in_exactly_what_is_near(shape, frames, cells):
    found = grow(shape, frames, cells * CELL_HZ, total_frames=FRAMES, rate=RATE)
    table, want = dense(shape), np.zeros((FRAMES, CELLS), np.uint8)
    for frame, cell in np.argwhere(table):
        near = want[
            max(frame - frames, 0) : frame + frames + 1, max(cell - cells, 0) : cell + cells + 1
        ]
        np.maximum(near, table[frame, cell], out=near)
    assert np.array_equal(dense(found), want)


@given(shapes(), st.integers(0, 40), st.integers(0, 2))
def test_what_is_shrunk_lies_inside_and_grows_back_within(shape, frames, cells):
    hz = cells * CELL_HZ
    small = shrink(shape, frames, hz, total_frames=FRAMES, rate=RATE)
    assert shape.covers(small)
    if set(np.unique(shape.weights)) <= {0, FULL}:
        assert shape.covers(grow(small, frames, hz, total_frames=FRAMES, rate=RATE))


@given(shapes())
def test_inverting_turns_frequencies_and_keeps_the_time(shape):
    other = invert(shape, rate=RATE)
    inside = slice(shape.start_frame, shape.end_frame)
    assert np.array_equal(dense(other)[inside], FULL - dense(shape)[inside])
    assert not dense(other)[: shape.start_frame].any()


@given(shapes(), st.integers(0, 60), st.integers(0, 5))
def test_a_soft_edge_stays_near_the_hard_one(shape, frames, cells):
    soft = feather(shape, frames, cells * CELL_HZ, total_frames=FRAMES, rate=RATE)
    reach = frames // 2 + frames // 8 + 2
    near = grow(shape, reach, cells * CELL_HZ, total_frames=FRAMES, rate=RATE)
    assert not subtract(soft, whole(FRAMES, RATE))
    outside = dense(soft)[dense(near) == 0]
    assert not outside.any()


@given(shapes())
def test_averages_are_those_of_the_points(shape):
    table = dense(shape)[:, shape.first_cell : shape.first_cell + shape.weights.shape[1]] / FULL
    if shape:
        found = shape.averages([0, 10, 300], [FRAMES, 60, 301])
        want = [table.mean(axis=0), table[10:60].mean(axis=0), table[300]]
        assert found == pytest.approx(np.array(want), abs=1e-6)


def test_everything_weighs_one_on_any_grid():
    everything = whole(44100, 44100)
    for size in (256, 2048, 2200):
        grid = everything.on_grid(np.arange(2000, 40000, 512), 512, size // 2 + 1, 44100 / size)
        assert grid == pytest.approx(1.0)


def test_a_box_on_a_grid_is_one_inside_and_zero_outside():
    shape = box(10000, 20000, 1000.0, 2000.0)
    grid = shape.on_grid(np.arange(0, 30000, 500), 500, 1025, 44100 / 2048)
    hz = np.arange(1025) * 44100 / 2048
    inside = (hz > 1025) & (hz < 1975)
    assert (grid[inside, 21:39] == 1.0).all()
    assert not grid[(hz < 975) | (hz > 2025)].any()
    assert not grid[:, :19].any()


def test_a_point_weighs_what_its_cell_does():
    shape = box(100, 200, 1000.0, 1010.0)
    assert shape.weight_at(100, 1005.0) == pytest.approx(0.5, abs=0.01)
    assert shape.weight_at(200, 1005.0) == 0.0
    assert shape.weight_at(99, 1005.0) == 0.0
    assert shape.weight_at(150, 900.0) == 0.0
    assert EMPTY.weight_at(0, 0.0) == 0.0


def test_everything_may_be_done_to_nothing():
    assert not union(EMPTY, EMPTY)
    assert not grow(EMPTY, 10, 10.0, total_frames=10, rate=RATE)
    assert not shrink(EMPTY, 10, 10.0, total_frames=10, rate=RATE)
    assert not feather(EMPTY, 10, 10.0, total_frames=10, rate=RATE)
    assert not invert(EMPTY, rate=RATE)
    assert EMPTY.parts(1) == ()
    assert region_of(EMPTY, RATE) is None
    assert not EMPTY.on_grid([0.0], 1.0, 5, 100.0).any()


def test_growing_past_every_edge_ends_with_the_recording():
    shape = box(1, 2, 0.0, 20.0)
    found = grow(shape, 10**6, 10**6, total_frames=FRAMES, rate=RATE)
    assert found == whole(FRAMES, RATE)


def test_shrinking_does_not_eat_from_the_edges_of_the_recording():
    everything = whole(FRAMES, RATE)
    assert shrink(everything, 50, 100.0, total_frames=FRAMES, rate=RATE) == everything
    assert feather(everything, 50, 100.0, total_frames=FRAMES, rate=RATE) == everything
    column = box(100, 200, 0.0, RATE / 2)
    assert shrink(column, 10, 1000.0, total_frames=FRAMES, rate=RATE) == box(110, 190, 0, RATE / 2)


@pytest.mark.parametrize(
    "change",
    [
        {"strips": 0},
        {"strips": 5},
        {"cells": 10**9},
        {"data": "***"},
        {"data": "AAAA"},
        {"cell_hz": 10.0},
        {"first_cell": -1},
    ],
)
def test_a_damaged_shape_is_refused(change):
    row = box(10, 20, 100.0, 300.0).to_json() | change
    with pytest.raises((ValueError, LookupError, TypeError)):
        shape_from_json(row)


def test_a_plain_box_needs_no_shape():
    assert region_of(box(10, 20, 0.0, RATE / 2), RATE) == Region(10, 20)
    assert region_of(box(10, 20, 100.0, 300.0), RATE) == Region(10, 20, 100.0, 300.0)
    bent = union(box(10, 20, 100.0, 300.0), box(20, 30, 200.0, 400.0))
    region = region_of(bent, RATE)
    assert (region.start_frame, region.end_frame) == (10, 30)
    assert (region.low_hz, region.high_hz) == (100.0, 400.0)
    assert region.area(RATE) == bent


@pytest.mark.parametrize(
    "change",
    [
        {"strips": 10**9, "cells": 10**5},
        {"strips": 10**400},
        {"cells": 10**9},
        {"cells": float("inf")},
        {"first_cell": 10**300},
        {"cell_hz": "9" * 400},
    ],
    ids=str,
)
def test_a_shape_of_absurd_size_is_refused_before_it_is_unpacked(change):
    row = box(100, 300, 200.0, 950.0).to_json()
    assert shape_from_json(row)
    with pytest.raises((ValueError, OverflowError)):
        shape_from_json({**row, **change})
