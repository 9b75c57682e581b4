"""Edits in a region: gain, silence, fades, a copy from elsewhere, room tone, the original again.

Each returns a `MadeEdit`: samples for the region alone, and a note for the history and the log.
Nothing outside the region changes, bit for bit; of a band or a shape, nothing outside it that
could be heard (`uasrm_core.inpainting.splice.keep_shape`). All edges inside the recording are
crossed with the sound that was there, so that none of them clicks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples, silence_unplayable
from uasrm_core.audio.region import Region
from uasrm_core.edit.history import PUT_BACK, Edit, RepairNote
from uasrm_core.errors import RegionError
from uasrm_core.inpainting.splice import fade_weights, keep_shape
from uasrm_core.processing.ambience import find_room_tone, lay_out
from uasrm_core.processing.settings import EditSettings
from uasrm_core.translation import tr

# At each edge of a region an edit takes over so slowly; of a short region a share of its length.
EDGE_S = 0.005
EDGE_SHARE = 0.25
# How much sound around a band's or shape's region the filter sees.
FILTER_S = 0.1
MOST_GAIN_DB = 60.0
LONGEST_S = 600.0


@dataclass(frozen=True, eq=False)
class MadeEdit:
    """What an edit makes of a region.

    Attributes
    ----------
    label
        What was done, in the user's words.
    """

    label: str
    patch: Patch
    note: RepairNote

    def step(self) -> Edit:
        """Return it as a step of a history."""
        return Edit(self.label, patches=(self.patch,), repairs=(self.note,))


def make_edit(clip: AudioClip, region: Region, settings: EditSettings) -> MadeEdit:
    """Make the edit that is asked for.

    Raises
    ------
    RegionError
        It cannot be made there; the message says why.
    """
    source = settings.source_frames
    if settings.name == "gain":
        return change_gain(clip, region, settings.gain_db)
    if settings.name == "silence":
        return silence(clip, region)
    if settings.name == "ambience":
        return fill_ambience(clip, region, source)
    if settings.name == "clone":
        if source is None:
            raise RegionError(tr("Say where in the recording the copy is to come from."))
        return clone(clip, region, source[0])
    if settings.name == PUT_BACK:
        return put_back(clip, region)
    return fade(clip, region, fades_in=settings.name == "fade-in")


def change_gain(clip: AudioClip, region: Region, gain_db: float) -> MadeEdit:
    """Make a region, or its band or shape, louder or quieter.

    Raises
    ------
    RegionError
        The region does not lie in the recording, is too long, or the gain is no sensible number.
    """
    if not abs(gain_db) <= MOST_GAIN_DB:
        raise RegionError(
            tr("A gain lies between −{most:.0f} and {most:.0f} dB.", most=MOST_GAIN_DB)
        )
    window = _open_window(clip, region)
    changed = window.sound * np.float32(10 ** (gain_db / 20))
    label = tr("Gain {gain_db:+.1f} dB", gain_db=gain_db)
    return _build_edit(clip, window, changed, label, "gain")


def silence(clip: AudioClip, region: Region) -> MadeEdit:
    """Take all sound out of a region, or out of its band or shape; errors as `change_gain`."""
    window = _open_window(clip, region)
    return _build_edit(clip, window, np.zeros_like(window.sound), tr("Silence"), "silence")


def fade(clip: AudioClip, region: Region, *, fades_in: bool) -> MadeEdit:
    """Fade a region in from silence, or out to it, along a squared cosine.

    The region's silent end is where the fade begins or ends, so nothing is crossed there.

    Raises
    ------
    RegionError
        As `change_gain`; besides, a band or a shape is not faded.
    """
    if region.is_partial:
        raise RegionError(tr("A fade is for all frequencies; choose a stretch of time."))
    window = _open_window(clip, region)
    rise = np.sin((np.arange(window.frames) + 0.5) / window.frames * (np.pi / 2)) ** 2
    curve = (rise if fades_in else rise[::-1]).astype(np.float32)
    faded = window.sound[:, window.own] * curve
    label = tr("Fade In") if fades_in else tr("Fade Out")
    return _note(clip, window, faded, label, "fade-in" if fades_in else "fade-out")


def clone(clip: AudioClip, region: Region, source_start_frame: int) -> MadeEdit:
    """Copy what lies at another time, in the same band or shape, over a region.

    Parameters
    ----------
    source_start_frame
        The frame whose sound comes to the region's start.

    Raises
    ------
    RegionError
        As `change_gain`; besides, the source reaches beyond the recording, or is the region.
    """
    region = region.fit_to(clip.info)
    last = source_start_frame + region.frames
    if source_start_frame < 0 or last > clip.frames:
        raise RegionError(tr("What is to be copied reaches beyond the recording."))
    if source_start_frame == region.start_frame:
        raise RegionError(tr("What is to be copied is the region itself."))
    window = _open_window(clip, region)
    away = source_start_frame - region.start_frame
    copied = clip.read_padded(window.low + away, window.high + away, window.channels)
    label = tr("Copy from {seconds:.3f} s", seconds=source_start_frame / clip.rate)
    source = source_start_frame, last
    return _build_edit(clip, window, silence_unplayable(copied), label, "clone", source)


def fill_ambience(
    clip: AudioClip, region: Region, source: tuple[int, int] | None = None
) -> MadeEdit:
    """Fill a region, or its band or shape, with room tone from elsewhere.

    Parameters
    ----------
    source
        Frames of room tone, half-open, or None for the quietest stretch nearby.

    Raises
    ------
    RegionError
        As `change_gain`; besides, the source is too short, or there is no room tone nearby.
    """
    window = _open_window(clip, region)
    if source is None:
        source = find_room_tone(clip, window.region, window.channels)
    first, last = source
    if not 0 <= first < last <= clip.frames:
        raise RegionError(tr("The room tone does not lie in the recording."))
    tone = silence_unplayable(clip.read(first, last, window.channels))
    rng = np.random.default_rng([window.region.start_frame, first])
    laid = lay_out(tone, window.high - window.low, clip.rate, rng)
    label = tr("Room tone from {seconds:.3f} s", seconds=first / clip.rate)
    return _build_edit(clip, window, laid, label, "ambience", source)


def put_back(clip: AudioClip, region: Region) -> MadeEdit:
    """Put the original back into a region, or into its band or shape.

    Of a region of all frequencies the samples inside the crossfades are the original's, bit for
    bit; where nothing was changed nothing changes.

    Raises
    ------
    RegionError
        As `change_gain`; besides, nothing in the region differs from the original.
    """
    window = _open_window(clip, region)
    original = clip.with_patches(()).read(window.low, window.high, window.channels)
    if np.array_equal(original[:, window.own], window.sound[:, window.own], equal_nan=True):
        raise RegionError(tr("There is nothing to put back: this is the original."))
    return _build_edit(
        clip, window, silence_unplayable(original), tr("Put Back the Original"), PUT_BACK
    )


@dataclass(frozen=True, eq=False)
class _Window:
    """A region with what surrounds it; `sound` is ``(channels, high - low)``."""

    region: Region
    channels: tuple[int, ...]
    low: int
    high: int
    sound: Samples

    @property
    def frames(self) -> int:
        return self.region.frames

    @property
    def own(self) -> slice:
        start = self.region.start_frame - self.low
        return slice(start, start + self.frames)


def _open_window(clip: AudioClip, region: Region) -> _Window:
    region = region.fit_to(clip.info, may_be_all=True)
    if region.frames > LONGEST_S * clip.rate:
        raise RegionError(
            tr("An edit takes at most {minutes:.0f} minutes.", minutes=LONGEST_S / 60)
        )
    around = round(FILTER_S * clip.rate) if region.is_partial else 0
    low = max(region.start_frame - around, 0)
    high = min(region.end_frame + around, clip.frames)
    channels = region.channel_indices(clip.channels)
    return _Window(region, channels, low, high, silence_unplayable(clip.read(low, high, channels)))


def _build_edit(
    clip: AudioClip,
    window: _Window,
    changed: Samples,
    label: str,
    name: str,
    source: tuple[int, int] | None = None,
) -> MadeEdit:
    """Let the changed window in: in the region only, and of a band or shape only that."""
    change = changed - window.sound
    if window.region.is_partial:
        shape = window.region.area(clip.rate).moved(-window.low)
        change = keep_shape(change, shape, clip.rate)
    weights = _compute_weights(clip, window)
    new = window.sound + change * weights
    if not window.region.is_partial:
        # the sum is rounded; inside, an edit is exactly what it says
        new = np.where(weights == 1.0, changed, new)
    return _note(clip, window, new[:, window.own], label, name, source)


def _compute_weights(clip: AudioClip, window: _Window) -> Samples:
    """Return how much of an edit is let in at each frame of its window."""
    ramp = round(min(EDGE_S * clip.rate, EDGE_SHARE * window.frames))
    start, end = window.own.start, window.own.stop
    weights = fade_weights(window.high - window.low, start + ramp, end - ramp, ramp)
    # at an end of the recording there is nothing to be joined to
    if window.region.start_frame == 0:
        weights[start : start + ramp] = 1.0
    if window.region.end_frame == clip.frames:
        weights[end - ramp : end] = 1.0
    return weights


def _note(
    clip: AudioClip,
    window: _Window,
    new: Samples,
    label: str,
    name: str,
    source: tuple[int, int] | None = None,
) -> MadeEdit:
    region = window.region
    samples = np.ascontiguousarray(new, dtype=np.float32)
    patch = Patch(region.start_frame, window.channels, samples)
    where = tr(
        "{what}, {start:.3f}–{end:.3f} s",
        what=label,
        start=region.start_frame / clip.rate,
        end=region.end_frame / clip.rate,
    )
    return MadeEdit(where, patch, RepairNote(region, name, source_frames=source))
