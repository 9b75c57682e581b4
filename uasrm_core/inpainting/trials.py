"""Trials: what each engine makes of gaps in intact sound, about as long as a region and near it."""

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

# What the order by trials earns against the network always first, in 48 gaps of 150 and 300 ms in
# speech and music of the training part: 0.08 dB of LSD and 0.022 of zimtohrli, for 0.17 dB of SNR
# (`tools/measure_rules.py RECORDING… --order`). Decision 012 has why there are four trials, and
# where they are cut.
TRIALS = 4
# They end with so many if one engine was the best in each: 2.4 trials on average, and the same
# choice in all of those gaps (same command, decision 056).
AGREEING = 2
# They are cut within so much of the region; regions that lie near one another share them.
NEARBY_S = 8.0
SHARED_S = 4.0
# Lengths share their trials within such a step, in whose middle the gaps of the trials are.
LENGTH_STEP, STEPS_FROM_S = 1.25, 0.1
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


@dataclass(frozen=True, eq=False)
class HiddenGap:
    """A gap in intact sound, for engines to fill.

    Attributes
    ----------
    clip
        The recording with the sound in the gap, by which fills are measured.
    gap
        What is hidden from the engines.
    damaged
        Damage elsewhere, which is not to be trusted.
    """

    clip: AudioClip
    gap: Region
    damaged: tuple[Region, ...]


# A trial, None where it told nothing, or why what came back was no sound.
_Result = Trial | str | None
# By gap, engine and settings, of every recording that is open.
_made: WeakKeyDictionary[AudioSource, dict[tuple[object, ...], _Result]] = WeakKeyDictionary()


def try_engines(
    clip: AudioClip,
    region: Region,
    job: RepairJob,
    engines: Sequence[Engine],
    biases: Sequence[float],
    progress: Progress,
) -> list[Tried]:
    """Return the trials of each engine near a region, made now or for another region before.

    Gaps about as long as the region are cut where nothing is damaged, one after the other, the
    engines fill them, and what comes back is measured. Unless the engines are to be compared, no
    more are cut once it is clear which is the best.

    Parameters
    ----------
    biases
        What is added to the score of each engine.
    """
    damaged = (*job.regions, *job.other_damage(region), region)
    gaps = _draw_gaps(clip, region, damaged)
    rows: list[list[_Result]] = []
    for number, gap in enumerate(gaps):
        step = progress.part(number / len(gaps), (number + 1) / len(gaps))
        step.report(0.0, tr("Trying the methods on sound nearby"))
        hidden = HiddenGap(clip, gap, damaged)
        rows.append([_find_trial(hidden, engine, job, step) for engine in engines])
        if not job.compare and _is_clear(rows, biases):
            break
    return [_collect([row[which] for row in rows]) for which in range(len(engines))]


def _find_trial(hidden: HiddenGap, engine: Engine, job: RepairJob, progress: Progress) -> _Result:
    """Return what came of a trial, which is run unless it was before."""
    made = _made.setdefault(hidden.clip.source, {})
    key = (hidden.gap, engine.name, engine.model_id, job.model, job.context_s, job.take)
    if key not in made:
        try:
            made[key] = run_trial(hidden, engine, job, progress)
        except UnsoundError as error:
            made[key] = str(error)
        except RepairError:
            made[key] = None
    return made[key]


def _is_clear(rows: Sequence[Sequence[_Result]], biases: Sequence[float]) -> bool:
    """Return whether one engine was the best in all trials that told anything; two at least."""
    best = []
    for row in rows:
        scores = [
            score_trials((trial,)) + bias if isinstance(trial, Trial) else math.inf
            for trial, bias in zip(row, biases, strict=True)
        ]
        if min(scores) < math.inf:
            best.append(scores.index(min(scores)))
    return len(best) >= AGREEING and len(set(best)) == 1


def _collect(made: Sequence[_Result]) -> Tried:
    """Return the trials of one engine; none where it is not to be trusted with the region."""
    for problem in made:
        if isinstance(problem, str):
            return Tried((), tr("In a trial on intact sound: {problem}", problem=problem))
    return Tried(tuple(trial for trial in made if isinstance(trial, Trial)))


def _choose_length(frames: int, rate: int) -> int:
    """Return how long the gaps of trials for a region are, the same for all of a step."""
    first = STEPS_FROM_S * rate
    middle = math.floor(math.log(frames / first, LENGTH_STEP)) + 0.5
    return round(first * math.pow(LENGTH_STEP, middle))


def _draw_gaps(clip: AudioClip, region: Region, damaged: Sequence[Region]) -> list[Region]:
    """Draw where intact sound is about as loud as what is around a region.

    They are the same for regions that lie near one another, unless the damage is not. They are in
    the loudest channel: what one engine does better in it, it does better in the others, and trials
    in one take a fraction of the time.
    """
    frames = _choose_length(region.frames, clip.rate)
    shared = round((region.start_frame + region.end_frame) / 2 / (SHARED_S * clip.rate))
    rng = np.random.default_rng([shared, frames])
    centre, reach = round(shared * SHARED_S * clip.rate), round(NEARBY_S * clip.rate) + frames
    margin = round(MARGIN_S * clip.rate)
    low = max(centre - reach, margin)
    high = min(centre + reach, clip.frames - margin) - frames
    if high <= low:
        return []
    channels = region.channel_indices(clip.channels)
    sound = silence_unplayable(clip.read(low, high + frames, channels))
    loudest = channels[int(np.argmax(np.square(sound).sum(axis=1)))]
    least = np.sqrt(np.mean(np.square(sound))) * 10 ** (-QUIET_DB / 20)
    found: list[Region] = []
    for _ in range(TRIES):
        start = int(rng.integers(low, high))
        stretch = sound[:, start - low : start - low + frames]
        apart = all(abs(start - other.start_frame) > frames for other in found)
        loud = float(np.sqrt(np.mean(np.square(stretch)))) > least > 0.0
        if apart and loud and not meets(start, start + frames, damaged, margin):
            found.append(Region(start, start + frames, channels=(loudest,)))
            if len(found) == TRIALS:
                break
    return found


def run_trial(
    hidden: HiddenGap, engine: Engine, job: RepairJob, progress: Progress
) -> Trial | None:
    """Let an engine fill a hidden gap, and measure it; None where that tells nothing.

    Raises
    ------
    RepairError
        The engine cannot fill the gap.
    UnsoundError
        What came back is no sound.
    """
    clip, gap = hidden.clip, hidden.gap
    channels = gap.channel_indices(clip.channels)
    blank = hide(clip, gap)
    candidate = repair_region(
        blank,
        gap,
        hidden.damaged,
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
