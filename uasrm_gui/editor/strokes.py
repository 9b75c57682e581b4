"""What the pointer draws on a lane of the spectrogram, as shapes of time and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.shape import CELL_HZ, Shape, top_cell
from uasrm_core.select.draw import Canvas, brush, lasso
from uasrm_gui.editor.selecting import Point
from uasrm_gui.state.marks import ToolOptions
from uasrm_gui.state.viewport import FrequencyView, TimeView


def paint_brush(
    path: Sequence[Point],
    options: ToolOptions,
    time: TimeView,
    frequency: FrequencyView,
    height: float,
) -> Shape:
    """Return what the brush covers along a path in a lane of a height."""
    canvas = _canvas(time, frequency, height)
    radius = max(options.brush_pixels / 2, 0.01)
    return brush(canvas, _pixels(path, time, frequency, height), radius, options.hardness)


def draw_lasso(
    path: Sequence[Point], time: TimeView, frequency: FrequencyView, height: float
) -> Shape:
    """Return what a path in a lane of a height encloses."""
    return lasso(_canvas(time, frequency, height), _pixels(path, time, frequency, height))


def _pixels(
    path: Sequence[Point], time: TimeView, frequency: FrequencyView, height: float
) -> npt.NDArray[np.float64]:
    return np.array(
        [(time.x_of(p.frame), frequency.y_of(p.hz or 0.0, height)) for p in path], np.float64
    )


def _canvas(time: TimeView, frequency: FrequencyView, height: float) -> Canvas:
    columns = time.start_frame + np.arange(time.width + 1) * time.frames_per_pixel
    edges = np.clip(np.rint(columns), 0, time.total_frames).astype(np.int64)
    return Canvas(edges, _cell_heights(frequency, height))


@lru_cache(maxsize=8)
def _cell_heights(frequency: FrequencyView, height: float) -> npt.NDArray[np.float64]:
    edges = np.arange(top_cell(round(2 * frequency.nyquist_hz)) + 1) * CELL_HZ
    return np.array([frequency.y_of(hz, height) for hz in edges.tolist()], np.float64)
