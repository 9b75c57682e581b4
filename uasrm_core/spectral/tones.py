"""Finding and subtracting steady tones laid over the sound: a beep, a whistle, line noise.

A tone that keeps its frequency is known to a fraction of a hertz after a few hundred milliseconds,
and can be taken away almost without a trace of what sounds beneath it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from uasrm_core.audio.clip import Samples
from uasrm_core.progress import Progress

Vector = npt.NDArray[np.float64]
# Where something sounds, in frames, half-open.
Runs = list[tuple[int, int]]
Covers = Callable[[float], bool]
# What is fitted to a sound, ``(frames, columns)`` from a frame to another.
Columns = Callable[[int, int], Vector]

# Shorter stretches tell of no pitch.
SHORTEST_S, SHORTEST_FRAMES = 0.03, 8
MOST_TONES = 24
# After so many peaks in a row that are no tones, the rest is taken for noise.
MOST_MISSES = 4
# Above its surroundings at the same pitch, and what one steady wave must explain of it: a band of
# noise has peaks as well, but a wave takes little of them away.
STANDS_OUT_DB = 12.0
EXPLAINED_DB = 8.0
# Beeps are there where a tone is half as loud as it mostly is in its loudest tenth. In between they
# are hardly heard, and all of them are as loud.
LOUDEST = 0.9
HARDLY = 0.2
ALIKE = 0.8
BEEPS_DB = 13.0
# The main lobe of a Hann window, in bins of a transform as long as the stretch.
LOBE_BINS = 2.0
# Over so many of them noise is even.
NOISE_BINS = 16.0
# Surroundings that are shorter tell too little of what was there before.
LEAST_SURROUNDINGS = 0.5
REFINEMENTS = 4
# Loudness may change so fast where a tone begins and ends, and so slowly in between.
EDGE_KNOTS_S = (0.0, 0.01, 0.03)
INNER_KNOT_S = 0.1
MOST_INNER_KNOTS = 8
RIDGE = 1e-7
# Sums of products are taken over so many frames at a time.
BLOCK_FRAMES = 8192


def steady_tones(
    samples: Samples,
    start: int,
    end: int,
    rate: int,
    covers: Covers,
    progress: Progress | None = None,
) -> Samples:
    """Return the tones that stand out of a stretch and are not in its surroundings, ``(frames,)``.

    The loudest is looked for first: a peak of the spectrum that stands out of the spectra before
    and after. It counts as a tone if one wave of steady frequency and loudness takes most of the
    peak away. Those found are fitted together by least squares, frequencies by Gauss and Newton's
    method; at last each may begin and end, and change its loudness slowly.

    Parameters
    ----------
    samples
        ``(frames,)``, with surroundings.
    start, end
        The stretch, half-open.
    rate
        Frames a second.
    covers
        Whether tones of a frequency in Hz are looked for.

    Returns
    -------
    float32, silent outside the stretch.

    Raises
    ------
    Cancelled
        The user asked to stop.

    References
    ----------
    Stoica & Moses, "Spectral Analysis of Signals", 2005, ch. 4 (nonlinear least squares).
    """
    made = np.zeros(len(samples), dtype=np.float32)
    progress = progress or Progress()
    if end - start < max(SHORTEST_S * rate, SHORTEST_FRAMES):
        return made
    background = _measure_background(samples, start, end)
    if background is None:
        return made
    sound = samples[start:end].astype(np.float64)
    found, are_beeps = _find_tones(sound, background, rate, covers, progress)
    if len(found):
        made[start:end] = _follow_loudness(sound, found, are_beeps, rate, progress)
    return made


def _choose_size(frames: int) -> int:
    return int(fft.next_fast_len(4 * frames, real=True))


def _compute_spectrum(sound: Vector, size: int) -> Vector:
    window = np.hanning(len(sound))
    return np.asarray(np.abs(fft.rfft(sound * window, size)) / window.sum())


def _measure_background(samples: Samples, start: int, end: int) -> Vector | None:
    """Return the louder of the spectra before and after, without the gaps of what is noise."""
    frames = end - start
    sides = (samples[max(start - frames, 0) : start], samples[end : end + frames])
    long = [side for side in sides if len(side) >= max(LEAST_SURROUNDINGS * frames, 2)]
    if not long:
        return None
    size = _choose_size(frames)
    spectra = [_compute_spectrum(side.astype(np.float64), size) for side in long]
    width = round(NOISE_BINS * size / frames)
    even = [ndimage.uniform_filter1d(spectrum**2, width) for spectrum in spectra]
    # running sums may end a little below nothing
    powers = [*(spectrum**2 for spectrum in spectra), *even, np.zeros(len(spectra[0]))]
    return np.asarray(np.sqrt(np.maximum.reduce(powers)))


def _find_tones(
    sound: Vector, background: Vector, rate: int, covers: Covers, progress: Progress
) -> tuple[Vector, list[bool]]:
    """Return the frequencies of the tones in radians a frame, and which of them come and go."""
    frames = len(sound)
    size = _choose_size(frames)
    step = 2.0 * np.pi / size
    lobe = round(LOBE_BINS * size / frames)
    limit = background * 10.0 ** (STANDS_OUT_DB / 20.0)
    allowed = np.array([covers(float(each)) for each in np.arange(len(background)) * rate / size])
    tones, are_beeps = np.zeros(0), []
    rest, misses = sound, 0
    while len(tones) < MOST_TONES and misses < MOST_MISSES:
        spectrum = _compute_spectrum(rest, size)
        standing = np.where(allowed & (spectrum > limit), spectrum, 0.0)
        peak = int(np.argmax(standing))
        if not standing[peak]:
            break
        near = slice(max(peak - lobe, 0), peak + lobe + 1)
        alone = _refine(rest, np.array([peak * step]), progress)
        explained = _measure_explained(rest, _render(rest, alone, progress), near, size)
        is_beep = explained < EXPLAINED_DB and bool(_find_beeps(rest, alone[0], rate))
        if is_beep:
            made = _follow_loudness(rest, alone, [True], rate, progress)
            # with its loudness free, more is explained of anything
            explained = _measure_explained(rest, made, near, size) - BEEPS_DB
        if explained >= EXPLAINED_DB:
            tones = np.append(tones, alone)
            are_beeps.append(is_beep)
            rest = sound - _render(sound, tones, progress)
            misses = 0
        else:
            misses += 1
        # tone or not, there is no second one as near
        allowed[near] = False
    return (_refine(sound, tones, progress) if len(tones) else tones), are_beeps


def _render_waves(tones: Vector, frames: int, first: int, last: int) -> Vector:
    """Return cosines and sines of some frames, ``(last - first, 2 * tones)``."""
    angles = np.outer(_time(frames, first, last), tones)
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)


def _time(frames: int, first: int, last: int) -> Vector:
    """Return the time of frames, counted from the middle."""
    return np.asarray(np.arange(first, last) - (frames - 1) / 2, dtype=np.float64)


def _list_blocks(frames: int) -> Iterator[tuple[int, int]]:
    for first in range(0, frames, BLOCK_FRAMES):
        yield first, min(first + BLOCK_FRAMES, frames)


def _fit_weights(sound: Vector, columns: Columns, progress: Progress) -> Vector:
    """Return the least-squares weights of columns, kept small where several do the same."""
    count = columns(0, 1).shape[1]
    products, target = np.zeros((count, count)), np.zeros(count)
    for first, last in _list_blocks(len(sound)):
        progress.check()
        block = columns(first, last)
        products += block.T @ block
        target += block.T @ sound[first:last]
    ridge = RIDGE * np.trace(products) / len(products)
    return np.asarray(np.linalg.solve(products + ridge * np.eye(len(products)), target))


def _sum_columns(frames: int, columns: Columns, weights: Vector) -> Vector:
    return np.concatenate([columns(*block) @ weights for block in _list_blocks(frames)])


def _render(sound: Vector, tones: Vector, progress: Progress) -> Vector:
    """Return what waves of these frequencies explain of a sound."""

    def columns(first: int, last: int) -> Vector:
        return _render_waves(tones, len(sound), first, last)

    return _sum_columns(len(sound), columns, _fit_weights(sound, columns, progress))


def _refine(sound: Vector, tones: Vector, progress: Progress) -> Vector:
    """Move frequencies to where the waves explain most of the sound."""
    count, frames = len(tones), len(sound)
    for _ in range(REFINEMENTS):

        def waves(first: int, last: int, tones: Vector = tones) -> Vector:
            return _render_waves(tones, frames, first, last)

        a, b = np.split(_fit_weights(sound, waves, progress), 2)

        def with_slopes(
            first: int, last: int, waves: Columns = waves, a: Vector = a, b: Vector = b
        ) -> Vector:
            known = waves(first, last)
            slopes = b * known[:, :count] - a * known[:, count:]
            scale = _time(frames, first, last)[:, None] / frames
            return np.concatenate([known, scale * slopes], axis=1)

        moves = _fit_weights(sound, with_slopes, progress)[2 * count :] / frames
        tones = tones + np.clip(moves, -np.pi / frames, np.pi / frames)
    return tones


def _follow_loudness(
    sound: Vector, tones: Vector, are_beeps: list[bool], rate: int, progress: Progress
) -> Samples:
    """Return the tones' sum, each beginning, ending and changing its loudness as it fits best."""
    frames, count = len(sound), len(tones)
    knots = []
    for tone, is_beep in zip(tones, are_beeps, strict=True):
        beeps = _find_beeps(sound, tone, rate) if is_beep else []
        knots.append(_place_knots(beeps or [_find_run(sound, tone, rate)], frames, rate))

    def columns(first: int, last: int) -> Vector:
        waves = _render_waves(tones, frames, first, last)
        time = np.arange(first, last)
        made = []
        for number, own in enumerate(knots):
            hats = np.stack([np.interp(time, own, row) for row in np.eye(len(own))], axis=1)
            made += [waves[:, [number]] * hats, waves[:, [count + number]] * hats]
        return np.concatenate(made, axis=1)

    weights = _fit_weights(sound, columns, progress)
    return np.asarray(_sum_columns(frames, columns, weights), dtype=np.float32)


