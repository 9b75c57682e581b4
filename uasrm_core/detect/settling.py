"""Detections of blocks, final as soon as what comes later cannot change them any more.

A click is weighed by its neighbours, and a clipped passage may go on in the next block. So both
wait until the search has gone a little further; what is final is the same as if all of the
recording had been looked through first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from uasrm_core.audio.kinds import Kind
from uasrm_core.detect.clipping import JOIN_S, LONGEST_S
from uasrm_core.detect.detections import Detection
from uasrm_core.detect.neighbours import NEAR_S, weigh_by_neighbours

# So far behind the search all is final.
WAIT_S = max(NEAR_S, JOIN_S)


class Settling:
    """Takes the detections of one block after another, and returns those that are final."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._near, self._wait = math.ceil(NEAR_S * rate), math.ceil(WAIT_S * rate)
        # Clicks that are not final, and those before them that are near.
        self._clicks: list[Detection] = []
        self._clicks_until = 0.0
        self._others: list[Detection] = []

    def add(self, found: Iterable[Detection], until_frame: float) -> list[Detection]:
        """Return what has become final, in time's order.

        Parameters
        ----------
        found
            What begins in the next block.
        until_frame
            The end of the block, or infinity where nothing comes after it.
        """
        ordered = sorted(found, key=lambda detection: detection.start_frame)
        self._clicks += [detection for detection in ordered if detection.kind is Kind.CLICK]
        self._others += [detection for detection in ordered if detection.kind is not Kind.CLICK]
        end = until_frame - self._wait
        return sorted(
            self._settle_clicks(end) + self._settle_others(end),
            key=lambda detection: detection.start_frame,
        )

    @property
    def final_until_frame(self) -> int:
        """Up to where all has been returned, before the last block."""
        waiting = [detection.start_frame for detection in self._others[:1]]
        return max(round(min([self._clicks_until, *waiting])), 0)

    def _settle_clicks(self, end: float) -> list[Detection]:
        """Return the clicks before a frame that were not returned before, weighed."""
        final = [
            click
            for click in weigh_by_neighbours(self._clicks, self._rate)
            if self._clicks_until <= click.start_frame < end
        ]
        self._clicks_until = end
        self._clicks = [click for click in self._clicks if click.start_frame >= end - self._near]
        return final

    def _settle_others(self, end: float) -> list[Detection]:
        """Return what lies before a frame, and before all that does not."""
        joined = join_across_borders(self._others, self._rate)
        ends = (number for number, detection in enumerate(joined) if detection.end_frame >= end)
        count = next(ends, len(joined))
        self._others = joined[count:]
        return joined[:count]


def join_across_borders(detections: Sequence[Detection], rate: int) -> list[Detection]:
    """Join clipped passages that go on after the border of a block."""
    joined: list[Detection] = []
    last: dict[tuple[int, ...], int] = {}
    for detection in detections:
        before = last.get(detection.channels) if detection.kind is Kind.CLIPPING else None
        if before is not None:
            other = joined[before]
            near = detection.start_frame - other.end_frame <= JOIN_S * rate
            if near and detection.end_frame - other.start_frame <= LONGEST_S * rate:
                surest = max(other.confidence, detection.confidence)
                joined[before] = replace(other, end_frame=detection.end_frame, confidence=surest)
                continue
        if detection.kind is Kind.CLIPPING:
            last[detection.channels] = len(joined)
        joined.append(detection)
    return joined
