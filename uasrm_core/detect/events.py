"""Thumps, coughs and knocks: short events louder than their surroundings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.band_levels import BandLevels, Levels, measure_levels
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.progress import Progress


@dataclass(frozen=True)
class EventRules:
    """What makes an event of a kind; levels are dB over what is usual in a band.

    Attributes
    ----------
    band_hz
        Where it is loud.
    against_hz, against_weight
        Where it is not: what sticks out there counts against it.
    share
        The share of the bands that may stick out less than the score says.
    even_db
        The score that is as good as even odds.
    slope_db
        So many dB more are as good as odds of e to one.
    edge_db
        An event ends where its score falls so far under its highest, or under `floor_db`.
    longest_s
        What goes on for longer is no event.
    low_hz, high_hz
        The band that is marked, or None for all frequencies.
    """

    band_hz: tuple[float, float]
    against_hz: tuple[float, float]
    against_weight: float
    share: float
    even_db: float
    slope_db: float
    edge_db: float
    floor_db: float
    longest_s: float
    low_hz: float | None = None
    high_hz: float | None = None


RULES = {
    Kind.THUMP: EventRules(
        band_hz=(20, 200),
        against_hz=(450, 4200),
        against_weight=1.0,
        share=0.5,
        even_db=8.0,
        slope_db=2.0,
        edge_db=25.0,
        floor_db=1.0,
        longest_s=0.6,
        low_hz=0.0,
        high_hz=250.0,
    ),
    Kind.COUGH: EventRules(
        band_hz=(200, 8800),
        against_hz=(0, 0),
        against_weight=0.0,
        share=0.5,
        even_db=5.5,
        slope_db=1.5,
        edge_db=25.0,
        floor_db=0.0,
        longest_s=1.0,
    ),
}
# Two peaks with less than this between them are one event, as the two bursts of a cough are.
JOIN_S = 0.12
LEAST_SCORE_DB = 2.0


def scan(clip: AudioClip, kinds: Collection[Kind], progress: Progress) -> list[Detection]:
    """Find the events of some kinds; see `uasrm_core.detect.analysis.detect`."""
    levels = measure_levels(clip, progress)
    return [detection for kind in kinds for detection in _find_events(levels, kind, clip)]


def score(levels: BandLevels, rules: EventRules) -> Levels:
    """Return how much each column is like an event, in dB, ``(columns,)``."""
    inside = levels.excess(*rules.band_hz)
    if not inside.shape[1]:
        return np.full(len(levels.levels), -np.inf, np.float32)
    scores = np.quantile(inside, rules.share, axis=1)
    against = levels.excess(*rules.against_hz)
    if rules.against_weight and against.shape[1]:
        scores = scores - rules.against_weight * np.maximum(against.mean(axis=1), 0.0)
    return np.asarray(scores, np.float32)


def _find_events(levels: BandLevels, kind: Kind, clip: AudioClip) -> list[Detection]:
    rules = RULES[kind]
    scores = score(levels, rules)
    hop, column_s = levels.hop_frames, levels.hop_frames / clip.rate
    near = round(JOIN_S / column_s)
    highest = ndimage.maximum_filter1d(scores, 2 * near + 1)
    peaks = np.flatnonzero((scores == highest) & (scores > LEAST_SCORE_DB))
    detections: list[Detection] = []
    for peak in peaks.tolist():
        limit = max(rules.floor_db, float(scores[peak]) - rules.edge_db)
        start, end = _find_extent(scores, peak, limit, near)
        if (end - start) * column_s > rules.longest_s:
            continue
        confidence = 1 / (1 + np.exp((rules.even_db - float(scores[peak])) / rules.slope_db))
        first, last = max(start * hop - hop, 0), min(end * hop, clip.frames)
        if detections and first < detections[-1].end_frame:
            confidence = max(confidence, detections[-1].confidence)
            first = detections.pop().start_frame
        channels = tuple(range(clip.channels))
        detections.append(
            Detection(kind, first, last, channels, float(confidence), rules.low_hz, rules.high_hz)
        )
    return [detection for detection in detections if detection.confidence >= LEAST_CONFIDENCE]


def _find_extent(scores: Levels, peak: int, limit: float, near: int) -> tuple[int, int]:
    """Return the columns around a peak that stay over a limit, but for short gaps."""
    under = scores <= limit
    start = end = peak
    gap = 0
    while start > 0 and gap <= near // 4:
        start -= 1
        gap = gap + 1 if under[start] else 0
    start += gap
    gap = 0
    while end < len(scores) - 1 and gap <= near // 4:
        end += 1
        gap = gap + 1 if under[end] else 0
    return start, end - gap + 1
