"""Examples of clicks for ``fit_declicker.py``: gaps in clean sound, and clicks to lay into them.

What the models that interpolate say of a gap does not depend on what stands in it. So it is worked
out once for each gap, and clicks of any sort are laid into it as often as wanted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from uasrm_core.audio.clip import Samples
from uasrm_core.evaluation.detection import excerpt, round_to_16_bits
from uasrm_core.evaluation.planting import draw_places, level_around
from uasrm_core.evaluation.planting_clicks import (
    MOUTH_MS,
    make_mouth_burst,
    make_mouth_click,
    make_vinyl_click,
)
from uasrm_core.interpolation.click_model import LONGEST_FRAMES
from uasrm_core.interpolation.consensus import expect_missing
from uasrm_core.interpolation.fills import one_blas_thread

Array = npt.NDArray[np.float32]

SECONDS = 12.0
# Context on either side of a gap, as the engine has it.
CONTEXT_S = 0.2
LEAST_FRAMES = 8
# Speech of high rates is taken at lower ones as often.
RESAMPLED_SHARE, RATES = 0.6, (16000, 16000, 16000, 22050, 32000)
# How often clicks are of a sort: mouths, mouths of other lengths, bursts, rings, records.
SHARES = {"speech": (0.35, 0.1, 0.25, 0.2, 0.1), "music": (0.08, 0.05, 0.07, 0.1, 0.7)}
CLICKS = 2500
# Mouth clicks of other lengths: so long, in milliseconds, and up to so many times as long.
WIDE_MS, WIDE_RATIO = (0.8, 6.0), 1.5
# Rings: how many, within how long, at which frequencies, how fast they die away and by how much
# that differs in octaves, and their noise.
RINGS, RINGS_WITHIN_S, RING_HZ = (1, 5), 0.004, (500.0, 8000.0)
RING_DECAY_S, RING_DECAY_OCTAVES, LONGEST_RING_S = (0.0002, 0.002), 1.0, 0.008
RING_NOISE, RING_LEVELS, RING_RISE_S, GLIDE_PER_S = 0.4, (0.3, 1.0), 0.0002, 50.0
EDGE_SHARE = 0.02
# A region's edges: exact in so many, then off by so little, otherwise as far beside.
EXACT_SHARE, NEAR_SHARE = 0.45, 0.35
NEAR_S, FAR_S = (-0.00015, 0.0006), (0.0, 0.004)
# Peaks against the RMS around.
LEVEL_DB = (0.0, 20.0)


@dataclass(frozen=True, eq=False)
class Gap:
    """A gap in clean sound.

    Attributes
    ----------
    sound
        ``(frames,)``, what is there less what is expected there.
    covariance
        ``(frames, frames)``, what is said of how far off that is.
    level
        The RMS of the sound around.
    lead, length
        How many frames of the gap are before its click, and how long that is.
    material
        "speech" or "music".
    """

    sound: Array
    covariance: Array
    level: float
    lead: int
    length: int
    rate: int
    material: str


@dataclass(frozen=True)
class Clicks:
    """Clicks of a peak of 1, in the order of their lengths."""

    lengths: Sequence[int]
    waves: Sequence[Samples]

    def draw(self, least: int, most: int, rng: np.random.Generator) -> Samples:
        """Draw one from `least` to `most` frames long, or else of a length near that."""
        low, high = bisect_left(self.lengths, least), bisect_right(self.lengths, most)
        if high <= low:
            return self.waves[min(low, len(self.waves) - 1)]
        return self.waves[int(rng.integers(low, high))]


def gather_gaps(
    path: Path, material: str, rng: np.random.Generator, *, count: int
) -> Iterator[Gap]:
    """Yield gaps in one channel of a recording, each as a click's region may lie about it."""
    clean, rate = excerpt(path, SECONDS)
    clean = clean[[int(rng.integers(len(clean)))]]
    lower = [each for each in RATES if each < rate]
    if material == "speech" and lower and rng.uniform() < RESAMPLED_SHARE:
        rate, before = int(rng.choice(lower)), rate
        clean = round_to_16_bits(soxr.resample(clean.T, before, rate).T)
    apart = round(0.01 * rate)
    for start in draw_places(clean, rate, rng, count, 2 * apart, apart):
        length = max(len(make_click(material, rate, rng)), 4)
        lead, tail = _draw_edge(rate, rng), _draw_edge(rate, rng)
        frames = lead + length + tail
        if LEAST_FRAMES <= frames <= LONGEST_FRAMES:
            yield _make_gap(clean, start, start + frames, rate, lead, length, material)


