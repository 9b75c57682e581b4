"""Boxes of time and frequency for a benchmark: a cough, a telephone, or nothing lies in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from uasrm_core.audio.clip import AudioClip, Patch, Samples
from uasrm_core.audio.synthetic_noises import COUGH_BAND_HZ, RING_BAND_HZ, cough, ring
from uasrm_core.evaluation.places import Cut, random_cuts

# Times the programme's own level in the region.
LEVEL = 2.0


@dataclass(frozen=True)
class BoxKind:
    """A sound that disturbs part of the spectrum.

    Attributes
    ----------
    band_hz
        All of it lies in here.
    sound
        Makes so many frames at a rate, ``(frames,)`` with RMS 1 or silent.
    """

    band_hz: tuple[float, float]
    sound: Callable[[int, int, np.random.Generator], Samples]


def _make_silence(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    return np.zeros(frames, dtype=np.float32)


# Where nothing lies over the programme, a repair is to change nothing.
KINDS = {
    "cough": BoxKind(COUGH_BAND_HZ, cough),
    "ring": BoxKind(RING_BAND_HZ, ring),
    "nothing": BoxKind(COUGH_BAND_HZ, _make_silence),
}


def box_cuts(
    clip: AudioClip, gaps_ms: tuple[float, ...], *, count: int, rng: np.random.Generator
) -> list[Cut]:
    """Draw places as `random_cuts` does, and give each of them a box of every kind.

    Kinds whose band lies beyond half the recording's rate are left out.
    """
    cuts = random_cuts(clip, gaps_ms, count=count, rng=rng)
    fitting = {name: kind for name, kind in KINDS.items() if kind.band_hz[1] < clip.rate / 2}
    return [
        replace(cut, kind=name, band_hz=kind.band_hz)
        for name, kind in fitting.items()
        for cut in cuts
    ]


def add_disturbance(clip: AudioClip, cut: Cut) -> AudioClip:
    """Return the recording with a box's sound over it, the same in all channels."""
    frames = cut.end_frame - cut.start_frame
    rng = np.random.default_rng([cut.start_frame, frames])
    return lay_over(clip, cut.start_frame, KINDS[cut.kind].sound(frames, clip.rate, rng), LEVEL)


def lay_over(clip: AudioClip, start_frame: int, sound: Samples, level: float) -> AudioClip:
    """Return the recording with a sound over it, the same in all channels.

    Parameters
    ----------
    sound
        ``(frames,)`` with RMS 1 or silent.
    level
        Times the programme's own level there.
    """
    clean = clip.read(start_frame, start_frame + len(sound))
    own = float(np.sqrt(np.mean(np.square(clean, dtype=np.float64))))
    mixed = clean + np.float32(level * own) * sound
    return clip.with_patch(Patch(start_frame, tuple(range(clip.channels)), mixed))
