"""Trials: what each engine makes of gaps in intact sound, as long as the region and near it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from uasrm_core.audio.clip import AudioClip, AudioSource, silence_unplayable
from uasrm_core.audio.region import Region, meets
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.cutting import hide
from uasrm_core.inpainting.engine import Engine
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.mix import trial_score
from uasrm_core.inpainting.repair import repair_region
from uasrm_core.inpainting.sanity import UnsoundError
from uasrm_core.metrics.bands import level_distance_db, modulation_distance_db
from uasrm_core.metrics.distances import lsd_db, snr_db
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

# What the order by trials earns against the network always first, in 72 gaps of 30 to 300 ms in
# speech and music of the training part: 0.22 dB of SNR, for 0.03 of LSD (`tools/measure_rules.py
# RECORDING… --order`). Decision 012 has why there are four trials, and where they are cut.
TRIALS = 4
# They are cut within so much of the region; regions that lie near one another share them.
NEARBY_S = 8.0
SHARED_S = 4.0
# Lengths that differ by less share their trials.
LENGTH_STEP = 1.25
# Shorter gaps share them with more, and with those twice as far away: which engine does best there
# hardly depends on either.
SHORT_S = 0.1
SHORT_LENGTH_STEP, SHORT_SHARED_S = 1.6, 8.0
MARGIN_S = 0.05
# They are not cut where the sound is so much quieter than around the region.
QUIET_DB = 20.0
TRIES = 60


@dataclass(frozen=True)
class Trial:
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
class Tried:
    """The trials of one engine, and what went wrong where its answers were no sound."""

    trials: tuple[Trial, ...]
    problem: str | None = None


_Key = tuple[object, ...]
_trials: WeakKeyDictionary[AudioSource, dict[_Key, Tried]] = WeakKeyDictionary()


def try_engine(
    clip: AudioClip, region: Region, job: RepairJob, engine: Engine, progress: Progress
) -> Tried:
    """Return the trials of an engine near a region, made now or for another region before.

    Gaps as long as the region are cut where nothing is damaged, the engine fills them, and what
    comes back is measured.
    """
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
    trials: list[Trial] = []
    problem = None
    for number, start in enumerate(starts):
        step = progress.part(number / len(starts), (number + 1) / len(starts))
        gap = Region(start, start + region.frames, channels=(channel,))
        try:
            trial = run_trial(clip, gap, damaged, engine, job, step)
        except UnsoundError as error:
            # not to be trusted with the region, however good its other trials
            trials, problem = [], tr("In a trial on intact sound: {problem}", problem=error)
            break
        except RepairError:
            continue
        if trial is not None:
            trials.append(trial)
    known[key] = Tried(tuple(trials), problem)
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


def run_trial(
    clip: AudioClip,
    gap: Region,
    damaged: tuple[Region, ...],
    engine: Engine,
    job: RepairJob,
    progress: Progress,
) -> Trial | None:
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
    return Trial(
        gap.start_frame,
        snr_db(clean, made, *where),
        distance,
        candidate.source_correlation,
        level_distance_db(clean, made, *where, clip.rate),
        modulation_distance_db(clean, made, *where, clip.rate),
    )


def score_trials(trials: Sequence[Trial]) -> float:
    """Return the score of an engine's trials, lower is better (see `mix.trial_score`)."""
    if not trials:
        return math.inf
    names = ("snr_db", "lsd_db", "level_db", "modulation_db")
    means = [float(np.mean([getattr(trial, name) for trial in trials])) for name in names]
    return trial_score(*means)