def make_click(material: str, rate: int, rng: np.random.Generator) -> Samples:
    """Make a click of a peak of 1, ``(frames,)``, of any sort that the material has."""
    sort = int(rng.choice(5, p=SHARES[material]))
    if sort == 2:
        return make_mouth_burst(rate, rng)
    if sort == 3:
        return make_rings(rate, rng)
    if sort == 4:
        return make_vinyl_click(rate, rng)
    low, high = MOUTH_MS
    if sort == 1:
        low = float(rng.uniform(*WIDE_MS))
        high = WIDE_RATIO * low
    return make_mouth_click(round(float(rng.uniform(low, high)) * rate / 1000), rate, rng)


def make_rings(rate: int, rng: np.random.Generator) -> Samples:
    """Make rings that glide and die away, each at its own rate, ``(frames,)`` to a peak of 1."""
    time = np.arange(round(LONGEST_RING_S * rate)) / rate
    wave = np.zeros(len(time))
    within, decay_s = rng.uniform(0.0, RINGS_WITHIN_S), _draw_between(RING_DECAY_S, rng)
    top_hz = min(RING_HZ[1], 0.45 * rate)
    for _ in range(int(rng.integers(RINGS[0], RINGS[1] + 1))):
        first = int(rng.uniform(0.0, within) * rate)
        since = time[: len(time) - first]
        hz, glide = _draw_between((RING_HZ[0], top_hz), rng), rng.uniform(-1, 1) * GLIDE_PER_S
        phase = 2 * np.pi * hz * since * (1 + glide * since / 2) + rng.uniform(0, 2 * np.pi)
        ring = np.cos(phase) + rng.uniform(0, RING_NOISE) * rng.standard_normal(len(since))
        own_s = decay_s * 2 ** rng.uniform(-RING_DECAY_OCTAVES, RING_DECAY_OCTAVES)
        rise_s = max(rng.uniform(0.0, RING_RISE_S), 1e-6)
        ring *= np.exp(-since / own_s) * (1 - np.exp(-(since + 0.5 / rate) / rise_s))
        wave[first:] += ring * rng.uniform(*RING_LEVELS)
    wave /= np.max(np.abs(wave))
    heard = np.flatnonzero(np.abs(wave) > EDGE_SHARE)
    return np.asarray(wave[heard[0] : heard[-1] + 1], dtype=np.float32)


def make_clicks(material: str, rate: int, rng: np.random.Generator) -> Clicks:
    """Make clicks of all sorts that a material has."""
    waves = sorted((make_click(material, rate, rng) for _ in range(CLICKS)), key=len)
    return Clicks([len(wave) for wave in waves], waves)


def lay_click(gap: Gap, clicks: Clicks, rng: np.random.Generator) -> Array:
    """Return a click as it lies in a gap, ``(frames,)``, at any level."""
    frames = len(gap.sound)
    wave = clicks.draw(round(0.9 * gap.length), max(frames - gap.lead, gap.length), rng)
    lead = min(max(gap.lead, -(len(wave) // 3)), frames - 4)
    first = max(lead, 0)
    heard = wave[first - lead :][: frames - first]
    level = gap.level * 10 ** (rng.uniform(*LEVEL_DB) / 20) * rng.choice((-1, 1))
    laid = np.zeros(frames, np.float32)
    laid[first : first + len(heard)] = heard * level
    return laid


def _make_gap(
    clean: Samples, start: int, end: int, rate: int, lead: int, length: int, material: str
) -> Gap:
    context = round(CONTEXT_S * rate)
    low, high = max(start - context, 0), min(end + context, clean.shape[1])
    with one_blas_thread():
        expected = expect_missing(clean[0, low:high], start - low, end - low, rate)
    return Gap(
        (clean[0, start:end] - expected.missing).astype(np.float32),
        expected.covariance.astype(np.float32),
        level_around(clean, rate, start, end),
        lead,
        length,
        rate,
        material,
    )


def _draw_edge(rate: int, rng: np.random.Generator) -> int:
    """Draw how many frames a region begins before its click, or ends after it."""
    draw = rng.uniform()
    if draw < EXACT_SHARE:
        return 0
    return round(rng.uniform(*(NEAR_S if draw < EXACT_SHARE + NEAR_SHARE else FAR_S)) * rate)


def _draw_between(limits: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw between limits, evenly in octaves."""
    low, high = limits
    return float(low * (high / low) ** rng.uniform())
