"""Choosing the engine for a region, by trials on intact sound nearby.

Gaps as long as the region are cut where nothing is damaged, each engine fills them, and what comes
back is measured. The same figures tell the user what to expect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np

from uasrm_core.audio.clip import AudioClip, AudioSource, silence_unplayable
from uasrm_core.audio.region import Region, meets
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import REACH_S
from uasrm_core.inpainting.cutting import find_best_exemplar, hide
from uasrm_core.inpainting.engine import Engine
from uasrm_core.inpainting.exemplar import ExemplarEngine
from uasrm_core.inpainting.job import CERTAIN_S, QualityEstimate, RepairJob
from uasrm_core.inpainting.mix import COPY_BIAS_DB, OTHER_TAKES, is_repeat, trial_score
from uasrm_core.inpainting.overlay import Overlay, find_overlay
from uasrm_core.inpainting.raising import is_turned_down
from uasrm_core.inpainting.registry import AUTO, REGISTRY, find_specialist, load_engine
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.inpainting.sanity import UnsoundError
from uasrm_core.metrics.bands import level_distance_db, modulation_distance_db
from uasrm_core.metrics.distances import lsd_db, snr_db
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# Shorter gaps are predicted without a search for copies, which would take longer than the repair.
CLICK_S = 0.004
# Predictions of longer gaps fade to silence before the middle.
AR_SENSIBLE_S = 5.0
# Shorter gaps are only copied from the very same sound, and not offered to be faded.
SHORT_S = 0.1
# What the order by trials earns against the network always first, in 72 gaps of 30 to 300 ms in
# speech and music of the training part: 0.22 dB of SNR, for 0.03 of LSD (`tools/measure_rules.py
# RECORDING… --order`). Decision 012 has why there are four trials, and where they are cut.
TRIALS = 4
# Trials are cut within so much of the region; regions that lie near one another share them.
NEARBY_S = 8.0
SHARED_S = 4.0
# Lengths that differ by less share their trials. Shorter gaps than `SHORT_S` share them with more,
# and with those twice as far away: which engine does best there hardly depends on either.
LENGTH_STEP, SHORT_LENGTH_STEP = 1.25, 1.6
SHORT_SHARED_S = 8.0
MARGIN_S = 0.05
# Trials are not cut where the sound is so much quieter than around the region.
QUIET_DB = 20.0
TRIES = 60
# Bias of the quality estimate per unit of correlation, for engines that copy exemplars: the gap's
# best exemplar may correlate better or worse than those of the trials. Estimates of LSD are off by
# 0.97 dB with it and by 1.00 without (same command), and by over 0.5 dB more in a loop where only
# the gap does not repeat (`tests/core/test_router.py`). The order of engines does not go by it.
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


@dataclass(frozen=True)
class _Trial:
    """What one engine made of one gap in intact sound.

    Attributes
    ----------
    correlation
        Of the surroundings of the exemplar that it copied with the gap's, if it copied one.
    level_db, modulation_db
        How far off the bands of the fill are (`metrics.bands`).
    """

    start_frame: int
    snr_db: float
    lsd_db: float
    correlation: float | None
    level_db: float = 0.0
    modulation_db: float = 0.0


@dataclass(frozen=True)
class _Tried:
    """The trials of one engine, and what went wrong where its answers were no sound."""

    trials: tuple[_Trial, ...]
    problem: str | None = None


_Key = tuple[object, ...]
_trials: WeakKeyDictionary[AudioSource, dict[_Key, _Tried]] = WeakKeyDictionary()


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
    tried: dict[str, tuple[Route, _Tried]] = {}
    if is_tried:
        names.append("similarity")
    else:
        tried["similarity"] = _build_route("similarity", job), _Tried(())
    for number, name in enumerate(names):
        route = _build_route(name, job)
        step = progress.part(number / len(names), (number + 1) / len(names))
        step.report(0.0, tr("Trying “{method}” on sound nearby", method=tr(REGISTRY[name].title)))
        tried[name] = route, _try_engine(clip, region, job, route.load(), step)
    correlations = [trial.correlation for trial in tried["similarity"][1].trials]
    copied = [max(each, 0.0) for each in correlations if each is not None]
    fit, match_gain = 0.0, 0.0
    if copied:
        fit = _measure_fit(clip, region, job, progress)
        match_gain = max(fit, 0.0) - float(np.median(copied))
    routes = []
    for name, (route, found) in tried.items():
        estimate = _estimate_quality(name, found.trials, match_gain)
        score = _score_trials(found.trials)
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


def _score_trials(trials: Sequence[_Trial]) -> float:
    if not trials:
        return math.inf
    names = ("snr_db", "lsd_db", "level_db", "modulation_db")
    means = [float(np.mean([getattr(trial, name) for trial in trials])) for name in names]
    return trial_score(*means)


def _estimate_quality(
    name: str, trials: Sequence[_Trial], match_gain: float
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


def _try_engine(
    clip: AudioClip, region: Region, job: RepairJob, engine: Engine, progress: Progress
) -> _Tried:
    """Return the trials of an engine near a region, made now or for another region before."""
    known = _trials.setdefault(clip.source, {})
    is_short = region.frames < SHORT_S * clip.rate
    shared_s = SHORT_SHARED_S if is_short else SHARED_S
    step_ratio = SHORT_LENGTH_STEP if is_short else LENGTH_STEP
    shared = round((region.start_frame + region.end_frame) / 2 / (shared_s * clip.rate))
    length = round(math.log(region.frames) / math.log(step_ratio))
    channels = region.channel_indices(clip.channels)
    settings = job.model, job.context_s, job.take
    key = (shared, length, is_short, channels, engine.name, engine.model_id, *settings)
    damaged = (*job.regions, *job.other_damage(region), region)
    margin = round(MARGIN_S * clip.rate)
    before = known.get(key)
    if before is not None:
        places = [(t.start_frame, t.start_frame + region.frames) for t in before.trials]
        if not any(meets(*place, damaged, margin) for place in places):
            return before
    rng = np.random.default_rng([shared, length])
    channel, starts = _draw_places(clip, region, damaged, round(shared * shared_s * clip.rate), rng)
    trials: list[_Trial] = []
    problem = None
    for number, start in enumerate(starts):
        step = progress.part(number / len(starts), (number + 1) / len(starts))
        gap = Region(start, start + region.frames, channels=(channel,))
        try:
            trial = _run_trial(clip, gap, damaged, engine, job, step)
        except UnsoundError as error:
            # not to be trusted with the region, however good its other trials
            trials, problem = [], tr("In a trial on intact sound: {problem}", problem=error)
            break
        except RepairError:
            continue
        if trial is not None:
            trials.append(trial)
    known[key] = _Tried(tuple(trials), problem)
    return known[key]


def _draw_places(
    clip: AudioClip,
    region: Region,
    damaged: Sequence[Region],
    centre: int,
    rng: np.random.Generator,
) -> tuple[int, list[int]]:
    """Draw where intact sound is about as loud as what is around the region.

    Returns the loudest channel besides: what one engine does better in it, it does better in the
    others, and trials in one take a fraction of the time.
    """
    reach = round(NEARBY_S * clip.rate) + region.frames
    margin = round(MARGIN_S * clip.rate)
    low = max(centre - reach, margin)
    high = min(centre + reach, clip.frames - margin) - region.frames
    channels = region.channel_indices(clip.channels)
    if high <= low:
        return channels[0], []
    sound = silence_unplayable(clip.read(low, high + region.frames, channels))
    loudest = channels[int(np.argmax(np.square(sound).sum(axis=1)))]
    least = np.sqrt(np.mean(np.square(sound))) * 10 ** (-QUIET_DB / 20)
    found: list[int] = []
    for _ in range(TRIES):
        start = int(rng.integers(low, high))
        stretch = sound[:, start - low : start - low + region.frames]
        apart = all(abs(start - other) > region.frames for other in found)
        loud = float(np.sqrt(np.mean(np.square(stretch)))) > least > 0.0
        if apart and loud and not meets(start, start + region.frames, damaged, margin):
            found.append(start)
            if len(found) == TRIALS:
                break
    return loudest, found


def _run_trial(
    clip: AudioClip,
    gap: Region,
    damaged: tuple[Region, ...],
    engine: Engine,
    job: RepairJob,
    progress: Progress,
) -> _Trial | None:
    """Let an engine fill a gap in intact sound; None where that tells nothing."""
    channels = gap.channel_indices(clip.channels)
    blank = hide(clip, gap)
    candidate = repair_region(
        blank,
        gap,
        damaged,
        engine,
        context_s=job.context_s,
        strength=job.strength,
        take=job.take,
        progress=progress,
    )
    edge = round(MARGIN_S * clip.rate)
    low, high = max(gap.start_frame - edge, 0), min(gap.end_frame + edge, clip.frames)
    clean = clip.read(low, high, channels)
    made = blank.with_patch(candidate.patch).read(low, high, channels)
    where = gap.start_frame - low, gap.end_frame - low
    distance = lsd_db(clean, made, *where)
    if math.isnan(distance):
        return None
    return _Trial(
        gap.start_frame,
        snr_db(clean, made, *where),
        distance,
        candidate.source_correlation,
        level_distance_db(clean, made, *where, clip.rate),
        modulation_distance_db(clean, made, *where, clip.rate),
    )
