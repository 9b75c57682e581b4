"""The engine for sound that fell: what is left of it is brought back to its level."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy import fft, ndimage

from uasrm_core.audio.clip import AudioClip, Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.errors import RepairError
from uasrm_core.inpainting.condition import Conditioning, condition
from uasrm_core.inpainting.cutting import cut_gap
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.gap import Gap, sounding_channels
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.interpolation.ar import Vector
from uasrm_core.interpolation.gain import Attenuation, measure_attenuation
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

CONTEXT_S, REACH_S = 0.25, 0.01
# Longer falls are a matter of the mix, and so is what is not a region of these kinds.
LONGEST_S = 1.0
FALLEN_KINDS = (Kind.GAP, Kind.DROPOUT)
# Steps of the formats that are told from others, and the share of the samples that lie on them.
STEPS = tuple(2.0 ** (1 - bits) for bits in (8, 16, 24))
ON_STEPS = 0.9
# Powers are smoothed over so many bins of the gap's own spectrum, or no fewer than a share of them.
SMOOTH_BINS, SMOOTH_SHARE = 5, 0.02
NOTHING = 1e-20


class RaisingEngine(Engine):
    """Divides sound that was turned down by its measured gain, and fills what rounding took."""

    name = "raise"
    context_s = CONTEXT_S
    reach_s = REACH_S

    def fill(self, known: Conditioning, progress: Progress) -> Guess:
        """Return the window with the sound raised; see `Engine.fill`.

        Raises
        ------
        RepairError
            The sound around does not go on in the gap, turned down.
        """
        gap = known.gap
        progress.report(0.1)
        found = _measure_fall(gap) if gap.shape is None and gap.duration_s <= LONGEST_S else None
        if found is None:
            raise RepairError(
                tr(
                    "The sound around the region does not go on in it, turned down, so there is "
                    "nothing to raise; choose another engine."
                )
            )
        progress.check()
        return Guess(_raise_sound(gap, found, progress), is_continuous=True)


def is_turned_down(clip: AudioClip, region: Region, job: RepairJob) -> bool:
    """Return whether the sound around a region goes on in it, turned down, so that it is raised."""
    is_wanted = region.kind in FALLEN_KINDS and not region.is_partial and job.take is None
    if not is_wanted or region.frames > LONGEST_S * clip.rate:
        return False
    # those that are shorter have been repaired
    longer = [each for each in job.regions if each.frames >= region.frames and each != region]
    damaged = (*longer, *job.other_damage(region))
    try:
        gap = cut_gap(clip, region, damaged, context_s=CONTEXT_S, reach_s=REACH_S).gap
    except RepairError:
        return False
    return _measure_fall(gap) is not None


def _measure_fall(gap: Gap) -> Attenuation | None:
    loudest = gap.samples[0].astype(np.float64).tobytes()
    return _measure_once(loudest, gap.start, gap.end, gap.rate, _measure_rounding(gap))


# who asks whether a sound can be raised raises it next
@lru_cache(maxsize=4)
def _measure_once(
    row: bytes, start: int, end: int, rate: int, rounding: float
) -> Attenuation | None:
    return measure_attenuation(np.frombuffer(row), start, end, rate, rounding)


def _measure_rounding(gap: Gap) -> float:
    """Return the power of what rounding added, if the samples in a gap lie on steps."""
    assert gap.search is not None
    search = gap.search
    sound = search.clip.read(search.start, search.end, search.channels).astype(np.float64)
    for step in STEPS:
        if np.mean(sound / step == np.round(sound / step)) >= ON_STEPS:
            return step**2 / 12.0
    return NOTHING


def _raise_sound(gap: Gap, found: Attenuation, progress: Progress) -> Samples:
    """Return `Gap.samples` with the sound raised where it is nearer than a fill.

    A fill's error is what it differs by from the raised sound, less the raised sound's own, which
    is known: rounding, raised with the sound, and what the gain may be off by. At each frequency
    both are weighed by the power of their errors.
    """
    own = replace(gap, start=found.start, end=found.end)
    known = condition(own, progress)
    made = gap.samples.copy()
    noise = _measure_rounding(gap) * float(np.mean(np.square(1.0 / found.gains)))
    for channel in sounding_channels(own):
        inside = slice(found.start, found.end)
        raised = gap.samples[channel, inside] / found.gains
        fill = known.best_fill(channel).astype(np.float64)
        weights = _weigh_bins(raised, fill, noise, found.error)
        made[channel, inside] = fill + _filter_bins(raised - fill, weights)
    return made


def _weigh_bins(raised: Vector, fill: Vector, noise: float, error: float) -> Vector:
    """Return the weight of the raised sound in each bin, ``(frames + 1,)``."""
    frames = len(raised)
    shape = np.hanning(frames + 2)[1:-1]
    # of white noise of power 1 a bin has that of the window
    scale = float(np.sum(np.square(shape)))
    smooth = max(SMOOTH_BINS, round(SMOOTH_SHARE * frames)) | 1
    powers = [
        ndimage.uniform_filter1d(np.square(np.abs(fft.rfft(sound * shape, 2 * frames))), 2 * smooth)
        for sound in (raised, raised - fill)
    ]
    own = noise * scale + error * powers[0]
    return np.asarray(np.clip(1.0 - own / (powers[1] + NOTHING), 0.0, 1.0))


def _filter_bins(sound: Vector, weights: Vector) -> Vector:
    """Return a sound that is nothing at its ends with each bin weighed, without a delay."""
    frames = len(sound)
    return np.asarray(fft.irfft(fft.rfft(sound, 2 * frames) * weights, 2 * frames)[:frames])
