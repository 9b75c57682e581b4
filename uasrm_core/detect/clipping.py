"""Clipping: peaks cut off flat, at full scale or below it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.detect.finds import LEAST_CONFIDENCE, Find

# Samples are level where they differ by no more than this share of their size.
FLATNESS = 2e-4
LEAST_RUN_FRAMES = 3
# A rounded top is as flat beside its flat part as in it; a cut one is steep from there on.
STEEPNESS = 6.0
# Clipped peaks this close together are one find, until that is so long.
JOIN_S = 0.1
LONGEST_S = 2.0
# Beyond this share of flat samples it is a square wave, made like that.
MOST_FLAT_SHARE = 0.95
LEAST_LEVEL = 10 ** (-50 / 20)
# How many frames of flat tops, beyond what chance makes of them, are as good as even odds.
EVEN_EVIDENCE = 6.0
LEAST_EVIDENCE = 4.0

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Tops:
    """Flat stretches of one channel: ``(n,)`` each."""

    starts: Frames
    ends: Frames
    values: Samples


def find_clipping(samples: Samples, rate: int) -> list[Find]:
    """Find the clipped passages of a stretch, ``(channels, frames)``."""
    single = []
    for channel, row in enumerate(samples):
        for start, end, confidence in _passages(row, rate):
            single.append(Find("clipping", start, end, (channel,), confidence))
    return single


def clipped(row: Samples) -> npt.NDArray[np.bool_]:
    """Tell which samples of a clipped passage, ``(frames,)``, were cut off.

    Those at the level of the passage's flat tops, per polarity; none where too few tops are flat
    at the same level to be more than chance.
    """
    flat = np.zeros(len(row), dtype=np.bool_)
    tops = _flat_tops(row)
    for sign in (1.0, -1.0):
        own = np.sign(tops.values) == sign
        values, lengths = sign * tops.values[own], (tops.ends - tops.starts)[own]
        if not len(values):
            continue
        level = float(np.median(values))
        near = np.abs(values - level) <= 10 * FLATNESS * level
        if _evidence(lengths[near]) >= LEAST_EVIDENCE:
            flat |= sign * row >= float(values[near].min()) * (1.0 - FLATNESS)
    return flat


def _evidence(lengths: Frames) -> float:
    return float(np.sum(lengths - LEAST_RUN_FRAMES + 1.5))


def _passages(row: Samples, rate: int) -> list[tuple[int, int, float]]:
    tops = _flat_tops(row)
    passages = []
    for first, last in _clusters(tops, rate):
        values = tops.values[first:last]
        evidence = 0.0
        for sign in (1.0, -1.0):
            own = np.flatnonzero(np.sign(values) == sign)
            if len(own):
                level = float(np.median(np.abs(values[own])))
                same = own[np.abs(np.abs(values[own]) - level) <= 4 * FLATNESS * level]
                lengths = (tops.ends - tops.starts)[first:last][same]
                # what is as high as the others may be short; all others speak against it
                evidence += _evidence(lengths) - 3.0 * (len(own) - len(same))
        start, end = _extent(row, tops, first, last, rate)
        share = float(np.mean(clipped(row[start:end])))
        if evidence <= 0.0 or share > MOST_FLAT_SHARE:
            continue
        confidence = evidence**2 / (evidence**2 + EVEN_EVIDENCE**2)
        if confidence >= LEAST_CONFIDENCE:
            passages.append((start, end, confidence))
    return passages


def _flat_tops(row: Samples) -> _Tops:
    """Find runs of level samples that stick out and break off steeply on both sides."""
    size = np.abs(row)
    steps = np.abs(np.diff(row))
    level = (steps <= FLATNESS * size[1:]) & (size[1:] > LEAST_LEVEL)
    edges = np.diff(np.concatenate([[0], level.view(np.int8), [0]]))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
    kept = (ends - starts >= LEAST_RUN_FRAMES) & (starts > 0) & (ends < len(row))
    starts, ends = starts[kept], ends[kept]
    values = row[(starts + ends) // 2]
    sign = np.sign(values)
    least = STEEPNESS * FLATNESS * np.abs(values)
    outwards_before = sign * (row[starts] - row[starts - 1]) > least
    outwards_after = sign * (row[ends - 1] - row[ends]) > least
    kept = outwards_before & outwards_after
    return _Tops(starts[kept], ends[kept], values[kept])


def _clusters(tops: _Tops, rate: int) -> list[tuple[int, int]]:
    """Return which tops lie together, as ranges of their numbers."""
    clusters: list[tuple[int, int]] = []
    first = 0
    for number in range(1, len(tops.starts) + 1):
        if number < len(tops.starts):
            near = tops.starts[number] - tops.ends[number - 1] <= JOIN_S * rate
            if near and tops.ends[number] - tops.starts[first] <= LONGEST_S * rate:
                continue
        clusters.append((first, number))
        first = number
    return clusters


def _extent(row: Samples, tops: _Tops, first: int, last: int, rate: int) -> tuple[int, int]:
    """Return a passage with the peaks around it that were cut off by a sample or two only."""
    start, end = int(tops.starts[first]), int(tops.ends[last - 1])
    slack = round(JOIN_S * rate)
    low = max(start - slack, int(tops.ends[first - 1]) if first else 0)
    high = min(end + slack, int(tops.starts[last]) if last < len(tops.starts) else len(row))
    values = tops.values[first:last]
    levels = [float(np.median(own)) for own in (values[values > 0], values[values < 0]) if len(own)]
    before = _cut_peaks(row[low:start][::-1], levels)
    after = _cut_peaks(row[end:high], levels)
    return start - before, end + after


def _cut_peaks(row: Samples, levels: list[float]) -> int:
    """Return how far cut peaks go on in ``(frames,)``, up to the first that is not cut off."""
    reach = 0
    size = np.abs(row)
    peak = np.zeros(len(row), dtype=np.bool_)
    peak[1:-1] = (size[1:-1] >= size[:-2]) & (size[1:-1] >= size[2:])
    whole = len(row)
    for level in levels:
        over = np.flatnonzero(row * np.sign(level) > abs(level) * (1.0 + FLATNESS))
        whole = min([whole, *over[:1]])
    for level in levels:
        cut = np.flatnonzero(peak[:whole] & (np.abs(row[:whole] - level) <= FLATNESS * abs(level)))
        if len(cut):
            reach = max(reach, int(cut[-1]) + 1)
    return reach
