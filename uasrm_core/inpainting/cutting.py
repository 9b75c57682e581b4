"""Cutting a region out of its recording, with what surrounds it, for an engine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from uasrm_core.audio.clip import LOUDEST, AudioClip, Patch, Samples, silence_unplayable
from uasrm_core.audio.region import Region
from uasrm_core.audio.shape import CELL_HZ, Shape, box, top_cell
from uasrm_core.errors import RepairError
from uasrm_core.exemplars.finder import Exemplar
from uasrm_core.inpainting.channels import Rotation, find_principal_axes, rotate
from uasrm_core.inpainting.gap import Gap
from uasrm_core.inpainting.search import SearchContext
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
        sound = silence_unplayable(clip.read(self.window.low, self.window.high, self.channels))
        return rotate(sound, self.axes)[:1]


def cut_gap(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    *,
    context_s: float,
    reach_s: float = 0.0,
    in_place: bool = False,
    looks_beside: bool = False,
    strength: float = 1.0,
    take: int | None = None,
) -> CutGap:
    """Return a region as an engine is given it.

    Parameters
    ----------
    unrepaired, context_s, strength, take
        As `repair.repair_region` has them.
    reach_s, in_place, looks_beside
        As the engine has them, see `Engine`.

    Raises
    ------
    RepairError
        There is nothing to repair from; the message says why.
    """
    channels = region.channel_indices(clip.channels)
    others = () if in_place else unrepaired
    window = _place_window(clip, region, others, round(context_s * clip.rate))
    samples = clip.read(window.low, window.high, channels)
    start, end = window.start - window.low, window.end - window.low
    if not in_place:
        _check_context(clip, window, samples, channels)
    # What cannot be played cannot be reasoned about either; inside the hole it does not matter.
    sound = silence_unplayable(samples)
    known = np.concatenate([sound[:, :start], sound[:, end:]], axis=1)
    axes = np.eye(len(sound)) if in_place else find_principal_axes(known)
    shape = region.area(clip.rate).moved(-window.low) if region.is_partial else None
    damage = None if shape is None else _add_neighbours(shape, start, end, clip.rate)
    gap = Gap(
        rotate(sound, axes),
        start,
        end,
        clip.rate,
        shape=damage,
        strength=strength,
        take=take,
        search=_build_search_context(clip, window, channels, unrepaired, reach_s, axes),
        beside=_read_beside(clip, window, channels) if looks_beside else None,
    )
    return CutGap(gap, window, channels, sound, axes, shape)


def hide(clip: AudioClip, region: Region) -> AudioClip:
    """Return a recording with silence in a region, as if its sound had been lost."""
    channels = region.channel_indices(clip.channels)
    silence = np.zeros((len(channels), region.frames), dtype=np.float32)
    return clip.with_patch(Patch(region.start_frame, channels, silence))


def find_best_exemplar(
    clip: AudioClip,
    region: Region,
    unrepaired: tuple[Region, ...],
    reach_s: float,
    progress: Progress,
) -> Exemplar | None:
    """Return the exemplar within a reach whose surroundings fit those of a region best."""
    channels = region.channel_indices(clip.channels)
    window = _place_window(clip, region, unrepaired, 0)
    search = _build_search_context(
        clip, window, channels, unrepaired, reach_s, np.eye(len(channels))
    )
    found = search.find_exemplars(1, progress) if search is not None else []
    return found[0] if found else None


def _place_window(
    clip: AudioClip, region: Region, unrepaired: tuple[Region, ...], context: int
) -> Window:
    """Choose the frames to look at: the hole, and intact sound around it up to other damage."""
    near = round(NEIGHBOUR_S * clip.rate)
    others = [o for o in unrepaired if not o.is_partial and _has_shared_channel(o, region, clip)]
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


def _build_search_context(
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


def _read_beside(clip: AudioClip, window: Window, channels: tuple[int, ...]) -> Samples:
    """Return the channels that are not repaired in a window, ``(others, frames)``."""
    others = tuple(number for number in range(clip.channels) if number not in channels)
    return silence_unplayable(clip.read(window.low, window.high, others))


def _has_shared_channel(a: Region, b: Region, clip: AudioClip) -> bool:
    return bool(set(a.channel_indices(clip.channels)) & set(b.channel_indices(clip.channels)))


def _check_context(
    clip: AudioClip, window: Window, samples: Samples, channels: tuple[int, ...]
) -> None:
    """Refuse a window that has nothing to repair from; `samples` are the sound in it."""
    known = _cut_hole_out(samples, window, window.low)
    place = tell_place(clip, window.start)
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
    if _is_silent(known) and _is_silent(_read_pause(clip, window, channels)):
        raise RepairError(
            tr(
                "The sound around {place} is silent, so there is nothing to repair it from.",
                place=place,
            )
        )


def tell_place(clip: AudioClip, start_frame: int) -> str:
    """Return a region in words, by where it starts."""
    return tr("the region at {seconds:.3f} s", seconds=start_frame / clip.rate)


def _read_pause(clip: AudioClip, window: Window, channels: tuple[int, ...]) -> Samples:
    """Return what is further around a hole than its window may be."""
    reach = round(PAUSE_S * clip.rate)
    low, high = max(window.start - reach, 0), min(window.end + reach, clip.frames)
    return _cut_hole_out(silence_unplayable(clip.read(low, high, channels)), window, low)


def _cut_hole_out(samples: Samples, window: Window, low: int) -> Samples:
    before, after = samples[:, : window.start - low], samples[:, window.end - low :]
    return np.concatenate([before, after], axis=1)


def _is_silent(samples: Samples) -> bool:
    return float(np.max(np.abs(samples), initial=0.0)) < SILENCE


def _add_neighbours(shape: Shape, start: int, end: int, rate: int) -> Shape:
    """Return a region's shape together with the damage beside it that belongs to the same hole."""
    top_hz = top_cell(rate) * CELL_HZ
    before = box(start, shape.start_frame, 0.0, top_hz)
    after = box(shape.end_frame, end, 0.0, top_hz)
    return union(union(shape, before), after)
