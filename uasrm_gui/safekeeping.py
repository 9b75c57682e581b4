"""What of the work is safe on disk, so that closing asks about the rest and about nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from uasrm_core.audio.clip import Patch
from uasrm_core.audio.region import Region
from uasrm_core.translation import mark, tr

REPAIRS_LOST = mark("The repairs have been neither exported nor saved.")
REGIONS_LOST = mark("The regions you marked have not been saved.")


@dataclass(frozen=True, eq=False)
class Safekeeping:
    """What was exported, and what a session or a label file holds."""

    exported: tuple[Patch, ...] = ()
    saved: tuple[Patch, ...] = ()
    regions: frozenset[Region] = frozenset()

    def with_exported(self, patches: tuple[Patch, ...]) -> Safekeeping:
        """Note that these repairs are in an exported file."""
        return replace(self, exported=patches)

    def with_saved(self, patches: tuple[Patch, ...], regions: Iterable[Region]) -> Safekeeping:
        """Note that a session holds these repairs and regions."""
        return replace(self, saved=patches).with_regions(regions)

    def with_regions(self, regions: Iterable[Region]) -> Safekeeping:
        """Note that these regions are in a file."""
        return replace(self, regions=self.regions | frozenset(regions))

    def lost(self, patches: tuple[Patch, ...], open_regions: Iterable[Region]) -> str | None:
        """Return what would be lost if the work were closed as it is, as a sentence, or None."""
        if patches and patches not in (self.exported, self.saved):
            return tr(REPAIRS_LOST)
        return tr(REGIONS_LOST) if set(open_regions) - self.regions else None
