"""The result of detection: places that are probably damaged, each with a confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import Shape
from uasrm_core.detect.registry import DEFAULT_KINDS

DEFAULT_SENSITIVITY = 0.5
# What is less likely than this is not worth a line in a list, at any sensitivity.
LEAST_CONFIDENCE = 0.02


@dataclass(frozen=True)
class Detection:
    """A place that is probably damaged, half-open in frames.

    Attributes
    ----------
    kind
        That of its detector (`registry.DETECTORS`).
    channels
        The channels that are damaged, from 0.
    confidence
        0 to 1; at 0.5 the detection is as likely to be kept as to be dropped by default.
    low_hz, high_hz
        The band that holds the damage, or None where it is the whole spectrum.
    shape
        What of it was drawn, where it is like something that was.
    """

    kind: Kind
    start_frame: int
    end_frame: int
    channels: tuple[int, ...]
    confidence: float
    low_hz: float | None = None
    high_hz: float | None = None
    shape: Shape | None = None

    def region(self, channels: int) -> Region:
        """Return the place as a region of a recording with so many channels."""
        every = len(self.channels) == channels
        return Region(
            self.start_frame,
            self.end_frame,
            self.low_hz,
            self.high_hz,
            channels=None if every else self.channels,
            shape=self.shape,
            kind=self.kind,
        )


@dataclass(frozen=True)
class DetectSettings:
    """What to look for.

    Attributes
    ----------
    kinds
        Keys of `registry.DETECTORS`.
    sensitivity
        0 finds nothing but the certain, 1 everything that might be damage.
    """

    kinds: tuple[str, ...] = DEFAULT_KINDS
    sensitivity: float = DEFAULT_SENSITIVITY


@dataclass(frozen=True)
class SearchedPart:
    """What a search that goes on has found since it last told of it.

    Attributes
    ----------
    kinds
        Which of the kinds that are looked for it is about, keys of `registry.DETECTORS`.
    detections
        What was found, final.
    until_frame
        Up to where all of these kinds is found.
    """

    kinds: tuple[str, ...]
    detections: tuple[Detection, ...]
    until_frame: int


def at_sensitivity(detections: Sequence[Detection], sensitivity: float) -> tuple[Detection, ...]:
    """Return the detections that this sensitivity keeps: the higher it is, never fewer.

    One analysis at sensitivity 1 therefore answers for every other.
    """
    return tuple(detection for detection in detections if detection.confidence >= 1.0 - sensitivity)
