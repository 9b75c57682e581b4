"""Buffers that were played twice: the same samples, bit for bit, one right after the other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
# A click in a repeat, or in what it repeats, is heard for a little longer than it is found; and the
# length must be known to such a share of what is repeated all the same.
CLICK_SLACK_S = 0.002
UNKNOWN_SHARE = 0.5
QUIET = 10 ** (-60 / 20)
CONFIDENCE = 1.0

Frames = npt.NDArray[np.intp]


@dataclass(frozen=True)
class _Run:
    """How far a sound is the same as so many frames before, but for clicks: ends are half-open.

    Attributes
    ----------
    start, end
        Between them it is the same.
    first, last
        It may be so from the first to the last of them, since clicks hide whether it is.
    """

    start: int
    end: int
    first: int
    last: int

    def fit(self, lag: int) -> tuple[int, int] | None:
        """Return from where to where buffers of `lag` frames were repeated, or None."""
        times = max(round((self.end - self.start) / lag), 1)
        if abs(self.end - self.start - times * lag) <= SLACK_FRAMES:
            return (self.start, self.end) if times <= MOST_TIMES else None
        times = math.ceil((self.end - self.start) / lag)
        hidden = self.start - self.first + self.last - self.end
        too_long = times * lag > self.last - self.first or times > MOST_TIMES
        if too_long or hidden > UNKNOWN_SHARE * lag:
            return None
        if self.start + times * lag <= self.last:
            return self.start, self.start + times * lag
        return self.last - times * lag, self.last


def find_repeats(
    row: Samples, rate: int, clicks: Sequence[tuple[int, int]] = ()
) -> list[tuple[int, int, float]]:
    """Find stretches of one channel, ``(frames,)``, that repeat what was right before them.

    Parameters
    ----------
    clicks
        First frame and end frame of clicks in the channel, which may lie in a repeat or in what it
        repeats.

    Returns
    -------
    First frame, end frame and confidence of each. A sound that is the same in every period for
    longer than the period is no repeat: it goes on for no whole number of buffers. A click over an
    edge of a repeat is a part of it.
    """
    anchors = _choose_anchors(row)
    shortest, longest = round(SHORTEST_S * rate), round(LONGEST_S * rate)
    slack = round(CLICK_SLACK_S * rate)
    spans = np.array([(a - slack, b + slack) for a, b in clicks], np.intp).reshape(-1, 2)
    found = []
    done = 0
    for place, lag in _find_hits(anchors, shortest, longest):
        if place < done:
            continue
        run = _measure_run(row, place, lag, spans)
        done = run.end
        fitted = run.fit(lag)
        if fitted is not None and _is_sounding(row[slice(*fitted)]):
            is_whole = fitted == (run.start, run.end)
            start, end = fitted if is_whole else _add_clicks(fitted, clicks)
            found.append((start, end, CONFIDENCE))
            done = end
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


def _measure_run(row: Samples, place: int, lag: int, clicks: Frames) -> _Run:
    """Return how far around a place the sound is the same as `lag` frames before."""
    reach = (MOST_TIMES + 1) * lag
    low, high = max(place - reach, lag), min(place + reach, len(row))
    other = np.flatnonzero(row[low:high] != row[low - lag : high - lag]) + low
    excused = np.zeros(len(other), dtype=np.bool_)
    for start, end in clicks:
        for shift in (0, lag):
            excused |= (other >= start + shift) & (other < end + shift)
    sure = other[~excused]
    at = int(np.searchsorted(sure, place))
    first = int(sure[at - 1]) + 1 if at else low
    last = int(sure[at]) if at < len(sure) else high
    # what is the same in a click is so by chance, unless it is for long
    edges = np.concatenate([[first - 1], other[(other >= first) & (other < last)], [last]])
    same = np.flatnonzero(np.diff(edges) > HASHED_FRAMES)
    return _Run(int(edges[same[0]]) + 1, int(edges[same[-1] + 1]), first, last)


def _add_clicks(span: tuple[int, int], clicks: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return a span with the clicks that begin before its edges and end behind them."""
    over = [(a, b) for a, b in clicks for edge in span if a < edge - SLACK_FRAMES and b > edge]
    return min([span[0], *(a for a, _ in over)]), max([span[1], *(b for _, b in over)])


def _is_sounding(samples: Samples) -> bool:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) > QUIET


def detect_repeats(
    samples: Samples, rate: int, clicks: Sequence[Detection] = ()
) -> list[Detection]:
    """Find the repeated buffers of each channel of ``(channels, frames)``, among clicks."""
    return [
        Detection(Kind.DROPOUT, start, end, (channel,), confidence)
        for channel, row in enumerate(samples)
        for start, end, confidence in find_repeats(
            row,
            rate,
            [(each.start_frame, each.end_frame) for each in clicks if channel in each.channels],
        )
    ]
