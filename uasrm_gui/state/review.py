"""The detections of a search, and what the user decides about each of them.

Nothing is repaired that was not accepted, one by one or all at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.region import Region
from uasrm_core.detect.detections import DEFAULT_SENSITIVITY, Detection, SearchedPart
from uasrm_core.edit.history import place
from uasrm_core.edit.review import Decision, Verdict
from uasrm_core.translation import tr
from uasrm_gui.background.jobs import Job
from uasrm_gui.notices import Notice
from uasrm_gui.state.damage_search import DamageSearch
from uasrm_gui.state.document import Document
from uasrm_gui.state.listing import Listing
from uasrm_gui.state.marks import DetectionState

Judgement = Literal["open", "accepted", "rejected"]


class Review(QObject):
    """Goes through the detections of one recording; the current one is the document's selection.

    The decisions are steps of the document, so that they are undone and saved with it.

    `changed` tells that other detections are listed. While a search goes on `grew` comes instead,
    with the rows that were added, and `search_changed` when it has ended.
    """

    changed = Signal()
    grew = Signal(object)
    search_changed = Signal()
    decided = Signal()
    current_changed = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self._document = document
        self._all: tuple[Detection, ...] = ()
        self._detections: tuple[Detection, ...] = ()
        self._decisions: Mapping[Region, Decision] = document.work.decisions
        self._current: int | None = None
        self._listing = Listing()
        self.has_looked = False
        self._search: DamageSearch | None = None
        self._search_job: Job | None = None
        self._stopped: DamageSearch | None = None
        document.searches.found_similar.connect(self._on_similar)
        document.work.opened.connect(self._on_opened)
        document.work.history_changed.connect(self._on_history)

    # what there is

    @property
    def detections(self) -> tuple[Detection, ...]:
        """What the sensitivity keeps, in the order that was chosen: by time, unless told."""
        return self._detections

    @property
    def current(self) -> int | None:
        """Which of the detections is looked at."""
        return self._current

    @property
    def target(self) -> Region | None:
        """What would be repaired of the current detection, as far as the selection reaches."""
        detection = self._find_current()
        if detection is None:
            return None
        region, selection = self.region(detection), self._document.selection.region
        if selection is None or selection == place(region) or not _touch(selection, region):
            return region
        return replace(selection, kind=detection.kind)

    def upcoming(self, count: int) -> list[Region]:
        """Return the places of the next detections that nothing was decided about."""
        if self._current is None:
            return []
        later = self._detections[self._current + 1 :]
        return [
            self.region(detection) for detection in later if self.state_of(detection) == "open"
        ][:count]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of damage that are looked for, and listed."""
        return self._listing.kinds

    @property
    def compares(self) -> bool:
        """Whether the detections are what sounds like a place; confidence is how alike they are."""
        return self._listing.compares

    @property
    def sensitivity(self) -> float:
        """How doubtful what is listed may be, 0 to 1."""
        return self._listing.sensitivity

    @property
    def accepted(self) -> tuple[Detection, ...]:
        """The detections that are to be repaired and are not yet."""
        return tuple(
            detection
            for detection in self._detections
            if self.state_of(detection) == "accepted" and not self.is_repaired(detection)
        )

    @property
    def undecided(self) -> tuple[Detection, ...]:
        """The detections that were neither accepted nor rejected."""
        return tuple(
            detection for detection in self._detections if self.state_of(detection) == "open"
        )

    @property
    def repaired_count(self) -> int:
        """How many detections are repaired."""
        return sum(self.outcome_of(detection) == "repaired" for detection in self._detections)

    def state_of(self, detection: Detection) -> Judgement:
        """Return what was decided about a detection."""
        made = self._document.work.decisions.get(self._place(detection))
        return "open" if made is None else made.verdict

    def outcome_of(self, detection: Detection) -> DetectionState:
        """Return what was decided about a detection, or what came of its repair."""
        if not self.is_repaired(detection):
            return self.state_of(detection)
        state = self._document.work.state_of(self.region(detection))
        return "unchanged" if state == "unchanged" else "repaired"

    def region(self, detection: Detection) -> Region:
        """Return the detection's place, as it was adjusted, with its kind."""
        found = self._place(detection)
        made = self._document.work.decisions.get(found)
        return found if made is None else made.adjusted or found

    def give_kind(self, region: Region) -> Region:
        """Return a region; at the place of the current detection it gets the detection's kind."""
        detection = self._find_current()
        if detection is None or region != place(self.region(detection)):
            return region
        return self.region(detection)

    def is_repaired(self, detection: Detection) -> bool:
        """Whether the detection's place was repaired."""
        return self._document.work.is_repaired(self.region(detection))

    @property
    def view_data(self) -> dict[str, Any]:
        """What was looked for and how much of it is listed, as plain values for a session."""
        return self._listing.kept

    @property
    def is_looking(self) -> bool:
        """Whether a search goes on."""
        return self._search is not None

    @property
    def stopped_search(self) -> DamageSearch | None:
        """The search whose finds are listed, if it did not come to its end."""
        return self._stopped

    # looking

    def detect(self) -> Job | None:
        """Look for damage of the chosen kinds; decisions about what is found again stay.

        What is found is listed as it comes. A search for other kinds that goes on is cancelled.
        """
        info = self._document.work.info
        if info is None or (self._search is not None and self._search.kinds == self.kinds):
            return None
        if not self.kinds:
            self._document.noticed.emit(
                Notice(tr("Choose at least one kind of damage to look for."), "warning")
            )
            return None
        job = self._document.repairs.detect(self.kinds)
        if job is None:
            return None
        search, former = DamageSearch(self.kinds, info.frames), self._search_job
        self._search, self._search_job = search, job
        job.handed_over.connect(lambda part: self._on_part(search, part))
        job.succeeded.connect(lambda found: self._on_found(search, found))
        job.cancelled.connect(lambda: self._on_stopped(search, is_cancelled=True))
        job.failed.connect(lambda problem: self._on_stopped(search, is_cancelled=False))
        if former is not None:
            former.cancel()
        self.search_changed.emit()
        return job

    def set_kinds(self, kinds: Iterable[str]) -> None:
        """Look for these kinds from now on, and list no others."""
        self._list_as(self._listing.with_kinds(kinds))

    def set_sensitivity(self, sensitivity: float) -> None:
        """Keep more detections or fewer; nothing is looked through again."""
        if sensitivity != self.sensitivity:
            self._list_as(replace(self._listing, sensitivity=sensitivity))

    def sort_by(self, order: str, *, descending: bool = False) -> None:
        """List and go through the detections in another order, one of `listing.ORDERS`."""
        if (order, descending) != (self._listing.order, self._listing.descends):
            self._list_as(replace(self._listing, order=order, descends=descending))

    def go_to(self, number: int) -> None:
        """Look at one of the detections: it becomes the selection."""
        self._current = number
        self._document.selection.select(place(self.region(self._detections[number])))
        self.current_changed.emit()

    def step(self, step: int) -> None:
        """Look at the next or the previous detection, starting over at the end."""
        if not self._detections:
            return
        if self._current is None:
            self.go_to(0 if step > 0 else len(self._detections) - 1)
        else:
            self.go_to((self._current + step) % len(self._detections))

    # deciding

    def accept(self) -> None:
        """Take the current detection for damage, as far as the selection reaches now, and go on."""
        detection = self._find_current()
        if detection is None:
            return
        target = self.target
        self._decide(detection, "accepted", None if target == self._place(detection) else target)

    def reject(self) -> None:
        """Take the current detection for sound that belongs there, and go on.

        Where it is repaired already the original is put back.
        """
        detection = self._find_current()
        if detection is None:
            return
        if self.outcome_of(detection) == "repaired":
            decided = (self._make_decision(detection, "rejected"),)
            self._document.edits.put_back(self.region(detection), decided=decided)
            if self.state_of(detection) == "rejected":
                self.step(1)
        else:
            self._decide(detection, "rejected")

    def accept_all(self) -> None:
        """Take every detection that is kept and was not rejected for damage."""
        made = [self._make_decision(detection, "accepted") for detection in self.undecided]
        if made:
            self._document.work.decide(made)

    def repair_accepted(self) -> Job | None:
        """Repair what was accepted, each by the automatic choice; they become regions."""
        regions = [self.region(detection) for detection in self.accepted]
        if not regions:
            self._document.noticed.emit(
                Notice(tr("Nothing is accepted yet; accept finds first."), "warning")
            )
            return None
        return self._document.repairs.repair(regions, "auto")

    # inside

    def _find_current(self) -> Detection | None:
        return None if self._current is None else self._detections[self._current]

    def _place(self, detection: Detection) -> Region:
        info = self._document.work.info
        assert info is not None
        return detection.region(info.channels)

    def _decide(
        self, detection: Detection, verdict: Verdict, adjusted: Region | None = None
    ) -> None:
        if not self._document.work.decide([self._make_decision(detection, verdict, adjusted)]):
            return
        assert self._current is not None
        later = (*range(self._current + 1, len(self._detections)), *range(self._current))
        for number in later:
            if self.state_of(self._detections[number]) == "open":
                self.go_to(number)
                return

    def _make_decision(
        self, detection: Detection, verdict: Verdict, adjusted: Region | None = None
    ) -> Decision:
        return Decision(
            self._place(detection),
            verdict,
            detection.confidence,
            adjusted,
            detection.low_hz,
            detection.high_hz,
        )

    def _on_opened(self) -> None:
        """Begin anew, with what was chosen and decided in a session before."""
        kept = self._document.files.opened_view.get("review")
        listing = replace(self._listing.restore(kept), compares=False)
        self._decisions, info = self._document.work.decisions, self._document.work.info
        assert info is not None
        made = sorted(self._decisions.values(), key=lambda decision: decision.found.start_frame)
        self._all = tuple(_restore_detection(decision, info.channels) for decision in made)
        self._current, self.has_looked = None, bool(made)
        self._search = self._search_job = self._stopped = None
        self._list_as(listing)

    def _on_history(self) -> None:
        before, self._decisions = self._decisions, self._document.work.decisions
        if before == self._decisions:
            return
        self.decided.emit()
        taken_back = [found for found in before if found not in self._decisions]
        if len(taken_back) == 1:
            self._return_to(taken_back[0])

    def _return_to(self, found: Region) -> None:
        """Look again at the detection whose decision was taken back."""
        places = [self._place(detection) for detection in self._detections]
        if found in places:
            self.go_to(places.index(found))

    def _on_part(self, search: DamageSearch, part: SearchedPart) -> None:
        """List what a search has found so far; its first part takes the place of all before."""
        if search is not self._search:
            return
        if not search.has_begun:
            self._begin_list((), replace(self._listing, compares=False))
        search.add(part)
        if search.is_due:
            self._list_more(search.take())

    def _on_found(self, search: DamageSearch, detections: tuple[Detection, ...]) -> None:
        info = self._document.work.info
        if search is not self._search or info is None:
            return
        if not search.has_begun:
            self._on_part(search, SearchedPart(search.kinds, detections, info.frames))
        self._end_search(search)

    def _on_stopped(self, search: DamageSearch, *, is_cancelled: bool) -> None:
        """Keep what was found, and tell up to where that is."""
        info = self._document.work.info
        if search is not self._search or info is None:
            return
        if search.has_begun:
            self._stopped = search
            if is_cancelled:
                self._document.noticed.emit(Notice(search.describe_end(info.rate)))
        self._end_search(search)

    def _end_search(self, search: DamageSearch) -> None:
        self._search = self._search_job = None
        self._list_more(search.take())
        self.search_changed.emit()

    def _on_similar(self, detections: tuple[Detection, ...]) -> None:
        """List what sounds like a place in place of what was found before."""
        listing = replace(self._listing, compares=True, sensitivity=DEFAULT_SENSITIVITY)
        self._begin_list(detections, listing)

    def _begin_list(self, detections: tuple[Detection, ...], listing: Listing) -> None:
        """List other detections in place of those before."""
        self._all, self._current, self.has_looked = detections, None, True
        self._stopped = None
        self._list_as(listing)

    def _list_more(self, found: Sequence[Detection]) -> None:
        """Add detections to those that are listed, each at its place in the order."""
        self._all = tuple(sorted((*self._all, *found), key=lambda each: each.start_frame))
        here, new = self._find_current(), {id(detection) for detection in found}
        self._detections = self._listing.choose(self._all)
        rows = [row for row, each in enumerate(self._detections) if id(each) in new]
        if self._current is not None:
            self._current = next(n for n, each in enumerate(self._detections) if each is here)
        if rows:
            self.grew.emit(tuple(rows))

    def _list_as(self, listing: Listing) -> None:
        """List what there is in this way."""
        self._listing, here = listing, self._find_current()
        self._detections = self._listing.choose(self._all)
        self._current = self._detections.index(here) if here in self._detections else None
        self.changed.emit()


def _restore_detection(decision: Decision, channels: int) -> Detection:
    found = decision.found
    return Detection(
        found.kind,
        found.start_frame,
        found.end_frame,
        tuple(found.channel_indices(channels)),
        decision.confidence,
        decision.low_hz,
        decision.high_hz,
        found.shape,
    )


def _touch(a: Region, b: Region) -> bool:
    return a.start_frame < b.end_frame and b.start_frame < a.end_frame
