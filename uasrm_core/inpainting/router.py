"""Choosing the engine for a region: by what it is, or by trials on intact sound nearby.

The figures of the trials tell the user what to expect, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.condition import REACH_S
from uasrm_core.inpainting.cutting import find_best_exemplar
from uasrm_core.inpainting.engine import Engine
from uasrm_core.inpainting.exemplar import ExemplarEngine
from uasrm_core.inpainting.job import CERTAIN_S, QualityEstimate, RepairJob
from uasrm_core.inpainting.mix import COPY_BIAS_DB, OTHER_TAKES, is_repeat
from uasrm_core.inpainting.overlay import Overlay, find_overlay
from uasrm_core.inpainting.raising import is_turned_down
from uasrm_core.inpainting.registry import AUTO, REGISTRY, find_specialist, load_engine
from uasrm_core.inpainting.trials import SHORT_S, Trial, Tried, score_trials, try_engine
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Shorter gaps are predicted without a search for copies, which would take longer than the repair.
CLICK_S = 0.004
# Predictions of longer gaps fade to silence before the middle.
AR_SENSIBLE_S = 5.0
# Bias of the quality estimate per unit of correlation, for engines that copy exemplars: the gap's
# best exemplar may correlate better or worse than those of the trials. Estimates of LSD are off by
# 0.97 dB with it and by 1.00 without (`tools/measure_rules.py RECORDING… --order`), and by over 0.5
# dB more in a loop where only the gap does not repeat (`tests/core/test_router.py`). The order of
# engines does not go by it.
MATCH_LSD_DB = 1.5
MATCH_SNR_DB = 9.0


@dataclass(frozen=True, eq=False)
class Route:
    """An engine that is to try a region, and the quality estimate from trials.

    Attributes
    ----------
    load
        Returns the engine; who is not asked is not loaded.
    score
        What came of its trials; lower is better (see `mix.trial_score`).
    problem
        One sentence where its trials showed that it does not work, or why it is not the first.
    has_takes
        Whether the engine has several fills to choose from.
    take
        Which of them, or None for the one that the job asks for.
    is_anew
        Whether that is offered although the engine made no take before.
    """

    load: Callable[[], Engine]
    estimate: QualityEstimate | None = None
    score: float = math.inf
    problem: str | None = None
    has_takes: bool = False
    take: int | None = None
    is_anew: bool = False


def choose_routes(
    clip: AudioClip, region: Region, job: RepairJob, progress: Progress
) -> tuple[Route, ...]:
    """Return the engines that are to repair a region, the most trusted first.

    Parameters
    ----------
    clip
        The recording with the repairs made so far.

    Raises
    ------
    RepairError
        There is no engine of the name that was asked for.
    ModelError
        The model file is missing, damaged or of another version.
    """
    if job.engine != AUTO:
        return (_build_route(job.engine, job),)
    length_s = region.frames / clip.rate
    default_order = ("ar", "unet") if length_s <= CERTAIN_S else ("unet", "ar")
    if is_turned_down(clip, region, job):
        return _list_untried(("raise", *default_order), job)
    overlay = find_overlay(clip, region, job, progress)
    if overlay in (Overlay.NOISE, Overlay.TONES):
        return _list_overlaid(overlay, job, default_order)
    specialist = find_specialist(region, clip.rate)
    if specialist is not None:
        others = default_order if job.compare or specialist.has_substitute else ()
        return _list_untried((specialist.name, *others), job)
    if region.is_partial:
        return _list_untried(default_order, job)
    if length_s <= CLICK_S and not job.compare:
        return _list_untried(default_order, job)
    if length_s <= CERTAIN_S and not job.compare:
        return (Route(_load_repeats), *_list_untried(default_order, job))
    routes = _try_routes(clip, region, job, default_order, progress)
    # engines that were not tried keep their usual order, after the others
    ranked = sorted(routes, key=lambda route: route.score)
    doubtful = () if overlay is None else (_doubt_tones(clip, region, job),)
    if not job.compare:
        return (*ranked, *doubtful)
    untried = ("fade", "attenuate") if length_s >= SHORT_S else ("attenuate",)
    return (*_add_takes(ranked), *doubtful, *(_build_route(name, job) for name in untried))


def _list_overlaid(overlay: Overlay, job: RepairJob, order: Sequence[str]) -> tuple[Route, ...]:
    """Return the engines for a programme that still sounds, the one that keeps it first."""
    if overlay is Overlay.NOISE:
        return _list_under_noise(job)
    first = _build_route("detone", job)
    if not job.compare:
        return (first, *_list_untried(order, job))
    return (first, *_add_takes(_list_untried(order, job)))


def _doubt_tones(clip: AudioClip, region: Region, job: RepairJob) -> Route:
    """Return the engine that takes tones off, where it is not the first, and a sentence why."""
    title = REGISTRY["detone"].title
    problem = tr(
        "Tones sound in the region at {seconds:.3f} s. All of it was replaced, since the sound "
        "under them may be wrong as well. If it is not, choose “{method}”.",
        seconds=region.start_frame / clip.rate,
        method=tr(title),
    )
    return replace(_build_route("detone", job), problem=problem)


def _list_under_noise(job: RepairJob) -> tuple[Route, ...]:
    """Return the engines for noise over the programme; to compare, others that replace it all."""
    first = _build_route("unet", job)
    if not job.compare:
        return (first, *_list_untried(("attenuate", "ar"), job))
    anew = [replace(first, take=take, is_anew=take == OTHER_TAKES[0]) for take in OTHER_TAKES]
    return (first, *anew, *_list_untried(("ar", "fade"), job))


def _add_takes(routes: Sequence[Route]) -> list[Route]:
    """Return routes with all takes behind the one that the job asks for."""
    listed = []
    for route in routes:
        listed.append(route)
        if route.has_takes:
            listed += [replace(route, take=take, estimate=None) for take in OTHER_TAKES]
    return listed


def _try_routes(
    clip: AudioClip,
    region: Region,
    job: RepairJob,
    default_order: Sequence[str],
    progress: Progress,
) -> list[Route]:
    """Return the engines in the order that is usual for this length, with what trials tell."""
    length_s = region.frames / clip.rate
    names = [name for name in default_order if name == "unet" or length_s <= AR_SENSIBLE_S]
    # a short gap is only copied where the very same sound comes again
    may_copy = length_s >= SHORT_S
    is_tried = may_copy or job.compare or is_repeat(_measure_fit(clip, region, job, progress))
    tried: dict[str, tuple[Route, Tried]] = {}
    if is_tried:
        names.append("similarity")
    else:
        tried["similarity"] = _build_route("similarity", job), Tried(())
    for number, name in enumerate(names):
        route = _build_route(name, job)
        step = progress.part(number / len(names), (number + 1) / len(names))
        step.report(0.0, tr("Trying “{method}” on sound nearby", method=tr(REGISTRY[name].title)))
        tried[name] = route, try_engine(clip, region, job, route.load(), step)
    correlations = [trial.correlation for trial in tried["similarity"][1].trials]
    copied = [max(each, 0.0) for each in correlations if each is not None]
    fit, match_gain = 0.0, 0.0
    if copied:
        fit = _measure_fit(clip, region, job, progress)
        match_gain = max(fit, 0.0) - float(np.median(copied))
    routes = []
    for name, (route, found) in tried.items():
        estimate = _estimate_quality(name, found.trials, match_gain)
        score = score_trials(found.trials)
        if name == "similarity" and not is_repeat(fit):
            score += COPY_BIAS_DB if may_copy else math.inf
        elif name == "similarity" and not may_copy and not job.compare:
            # it leaves what can be predicted to the others, unless the user is to choose
            route = replace(route, load=_load_repeats)
        routes.append(replace(route, estimate=estimate, score=score, problem=found.problem))
    return routes


def _measure_fit(clip: AudioClip, region: Region, job: RepairJob, progress: Progress) -> float:
    """Return how well the surroundings of the best exemplar correlate with those of a region."""
    damaged = (*job.regions, *job.other_damage(region))
    exemplar = find_best_exemplar(clip, region, damaged, REACH_S, progress)
    return -math.inf if exemplar is None else exemplar.correlation


def _list_untried(names: Sequence[str], job: RepairJob) -> tuple[Route, ...]:
    if job.compare:
        names = (*names, "similarity", "attenuate")
    return tuple(_build_route(name, job) for name in dict.fromkeys(names))


def _build_route(name: str, job: RepairJob) -> Route:
    fitted = job.fitted
    # loading an engine of an unknown name says so
    has_takes = name in REGISTRY and REGISTRY[name].has_takes
    if fitted is not None and fitted.name == name:
        return Route(lambda: fitted, has_takes=has_takes)
    if name == "similarity" and job.engine == AUTO:
        return Route(_load_nearby_copies)
    return Route(partial(load_engine, name, job.model), has_takes=has_takes)


def _load_nearby_copies() -> Engine:
    return ExemplarEngine(reach_s=REACH_S)


def _load_repeats() -> Engine:
    return ExemplarEngine(reach_s=REACH_S, only_repeats=True)


def _estimate_quality(
    name: str, trials: Sequence[Trial], match_gain: float
) -> QualityEstimate | None:
    """Return what the trials of an engine let expect of the region.

    `match_gain` is by how much better the best exemplar of the region correlates than those of the
    trials did.
    """
    if not trials:
        return None
    snr_db = float(np.mean([trial.snr_db for trial in trials]))
    lsd_db = float(np.mean([trial.lsd_db for trial in trials]))
    if REGISTRY[name].copies:
        snr_db += MATCH_SNR_DB * match_gain
        lsd_db = max(lsd_db - MATCH_LSD_DB * match_gain, 0.0)
    return QualityEstimate(snr_db, lsd_db, len(trials))
