"""Repairing the regions of a long recording in independent sections.

The sections of a recording follow from its regions alone. So whoever repairs them, in which order
and on how many machines, the result is the same, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from uasrm_core import api
from uasrm_core.audio.clip import AudioClip, Patch
from uasrm_core.audio.region import Region
from uasrm_core.batch.job import BatchJob, Rule
from uasrm_core.edit.history import RepairNote
from uasrm_core.inpainting.job import RegionOutcome, RepairJob
from uasrm_core.model.choose_backend import use_one_thread
from uasrm_core.progress import Progress

SECTION_S = 300.0
# Crossfades of regions that are further apart do not meet.
APART_S = 0.5


@dataclass(frozen=True, eq=False)
class SectionResult:
    """What came of the regions of a section.

    Attributes
    ----------
    outcomes
        One for each region, in their order.
    patches
        In the order in which they lie over the recording.
    """

    outcomes: tuple[RegionOutcome, ...]
    patches: tuple[Patch, ...]
    notes: tuple[RepairNote, ...]


def divide(regions: Sequence[Region], rate: int) -> tuple[tuple[Region, ...], ...]:
    """Return regions in sections of about `SECTION_S`, in time's order."""
    sections: list[list[Region]] = []
    border, reached = 0, 0
    for region in sorted(regions, key=lambda region: (region.start_frame, region.end_frame)):
        is_apart = region.start_frame >= reached + round(APART_S * rate)
        if not sections or (region.start_frame >= border and is_apart):
            sections.append([])
            step = round(SECTION_S * rate)
            border = (region.start_frame // step + 1) * step
        sections[-1].append(region)
        reached = max(reached, region.end_frame)
    return tuple(tuple(section) for section in sections)


def repair_section(
    clip: AudioClip,
    section: Sequence[Region],
    every: Sequence[Region],
    job: BatchJob,
    progress: Progress,
) -> SectionResult:
    """Repair the regions of a section.

    Parameters
    ----------
    every
        All regions of the recording, from which nothing is to be learnt.

    Raises
    ------
    ModelError
        The model cannot be loaded.
    Cancelled
        The user asked to stop.
    """
    groups: dict[Rule, list[Region]] = {}
    for region in section:
        groups.setdefault(job.rule_for(region, clip.rate), []).append(region)
    outcomes: dict[int, RegionOutcome] = {}
    patches: list[Patch] = []
    notes: list[RepairNote] = []
    done = 0
    waiting = list(every)
    for rule, regions in groups.items():
        part = progress.part(done / len(section), (done + len(regions)) / len(section))
        done += len(regions)
        repair = RepairJob(
            clip.with_patches((*clip.patches, *patches)),
            tuple(regions),
            engine=rule.engine or job.engine,
            model=job.model,
            context_s=job.context_s,
            strength=job.strength if rule.strength is None else rule.strength,
            take=rule.take,
            adapt=job.adapt,
            damaged=tuple(waiting),
        )
        if repair.needs_model:
            use_one_thread()
        result = api.repair(repair, part)
        patches += result.best_patches
        notes += result.best_notes
        outcomes |= zip(map(id, regions), result.outcomes, strict=True)
        waiting = [region for region in waiting if region not in regions]
    return SectionResult(
        tuple(outcomes[id(region)] for region in section), tuple(patches), tuple(notes)
    )