def _place_knots(runs: Runs, frames: int, rate: int) -> Vector:
    """Return the frames between which a tone's loudness is taken to change evenly."""
    edges = np.array(EDGE_KNOTS_S) * rate
    near = np.concatenate([-edges, edges])
    knots = [np.array([0.0, frames - 1.0])]
    for first, last in runs:
        low, high = first + edges[-1], last - edges[-1]
        inner = np.arange(low, high, max(INNER_KNOT_S * rate, (high - low) / MOST_INNER_KNOTS))
        knots += [first + near, inner, last + near]
    return np.unique(np.clip(np.round(np.concatenate(knots)), 0, frames - 1))


def _measure_explained(sound: Vector, made: Vector | Samples, near: slice, size: int) -> float:
    """Return by how many dB a peak of a sound's spectrum is lower without what was made of it."""
    before, after = (_compute_spectrum(each, size)[near] for each in (sound, sound - made))
    return float(10.0 * np.log10(np.sum(before**2) / np.sum(after**2)))


def _measure_loudness(sound: Vector, tone: float, rate: int) -> Vector:
    """Return how loud a tone is in stretches of 30 ms, by the frame that they begin at."""
    width = max(min(round(EDGE_KNOTS_S[-1] * rate), len(sound) // 4), 1)
    turned = sound * np.exp(-1j * tone * np.arange(len(sound)))
    sums = np.concatenate([[0.0], np.cumsum(turned)])
    return np.asarray(np.abs(sums[width:] - sums[:-width]))


def _find_run(sound: Vector, tone: float, rate: int) -> tuple[int, int]:
    """Return the frames between which a tone is loud, half-open."""
    loudness = _measure_loudness(sound, tone, rate)
    loud = np.flatnonzero(loudness > np.median(loudness) / 2)
    if not len(loud):
        return 0, len(sound)
    return int(loud[0]), int(loud[-1]) + 1 + len(sound) - len(loudness)


def _find_beeps(sound: Vector, tone: float, rate: int) -> Runs:
    """Return the frames of beeps, between which there is next to nothing of a tone, if any."""
    loudness = _measure_loudness(sound, tone, rate)
    width = len(sound) - len(loudness)
    loudest = float(np.quantile(loudness, LOUDEST))
    labels, count = ndimage.label(loudness > loudest / 2)
    runs = [run for (run,) in ndimage.find_objects(labels, count) if run.stop - run.start > width]
    between = [loudness[one.stop : other.start].min() for one, other in pairwise(runs)]
    levels = [float(np.median(loudness[run])) for run in runs]
    if not between or max(between) > HARDLY * loudest or min(levels) < ALIKE * max(levels):
        return []
    return [(run.start, run.stop + width) for run in runs]
