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
from uasrm_core.inpainting.mix import COPY_BIAS_DB, OTHER_TAKES, PREDICTION_BIAS_DB, is_repeat
from uasrm_core.inpainting.overlay import Overlay, find_overlay
from uasrm_core.inpainting.raising import is_turned_down
from uasrm_core.inpainting.registry import AUTO, REGISTRY, find_specialist, load_engine
from uasrm_core.inpainting.trials import Trial, score_trials, try_engines
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Shorter gaps are predicted without a search for copies, which would take longer than the repair.
CLICK_S = 0.004
# Shorter gaps are tried only to compare. Otherwise the network's engine comes first, which weighs
# the network against the prediction there and copies the same sound again by itself (decision 056).
TRIED_FROM_S = 0.1
# Predictions of longer gaps fade to silence before the middle.
AR_SENSIBLE_S = 5.0
# Bias of the quality estimate per unit of correlation, for engines that copy exemplars: the gap's
# best exemplar may correlate better or worse than those of the trials. Estimates of LSD are off by
# 1.05 dB with it and by 1.22 without (`tools/measure_rules.py RECORDING… --order`), and by over 0.5
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
    is_certain = region.frames <= CERTAIN_S * clip.rate
    order = ("ar", "unet") if is_certain else ("unet", "ar")
    routes: tuple[Route, ...]
    # the first case that applies
    if job.engine != AUTO:
        routes = (_build_route(job.engine, job),)
    elif is_turned_down(clip, region, job):
        routes = _list_behind("raise", order, job)
    elif (overlay := find_overlay(clip, region, job, progress)) is Overlay.NOISE:
        routes = _list_under_noise(job)
    elif overlay is Overlay.TONES:
        routes = _list_behind("detone", order, job)
        routes = _add_takes(routes) if job.compare else routes
    elif (specialist := find_specialist(region, clip.rate)) is not None:
        routes = _list_behind(specialist.name, order, job)
    elif region.is_partial or not (job.compare or _is_tried(region, clip.rate)):
        may_repeat = is_certain and region.frames > CLICK_S * clip.rate and not region.is_partial
        repeats = (Route(_load_repeats),) if may_repeat else ()
        routes = (*repeats, *_list_untried(order, job))
    else:
        has_tones = overlay is Overlay.DOUBTFUL_TONES
        routes = _list_tried(clip, region, job, order, progress, has_tones=has_tones)
    return routes


def _is_tried(region: Region, rate: int) -> bool:
    """Return whether trials choose between the engines that replace all of a region."""
    return region.frames >= TRIED_FROM_S * rate


def _list_behind(first: str, order: Sequence[str], job: RepairJob) -> tuple[Route, ...]:
    """Return the engine that suits the damage, and those that fill the region where it cannot."""
    others = order if job.compare or REGISTRY[first].has_substitute else ()
    return _list_untried((first, *others), job)


def _list_tried(
    clip: AudioClip,
    region: Region,
    job: RepairJob,
    order: Sequence[str],
    progress: Progress,
    *,
    has_tones: bool,
) -> tuple[Route, ...]:
    """Return the engines that replace all of a region, in the order of their trials.

    Parameters
    ----------
    has_tones
        Whether tones lie over it, and what is under them may be wrong as well.
    """
    ranked = _rank_routes(clip, region, job, order, progress)
    doubtful = (_doubt_tones(clip, region, job),) if has_tones else ()
    if not job.compare:
        return (*ranked, *doubtful)
    untried = ("fade", "attenuate") if _is_tried(region, clip.rate) else ("attenuate",)
    return (*_add_takes(ranked), *doubtful, *(_build_route(name, job) for name in untried))


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


def _add_takes(routes: Sequence[Route]) -> tuple[Route, ...]:
    """Return routes with all takes behind the one that the job asks for."""
    listed: list[Route] = []
    for route in routes:
        listed.append(route)
        if route.has_takes:
            listed += [replace(route, take=take, estimate=None) for take in OTHER_TAKES]
    return tuple(listed)


def _rank_routes(
    clip: AudioClip, region: Region, job: RepairJob, order: Sequence[str], progress: Progress
) -> list[Route]:
    """Return the engines with what to expect of each by trials, the best first.

    In gaps that are tried only to compare, they keep the usual order.
    """
    length_s = region.frames / clip.rate
    names = [name for name in order if name == "unet" or length_s <= AR_SENSIBLE_S]
    names.append("similarity")
    correlation = _correlate_best_exemplar(clip, region, job, progress)
    copy_bias = 0.0 if is_repeat(correlation) else COPY_BIAS_DB
    biases_db = {"unet": 0.0, "ar": PREDICTION_BIAS_DB, "similarity": copy_bias}
    biases = [biases_db[name] for name in names]
    routes = [_build_route(name, job) for name in names]
    engines = [route.load() for route in routes]
    tried = try_engines(clip, region, job, engines, biases, progress)
    copied = [each.correlation for found in tried for each in found.trials]
    correlations = [max(each, 0.0) for each in copied if each is not None]
    match_gain = max(correlation, 0.0) - float(np.median(correlations)) if correlations else 0.0
    ranked = [
        replace(
            route,
            estimate=_estimate_quality(name, found.trials, match_gain),
            score=score_trials(found.trials) + bias,
            problem=found.problem,
        )
        for name, route, bias, found in zip(names, routes, biases, tried, strict=True)
    ]
    return sorted(ranked, key=lambda r: r.score) if _is_tried(region, clip.rate) else ranked


def _correlate_best_exemplar(
    clip: AudioClip, region: Region, job: RepairJob, progress: Progress
) -> float:
    """Return how well the surroundings of the best exemplar correlate with those of a region.

    -1 to 1, minus infinity where there is no exemplar.
    """
    damaged = (*job.regions, *job.other_damage(region))
    exemplar = find_best_exemplar(clip, region, damaged, REACH_S, progress)
    return -math.inf if exemplar is None else exemplar.correlation


def _list_untried(names: Sequence[str], job: RepairJob) -> tuple[Route, ...]:
    """Return engines in the order given; to compare, copying and turning down as well."""
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
