"""Repairing one region with one engine: a window is cut, the engine fills it, it is let in."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from uasrm_core.audio.clip import LOUDEST, AudioClip, Patch, Samples, playable
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import CELL_HZ, Shape, box, top_cell
from uasrm_core.errors import RepairError
from uasrm_core.exemplars.finder import Exemplar
from uasrm_core.inpainting.channels import Rotation, principal_axes, rotate, rotate_back
from uasrm_core.inpainting.gap import Engine, Gap
from uasrm_core.inpainting.job import Candidate
from uasrm_core.inpainting.sanity import check_repair, fill_checked
from uasrm_core.inpainting.search import SearchContext
from uasrm_core.inpainting.splice import crossfade_frames, splice
from uasrm_core.progress import Progress
from uasrm_core.select.combine import union
from uasrm_core.translation import tr

# Damage this close to a region is part of the same hole.
NEIGHBOUR_S = 0.005
LEAST_CONTEXT_S = 0.010
# Sound below this is silence, whatever its format's last bit does.
SILENCE = 10 ** (-100 / 20)
# Where something sounds so near, silence around a region is a pause, and so is what goes in.
PAUSE_S = 1.0


@dataclass(frozen=True)
class Window:
    """Frames of the recording that a repair looks at, and the hole in them."""

    low: int
    start: int
    end: int
    high: int


@dataclass(frozen=True, eq=False)
class CutGap:
    """A region cut out for an engine, with what it takes to let the answer in.

    Attributes
    ----------
    channels
        The channels that are repaired.
    sound
        float32 ``(channels, frames)``: the window before its channels were turned.
    axes
        How they were turned.
    shape
        The region's own part of the window where it is not damaged throughout.
    """

    gap: Gap
    window: Window
    channels: tuple[int, ...]
    sound: Samples
    axes: Rotation
    shape: Shape | None

    def loudest(self) -> Gap:
        """Return the gap in its loudest axis alone."""
        assert self.gap.search is not None
        search = replace(self.gap.search, axes=self.axes[:1])
        return replace(self.gap, samples=self.gap.samples[:1], search=search)

    def read_axis(self, clip: AudioClip) -> Samples:
        """Return another state of the recording in the window and that axis, ``(1, frames)``."""
        sound = playable(clip.read(self.window.low, self.window.high, self.channels))
        return rotate(sound, self.axes)[:1]


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
        strength=strength,
        take=take,
    )
    window, channels = opened.window, opened.channels
    place = _place(clip, region.start_frame)
    fill = fill_checked(engine, opened.gap, place, progress)
    filled = rotate_back(fill.samples, opened.axes)
    progress.check()
    own = region.start_frame - window.low, region.end_frame - window.low
    # within a larger hole there is no sound at the region's edge to be joined to
    needs_crossfade = engine.needs_crossfade and not fill.is_continuous
    joined = (
        needs_crossfade and window.start == region.start_frame,
        needs_crossfade and window.end == region.end_frame,
    )
    predictions = None
    if fill.predictions is not None:
        forward, backward = (rotate_back(sound, opened.axes) for sound in fill.predictions)
        predictions = forward, backward
    mended = splice(
        opened.sound,
        filled,
        *own,
        clip.rate,
        opened.shape,
        joined=joined,
        predictions=predictions,
    )
    patch = _patch(mended, window.low, own, channels, clip.rate)
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
        source_frames=None if source is None else (source, source + window.end - window.start),
        source_correlation=fill.source_correlation,
    )


def cut_gap(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    *,
    context_s: float,
    reach_s: float = 0.0,
    in_place: bool = False,
    strength: float = 1.0,
    take: int | None = None,
) -> CutGap:
    """Return a region as an engine is given it.

    Parameters
    ----------
    unrepaired, context_s, strength, take
        As `repair_region` has them.
    reach_s, in_place
        As the engine has them, see `Engine`.

    Raises
    ------
    RepairError
        There is nothing to repair from; the message says why.
    """
    channels = region.channel_indices(clip.channels)
    others = () if in_place else unrepaired
    window = _window(clip, region, others, round(context_s * clip.rate))
    samples = clip.read(window.low, window.high, channels)
    start, end = window.start - window.low, window.end - window.low
    if not in_place:
        _check_context(clip, window, samples, channels)
    # What cannot be played cannot be reasoned about either; inside the hole it does not matter.
    sound = playable(samples)
    known = np.concatenate([sound[:, :start], sound[:, end:]], axis=1)
    axes = np.eye(len(sound)) if in_place else principal_axes(known)
    shape = region.area(clip.rate).moved(-window.low) if region.is_partial else None
    damage = None if shape is None else _with_neighbours(shape, start, end, clip.rate)
    gap = Gap(
        rotate(sound, axes),
        start,
        end,
        clip.rate,
        shape=damage,
        strength=strength,
        take=take,
        search=_search_context(clip, window, channels, unrepaired, reach_s, axes),
    )
    return CutGap(gap, window, channels, sound, axes, shape)


def hide(clip: AudioClip, region: Region) -> AudioClip:
    """Return a recording with silence in a region, as if its sound had been lost."""
    channels = region.channel_indices(clip.channels)
    silence = np.zeros((len(channels), region.frames), dtype=np.float32)
    return clip.with_patch(Patch(region.start_frame, channels, silence))


def best_exemplar(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    reach_s: float,
    progress: Progress,
) -> Exemplar | None:
    """Return the passage within a reach whose surroundings fit those of a region best."""
    channels = region.channel_indices(clip.channels)
    window = _window(clip, region, unrepaired, 0)
    search = _search_context(clip, window, channels, unrepaired, reach_s, np.eye(len(channels)))
    found = search.find_exemplars(1, progress) if search is not None else []
    return found[0] if found else None


def _window(
    clip: AudioClip, region: Region, unrepaired: tuple[Region, ...], context: int
) -> Window:
    """Choose the frames to look at: the hole, and intact sound around it up to other damage."""
    near = round(NEIGHBOUR_S * clip.rate)
    others = [o for o in unrepaired if not o.is_partial and _share_channel(o, region, clip)]
    start, end = region.start_frame, region.end_frame
    while True:
        touching = [o for o in others if o.start_frame < end + near and o.end_frame > start - near]
        if not touching:
            break
        start = min(start, *(o.start_frame for o in touching))
        end = max(end, *(o.end_frame for o in touching))
        others = [o for o in others if o not in touching]
    low = max([0, start - context, *(o.end_frame for o in others if o.end_frame <= start)])
    high = min(
        [clip.frames, end + context, *(o.start_frame for o in others if o.start_frame >= end)]
    )
    return Window(low, start, end, high)


def _search_context(
    clip: AudioClip,
    window: Window,
    channels: tuple[int, ...],
    unrepaired: tuple[Region, ...],
    reach_s: float,
    axes: Rotation,
) -> SearchContext | None:
    """Return what an engine searches, and note what of it is damaged."""
    if reach_s <= 0:
        return None
    lost = [(window.start, window.end)]
    lost += [
        (other.start_frame, other.end_frame)
        for other in unrepaired
        if set(other.channel_indices(clip.channels)) & set(channels)
    ]
    reach = round(reach_s * clip.rate)
    return SearchContext(clip, channels, axes, window.start, window.end, reach, tuple(lost))


def _share_channel(a: Region, b: Region, clip: AudioClip) -> bool:
    return bool(set(a.channel_indices(clip.channels)) & set(b.channel_indices(clip.channels)))


def _check_context(
    clip: AudioClip, window: Window, samples: Samples, channels: tuple[int, ...]
) -> None:
    """Refuse a window that has nothing to repair from; `samples` are the sound in it."""
    known = _without_hole(samples, window, window.low)
    place = _place(clip, window.start)
    if known.shape[1] < LEAST_CONTEXT_S * clip.rate:
        raise RepairError(
            tr(
                "There is too little intact sound around {place} ({milliseconds:.1f} ms) to "
                "repair it from.",
                place=place,
                milliseconds=known.shape[1] / clip.rate * 1000,
            )
        )
    if not np.isfinite(known).all():
        raise RepairError(
            tr(
                "The sound around {place} holds values that are not numbers, so nothing can be "
                "repaired from it.",
                place=place,
            )
        )
    if float(np.max(np.abs(known), initial=0.0)) > LOUDEST:
        raise RepairError(
            tr(
                "The sound around {place} is more than {decibels} dB over full scale, so nothing "
                "can be repaired from it.",
                place=place,
                decibels=round(20 * np.log10(LOUDEST)),
            )
        )
    if _is_silent(known) and _is_silent(_pause(clip, window, channels)):
        raise RepairError(
            tr(
                "The sound around {place} is silent, so there is nothing to repair it from.",
                place=place,
            )
        )


def _place(clip: AudioClip, start_frame: int) -> str:
    return tr("the region at {seconds:.3f} s", seconds=start_frame / clip.rate)


def _pause(clip: AudioClip, window: Window, channels: tuple[int, ...]) -> Samples:
    """Return what is further around a hole than its window may be."""
    reach = round(PAUSE_S * clip.rate)
    low, high = max(window.start - reach, 0), min(window.end + reach, clip.frames)
    return _without_hole(playable(clip.read(low, high, channels)), window, low)


def _without_hole(samples: Samples, window: Window, low: int) -> Samples:
    before, after = samples[:, : window.start - low], samples[:, window.end - low :]
    return np.concatenate([before, after], axis=1)


def _is_silent(samples: Samples) -> bool:
    return float(np.max(np.abs(samples), initial=0.0)) < SILENCE


def _with_neighbours(shape: Shape, start: int, end: int, rate: int) -> Shape:
    """Return a region's shape together with the damage beside it that belongs to the same hole."""
    top_hz = top_cell(rate) * CELL_HZ
    before = box(start, shape.start_frame, 0.0, top_hz)
    after = box(shape.end_frame, end, 0.0, top_hz)
    return union(union(shape, before), after)


def _patch(
    mended: Samples, low: int, own: tuple[int, int], channels: tuple[int, ...], rate: int
) -> Patch:
    first = max(own[0] - crossfade_frames(rate), 0)
    last = min(own[1] + crossfade_frames(rate), mended.shape[1])
    return Patch(low + first, channels, np.ascontiguousarray(mended[:, first:last]))
