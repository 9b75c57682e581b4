"""Clipping: peaks cut off flat, at full scale or below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.detect.steps import measure_steps_at

# Samples are level where they differ by no more than this share of their size.
FLATNESS = 2e-4
LEAST_RUN_FRAMES = 3
# A rounded top is as flat beside its flat part as in it; a cut one is steep from there on.
STEEPNESS = 6.0
# A top that rises by a step or two of the bit depth is one that was rounded.
LEAST_STEPS = 2.5
# Flat tops of one level are as level as that.
SAME_LEVEL = 4 * FLATNESS
# Clipped peaks this close together are one detection, until that is so long.
JOIN_S = 0.24
LONGEST_S = 2.0
# Beyond this share of flat samples it is a square wave, made like that.
MOST_FLAT_SHARE = 0.95
LEAST_LEVEL = 10 ** (-50 / 20)
# How many frames of flat tops, beyond what chance makes of them, are as good as even odds.
EVEN_EVIDENCE = 10.0
LEAST_EVIDENCE = 4.0

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Tops:
    """Flat stretches of one channel: ``(n,)`` each."""

    starts: Frames
    ends: Frames
    values: Samples


@dataclass
class _Passage:
    """Flat tops of one level that lie together.

    `level` has the sign of the side that was cut; `lowest` is that of the top least far out.
    """

    start: int
    end: int
    level: float
    lowest: float
    evidence: float
    channels: tuple[int, ...]


def find_clipping(samples: Samples, rate: int) -> list[Detection]:
    """Find the clipped passages of a stretch, ``(channels, frames)``."""
    near = round(JOIN_S * rate)
    passages: list[_Passage] = []
    for channel, row in enumerate(samples):
        for passage in _gather_passages(row, channel, near, round(LONGEST_S * rate)):
            passage.start, passage.end = _find_extent(row, passage, near)
            passages.append(passage)
    detections = []
    for passage in _join_channels(passages, near, round(LONGEST_S * rate)):
        confidence = passage.evidence**2 / (passage.evidence**2 + EVEN_EVIDENCE**2)
        span = slice(passage.start, passage.end)
        rows = samples[list(passage.channels), span]
        share = float(np.mean(np.abs(rows) >= abs(passage.lowest) * (1.0 - FLATNESS)))
        if confidence >= LEAST_CONFIDENCE and share <= MOST_FLAT_SHARE:
            detections.append(
                Detection(Kind.CLIPPING, span.start, span.stop, passage.channels, confidence)
            )
    return detections


def find_clipped(row: Samples) -> npt.NDArray[np.bool_]:
    """Tell which samples of a clipped passage, ``(frames,)``, were cut off.

    Those at the level of the passage's flat tops; none where too few tops are flat at the same
    level to be more than chance.
    """
    flat = np.zeros(len(row), dtype=np.bool_)
    sides = _gather_passages(row, 0, len(row), len(row))
    for whole in _join_channels([replace(side) for side in sides], len(row), len(row)):
        if whole.evidence >= LEAST_EVIDENCE:
            for side in sides:
                if _is_same_level(side, whole):
                    sign = np.sign(side.level)
                    inside = slice(side.start, side.end)
                    flat[inside] |= sign * row[inside] >= abs(side.lowest) * (1.0 - FLATNESS)
    return flat


def _weigh_evidence(frames: int) -> float:
    return frames - LEAST_RUN_FRAMES + 1.5


def _gather_passages(row: Samples, channel: int, near: int, longest: int) -> list[_Passage]:
    """Gather the flat tops of each side of a channel by their level and place.

    Nothing between two tops of a passage is further out than they are.
    """
    tops = _find_flat_tops(row)
    passages: list[_Passage] = []
    going: list[_Passage] = []
    for start, end, top in zip(
        tops.starts.tolist(), tops.ends.tolist(), tops.values.tolist(), strict=True
    ):
        going = [one for one in going if start - one.end <= near and end - one.start <= longest]
        evidence = float(_weigh_evidence(end - start))
        for passage in going:
            close = abs(top - passage.level) <= SAME_LEVEL * abs(passage.level)
            if close and not _is_exceeded(row[passage.end : start], passage.level):
                passage.end = end
                passage.evidence += evidence
                passage.lowest = min(passage.lowest, top, key=abs)
                break
        else:
            going.append(_Passage(start, end, top, top, evidence, (channel,)))
            passages.append(going[-1])
    return passages


def _is_exceeded(row: Samples, level: float) -> bool:
    return bool(len(row)) and float(np.max(row * np.sign(level))) > abs(level) * (1.0 + SAME_LEVEL)


def _join_channels(passages: Sequence[_Passage], near: int, longest: int) -> list[_Passage]:
    """Make one of what was cut at one level in several channels, on either side, or in turn."""
    joined: list[_Passage] = []
    for passage in sorted(passages, key=lambda passage: passage.start):
        for other in reversed(joined):
            span = max(other.end, passage.end) - other.start
            if passage.start - other.end > near or span > longest:
                continue
            if _is_same_level(passage, other):
                other.end = max(other.end, passage.end)
                other.evidence += passage.evidence
                other.lowest = min(other.lowest, passage.lowest, key=abs)
                other.channels = tuple(sorted({*other.channels, *passage.channels}))
                break
        else:
            joined.append(passage)
    return joined


def _is_same_level(a: _Passage, b: _Passage) -> bool:
    return abs(abs(a.level) - abs(b.level)) <= SAME_LEVEL * abs(b.level)


def _find_flat_tops(row: Samples) -> _Tops:
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
    least = np.maximum(
        STEEPNESS * FLATNESS * np.abs(values), LEAST_STEPS * measure_steps_at(row, values)
    )
    outwards_before = sign * (row[starts] - row[starts - 1]) > least
    outwards_after = sign * (row[ends - 1] - row[ends]) > least
    kept = outwards_before & outwards_after
    return _Tops(starts[kept], ends[kept], values[kept])


def _find_extent(row: Samples, passage: _Passage, near: int) -> tuple[int, int]:
    """Return a passage with the peaks around it that were cut off by a sample or two only."""
    low, high = max(passage.start - near, 0), min(passage.end + near, len(row))
    before = _cut_peaks(row[low : passage.start][::-1], passage.level)
    after = _cut_peaks(row[passage.end : high], passage.level)
    return passage.start - before, passage.end + after


def _cut_peaks(row: Samples, level: float) -> int:
    """Return how far cut peaks go on in ``(frames,)``, up to the first that is not cut off."""
    outwards = row * np.float32(np.sign(level))
    peak = np.zeros(len(row), dtype=np.bool_)
    peak[1:-1] = (outwards[1:-1] >= outwards[:-2]) & (outwards[1:-1] >= outwards[2:])
    over = np.flatnonzero(outwards > abs(level) * (1.0 + FLATNESS))
    whole = int(over[0]) if len(over) else len(row)
    cut = np.flatnonzero(peak[:whole] & (np.abs(row[:whole] - level) <= FLATNESS * abs(level)))
    return int(cut[-1]) + 1 if len(cut) else 0
