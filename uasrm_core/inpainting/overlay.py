"""What lies over a programme that still sounds, in a region of all frequencies."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np

from uasrm_core.audio.clip import AudioClip
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.condition import CONTEXT_S, REACH_S
from uasrm_core.inpainting.cutting import cut_gap
from uasrm_core.inpainting.damage import find_tones, take_off
from uasrm_core.inpainting.detone import are_tones, is_programme_under
from uasrm_core.inpainting.job import RepairJob
from uasrm_core.inpainting.noise import find_noise
from uasrm_core.progress import Progress

# Kinds of regions in which the programme may still sound.
OVERLAID_KINDS = (Kind.GAP, Kind.NOISE, Kind.COUGH)


class Overlay(Enum):
    """What lies over the programme, or may."""

    NOISE = auto()
    TONES = auto()
    # what sounds beside the tones may be wrong as well
    DOUBTFUL_TONES = auto()


def find_overlay(
    clip: AudioClip, region: Region, job: RepairJob, progress: Progress
) -> Overlay | None:
    """Return what lies over the programme in a region of all frequencies, or None.

    Where a take is asked for, all of it is wanted anew.

    Raises
    ------
    Cancelled
        The user asked to stop.
    """
    if region.is_partial or region.kind not in OVERLAID_KINDS or job.take is not None:
        return None
    if not np.any(clip.read(region.start_frame, region.end_frame)):
        return None
    damaged = (*job.regions, *job.other_damage(region))
    # only told, not filled: whether there is enough to repair from is for the engines to say
    gap = cut_gap(clip, region, damaged, context_s=CONTEXT_S, reach_s=REACH_S, in_place=True).gap
    tones = find_tones(gap, progress)
    if not are_tones(gap, tones):
        return None if find_noise(gap) is None else Overlay.NOISE
    rest = take_off(gap, tones)
    # tones, if there are many, look like noise
    if find_noise(rest) is not None:
        return Overlay.NOISE
    is_under = is_programme_under(rest, tones)
    if is_under is None:
        return None
    return Overlay.TONES if is_under else Overlay.DOUBTFUL_TONES
