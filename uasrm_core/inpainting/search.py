"""The search for exemplars around a gap, with cached features."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from uasrm_core.audio.clip import AudioClip, AudioSource, Patch, Samples, silence_unplayable
from uasrm_core.exemplars.features import Features, hop_frames, margin_frames, measure_features
from uasrm_core.exemplars.finder import Exemplar, ExemplarFinder, Spans
from uasrm_core.inpainting.channels import Rotation, rotate
from uasrm_core.progress import Progress

# Features are made for so many hops together: a whole number of decimated frames at any rate.
PART_HOPS = 1024
# Of all recordings: 40 minutes in one channel, 22 in two.
MOST_BYTES = 128 * 2**20
# A repair longer than this is not copied from: what is made up stays one of its kind.
COPIED_REPAIR_S = 0.02

# A stretch of channels, and what of the patches lies over it.
_Key = tuple[tuple[int, ...], int, tuple[Patch, ...]]


class _Kept:
    """Features by stretch, those asked for last; safe to use from several threads."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[AudioSource, OrderedDict[_Key, Features]] = WeakKeyDictionary()
        self._lock = Lock()

    def find(self, source: AudioSource, key: _Key) -> Features | None:
        with self._lock:
            known = self._of.get(source)
            if known is None or key not in known:
                return None
            known.move_to_end(key)
            return known[key]

    def keep(self, source: AudioSource, key: _Key, features: Features) -> None:
        with self._lock:
            # the recording that is worked on last
            known = self._of.pop(source, OrderedDict())
            known[key] = features
            self._of[source] = known
            others = [other for other in self._of.values() if other is not known]
            total = sum(part.bytes for kept in (known, *others) for part in kept.values())
            for kept in (*others, known):
                while kept and total > MOST_BYTES:
                    total -= kept.popitem(last=False)[1].bytes


_kept = _Kept()


@dataclass(frozen=True, eq=False)
class SearchContext:
    """The recording about a gap, further than its context.

    Attributes
    ----------
    clip
        The recording with the repairs made so far.
    channels
        Those that are repaired.
    axes
        How they are turned, as those of the gap.
    start, end
        The damaged frames of the recording, half-open.
    reach
        So many frames on each side are searched, or little more.
    lost
        Spans of damaged frames, half-open, the gap among them.
    """

    clip: AudioClip
    channels: tuple[int, ...]
    axes: Rotation
    start: int
    end: int
    reach: int
    lost: tuple[tuple[int, int], ...] = field(default=())

    def read(self, low: int, high: int) -> Samples:
        """Return frames of the recording, channels turned, silent beyond its ends."""
        return rotate(_read(self.clip, self.channels, low, high), self.axes)

    def find_exemplars(self, count: int, progress: Progress) -> list[Exemplar]:
        """Return the exemplars whose surroundings fit best; see `ExemplarFinder.find`.

        Sound that was made up by a repair is compared with, but not copied.
        """
        rate = self.clip.rate
        part = PART_HOPS * hop_frames(rate)
        first = max(self.start - self.reach, 0) // part
        last = -(-min(self.end + self.reach, self.clip.frames) // part)
        low, high = first * part, min(last * part, self.clip.frames)
        heard = _drop_lost_patches(self.clip, self.lost)
        features = []
        for number in range(first, last):
            progress.check()
            features.append(_make_features(heard, self.channels, number))
        made = [
            (patch.start_frame, patch.end_frame)
            for patch in heard.patches
            if patch.end_frame - patch.start_frame > COPIED_REPAIR_S * rate
        ]
        finder = ExemplarFinder(
            features,
            lambda a, b: _read(heard, self.channels, low + a, low + b),
            high - low,
            rate,
            _cut_spans(self.lost, low, high),
            kept_out=_cut_spans(made, low, high),
        )
        return finder.find(self.start - low, self.end - low, count)


def _drop_lost_patches(clip: AudioClip, lost: Spans) -> AudioClip:
    """Return a recording without the patches that nobody listens to, so that it is known again."""
    heard = [
        patch
        for patch in clip.patches
        if not any(a <= patch.start_frame and patch.end_frame <= b for a, b in lost)
    ]
    return clip if len(heard) == len(clip.patches) else clip.with_patches(heard)


def _make_features(clip: AudioClip, channels: tuple[int, ...], number: int) -> Features:
    """Return a part's features, made now or kept from before."""
    size, margin = PART_HOPS * hop_frames(clip.rate), margin_frames(clip.rate)
    low = number * size - margin
    high = min((number + 1) * size, clip.frames) + margin
    over = tuple(
        patch
        for patch in clip.patches
        if patch.start_frame < high
        and patch.end_frame > low
        and set(patch.channels) & set(channels)
    )
    key = (channels, number, over)
    features = _kept.find(clip.source, key)
    if features is None:
        features = measure_features(_read(clip, channels, low, high), clip.rate)
        _kept.keep(clip.source, key, features)
    return features


def _read(clip: AudioClip, channels: tuple[int, ...], low: int, high: int) -> Samples:
    """Return frames of some channels, silent beyond the ends and where they are no numbers."""
    sound = clip.read_padded(low, high, channels)
    return silence_unplayable(sound)


def _cut_spans(
    spans: Sequence[tuple[int, int]], low: int, high: int
) -> tuple[tuple[int, int], ...]:
    """Return the part of spans in a stretch, counted from its start."""
    return tuple((max(a, low) - low, min(b, high) - low) for a, b in spans if a < high and b > low)
