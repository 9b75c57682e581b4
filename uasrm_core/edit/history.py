"""The history of a recording: steps, undo and redo.

A history is a value: applying, undoing and redoing return a new one. The recording's patches and
its list of regions are derived from the steps in effect, so that nothing can fall out of step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.edit.review import Decision

# The name of the edit that puts the original back, see `uasrm_core.processing.edits`.
PUT_BACK = "put-back"


def utc_now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class FrameRange:
    """A stretch of a recording, half-open in frames."""

    start_frame: int
    end_frame: int


@dataclass(frozen=True)
class RepairNote:
    """How one region was repaired.

    Attributes
    ----------
    engine
        The engine's name.
    model
        Which model it used, by name and fingerprint, or empty.
    context_s
        Seconds of surroundings that it went by on each side, or None if that is not known.
    strength
        0 to 1, see `uasrm_core.inpainting.gap.Gap`.
    seconds_taken
        How long it took.
    source_frames
        The passage of the recording that was taken over, half-open, if one was.
    take
        Which of the engine's takes it is, or None where it has one fill only.
    is_unchanged
        Whether the sound was left as it was, bit for bit.
    """

    region: Region
    engine: str
    model: str = ""
    context_s: float | None = None
    strength: float = 1.0
    seconds_taken: float = 0.0
    source_frames: tuple[int, int] | None = None
    take: int | None = None
    is_unchanged: bool = False


@dataclass(frozen=True, eq=False)
class Edit:
    """One step that can be undone.

    Attributes
    ----------
    label
        What was done and where, in the user's words.
    patches
        New samples, laid over those of earlier steps.
    repairs
        How each of the regions that the patches repair was repaired.
    regions
        The whole list of regions after this step, or None when the step leaves it alone.
    accepted
        Places whose repair the user found good, see `place`.
    decided
        What the user decided about detections of a search in this step.
    made_at
        When the step was made, as ISO 8601 in UTC; empty where that was not kept.
    """

    label: str
    patches: tuple[Patch, ...] = ()
    repairs: tuple[RepairNote, ...] = ()
    regions: tuple[Region, ...] | None = None
    accepted: tuple[Region, ...] = ()
    decided: tuple[Decision, ...] = ()
    made_at: str = field(default_factory=utc_now)

    @property
    def repaired(self) -> tuple[Region, ...]:
        """The regions that the patches repair."""
        return tuple(note.region for note in self.repairs)

    @property
    def engine(self) -> str:
        """The names of the engines that made the patches, or empty when there are none."""
        return ", ".join(sorted({note.engine for note in self.repairs}))


@dataclass(frozen=True, eq=False)
class EditHistory:
    """The steps of a recording, and how many of them are in effect.

    Attributes
    ----------
    edits
        All steps, those undone included.
    cursor
        The first `cursor` steps are in effect.
    first_regions
        The regions before the first step.
    """

    edits: tuple[Edit, ...] = ()
    cursor: int = 0
    first_regions: tuple[Region, ...] = ()

    @property
    def in_effect(self) -> tuple[Edit, ...]:
        """The steps that count at present."""
        return self.edits[: self.cursor]

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The patches of the steps in effect, later ones on top."""
        return tuple(patch for edit in self.in_effect for patch in edit.patches)

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions as the steps in effect left them."""
        for edit in reversed(self.in_effect):
            if edit.regions is not None:
                return edit.regions
        return self.first_regions

    @property
    def decisions(self) -> dict[Region, Decision]:
        """What the steps in effect decided about detections, by place; the last word counts."""
        return {made.found: made for edit in self.in_effect for made in edit.decided}

    @property
    def can_undo(self) -> bool:
        """Whether a step is in effect."""
        return self.cursor > 0

    @property
    def can_redo(self) -> bool:
        """Whether a step was undone."""
        return self.cursor < len(self.edits)

    def list_repaired_places(self) -> frozenset[Region]:
        """Return the places that the steps in effect repaired and left so, see `place`."""
        places: dict[Region, None] = {}
        for note in (note for edit in self.in_effect for note in edit.repairs):
            if note.engine == PUT_BACK:
                places = {spot: None for spot in places if not note.region.covers(spot)}
            else:
                places[place(note.region)] = None
        return frozenset(places)

    def last_note(self, region: Region) -> RepairNote | None:
        """Return how a place was repaired last, or that it was put back; None if neither."""
        for edit in reversed(self.in_effect):
            for note in reversed(edit.repairs):
                if note.region.covers(region):
                    return note
        return None

    def is_unchanged(self, region: Region) -> bool:
        """Whether a place was repaired, and all repairs since it was put back left it as it was."""
        was_tried = False
        for edit in reversed(self.in_effect):
            for note in reversed(edit.repairs):
                if not note.region.covers(region):
                    continue
                if note.engine == PUT_BACK or not note.is_unchanged:
                    return was_tried and note.engine == PUT_BACK
                was_tried = True
        return was_tried

    def apply(self, edit: Edit) -> EditHistory:
        """Return the history with one more step; steps undone before are forgotten."""
        return replace(self, edits=(*self.in_effect, edit), cursor=self.cursor + 1)

    def undo(self) -> EditHistory:
        """Return the history one step back, or this one at its beginning."""
        return self.moved_to(max(self.cursor - 1, 0))

    def redo(self) -> EditHistory:
        """Return the history one step on, or this one at its end."""
        return self.moved_to(min(self.cursor + 1, len(self.edits)))

    def moved_to(self, cursor: int) -> EditHistory:
        """Return the history with its first `cursor` steps in effect.

        Raises
        ------
        IndexError
            There are not that many steps.
        """
        if not 0 <= cursor <= len(self.edits):
            raise IndexError(f"step {cursor} of {len(self.edits)}")
        return replace(self, cursor=cursor)


def place(region: Region) -> Region:
    """Return where a region lies, whatever it is called and taken for."""
    return replace(region, label="", kind=Kind.GAP)


def patch_for(edit: Edit, region: Region, channels: int) -> Patch | None:
    """Return the patch of a step that repairs a region of a recording of so many channels."""
    wanted = region.channel_indices(channels)
    fitting = [
        patch
        for patch in edit.patches
        if patch.start_frame <= region.start_frame
        and region.end_frame <= patch.end_frame
        and tuple(patch.channels) == tuple(wanted)
    ]
    return min(fitting, key=lambda patch: patch.end_frame - patch.start_frame, default=None)


def drop_patches(history: EditHistory, region: Region, channels: int) -> tuple[Patch, ...]:
    """Return the patches in effect as if a place had never been repaired by itself."""
    spot = place(region)
    gone = {
        id(patch_for(edit, region, channels))
        for edit in history.in_effect
        if any(place(repaired) == spot for repaired in edit.repaired)
    }
    return tuple(patch for patch in history.patches if id(patch) not in gone)


def find_changed_ranges(
    before: EditHistory, after: EditHistory, *, join_frames: int = 0
) -> tuple[FrameRange, ...]:
    """Return the stretches that may sound different, sorted and without overlap.

    Only steps that are in effect in one of the two count. Stretches no more than `join_frames`
    apart are told as one, for views that refresh neighbours together anyway.
    """
    shared = 0
    for one, other in zip(before.in_effect, after.in_effect, strict=False):
        if one is not other:
            break
        shared += 1
    steps = before.in_effect[shared:] + after.in_effect[shared:]
    spans = sorted((p.start_frame, p.end_frame) for edit in steps for p in edit.patches)
    merged: list[FrameRange] = []
    for start, end in spans:
        if merged and start <= merged[-1].end_frame + join_frames:
            last = merged.pop()
            merged.append(FrameRange(last.start_frame, max(last.end_frame, end)))
        else:
            merged.append(FrameRange(start, end))
    return tuple(merged)
