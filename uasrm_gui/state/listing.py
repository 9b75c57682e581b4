"""Which detections of a search are listed, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from uasrm_core.audio.kinds import KIND_WORDS
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY, Detection, at_sensitivity
from uasrm_core.detect.registry import DEFAULT_KINDS, DETECTORS
from uasrm_core.translation import tr

# What detections can be ordered by; those that are equal stay in time's order.
ORDERS: Mapping[str, Callable[[Detection], Any]] = {
    "kind": lambda detection: tr(KIND_WORDS[detection.kind].title),
    "start": lambda detection: detection.start_frame,
    "length": lambda detection: detection.end_frame - detection.start_frame,
    "likely": lambda detection: detection.confidence,
}


@dataclass(frozen=True)
class Listing:
    """What the user chose of the list of detections.

    Attributes
    ----------
    kinds
        The kinds of damage that are looked for, and listed; keys of `DETECTORS`.
    sensitivity
        See `at_sensitivity`.
    order, descends
        One of `ORDERS`, and whether the largest comes first.
    compares
        Whether the detections are what sounds like a place: then all kinds are listed.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    sensitivity: float = DEFAULT_SENSITIVITY
    order: str = "start"
    descends: bool = False
    compares: bool = False

    def choose(self, detections: Sequence[Detection]) -> tuple[Detection, ...]:
        """Return what is listed of detections in time's order."""
        kinds = {DETECTORS[kind].kind for kind in self.kinds}
        kept = at_sensitivity(detections, self.sensitivity)
        listed = [detection for detection in kept if self.compares or detection.kind in kinds]
        return tuple(sorted(listed, key=ORDERS[self.order], reverse=self.descends))

    def with_kinds(self, kinds: Iterable[str]) -> Listing:
        """Return the listing of these kinds, in the order of `DETECTORS`."""
        wanted = set(kinds)
        return replace(self, kinds=tuple(kind for kind in DETECTORS if kind in wanted))

    @property
    def kept(self) -> dict[str, Any]:
        """What a session keeps, as plain values."""
        return {"kinds": list(self.kinds), "sensitivity": self.sensitivity}

    def restore(self, kept: object) -> Listing:
        """Return what a session had kept; what is missing or odd stays as it is."""
        row = kept if isinstance(kept, dict) else {}
        kinds, sensitivity = row.get("kinds"), row.get("sensitivity")
        restored = self
        if isinstance(kinds, list):
            restored = restored.with_kinds(kind for kind in DETECTORS if kind in kinds)
        if isinstance(sensitivity, int | float) and 0.0 <= sensitivity <= 1.0:
            restored = replace(restored, sensitivity=float(sensitivity))
        return restored
