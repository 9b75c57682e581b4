"""The recording, what is marked in it and what was done to it, with no file and no job.

Everything that changes the work goes through here and is told by a small signal that says what
changed, so that a view refreshes that and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.region import Region, split_parts
from uasrm_core.edit.history import (
    PUT_BACK,
    Edit,
    EditHistory,
    FrameRange,
    find_changed_ranges,
    place,
)
from uasrm_core.edit.review import Decision
from uasrm_core.translation import tr, tr_count
from uasrm_gui.state.marks import RegionState
from uasrm_gui.state.saved_state import SavedState
from uasrm_gui.widgets.formats import format_span

# Changes this close to one another are told as one, so that hundreds of clicks refresh quickly.
JOIN_S = 1.0


class Work(QObject):
    """A recording, its regions and the history of repairs.

    `rows_wanted` tells which rows of the list are to be picked after a step.

    Parameters
    ----------
    may_change
        Asked before each step; tells the user why if the answer is no.
    """

    opened = Signal()
    samples_changed = Signal(object)
    regions_changed = Signal()
    rows_wanted = Signal(object)
    history_changed = Signal()
    state_changed = Signal()

    def __init__(self, may_change: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._may_change = may_change
        self._clip: AudioClip | None = None
        self._original: AudioClip | None = None
        self._history = EditHistory()
        self._states = RegionStates(self._history)
        self._session_path: Path | None = None
        self._saved = SavedState()

    # what there is

    @property
    def clip(self) -> AudioClip | None:
        """The recording with its repairs, or None before a file is opened."""
        return self._clip

    @property
    def original(self) -> AudioClip | None:
        """The recording as its file holds it."""
        return self._original

    @property
    def info(self) -> SourceInfo | None:
        """What the recording is."""
        return None if self._clip is None else self._clip.info

    @property
    def path(self) -> Path | None:
        """The recording's file."""
        return None if self._clip is None else self._clip.info.path

    @property
    def session_path(self) -> Path | None:
        """Where this work was last saved or opened as a session."""
        return self._session_path

    @property
    def name(self) -> str:
        """The file name to show, empty when nothing is open."""
        path = self._session_path or self.path
        return "" if path is None else path.name

    @property
    def history(self) -> EditHistory:
        """The steps so far."""
        return self._history

    @property
    def regions(self) -> tuple[Region, ...]:
        """What is marked, in the order of the list."""
        return self._history.regions

    @property
    def open_regions(self) -> tuple[Region, ...]:
        """The regions that are still to be repaired."""
        return tuple(region for region in self.regions if not self.is_repaired(region))

    @property
    def repaired_ranges(self) -> tuple[FrameRange, ...]:
        """Where the recording differs from its original."""
        return self._find_ranges(EditHistory(), self._history)

    @property
    def decisions(self) -> Mapping[Region, Decision]:
        """What was decided about the detections of a search, by their places as found."""
        return self._states.decisions

    def is_repaired(self, region: Region) -> bool:
        """Whether a step in effect repaired this place, or more with this place in it."""
        return self._states.is_repaired(region)

    def state_of(self, region: Region) -> RegionState:
        """Return how far the work on a place is; a new repair is to be accepted anew."""
        return self._states.state_of(region)

    def engine_of(self, region: Region) -> str:
        """Return the name of what repaired a place last, or empty."""
        return self._states.engine_of(region)

    def format_place(self, region: Region) -> str:
        """Return where a region is, for a sentence."""
        assert self._clip is not None
        return format_span(region.start_frame, region.end_frame, self._clip.rate)

    # what is safe on disk

    @property
    def unsaved(self) -> str | None:
        """What would be lost if the work were closed now, as a sentence, or None."""
        if self._clip is None:
            return None
        undone = [
            made
            for made in self.decisions.values()
            if made.verdict == "rejected" or not self.is_repaired(made.adjusted or made.found)
        ]
        return self._saved.find_loss(self._history, self.open_regions, undone)

    @property
    def saved_history(self) -> EditHistory:
        """The steps that the session holds; without one, those that it was opened with."""
        return self._saved.saved

    def note_session(self, path: Path, history: EditHistory) -> None:
        """Note that a session holds this history."""
        self._session_path = path
        self._saved = self._saved.with_saved(history)
        self.state_changed.emit()

    def note_export(self, clip: AudioClip) -> None:
        """Note that the repairs of a clip are in an exported file."""
        self._saved = self._saved.with_exported(clip.patches)
        self.state_changed.emit()

    def note_labels(self, regions: Iterable[Region]) -> None:
        """Note that a label file holds these regions."""
        self._saved = self._saved.with_regions(regions)
        self.state_changed.emit()

    # steps

    def open(
        self,
        clip: AudioClip,
        history: EditHistory,
        session_path: Path | None,
        *,
        is_saved: bool = True,
    ) -> None:
        """Make this the work."""
        self._session_path = session_path
        self._set_history(history)
        self._original = clip
        self._clip = clip.with_patches(history.patches)
        saved = history if is_saved else EditHistory()
        self._saved = SavedState(saved=saved, has_session=session_path is not None)
        self.opened.emit()
        self.regions_changed.emit()
        self.history_changed.emit()
        self.state_changed.emit()

    def add_region(self, region: Region) -> None:
        """Put a region into the list, checked; the separate parts of a drawn one each.

        Raises
        ------
        RegionError
            It makes no sense for this recording.
        """
        assert self._clip is not None
        parts = split_parts(region.fit_to(self._clip.info), self._clip.rate)
        if len(parts) == 1:
            what = tr("Add region {span}", span=self.format_place(region))
        else:
            what = tr("Add {count} regions", count=len(parts))
        self.add_regions(what, parts, pick=True)

    def add_regions(self, label: str, regions: Sequence[Region], *, pick: bool = False) -> None:
        """Put regions into the list, as they are; they are picked there if wanted."""
        count = len(self.regions)
        self._set_regions(label, (*self.regions, *regions))
        if pick:
            self.rows_wanted.emit(tuple(range(count, len(self.regions))))

    def change_region(self, row: int, region: Region) -> None:
        """Give a region other values.

        Raises
        ------
        RegionError
            They make no sense for this recording.
        """
        assert self._clip is not None
        if place(region) != place(self.regions[row]):
            region = region.fit_to(self._clip.info)
        if region != self.regions[row]:
            regions = (*self.regions[:row], region, *self.regions[row + 1 :])
            span = self.format_place(region)
            self._set_regions(tr("Change region {span}", span=span), regions)
            self.rows_wanted.emit((row,))

    def remove_regions(self, rows: Iterable[int]) -> None:
        """Take regions off the list; the sound stays as it is."""
        gone = set(rows)
        kept = tuple(region for row, region in enumerate(self.regions) if row not in gone)
        if len(gone) == 1:
            span = self.format_place(self.regions[min(gone)])
            what = tr("Remove region {span}", span=span)
        else:
            what = tr_count("Remove {count} region", "Remove {count} regions", len(gone))
        self._set_regions(what, kept)

    def decide(self, decisions: Sequence[Decision]) -> bool:
        """Note decisions about detections, as one step; return whether that could be done."""
        if len(decisions) == 1:
            span = self.format_place(decisions[0].found)
            words = {
                "accepted": tr("Accept the find {span}", span=span),
                "rejected": tr("Reject the find {span}", span=span),
            }
            label = words[decisions[0].verdict]
        else:
            label = tr_count(
                "Decide about {count} find", "Decide about {count} finds", len(decisions)
            )
        return self.apply(Edit(label, decided=tuple(decisions)))

    def accept(self, rows: Iterable[int]) -> bool:
        """Note that the repairs of some regions are good; return whether there were any."""
        regions = [self.regions[row] for row in rows]
        new = tuple(place(r) for r in regions if self.state_of(r) == "repaired")
        if new:
            label = tr_count("Accept {count} repair", "Accept {count} repairs", len(new))
            self.apply(Edit(label, accepted=new))
        return bool(new)

    def apply(self, edit: Edit) -> bool:
        """Take a step; return whether that was allowed."""
        return self._move_to(self._history.apply(edit))

    def undo(self) -> None:
        """Take back the last step."""
        self._move_to(self._history.undo())

    def redo(self) -> None:
        """Do the step again that was taken back."""
        self._move_to(self._history.redo())

    def go_to(self, cursor: int) -> None:
        """Put exactly the first `cursor` steps into effect."""
        self._move_to(self._history.moved_to(cursor))

    # inside

    def _set_regions(self, label: str, regions: tuple[Region, ...]) -> None:
        if regions != self.regions:
            self.apply(Edit(label, regions=regions))

    def _set_history(self, history: EditHistory) -> None:
        self._history = history
        self._states = RegionStates(history)

    def _move_to(self, history: EditHistory) -> bool:
        """Make this the history and tell what that changes; return whether that was allowed."""
        assert self._clip is not None
        if not self._may_change():
            return False
        before = self._history
        self._set_history(history)
        ranges = self._find_ranges(before, history)
        if ranges:
            self._clip = self._clip.with_patches(history.patches)
            self.samples_changed.emit(ranges)
        if (
            before.regions != history.regions
            or ranges
            or _find_accepted(before) != _find_accepted(history)
        ):
            self.regions_changed.emit()
        self.history_changed.emit()
        self.state_changed.emit()
        return True

    def _find_ranges(self, before: EditHistory, after: EditHistory) -> tuple[FrameRange, ...]:
        if self._clip is None:
            return ()
        return find_changed_ranges(before, after, join_frames=round(JOIN_S * self._clip.rate))


