"""Matching detections with planted damage, one to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.detections import Detection
from uasrm_core.evaluation.planting import Damage

# How far the edges of a detection may lie from those of its damage.
EDGE_S = {Kind.CLICK: 0.003, Kind.DROPOUT: 0.010}
# Others have soft ends: a detection is right if it shares so much of the time with its damage.
SHARED = 0.5
# What dies away is marked as long as it is heard: of that it must share so much of the shorter,
# and begin as near.
DYING_START_S = {Kind.THUMP: 0.05, Kind.COUGH: 0.05}


@dataclass(frozen=True)
class Match:
    """Which damages were found, and which detections found one.

    Attributes
    ----------
    found
        For every damage the number of its detection, or None.
    right
        For every detection whether it found a damage.
    """

    found: tuple[int | None, ...]
    right: tuple[bool, ...]


def match(damages: Sequence[Damage], detections: Sequence[Detection], rate: int) -> Match:
    """Pair damages and detections of the same kind, the nearest edges first, each at most once.

    A detection that swallows several damages finds at most one of them.
    """
    pairs = []
    for number, damage in enumerate(damages):
        for candidate, detection in enumerate(detections):
            if detection.kind != damage.kind:
                continue
            off = _measure_distance(damage, detection)
            if _is_match(damage, detection, off, rate):
                pairs.append((off, number, candidate))
    found: list[int | None] = [None] * len(damages)
    right = [False] * len(detections)
    for _, number, candidate in sorted(pairs):
        if found[number] is None and not right[candidate]:
            found[number] = candidate
            right[candidate] = True
    return Match(tuple(found), tuple(right))


def _measure_distance(damage: Damage, detection: Detection) -> int:
    return max(
        abs(damage.start_frame - detection.start_frame), abs(damage.end_frame - detection.end_frame)
    )


def _is_match(damage: Damage, detection: Detection, off: int, rate: int) -> bool:
    if not set(damage.channels) & set(detection.channels):
        return False
    if damage.kind in EDGE_S:
        return off <= EDGE_S[damage.kind] * rate
    shared = min(damage.end_frame, detection.end_frame) - max(
        damage.start_frame, detection.start_frame
    )
    if damage.kind in DYING_START_S:
        away = abs(damage.start_frame - detection.start_frame)
        shorter = min(
            damage.end_frame - damage.start_frame, detection.end_frame - detection.start_frame
        )
        return away <= DYING_START_S[damage.kind] * rate and shared >= SHARED * shorter
    spread = max(damage.end_frame, detection.end_frame) - min(
        damage.start_frame, detection.start_frame
    )
    return shared >= SHARED * spread
