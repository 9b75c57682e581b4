"""Features of the edges of a dropout: whether the same sound goes on inside, turned down."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from uasrm_core.audio.clip import Samples

WINDOW_FRAMES = 256
# What an edge is known to, and what a ramp may take.
BLUR_FRAMES = 32
LEAST_FRAMES = 16
# Bands of about an octave, in bins of the windows.
BANDS = ((1, 3), (3, 6), (6, 12), (12, 24), (24, 48), (48, 93))
# How far the sound around is looked at for how loud it is as a rule.
AROUND_FRAMES = 12000
ROUNDING_POWER = (1.0 / 32768) ** 2 / 4
EDGE_FEATURES = 17

Edges = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]


def describe_edges(row: Samples, surprise: Samples, edges: Edges) -> Values:
    """Describe holes of one channel, ``(frames,)``, by what is right outside and inside them.

    A sound that was turned down falls by as much in every band, comes back by as much, breaks off
    within a frame and does so as loud as it was; a sound that ends falls here more and there less,
    and had died away before.

    Parameters
    ----------
    surprise
        ``(frames,)``, what the sound's own model did not expect.
    edges
        ``(n, 2)``, first frame and end frame of each hole, to `BLUR_FRAMES`.

    Returns
    -------
    ``(n, EDGE_FEATURES)``, most of it in dB.
    """
    starts, ends = edges[:, 0], edges[:, 1]
    lengths = np.clip(ends - starts - 2 * BLUR_FRAMES, LEAST_FRAMES, WINDOW_FRAMES)
    whole = np.full_like(lengths, WINDOW_FRAMES)
    before = _measure_bands(row, starts - BLUR_FRAMES - WINDOW_FRAMES, whole)
    first = _measure_bands(row, starts + BLUR_FRAMES, lengths)
    last = _measure_bands(row, ends - BLUR_FRAMES - lengths, lengths)
    after = _measure_bands(row, ends + BLUR_FRAMES, whole)
    fall, rise = before - first, after - last
    around = ndimage.uniform_filter1d(np.square(row, dtype=np.float64), 2 * AROUND_FRAMES)
    background_db = _convert_to_db(
        np.maximum(around[np.minimum(edges, len(row) - 1)], 0.0) + ROUNDING_POWER
    )
    level_before, level_after = _sum_bands(before), _sum_bands(after)
    return np.stack(
        [
            *(each.mean(axis=1) for each in (fall, rise)),
            *(each.std(axis=1) for each in (fall, rise)),
            *(each.min(axis=1) for each in (fall, rise)),
            np.abs(fall - rise).mean(axis=1),
            (fall - rise).std(axis=1),
            (after - before).std(axis=1),
            (last - first).std(axis=1),
            level_before - _sum_bands(first),
            level_after - _sum_bands(last),
            level_before - background_db[:, 0],
            level_after - background_db[:, 1],
            level_before,
            _measure_sharpness(surprise, starts, -1),
            _measure_sharpness(surprise, ends, 1),
        ],
        axis=1,
    )


def _convert_to_db(power: Values) -> Values:
    return np.asarray(10 * np.log10(power))


def _sum_bands(bands: Values) -> Values:
    """Return the level of all bands together."""
    widths = np.array([high - low for low, high in BANDS])
    return _convert_to_db(10 ** (bands / 10) @ widths / widths.sum())


def _cut(row: Samples, starts: Edges, width: int) -> Samples:
    """Return pieces, ``(n, width)``, with silence beyond the ends."""
    padded = np.pad(row, width)
    inside = np.clip(starts + width, 0, len(row) + width)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, width)[inside])


def _measure_bands(row: Samples, starts: Edges, lengths: Edges) -> Values:
    """Return the level of each band in dB, ``(n, bands)``, over so many frames from each start."""
    time = np.arange(WINDOW_FRAMES)
    shape = np.sin(np.pi * (time + 0.5) / lengths[:, None]) ** 2 * (time < lengths[:, None])
    spectra = fft.rfft(_cut(row, starts, WINDOW_FRAMES) * shape, axis=1)
    power = (spectra.real**2 + spectra.imag**2) / np.square(shape).sum(axis=1, keepdims=True)
    bands = [power[:, low:high].mean(axis=1) for low, high in BANDS]
    return _convert_to_db(np.stack(bands, axis=1) + ROUNDING_POWER)


def _measure_sharpness(surprise: Samples, edges: Edges, outside: int) -> Values:
    """Return how far the edge itself sticks out of the sound outside, in dB."""
    edge = np.abs(_cut(surprise, edges - BLUR_FRAMES, 2 * BLUR_FRAMES)).max(axis=1)
    start = edges - BLUR_FRAMES - WINDOW_FRAMES if outside < 0 else edges + BLUR_FRAMES
    level = np.square(_cut(surprise, start, WINDOW_FRAMES)).mean(axis=1)
    return _convert_to_db(np.square(edge) + ROUNDING_POWER) - _convert_to_db(level + ROUNDING_POWER)
