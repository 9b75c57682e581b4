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
# What mends a programme that still sounds.
MENDERS = {Overlay.NOISE: "unet", Overlay.TONES: "detone"}
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
    if job.engine != AUTO:
        return (_build_route(job.engine, job),)
    is_certain = region.frames <= CERTAIN_S * clip.rate
    order = ("ar", "unet") if is_certain else ("unet", "ar")
    mender, overlay = _find_mender(clip, region, job, progress)
    if mender is not None:
        return _list_mender(mender, overlay, order, job)
    is_tried = job.compare or region.frames >= TRIED_FROM_S * clip.rate
    if is_tried and not region.is_partial:
        return _list_tried(clip, region, job, order, overlay, progress)
    may_repeat = is_certain and region.frames > CLICK_S * clip.rate and not region.is_partial
    repeats = (Route(_load_repeats),) if may_repeat else ()
    return (*repeats, *_list_untried(order, job))


def _find_mender(
    clip: AudioClip, region: Region, job: RepairJob, progress: Progress
) -> tuple[str | None, Overlay | None]:
    """Return the engine that keeps what still sounds in a region, or is made for its kind, if any.

    Besides, what lies over the sound there.
    """
    if is_turned_down(clip, region, job):
        return "raise", None
    overlay = find_overlay(clip, region, job, progress)
    if overlay in MENDERS:
        return MENDERS[overlay], overlay
    specialist = find_specialist(region, clip.rate)
    return None if specialist is None else specialist.name, overlay


def _list_mender(
    mender: str, overlay: Overlay | None, order: Sequence[str], job: RepairJob
) -> tuple[Route, ...]:
    """Return the engine that is to mend a region, and those that fill it where that one cannot."""
    if overlay is Overlay.NOISE:
        return _list_under_noise(job)
    if not (job.compare or REGISTRY[mender].has_substitute):
        return (_build_route(mender, job),)
    routes = _list_untried((mender, *order), job)
    return tuple(_add_takes(routes)) if job.compare and overlay is Overlay.TONES else routes


def _list_tried(
    clip: AudioClip,
    region: Region,
    job: RepairJob,
    order: Sequence[str],
    overlay: Overlay | None,
    progress: Progress,
) -> tuple[Route, ...]:
    """Return the engines that replace all of a region, in the order of their trials."""
    ranked = _try_routes(clip, region, job, order, progress)
    doubtful = () if overlay is None else (_doubt_tones(clip, region, job),)
    if not job.compare:
        return (*ranked, *doubtful)
    untried = ("fade", "attenuate") if region.frames >= TRIED_FROM_S * clip.rate else ("attenuate",)
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


def _add_takes(routes: Sequence[Route]) -> list[Route]:
    """Return routes with all takes behind the one that the job asks for."""
    listed = []
    for route in routes:
        listed.append(route)
        if route.has_takes:
            listed += [replace(route, take=take, estimate=None) for take in OTHER_TAKES]
    return listed


def _try_routes(
    clip: AudioClip, region: Region, job: RepairJob, order: Sequence[str], progress: Progress
) -> list[Route]:
    """Return the engines, best first by trials, or in the usual order, and what to expect."""
    length_s = region.frames / clip.rate
    names = [name for name in order if name == "unet" or length_s <= AR_SENSIBLE_S]
    names.append("similarity")
    fit = _measure_fit(clip, region, job, progress)
    handicaps = {"ar": PREDICTION_BIAS_DB, "similarity": 0.0 if is_repeat(fit) else COPY_BIAS_DB}
    biases = [handicaps.get(name, 0.0) for name in names]
    routes = [_build_route(name, job) for name in names]
    engines = [route.load() for route in routes]
    tried = try_engines(clip, region, job, engines, biases, progress)
    copied = [each.correlation for found in tried for each in found.trials]
    correlations = [max(each, 0.0) for each in copied if each is not None]
    match_gain = max(fit, 0.0) - float(np.median(correlations)) if correlations else 0.0
    ranked = [
        replace(
            route,
            estimate=_estimate_quality(name, found.trials, match_gain),
            score=score_trials(found.trials) + bias,
            problem=found.problem,
        )
        for name, route, bias, found in zip(names, routes, biases, tried, strict=True)
    ]
    # in short gaps trials only tell what to expect of each
    is_ranked = length_s >= TRIED_FROM_S
    return sorted(ranked, key=lambda route: route.score) if is_ranked else ranked


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
