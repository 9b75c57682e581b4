"""Running a repair job: choose engines for each region, and collect their candidates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Protocol

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError, RepairError
from uasrm_core.inpainting.adapt import adapt
from uasrm_core.inpainting.exemplar import NAMED_REACH_S
from uasrm_core.inpainting.job import (
    CERTAIN_S,
    Candidate,
    RegionOutcome,
    RepairJob,
    RepairResult,
)
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.inpainting.router import TRIED_FROM_S, Route, choose_routes
from uasrm_core.inpainting.sanity import UnsoundError
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Of the time for a region, about so much may go into trials.
CHOOSING_SHARE = 0.5
# Of the time for a job, about so much goes into fitting the network to the recording.
ADAPTING_SHARE = 0.7
# A gap that the network fills takes about as long as so many clicks, and one with trials.
SHORT_COST, TRIED_COST = 12.0, 60.0
# What lies this far behind a region may be asked for as its surroundings.
SURROUNDINGS_S = 60


class EngineChoice(Protocol):
    """How `run` finds the engines that are to repair a region; `choose_routes` fits."""

    def __call__(
        self, clip: AudioClip, region: Region, job: RepairJob, progress: Progress
    ) -> Sequence[Route]:
        """Return the engines, the most trusted first."""
        ...


def run(
    job: RepairJob, progress: Progress | None = None, *, choose: EngineChoice | None = None
) -> RepairResult:
    """Repair every region of a job, the shortest first so that the longer ones profit from it.

    A region that cannot be repaired says why in its outcome and does not stop the others.

    Where engines are compared, each candidate is handed over as soon as it is made, otherwise the
    outcome of each region: whoever keeps them has what was done when the work is stopped.

    Raises
    ------
    ModelError
        The model cannot be loaded: none of the regions that need it would work.
    Cancelled
        The user asked to stop.
    """
    progress = progress or Progress()
    choose = choose or choose_routes
    waiting, outcomes = _check_regions(job)
    _decode_ahead(job, waiting.values(), progress)
    adaptation = None
    if job.adapt and waiting:
        sound = replace(job, regions=tuple(waiting.values()))
        adaptation, fitted = adapt(sound, progress.part(0.0, ADAPTING_SHARE))
        job = replace(job, fitted=fitted)
        progress = progress.part(ADAPTING_SHARE, 1.0)
    order = sorted(waiting, key=lambda i: waiting[i].frames)
    bounds = _share_progress([waiting[index] for index in order], job.clip.rate)
    clip = job.clip
    for done, index in enumerate(order):
        region = waiting.pop(index)
        repairing = tr("Repairing {number} of {count}", number=done + 1, count=len(order))
        # of one among many, the steps would only hide how many are done
        words = repairing if len(order) > 1 else ""
        step = progress.part(bounds[done], bounds[done + 1], words)
        step.report(0.0, repairing)
        unrepaired = (*waiting.values(), *job.other_damage(region))
        try:
            routes = choose(clip, region, job, step.part(0.0, CHOOSING_SHARE))
            step.report(CHOOSING_SHARE, repairing)
            candidates, warnings = _make_candidates(
                clip, region, unrepaired, routes, job, step.part(CHOOSING_SHARE, 1.0)
            )
        except RepairError as error:
            outcomes[index] = RegionOutcome(region, (), str(error))
        else:
            clip = clip.with_patch(candidates[0].patch)
            outcomes[index] = RegionOutcome(region, candidates, warnings=warnings)
        if not job.compare:
            progress.on_part(outcomes[index])
    progress.report(1.0)
    return RepairResult(tuple(outcomes[index] for index in range(len(job.regions))), adaptation)


def _check_regions(job: RepairJob) -> tuple[dict[int, Region], dict[int, RegionOutcome]]:
    """Return the regions that can be repaired, and what is wrong with the others, by number."""
    waiting: dict[int, Region] = {}
    outcomes: dict[int, RegionOutcome] = {}
    for index, region in enumerate(job.regions):
        try:
            waiting[index] = region.fit_to(job.clip.info)
        except RegionError as error:
            outcomes[index] = RegionOutcome(region, (), str(error))
    return waiting, outcomes


def _decode_ahead(job: RepairJob, regions: Iterable[Region], progress: Progress) -> None:
    """Decode what the regions need, which takes its time, so that it is seen and can be stopped."""
    clip = job.clip
    last = max((region.end_frame for region in regions), default=0)
    ahead_s = NAMED_REACH_S if job.engine == "similarity" else SURROUNDINGS_S
    clip.prepare(min(last + round(ahead_s * clip.rate), clip.frames), progress.part(0.0, 0.0))


def _share_progress(regions: Sequence[Region], rate: int) -> list[float]:
    """Return where the work on each region begins, from 0 to 1, and the end."""
    costs = [_estimate_cost(region.frames / rate) for region in regions]
    return [0.0, *(part / sum(costs) for part in accumulate(costs))]


def _estimate_cost(length_s: float) -> float:
    if length_s <= CERTAIN_S:
        return 1.0
    return SHORT_COST if length_s < TRIED_FROM_S else TRIED_COST


def _make_candidates(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    routes: Sequence[Route],
    job: RepairJob,
    progress: Progress,
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """Return what the first engine that can, or to compare each of them, makes of a region.

    Besides, a sentence for each engine that failed. If none can repair the region, the first
    one's problem is raised.
    """
    made: list[Candidate] = []
    problems: list[RepairError] = []
    warnings = [route.problem for route in routes if route.problem is not None]
    for number, route in enumerate(routes):
        if made and not job.compare:
            break
        if not _is_another(route, made):
            continue
        step = progress.part(number / len(routes), (number + 1) / len(routes))
        if job.compare:
            words = tr("Making candidate {number} of {count}", number=number + 1, count=len(routes))
            step.report(0.0, words)
        try:
            candidate = repair_region(
                clip,
                region,
                unrepaired,
                route.load(),
                context_s=job.context_s,
                strength=job.strength,
                take=job.take if route.take is None else route.take,
                progress=step,
            )
        except RepairError as error:
            problems.append(error)
            if isinstance(error, UnsoundError):
                warnings.append(str(error))
            continue
        candidate = replace(candidate, estimate=route.estimate)
        made.append(candidate)
        if job.compare:
            progress.on_part(candidate)
    if not made:
        raise problems[0]
    if region.is_partial and made[0].is_unchanged:
        warnings.append(_tell_left_alone(region, clip.rate))
    return tuple(made), tuple(dict.fromkeys(warnings))


def _is_another(route: Route, made: Sequence[Candidate]) -> bool:
    """Return whether a route is to be tried beside candidates: a take only where it is another."""
    takes = {candidate.take for candidate in made if candidate.take is not None}
    if route.take is None:
        return True
    return route.take not in takes and (route.is_anew or bool(takes))


def _tell_left_alone(region: Region, rate: int) -> str:
    return tr(
        "Nothing in the marked part of the region at {seconds:.3f} s stands out from the sound "
        "around it, so it was left as it is. If you hear something there, try Attenuate.",
        seconds=region.start_frame / rate,
    )
