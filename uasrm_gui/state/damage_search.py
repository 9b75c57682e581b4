"""A search for damage that goes on: what it has found so far, and up to where."""

from __future__ import annotations

from collections.abc import Sequence

from uasrm_core.detect.detections import Detection, SearchedPart
from uasrm_core.detect.registry import DETECTORS
from uasrm_core.translation import tr
from uasrm_gui.widgets.formats import format_time

# Finds are listed once there are so many new ones to a listed one, or the search has gone on by
# such a share of the recording: so the lists made on the way cost no more than a few at the end.
NEW_SHARE, RECORDING_SHARE = 0.125, 0.05


class DamageSearch:
    """Collects what a search hands over.

    Parameters
    ----------
    kinds
        What is looked for, keys of `DETECTORS`.
    frames
        The length of the recording.

    Attributes
    ----------
    has_begun
        Whether anything was handed over yet.
    """

    def __init__(self, kinds: Sequence[str], frames: int) -> None:
        self.kinds = tuple(kinds)
        self.has_begun = False
        self._frames = frames
        self._until = dict.fromkeys(kinds, 0)
        self._waiting: list[Detection] = []
        self._taken, self._taken_until = 0, 0.0

    def add(self, part: SearchedPart) -> None:
        """Collect a part."""
        self.has_begun = True
        self._waiting += part.detections
        for kind in part.kinds:
            self._until[kind] = part.until_frame

    @property
    def is_due(self) -> bool:
        """Whether it is time to list what was collected."""
        is_much = len(self._waiting) > NEW_SHARE * self._taken
        return is_much or self._reached - self._taken_until >= RECORDING_SHARE * self._frames

    def take(self) -> list[Detection]:
        """Return what was collected since this was asked last."""
        taken, self._waiting = self._waiting, []
        self._taken += len(taken)
        self._taken_until = self._reached
        return taken

    @property
    def _reached(self) -> float:
        """How far the search is, in frames, on average over the kinds."""
        return sum(self._until.values()) / len(self._until)

    @property
    def until_frame(self) -> int | None:
        """Up to where all kinds were looked for, or None where that is not the same for all."""
        reached = set(self._until.values())
        return reached.pop() if len(reached) == 1 else None

    def describe_reach(self, rate: int) -> str:
        """Return up to where was searched, in a few words."""
        until = self.until_frame
        if until is None:
            return tr("Not searched to the end")
        return tr("Searched up to {time}", time=_format_time(until / rate))

    def describe_end(self, rate: int) -> str:
        """Return what is said when the search is cancelled, sentence by sentence."""
        until = self.until_frame
        if until is not None:
            return tr(
                "The search was cancelled at {time}; what was found up to there is listed.",
                time=_format_time(until / rate),
            )
        sentences = [tr("The search was cancelled.")]
        partly = [kind for kind, end in self._until.items() if 0 < end < self._frames]
        if partly:
            sentences.append(
                tr(
                    "Searched up to {time}: {kinds}.",
                    time=_format_time(self._until[partly[0]] / rate),
                    kinds=_name(partly),
                )
            )
        missing = [kind for kind, end in self._until.items() if not end]
        if missing:
            sentences.append(tr("Not searched for: {kinds}.", kinds=_name(missing)))
        return " ".join(sentences)


def _name(kinds: Sequence[str]) -> str:
    return ", ".join(tr(DETECTORS[kind].title) for kind in kinds)


def _format_time(seconds: float) -> str:
    text = format_time(seconds)
    return text if ":" in text else f"{text} s"
