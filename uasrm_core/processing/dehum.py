"""Removing mains hum: each harmonic is followed and subtracted.

The mains' frequency is tracked (`uasrm_core.detect.hum`), its phase is the integral of it, and each
harmonic's slowly changing amplitude is what is left of the sound turned back by that phase. No note
is that steady, so no more is taken out than an amplitude keeps for most of the seconds around: a
voice passes over a harmonic, and only adds to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from uasrm_core.audio.clip import AudioClip, Patch, Samples, silence_unplayable
from uasrm_core.audio.resample import resample
from uasrm_core.detect.hum import HARMONICS, RATE, HumTrack, track_hum
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

BLOCK_S = 20.0
# Amplitudes are means over so long, and known so often.
MEAN_S, STEP_S = 1.0, 0.25
# So far around, amplitudes are no larger than this percentile of theirs, but for a little.
AROUND_S = 6.0
LEAST_PERCENT, MOST_OVER_LEAST = 10, 1.1
# Hum begins and ends over so long.
EDGE_S = 0.5
# For such a share of a stretch a harmonic that is taken out must stand out so far.
THERE_SHARE, THERE_DB = 0.3, 3.0

Vector = npt.NDArray[np.float64]


def find_hum(
    clip: AudioClip, sensitivity: float, progress: Progress
) -> tuple[HumTrack, list[tuple[int, int]]]:
    """Return the track of the mains, and the frames of each stretch that hums, half-open."""
    track = track_hum(clip, progress)
    half = float(track.centres_s[0])
    spans = []
    for first, last in track.stretches():
        if track.confidence(first, last) < 1.0 - sensitivity:
            continue
        start_s = float(track.centres_s[first]) - half
        end_s = float(track.centres_s[last - 1]) + half
        # the last window ends up to a hop before the recording does
        end = clip.frames if last == len(track.centres_s) else round(end_s * clip.rate)
        spans.append((max(round(start_s * clip.rate), 0), min(end, clip.frames)))
    return track, spans


def remove_hum(
    clip: AudioClip,
    track: HumTrack,
    span: tuple[int, int],
    strength: float,
    progress: Progress,
) -> Iterator[Patch]:
    """Yield patches, one after the other, that take the hum out of a stretch.

    Raises
    ------
    FileError
        The recording cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    start, end = span
    rate = clip.rate
    step = round(BLOCK_S * rate)
    numbers = _list_harmonics(track, span, rate)
    channels = tuple(range(clip.channels))
    for first in range(start, end, step):
        progress.report((first - start) / (end - start), tr("Taking out the hum"))
        last = min(first + step, end)
        around = round(AROUND_S * rate)
        low, high = max(first - around, 0), min(last + around, clip.frames)
        sound = silence_unplayable(clip.read(low, high))
        hum = _render_hum(sound, low, rate, track, numbers)[:, first - low : last - low]
        hum *= np.float32(strength) * _fade_edges(first, last, span, clip.frames, rate)
        own = clip.read(first, last)
        yield Patch(first, channels, own - hum)


def _list_harmonics(track: HumTrack, span: tuple[int, int], rate: int) -> npt.NDArray[np.intp]:
    """Return the numbers of the harmonics that are there."""
    inside = (track.centres_s * rate >= span[0]) & (track.centres_s * rate < span[1])
    own = track.harmonics[inside] if inside.any() else track.harmonics
    there = (own > THERE_DB).mean(axis=0) >= THERE_SHARE
    return np.flatnonzero(there[:HARMONICS]) + 1


def _render_hum(
    sound: Samples, low: int, rate: int, track: HumTrack, numbers: npt.NDArray[np.intp]
) -> Samples:
    """Return the hum in a stretch that begins at a frame, ``(channels, frames)``."""
    slow = resample(sound, rate, RATE).astype(np.float64)
    slow_wave = _render_wave(low / rate, slow.shape[1], RATE, track)
    fast_wave = _render_wave(low / rate, sound.shape[1], rate, track)
    # both count their phase from the first frame
    known = np.arange(0.0, slow.shape[1], STEP_S * RATE)
    at = np.arange(sound.shape[1]) * (RATE / rate)
    hum = np.zeros(sound.shape)
    slow_power, fast_power = np.ones_like(slow_wave), np.ones_like(fast_wave)
    for number in range(1, int(numbers.max(initial=0)) + 1):
        slow_power *= slow_wave
        fast_power *= fast_wave
        if number not in numbers:
            continue
        for row, made in zip(slow, hum, strict=True):
            amplitude = _limit(_average_around(row * slow_power.conj(), known))
            real = np.interp(at, known, amplitude.real)
            imag = np.interp(at, known, amplitude.imag)
            made += 2.0 * (real * fast_power.real - imag * fast_power.imag)
    return hum.astype(np.float32)


def _render_wave(
    start_s: float, frames: int, rate: int, track: HumTrack
) -> npt.NDArray[np.complex128]:
    """Return the mains as a complex wave of amplitude 1, ``(frames,)``."""
    time = start_s + np.arange(frames) / rate
    hz = np.interp(time, track.centres_s, track.mains_hz)
    # the frequency between two frames is the mean of theirs
    phase = np.concatenate([[0.0], np.cumsum((hz[1:] + hz[:-1]) / 2)]) * (2 * np.pi / rate)
    return np.asarray(np.exp(1j * phase))


def _average_around(
    turned: npt.NDArray[np.complex128], known: Vector
) -> npt.NDArray[np.complex128]:
    """Return means over `MEAN_S` around some frames, weighted like a triangle."""
    half = round(MEAN_S * RATE / 2)

    def smooth(values: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
        sums = np.concatenate([[0.0], np.cumsum(values)])
        number = np.arange(len(values))
        low = np.maximum(number - half // 2, 0)
        high = np.minimum(number + half // 2 + 1, len(values))
        return np.asarray((sums[high] - sums[low]) / (high - low))

    twice = smooth(smooth(turned))
    return np.asarray(twice[np.minimum(np.rint(known).astype(int), len(twice) - 1)])


def _limit(amplitude: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Return amplitudes that are hardly larger than the least of them around."""
    size = np.abs(amplitude)
    width = min(round(2 * AROUND_S / STEP_S) | 1, 2 * len(size) - 1)
    least = ndimage.percentile_filter(size, LEAST_PERCENT, width, mode="nearest")
    most = MOST_OVER_LEAST * least
    return np.asarray(amplitude * np.minimum(1.0, most / np.maximum(size, 1e-12)))


def _fade_edges(first: int, last: int, span: tuple[int, int], frames: int, rate: int) -> Samples:
    """Return how much of the hum is taken out of each frame, where a stretch begins and ends."""
    time = np.arange(first, last)
    weights = np.ones(last - first)
    fade = EDGE_S * rate
    if span[0] > 0:
        weights = np.minimum(weights, (time - span[0] + 0.5) / fade)
    if span[1] < frames:
        weights = np.minimum(weights, (span[1] - time - 0.5) / fade)
    return np.asarray(np.clip(weights, 0.0, 1.0), np.float32)
