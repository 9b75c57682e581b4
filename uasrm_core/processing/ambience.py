"""Room tone: finding where a recording holds nothing else, and extending it."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip, Samples, silence_unplayable
from uasrm_core.audio.region import Region
from uasrm_core.errors import RegionError
from uasrm_core.translation import tr

# Room tone is looked for within so much of a region, in stretches of such a length.
NEARBY_S = 60.0
STRETCH_S = 0.5
STEP_S = 0.05
# Below this a pause was made by muting, and is no room.
MUTED = 10 ** (-90 / 20)
# A stretch whose loudest part is so much louder than its quietest holds something else.
UNEVEN_DB = 6.0
GRAIN_S = 0.1
LEAST_SOURCE_S = 0.05


def find_room_tone(clip: AudioClip, region: Region, channels: tuple[int, ...]) -> tuple[int, int]:
    """Return the quietest even stretch near a region, half-open in frames.

    Raises
    ------
    RegionError
        Nothing near the region is quiet and even.
    """
    near = round(NEARBY_S * clip.rate)
    low, high = max(region.start_frame - near, 0), min(region.end_frame + near, clip.frames)
    step = max(round(STEP_S * clip.rate), 1)
    count = round(STRETCH_S / STEP_S)
    steps = (high - low) // step
    sound = silence_unplayable(clip.read(low, low + steps * step, channels))
    power = np.mean(np.square(sound.astype(np.float64)), axis=0).reshape(steps, step).mean(axis=1)
    if steps < count:
        raise _raise_not_found()
    mean = np.lib.stride_tricks.sliding_window_view(power, count).mean(axis=1)
    origin = -(count // 2)
    loudest = ndimage.maximum_filter1d(power, count, origin=origin)[: len(mean)]
    quietest = ndimage.minimum_filter1d(power, count, origin=origin)[: len(mean)]
    even = (quietest > MUTED**2) & (loudest < quietest * 10 ** (UNEVEN_DB / 10))
    starts = low + np.arange(len(mean)) * step
    clear = (starts + count * step <= region.start_frame) | (starts >= region.end_frame)
    fitting = np.flatnonzero(even & clear)
    if not len(fitting):
        raise _raise_not_found()
    best = int(starts[fitting[np.argmin(mean[fitting])]])
    return best, best + count * step


def lay_out(tone: Samples, frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Make room tone of any length, ``(channels, frames)``, without a rhythm.

    Grains from random places of `tone`, ``(channels, any length)``, overlap by half, windowed so
    that the power of noise stays even.

    Raises
    ------
    RegionError
        There is too little of it.
    """
    length = tone.shape[1]
    if length < LEAST_SOURCE_S * rate:
        raise RegionError(
            tr("Room tone of at least {least:.0f} ms is needed.", least=LEAST_SOURCE_S * 1000)
        )
    half = max(min(round(GRAIN_S * rate), length // 2) // 2, 1)
    count = -(-frames // half) + 1
    window = np.sin((np.arange(2 * half) + 0.5) / (2 * half) * np.pi)
    laid = np.zeros((len(tone), (count + 1) * half))
    for number, first in enumerate(rng.integers(0, length - 2 * half + 1, size=count)):
        laid[:, number * half : (number + 2) * half] += tone[:, first : first + 2 * half] * window
    return laid[:, half : half + frames].astype(np.float32)


def _raise_not_found() -> RegionError:
    return RegionError(
        tr("There is no quiet, even stretch nearby; say where the room tone is to come from.")
    )