class RegionStates:
    """What a history says about places; each answer is worked out once."""

    def __init__(self, history: EditHistory) -> None:
        self._history = history
        self._places = history.list_repaired_places()
        self._has_put_back = any(
            note.engine == PUT_BACK for edit in history.in_effect for note in edit.repairs
        )
        self._repaired: dict[Region, bool] = {}
        self._states: dict[Region, RegionState] = {}
        self.decisions: Mapping[Region, Decision] = history.decisions

    def is_repaired(self, region: Region) -> bool:
        """Whether a step in effect repaired this place, or more with this place in it."""
        known = self._repaired.get(region)
        if known is None:
            known = place(region) in self._places
            known = known or any(spot.covers(region) for spot in self._places)
            if known and self._has_put_back:
                last = self._history.last_note(region)
                known = last is not None and last.engine != PUT_BACK
            self._repaired[region] = known
        return known

    def state_of(self, region: Region) -> RegionState:
        """Return how far the work on a place is; a new repair is to be accepted anew."""
        known = self._states.get(region)
        if known is None:
            known = self._states[region] = self._find_state(region)
        return known

    def engine_of(self, region: Region) -> str:
        """Return the name of what repaired a place last, or empty."""
        note = self._history.last_note(region)
        return "" if note is None or note.engine == PUT_BACK else note.engine

    def _find_state(self, region: Region) -> RegionState:
        if not self.is_repaired(region):
            return "open"
        spot = place(region)
        for edit in reversed(self._history.in_effect):
            if spot in edit.accepted:
                return "accepted"
            if any(note.region.covers(region) for note in edit.repairs):
                break
        return "unchanged" if self._history.is_unchanged(region) else "repaired"


def _find_accepted(history: EditHistory) -> list[tuple[Region, ...]]:
    return [edit.accepted for edit in history.in_effect if edit.accepted]
