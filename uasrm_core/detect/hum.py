"""The hum of the mains: its frequency, how that drifts, and which of its harmonics are there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import fft, ndimage

from uasrm_core.audio.clip import AudioClip, silence_unplayable
from uasrm_core.audio.kinds import Kind
from uasrm_core.audio.resample import resample
from uasrm_core.detect.detections import LEAST_CONFIDENCE, Detection
from uasrm_core.progress import Progress
from uasrm_core.translation import tr

MAINS_HZ = (50.0, 60.0)
# How far mains, and the speed of what recorded them, may be off. Notes in concert pitch lie 2 % off
# and more. It is searched a little beyond, where the skirts of such notes end up.
OFF_SHARE, SEARCHED_SHARE = 0.012, 0.013
STEP_HZ = 0.05
HARMONICS = 20
RATE = 4000
# A spectrum is what short windows over so long hold for most of the time: notes and vowels change,
# hum is always there.
LOOK_S, HOP_S = 5.0, 1.0
SHORT_S, SHORT_HOP_S, SHORT_QUANTILE = 1.0, 0.25, 0.2
PADDING = 8
BLOCK_LOOKS = 30
# A harmonic is there where it stands so far out of the spectrum beside it; more counts no further.
THERE_DB, MOST_DB = 6.0, 18.0
BESIDE_HZ = (3.0, 12.0)
# So far about its peak a tone in such a window is loud as well, but by so much less.
SKIRT_HZ, SKIRT_DB = 1.5, 3.0
# So many harmonics, in so many windows in a row, are hum; holes are bridged.
LEAST_HARMONICS = 2
SHORTEST_WINDOWS = 6
BRIDGED_WINDOWS = 4
# The frequency drifts no faster than so many steps from window to window.
DRIFT_STEPS = 2
# Confidence: how far the strongest harmonics stand out for three quarters of the time, on average,
# that is as good as even odds, and what is as good as odds of e to one.
STRONGEST, EVEN_DB, SLOPE_DB = 3, 9.0, 1.0
LEAST_SHARE = 0.25

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HumTrack:
    """The mains in a recording, window by window.

    Attributes
    ----------
    centres_s
        ``(windows,)`` the time of each.
    mains_hz
        ``(windows,)`` the frequency that explains most.
    harmonics
        ``(windows, HARMONICS)`` how far each stands out, in dB.
    """

    centres_s: Vector
    mains_hz: Vector
    harmonics: Vector

    def stretches(self) -> list[tuple[int, int]]:
        """Return where there is hum for long enough, as half-open ranges of windows."""
        there = (self.harmonics > THERE_DB).sum(axis=1) >= LEAST_HARMONICS
        there = ndimage.binary_closing(np.pad(there, BRIDGED_WINDOWS), np.ones(BRIDGED_WINDOWS + 1))
        there = there[BRIDGED_WINDOWS:-BRIDGED_WINDOWS]
        edges = np.diff(np.concatenate([[0], there.astype(np.int8), [0]]))
        starts, ends = np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist()
        return [
            (start, end)
            for start, end in zip(starts, ends, strict=True)
            if end - start >= min(SHORTEST_WINDOWS, len(there)) and self._is_mains(start, end)
        ]

    def _is_mains(self, start: int, end: int) -> bool:
        """Tell whether the frequency of some windows is near enough to that of the mains."""
        hz = float(np.median(self.mains_hz[start:end]))
        return any(abs(hz / mains - 1) <= OFF_SHARE for mains in MAINS_HZ)

    def confidence(self, start: int, end: int) -> float:
        """Return how sure it is that some windows hum: music does not stand out all the time."""
        heard = np.clip(self.harmonics[start:end], 0.0, MOST_DB)
        steady = np.sort(np.quantile(heard, LEAST_SHARE, axis=0))
        score = float(steady[-STRONGEST:].mean())
        return float(1 / (1 + np.exp((EVEN_DB - score) / SLOPE_DB)))


def scan(clip: AudioClip, kinds: Collection[Kind], progress: Progress) -> list[Detection]:
    """Find the stretches with hum; see `uasrm_core.detect.analysis.detect`."""
    del kinds
    track = track_hum(clip, progress)
    detections = []
    for start, end in track.stretches():
        confidence = track.confidence(start, end)
        there = np.median(track.harmonics[start:end], axis=0) > THERE_DB
        mains = float(np.median(track.mains_hz[start:end]))
        highest = int(np.flatnonzero(there)[-1]) + 1 if there.any() else LEAST_HARMONICS
        half = LOOK_S / 2 if start else track.centres_s[0]
        first = round((float(track.centres_s[start]) - half) * clip.rate)
        last = round((float(track.centres_s[end - 1]) + LOOK_S / 2) * clip.rate)
        detections.append(
            Detection(
                Kind.HUM,
                max(first, 0),
                min(last, clip.frames),
                tuple(range(clip.channels)),
                max(confidence, LEAST_CONFIDENCE),
                mains / 2,
                min(mains * (highest + 0.5), clip.rate / 2),
            )
        )
    return detections


def track_hum(clip: AudioClip, progress: Progress) -> HumTrack:
    """Follow the mains through a recording.

    The frequency whose harmonics stand out most is looked for in every window, and the way through
    the windows that drifts slowly and collects most (dynamic programming).

    Raises
    ------
    FileError
        The recording cannot be read any more.
    Cancelled
        The user asked to stop.
    """
    candidates = [
        np.arange(mains * (1 - SEARCHED_SHARE), mains * (1 + SEARCHED_SHARE), STEP_HZ)
        for mains in MAINS_HZ
    ]
    grid = np.concatenate(candidates)
    centres, spectra = _compute_spectra(clip, progress)
    stands_out = _measure_prominence(spectra)
    harmonics = _sum_harmonics(stands_out, grid)
    scores = np.clip(harmonics, 0.0, MOST_DB).mean(axis=2)
    best = np.zeros(len(scores), int)
    first, highest = 0, -np.inf
    for own in candidates:
        path, total = _find_path(scores[:, first : first + len(own)])
        if total > highest:
            highest, best = total, path + first
        first += len(own)
    windows = np.arange(len(scores))
    own = harmonics[windows, best]
    mains = _refine(spectra, grid[best], own)
    return HumTrack(centres, mains, own)


def _refine(spectra: Vector, mains: Vector, harmonics: Vector) -> Vector:
    """Return the mains between the steps of the grid, from the peaks of what stands out."""
    numbers = np.arange(1, HARMONICS + 1)
    refined = mains.copy()
    for window, (spectrum, hz, there) in enumerate(zip(spectra, mains, harmonics, strict=True)):
        around = np.rint(hz * numbers / _compute_bin_hz()).astype(int)
        found, weights = [], []
        for number in np.flatnonzero(there > THERE_DB):
            low = max(around[number] - 3, 1)
            peak = low + int(np.argmax(spectrum[low : around[number] + 4]))
            if not 0 < peak < len(spectrum) - 1:
                continue
            a, b, c = spectrum[peak - 1 : peak + 2]
            bend = a - 2 * b + c
            place = peak + (0.5 * (a - c) / bend if bend < 0 else 0.0)
            found.append(place * _compute_bin_hz() / numbers[number])
            # a high harmonic tells the mains as much more exactly
            weights.append(float(numbers[number] * there[number]))
        if found:
            middle = float(np.median(found))
            near = [abs(each - middle) < STEP_HZ for each in found]
            if any(near):
                refined[window] = np.average(np.array(found)[near], weights=np.array(weights)[near])
    return np.asarray(ndimage.median_filter(refined, min(5, 2 * len(refined) - 1), mode="nearest"))


def _compute_spectra(clip: AudioClip, progress: Progress) -> tuple[Vector, Vector]:
    """Return the times of windows and their power spectra in dB, ``(windows, bins)``."""
    hop, width = round(HOP_S * clip.rate), round(LOOK_S * clip.rate)
    looks = max((clip.frames - width) // hop + 1, 1)
    size, step = round(SHORT_S * RATE), round(SHORT_HOP_S * RATE)
    short = round((LOOK_S - SHORT_S) / SHORT_HOP_S) + 1
    window = np.hanning(size)
    rows = []
    for start in range(0, looks, BLOCK_LOOKS):
        progress.report(start / looks, tr("Looking for damage"))
        count = min(BLOCK_LOOKS, looks - start)
        first = start * hop
        sound = silence_unplayable(clip.read_padded(first, first + (count - 1) * hop + width))
        low = resample(sound, clip.rate, RATE).astype(np.float64)
        low = np.pad(low, ((0, 0), (0, size)))
        pieces = np.lib.stride_tricks.sliding_window_view(low, size, axis=1)[:, ::step]
        spectra = [fft.rfft(each * window, PADDING * size) for each in pieces.swapaxes(0, 1)]
        power = np.array([np.sum(np.abs(each) ** 2, axis=0) for each in spectra], np.float32)
        for number in range(count):
            begin = round(number * HOP_S / SHORT_HOP_S)
            own = power[begin : min(begin + short, len(power))]
            rows.append(10 * np.log10(np.quantile(own, SHORT_QUANTILE, axis=0) + 1e-9))
    centres = np.arange(looks) * hop / clip.rate + LOOK_S / 2
    return centres, np.array(rows)


def _compute_bin_hz() -> float:
    return RATE / (PADDING * round(SHORT_S * RATE))


def _measure_prominence(spectra: Vector) -> Vector:
    """Return how far each bin stands out of what is beside it, in dB; skirts of tones do not."""
    near, far = (round(hz / _compute_bin_hz()) for hz in BESIDE_HZ)
    footprint = np.ones(2 * far + 1, bool)
    footprint[far - near : far + near + 1] = False
    beside = ndimage.percentile_filter(spectra[:, ::2], 70, footprint=footprint[None, ::2])
    peaks = ndimage.maximum_filter1d(spectra, 2 * round(SKIRT_HZ / _compute_bin_hz()) + 1, axis=1)
    stands_out = spectra - np.repeat(beside, 2, axis=1)[:, : spectra.shape[1]]
    return np.where(peaks - spectra > SKIRT_DB, 0.0, stands_out)


def _sum_harmonics(stands_out: Vector, grid: Vector) -> Vector:
    """Return how far the harmonics of each frequency stand out, ``(windows, grid, HARMONICS)``."""
    numbers = np.arange(1, HARMONICS + 1)
    bins = np.rint(np.outer(grid, numbers) / _compute_bin_hz()).astype(int)
    bins = np.minimum(bins, stands_out.shape[1] - 1)
    return np.asarray(stands_out[:, bins])


def _find_path(scores: Vector) -> tuple[npt.NDArray[np.intp], float]:
    """Return the best way through ``(windows, frequencies)`` that drifts slowly, and its sum."""
    total = scores[0].copy()
    came: list[npt.NDArray[np.intp]] = []
    steps = np.arange(-DRIFT_STEPS, DRIFT_STEPS + 1)
    number = np.arange(scores.shape[1])
    for row in scores[1:]:
        padded = np.pad(total, DRIFT_STEPS, constant_values=-np.inf)
        options = np.stack([padded[DRIFT_STEPS + step :][: len(total)] for step in steps])
        chosen = options.argmax(axis=0)
        came.append(number + steps[chosen])
        total = options[chosen, number] + row
    at = int(total.argmax())
    path = [at]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return np.array(path[::-1]), float(total.max())
