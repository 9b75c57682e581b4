"""What a repair's result means for the work: the step to take, and what to say about the rest."""

from __future__ import annotations

from collections.abc import Sequence

from uasrm_core.audio.region import Region
from uasrm_core.edit.history import Edit, place
from uasrm_core.inpainting.job import Adaptation, RepairResult
from uasrm_core.translation import tr, tr_count
from uasrm_gui.notices import Notice
from uasrm_gui.widgets.formats import format_span


def repair_step(
    result: RepairResult,
    listed: tuple[Region, ...],
    rate: int,
    *,
    left: Sequence[Region] = (),
) -> Edit | None:
    """Return the step that applies the first candidate of each region, or None if there is none.

    Places that are not `listed` yet come into the list with it, and so do those `left` over.
    """
    done = [outcome for outcome in result.outcomes if outcome.candidates]
    if not done:
        return None
    repaired = tuple(outcome.region for outcome in done)
    known = {place(region) for region in listed}
    new = tuple(region for region in (*repaired, *left) if place(region) not in known)
    if len(done) == 1:
        what = format_span(repaired[0].start_frame, repaired[0].end_frame, rate)
    else:
        what = tr_count("{count} region", "{count} regions", len(done))
    return Edit(
        label=tr("Repair {what}", what=what),
        patches=result.best_patches,
        repairs=result.best_notes,
        regions=(*listed, *new) if new else None,
    )


def problems_of(result: RepairResult) -> list[str]:
    """Return why some regions could not be repaired, a sentence each."""
    return [outcome.problem for outcome in result.outcomes if outcome.problem is not None]


def stopped_notice(done: int, asked: int, problem: str | None) -> Notice:
    """Return what is said of a repair that was stopped among several regions.

    Parameters
    ----------
    problem
        What it failed by, or None where it was cancelled.
    """
    words = tr(
        "Repaired {count} of {asked} regions; the rest were left as they were.",
        count=done,
        asked=asked,
    )
    if problem is None:
        return Notice(words)
    return Notice(f"{words} {problem}", "error")


def warning_notice(result: RepairResult) -> Notice | None:
    """Return which engine failed where another one repaired the region, or None if none did."""
    warnings = [warning for outcome in result.outcomes for warning in outcome.warnings]
    return Notice(warnings[0], "warning") if warnings else None


def fitting_notice(adaptation: Adaptation | None) -> Notice | None:
    """Return what came of fitting the network to the recording, if that is news."""
    return Notice(adaptation.sentence) if adaptation is not None and adaptation.is_new else None


def notice_of(problems: Sequence[str], asked: int) -> Notice | None:
    """Return one sentence or two for all problems among `asked` regions, or None without any."""
    if not problems:
        return None
    first = problems[0]
    if asked > 1:
        how_many = tr(
            "{count} of {asked} regions could not be repaired.", count=len(problems), asked=asked
        )
        first = f"{how_many} {first}"
    return Notice(first, "warning")
