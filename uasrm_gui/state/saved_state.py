"""What of the work is safe on disk, so that closing asks about the rest and about nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import EditHistory
from uasrm_core.edit.review import Decision
from uasrm_core.translation import mark, tr

REPAIRS_LOST = mark("The repairs have been neither exported nor saved.")
UNDONE_LOST = mark("Repairs that you have undone are kept nowhere else.")
REGIONS_LOST = mark("The regions you marked have not been saved.")
DECISIONS_LOST = mark("What you accepted or rejected has not been saved.")
SESSION_OUTDATED = mark("The session does not hold your last changes.")


@dataclass(frozen=True, eq=False)
class SavedState:
    """What was exported, and what a session or a label file holds.

    Attributes
    ----------
    exported
        The patches in the last exported file, or None without one.
    saved
        What the session holds; without one, the work as it was opened.
    has_session
        Whether there is a session.
    regions
        What label files hold.
    """

    exported: tuple[Patch, ...] | None = None
    saved: EditHistory = field(default_factory=EditHistory)
    has_session: bool = False
    regions: frozenset[Region] = frozenset()

    def with_exported(self, patches: tuple[Patch, ...]) -> SavedState:
        """Note that these repairs are in an exported file."""
        return replace(self, exported=patches)

    def with_saved(self, history: EditHistory) -> SavedState:
        """Note that a session holds this."""
        return replace(self, saved=history, has_session=True)

    def with_regions(self, regions: Iterable[Region]) -> SavedState:
        """Note that these regions are in a label file."""
        return replace(self, regions=self.regions | frozenset(regions))

    def find_loss(
        self, history: EditHistory, open_regions: Iterable[Region], decisions: Iterable[Decision]
    ) -> str | None:
        """Return what would be lost if the work were closed as it is, as a sentence, or None.

        Parameters
        ----------
        open_regions
            The regions that are still to be repaired.
        decisions
            Those about detections that no repair has carried out.
        """
        patches = history.patches
        if patches and patches not in (self.exported, self.saved.patches):
            return tr(REPAIRS_LOST)
        if self._would_lose_undone(history):
            return tr(UNDONE_LOST)
        if set(open_regions) - self.regions - set(self.saved.regions):
            return tr(REGIONS_LOST)
        known = self.saved.decisions
        if any(known.get(made.found) != made for made in decisions):
            return tr(DECISIONS_LOST)
        if _find_accepted(history) - _find_accepted(self.saved):
            return tr(DECISIONS_LOST)
        return tr(SESSION_OUTDATED) if self._has_taken_back(history) else None

    def _would_lose_undone(self, history: EditHistory) -> bool:
        kept = {id(patch) for edit in self.saved.edits for patch in edit.patches}
        kept |= {id(patch) for patch in self.exported or ()}
        undone = history.edits[history.cursor :]
        return any(id(patch) not in kept for edit in undone for patch in edit.patches)

    def _has_taken_back(self, history: EditHistory) -> bool:
        """Whether something that the session holds was taken back since."""
        if not self.has_session:
            return False
        return bool(
            (self.saved.patches and not history.patches)
            or set(self.saved.regions) - set(history.regions)
            or set(self.saved.decisions) - set(history.decisions)
            or _find_accepted(self.saved) - _find_accepted(history)
        )


def _find_accepted(history: EditHistory) -> set[Region]:
    return {spot for edit in history.in_effect for spot in edit.accepted}
