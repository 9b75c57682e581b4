"""What is open, what is marked in it and what was done to it, with no file and no job.

Everything that changes the work goes through here and is told by a small signal that says what
changed, so that a view refreshes that and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from uasrm_core.audio.clip import AudioClip, SourceInfo
from uasrm_core.audio.region import Region, separated
from uasrm_core.edit.history import Edit, EditHistory, FrameRange, changed_ranges, place
from uasrm_core.edit.review import Decision
from uasrm_core.translation import tr, tr_count
from uasrm_gui.editor.marks import RegionState
from uasrm_gui.safekeeping import Safekeeping
from uasrm_gui.widgets.formats import format_span

# Changes this close to one another are told as one, so that hundreds of clicks refresh quickly.
JOIN_S = 1.0


class Work(QObject):
    """A recording, its regions, the selection and the history of repairs.

    Parameters
    ----------
    may_change
        Asked before each step; tells the user why if the answer is no.
    """

    opened = Signal()
    samples_changed = Signal(object)
    regions_changed = Signal()
    rows_changed = Signal()
    selection_changed = Signal(object)
    history_changed = Signal()
    state_changed = Signal()

    def __init__(self, may_change: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._may_change = may_change
        self._clip: AudioClip | None = None
        self._original: AudioClip | None = None
        self._history = EditHistory()
        self._repaired_places: frozenset[Region] = frozenset()
        self._repaired: dict[Region, bool] = {}
        self._states: dict[Region, RegionState] = {}
        self._decisions: Mapping[Region, Decision] = {}
        self._selection: Region | None = None
        self._rows: tuple[int, ...] = ()
        self._session_path: Path | None = None
        self._safe = Safekeeping()

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
    def rows(self) -> tuple[int, ...]:
        """Which regions are picked in the list."""
        return self._rows

    @property
    def wanted(self) -> tuple[Region, ...]:
        """What a repair is meant for: the regions picked in the list, else the selection."""
        if self._picked:
            return self._picked
        return () if self._selection is None else (self._selection,)

    @property
    def selection(self) -> Region | None:
        """What is selected in the picture."""
        return self._selection

    @property
    def unsaved(self) -> str | None:
        """What would be lost if the work were closed now, as a sentence, or None."""
        if self._clip is None:
            return None
        return self._safe.find_loss(self._history, self.open_regions, self._open_decisions())

    @property
    def saved_history(self) -> EditHistory:
        """The steps that the session holds; without one, those that it was opened with."""
        return self._safe.saved

    @property
    def open_regions(self) -> tuple[Region, ...]:
        """The regions that are still to be repaired."""
        return tuple(region for region in self.regions if not self.is_repaired(region))

    @property
    def repaired_ranges(self) -> tuple[FrameRange, ...]:
        """Where the recording differs from its original."""
        return self._ranges_between(EditHistory(), self._history)

    def is_repaired(self, region: Region) -> bool:
        """Whether a step in effect repaired this place, or more with this place in it."""
        known = self._repaired.get(region)
        if known is None:
            places = self._repaired_places
            known = place(region) in places or any(spot.covers(region) for spot in places)
            self._repaired[region] = known
        return known

    def state_of(self, region: Region) -> RegionState:
        """Return how far the work on a place is; a new repair is to be accepted anew."""
        known = self._states.get(region)
        if known is None:
            known = self._states[region] = self._state_now(region)
        return known

    def _state_now(self, region: Region) -> RegionState:
        if not self.is_repaired(region):
            return "open"
        spot = place(region)
        for edit in reversed(self._history.in_effect):
            if spot in edit.accepted:
                return "accepted"
            if any(note.region.covers(region) for note in edit.repairs):
                break
        return "repaired"

    @property
    def decisions(self) -> Mapping[Region, Decision]:
        """What was decided about the finds of a detection, by their places as found."""
        return self._decisions

    def decide(self, decisions: Sequence[Decision]) -> bool:
        """Note what was decided about finds, as one step; return whether that could be done."""
        if len(decisions) == 1:
            span = self._span(decisions[0].found)
            words = {
                "accepted": tr("Accept the find {span}", span=span),
                "rejected": tr("Reject the find {span}", span=span),
            }
            label = words[decisions[0].verdict]
        else:
            label = tr_count(
                "Decide about {count} find", "Decide about {count} finds", len(decisions)
            )
        return self._move_to(self._history.apply(Edit(label, decided=tuple(decisions))))

    def accept(self, rows: Iterable[int]) -> bool:
        """Note that the repairs of some regions are good; return whether there were any."""
        regions = [self.regions[row] for row in rows]
        new = tuple(place(r) for r in regions if self.state_of(r) == "repaired")
        if new:
            label = tr_count("Accept {count} repair", "Accept {count} repairs", len(new))
            self._move_to(self._history.apply(Edit(label, accepted=new)))
        return bool(new)

    def engine_of(self, region: Region) -> str:
        """Return the name of what repaired a place last, or empty."""
        for edit in reversed(self._history.in_effect):
            for note in edit.repairs:
                if note.region.covers(region):
                    return note.engine
        return ""

    # regions and selection

    def select(self, region: Region | None) -> None:
        """Make this the selection; regions picked in the list stay so only if it is theirs."""
        if region == self._selection:
            return
        self._selection = region
        self.selection_changed.emit(region)
        if region is not None and [place(r) for r in self._picked] != [region]:
            self._set_rows(())

    def pick_rows(self, rows: Sequence[int]) -> None:
        """Pick regions in the list; a single one becomes the selection."""
        self._set_rows(tuple(sorted(rows)))
        picked = self._picked
        if len(picked) == 1 and picked[0].frames > 0:
            self.select(place(picked[0]))
        elif picked:
            self.select(None)

    def add_region(self, region: Region) -> None:
        """Put a region into the list, checked; the separate parts of a drawn one each."""
        assert self._clip is not None
        parts = separated(region.checked(self._clip.info), self._clip.rate)
        if len(parts) == 1:
            what = tr("Add region {span}", span=self._span(region))
        else:
            what = tr("Add {count} regions", count=len(parts))
        count = len(self.regions)
        self._set_regions(what, (*self.regions, *parts))
        self.pick_rows(range(count, len(self.regions)))

    def change_region(self, row: int, region: Region) -> None:
        """Give a region other values.

        Raises
        ------
        RegionError
            They make no sense for this recording.
        """
        assert self._clip is not None
        if place(region) != place(self.regions[row]):
            region = region.checked(self._clip.info)
        if region != self.regions[row]:
            regions = (*self.regions[:row], region, *self.regions[row + 1 :])
            self._set_regions(tr("Change region {span}", span=self._span(region)), regions)
            self.pick_rows([row])

    def remove_regions(self, rows: Iterable[int]) -> None:
        """Take regions off the list; the sound stays as it is."""
        gone = set(rows)
        kept = tuple(region for row, region in enumerate(self.regions) if row not in gone)
        if len(gone) == 1:
            span = self._span(self.regions[min(gone)])
            what = tr("Remove region {span}", span=span)
        else:
            what = tr_count("Remove {count} region", "Remove {count} regions", len(gone))
        self._set_regions(what, kept)

    # history

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

    @property
    def _picked(self) -> tuple[Region, ...]:
        return tuple(self.regions[row] for row in self._rows)

    def _set_rows(self, rows: tuple[int, ...]) -> None:
        if rows != self._rows:
            self._rows = rows
            self.rows_changed.emit()

    def _take(
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
        self._safe = Safekeeping(saved=saved, has_session=session_path is not None)
        self._selection, self._rows = None, ()
        self.opened.emit()
        self.regions_changed.emit()
        self.rows_changed.emit()
        self.selection_changed.emit(None)
        self.history_changed.emit()
        self.state_changed.emit()

    def _span(self, region: Region) -> str:
        assert self._clip is not None
        return format_span(region.start_frame, region.end_frame, self._clip.rate)

    def _set_regions(self, label: str, regions: tuple[Region, ...]) -> None:
        if regions != self.regions:
            self._move_to(self._history.apply(Edit(label, regions=regions)))

    def _set_history(self, history: EditHistory) -> None:
        self._history = history
        self._repaired_places = history.repaired_places()
        self._repaired.clear()
        self._states.clear()
        self._decisions = history.decisions

    def _move_to(self, history: EditHistory) -> bool:
        """Make this the history and tell what that changes; return whether that was allowed."""
        assert self._clip is not None
        if not self._may_change():
            return False
        before = self._history
        self._set_history(history)
        ranges = self._ranges_between(before, history)
        if ranges:
            self._clip = self._clip.with_patches(history.patches)
            self.samples_changed.emit(ranges)
        if len(before.regions) > len(history.regions):
            # rows have moved, so what was picked may be something else by now
            self._set_rows(())
        if before.regions != history.regions or ranges or _accepted(before) != _accepted(history):
            self.regions_changed.emit()
        self.history_changed.emit()
        self.state_changed.emit()
        return True

    def _open_decisions(self) -> list[Decision]:
        """Return the decisions that no repair has carried out."""
        return [
            made
            for made in self._decisions.values()
            if made.verdict == "rejected" or not self.is_repaired(made.adjusted or made.found)
        ]

    def _ranges_between(self, before: EditHistory, after: EditHistory) -> tuple[FrameRange, ...]:
        if self._clip is None:
            return ()
        return changed_ranges(before, after, join_frames=round(JOIN_S * self._clip.rate))

    def _keep(self, safe: Safekeeping) -> None:
        """Note what is safe on disk now."""
        self._safe = safe
        self.state_changed.emit()


def _accepted(history: EditHistory) -> list[tuple[Region, ...]]:
    return [edit.accepted for edit in history.in_effect if edit.accepted]
