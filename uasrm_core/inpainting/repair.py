"""Repairing one region with one engine: cut, condition, fill, check, splice."""

from __future__ import annotations

import time

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.region import Region
from uasrm_core.inpainting.channels import rotate_back
from uasrm_core.inpainting.condition import condition
from uasrm_core.inpainting.cutting import CutGap, cut_gap, tell_place
from uasrm_core.inpainting.engine import Engine, Guess
from uasrm_core.inpainting.job import Candidate
from uasrm_core.inpainting.sanity import check_repair, fill_checked
from uasrm_core.inpainting.splice import crossfade_frames, splice
from uasrm_core.progress import Progress


def repair_region(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    engine: Engine,
    *,
    context_s: float | None,
    strength: float,
    take: int | None,
    progress: Progress,
) -> Candidate:
    """Return how an engine repairs a region.

    Parameters
    ----------
    unrepaired
        Other damage, which is not to be trusted.
    context_s
        Seconds of surroundings on each side, or None for the engine's own choice.

    Raises
    ------
    RepairError
        The engine cannot, there is nothing to repair from, or what the engine returns is not
        finite or far too loud; the message says why.
    """
    began = time.perf_counter()
    context_s = engine.context_s if context_s is None else context_s
    opened = cut_gap(
        clip,
        region,
        unrepaired,
        context_s=context_s,
        reach_s=engine.reach_s,
        in_place=engine.in_place,
        looks_beside=engine.looks_beside,
        strength=strength,
        take=take,
    )
    window, channels = opened.window, opened.channels
    place = tell_place(clip, region.start_frame)
    fill = fill_checked(engine, condition(opened.gap, progress), place, progress)
    progress.check()
    own = region.start_frame - window.low, region.end_frame - window.low
    mended = _splice_fill(opened, fill, own, clip.rate, needs_crossfade=engine.needs_crossfade)
    patch = _cut_patch(mended, window.low, own, channels, clip.rate)
    check_repair(patch.samples, float(np.max(np.abs(opened.sound))), engine, place)
    source = None if fill.source is None else window.start + fill.source
    return Candidate(
        engine.name,
        patch,
        time.perf_counter() - began,
        model=engine.model_id,
        context_s=context_s,
        strength=strength,
        take=fill.take,
        is_unchanged=_is_left_alone(clip, patch),
        is_uncovered=fill.is_uncovered,
        source_frames=None if source is None else (source, source + window.end - window.start),
        source_correlation=fill.source_correlation,
    )


def _splice_fill(
    opened: CutGap, fill: Guess, own: tuple[int, int], rate: int, *, needs_crossfade: bool
) -> Samples:
    """Return the window with an engine's guess in the region, its channels rotated back.

    Parameters
    ----------
    own
        The region within the window, which the gap may exceed by other damage.
    """
    gap = opened.gap
    is_left_alone = np.array_equal(fill.samples, gap.samples)
    filled = opened.sound if is_left_alone else rotate_back(fill.samples, opened.axes)
    is_crossed = needs_crossfade and not fill.is_continuous
    predictions = None
    if fill.predictions is not None:
        forward, backward = (rotate_back(sound, opened.axes) for sound in fill.predictions)
        predictions = forward, backward
    return splice(
        opened.sound,
        filled,
        *own,
        rate,
        opened.shape,
        # within a larger hole there is no sound at the region's edge to be joined to
        joined=(is_crossed and gap.start == own[0], is_crossed and gap.end == own[1]),
        predictions=predictions,
    )


def _is_left_alone(clip: AudioClip, patch: Patch) -> bool:
    before = clip.read(patch.start_frame, patch.end_frame, patch.channels)
    return np.array_equal(before, patch.samples)


def _cut_patch(
    mended: Samples, low: int, own: tuple[int, int], channels: tuple[int, ...], rate: int
) -> Patch:
    first = max(own[0] - crossfade_frames(rate), 0)
    last = min(own[1] + crossfade_frames(rate), mended.shape[1])
    return Patch(low + first, channels, np.ascontiguousarray(mended[:, first:last]))
