"""Buffers that were played twice: the same samples, bit for bit, one right after the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection

SHORTEST_S = 0.002
LONGEST_S = 0.6
HASHED_FRAMES = 16
# One place in so many is looked up again, chosen by what stands there.
SPARSE = 8
LEAST_HITS = 3
# A repeat is as long as what it repeats, up to what matches by chance at its edges.
SLACK_FRAMES = 3
MOST_TIMES = 16
QUIET = 10 ** (-60 / 20)
CONFIDENCE = 1.0

Frames = npt.NDArray[np.intp]


def find_repeats(row: Samples, rate: int) -> list[tuple[int, int, float]]:
    """Find stretches of one channel, ``(frames,)``, that repeat what was right before them.

    Returns
    -------
    First frame, end frame and confidence of each. A sound that is the same in every period for
    longer than the period is no repeat: it goes on for no whole number of buffers.
    """
    anchors = _choose_anchors(row)
    shortest, longest = round(SHORTEST_S * rate), round(LONGEST_S * rate)
    found = []
    done = 0
    for place, lag in _find_hits(anchors, shortest, longest):
        if place < done:
            continue
        start, end = _run(row, place, lag)
        done = end
        times = (end - start) / lag
        whole = max(round(times), 1)
        off = abs(end - start - whole * lag)
        if off <= SLACK_FRAMES and whole <= MOST_TIMES and _is_sounding(row[start:end]):
            found.append((start, end, CONFIDENCE))
    return found


def _choose_anchors(row: Samples) -> tuple[Frames, npt.NDArray[np.uint64]]:
    """Return some places, chosen by what stands there, with a hash of it."""
    words = np.ascontiguousarray(row).view(np.uint32).astype(np.uint64)
    factor = 0x9E3779B97F4A7C15
    step = 1
    with np.errstate(over="ignore"):
        while step < HASHED_FRAMES:
            words = words[:-step] * np.uint64(factor) + words[step:]
            words ^= words >> np.uint64(29)
            factor = factor * factor % 2**64 | 1
            step *= 2
    changes = row[1 : len(words)] != row[: len(words) - 1]
    chosen = np.flatnonzero((words[1:] % np.uint64(SPARSE) == 0) & changes) + 1
    return chosen, words[chosen]


def _find_hits(
    anchors: tuple[Frames, npt.NDArray[np.uint64]], shortest: int, longest: int
) -> list[tuple[int, int]]:
    """Return places whose surroundings stood there once already, and how long ago."""
    places, hashes = anchors
    order = np.argsort(hashes, kind="stable")
    same = hashes[order][1:] == hashes[order][:-1]
    later, earlier = places[order][1:][same], places[order][:-1][same]
    lags = later - earlier
    fitting = (lags >= shortest) & (lags <= longest)
    later, lags = later[fitting], lags[fitting]
    by_time = np.argsort(later, kind="stable")
    later, lags = later[by_time], lags[by_time]
    together = np.flatnonzero(lags[LEAST_HITS - 1 :] == lags[: len(lags) - LEAST_HITS + 1])
    return [(int(later[n]), int(lags[n])) for n in together]


def _run(row: Samples, place: int, lag: int) -> tuple[int, int]:
    """Return how far around a place the sound is the same as `lag` frames before."""
    reach = (MOST_TIMES + 1) * lag
    low, high = max(place - reach, lag), min(place + reach, len(row))
    other = np.flatnonzero(row[low:high] != row[low - lag : high - lag]) + low
    at = int(np.searchsorted(other, place))
    start = int(other[at - 1]) + 1 if at else low
    end = int(other[at]) if at < len(other) else high
    return start, end


def _is_sounding(samples: Samples) -> bool:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) > QUIET


def detect_repeats(samples: Samples, rate: int) -> list[Detection]:
    """Find the repeated buffers of each channel of ``(channels, frames)``."""
    return [
        Detection(Kind.DROPOUT, start, end, (channel,), confidence)
        for channel, row in enumerate(samples)
        for start, end, confidence in find_repeats(row, rate)
    ]
