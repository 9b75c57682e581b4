"""Planting clicks like those of a record, and those of a mouth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import signal

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind
from uasrm_core.evaluation.planting import (
    Damage,
    draw_channels,
    draw_places,
    level_around,
)

# Peaks against the RMS of the sound around, in dB.
VINYL_DB = (0.0, 20.0)
MOUTH_DB = (3.0, 18.0)
VINYL_MS = (0.1, 3.0)
MOUTH_MS = (1.3, 3.6)
# Some clicks of a record shake the arm: a low swing follows.
SWING_SHARE, SWING_HZ, SWING_LEVEL = 0.3, (80.0, 400.0), (0.05, 0.3)
VINYL_HZ = (500.0, 9000.0)
MOUTH_HZ = (900.0, 6000.0)
MOUTH_PULSES = (2, 4)
APART_S = 0.02
# Clicks of a mouth of another sort: short noises and pulses through some resonances of the mouth.
BURSTS, RESONANCES = (1, 3), (1, 3)
BURST_ONSET_S, BURST_DECAY_S, LONGEST_BURST_S = 0.002, (0.0001, 0.0006), 0.008
RESONANCE_HZ, BANDWIDTH_HZ = (800.0, 6000.0), (250.0, 1500.0)
PULSE_FRAMES = 3
# What is weaker than so much of the peak is not counted to a click.
EDGE_SHARE = 0.02


def plant_vinyl_clicks(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    *,
    count: int,
    level_db: tuple[float, float] = VINYL_DB,
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add clicks as a record has them: a step that rings and dies away within `VINYL_MS`.

    The peak is `level_db` over the RMS of the sound around it, drawn evenly.

    Returns
    -------
    The damaged recording ``(channels, frames)`` and what was done to it, in time's order.
    """
    damaged = samples.copy()
    damages = []
    longest = round(2 * VINYL_MS[1] * rate / 1000)
    for start in draw_places(samples, rate, rng, count, longest, round(APART_S * rate)):
        channels = draw_channels(len(samples), rng)
        level = float(rng.uniform(*level_db))
        wave = make_vinyl_click(rate, rng)
        end = start + len(wave)
        for channel in channels:
            peak = level_around(samples[[channel]], rate, start, end) * 10 ** (level / 20)
            damaged[channel, start:end] += wave * (peak * rng.uniform(0.7, 1.0))
        damages.append(Damage(Kind.CLICK, start, end, channels, level, "vinyl"))
    return damaged, tuple(damages)


def plant_mouth_clicks(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    *,
    count: int,
    level_db: tuple[float, float] = MOUTH_DB,
    lengths_ms: tuple[float, float] = MOUTH_MS,
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add mouth clicks: `MOUTH_PULSES` short rings, one after the other, within `lengths_ms`.

    The peak is `level_db` over the RMS of the sound around it, drawn evenly; all channels get the
    same.
    """
    damaged = samples.copy()
    damages = []
    longest = round(lengths_ms[1] * rate / 1000)
    channels = tuple(range(len(samples)))
    for start in draw_places(samples, rate, rng, count, longest, round(0.25 * rate)):
        level = float(rng.uniform(*level_db))
        wave = make_mouth_click(round(float(rng.uniform(*lengths_ms)) * rate / 1000), rate, rng)
        end = start + len(wave)
        peak = level_around(samples, rate, start, end) * 10 ** (level / 20)
        damaged[:, start:end] += wave * np.float32(peak)
        damages.append(Damage(Kind.CLICK, start, end, channels, level, "mouth"))
    return damaged, tuple(damages)


def plant_mouth_bursts(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    *,
    count: int,
    level_db: tuple[float, float] = MOUTH_DB,
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add mouth clicks of another sort than `plant_mouth_clicks`, at the same levels.

    Each is one to three short noises or pulses that sound through resonances; all channels get the
    same.
    """
    damaged = samples.copy()
    damages = []
    channels = tuple(range(len(samples)))
    longest = round(LONGEST_BURST_S * rate)
    for start in draw_places(samples, rate, rng, count, longest, round(0.25 * rate)):
        level = float(rng.uniform(*level_db))
        wave = make_mouth_burst(rate, rng)
        end = start + len(wave)
        peak = level_around(samples, rate, start, end) * 10 ** (level / 20)
        damaged[:, start:end] += wave * np.float32(peak)
        damages.append(Damage(Kind.CLICK, start, end, channels, level, "burst"))
    return damaged, tuple(damages)


def make_vinyl_click(rate: int, rng: np.random.Generator) -> Samples:
    """Make a click of a record, ``(frames,)`` to a peak of 1."""
    low, high = VINYL_MS
    length_s = low * (high / low) ** rng.uniform() / 1000
    wave = _make_ring(round(length_s * rate), rate, VINYL_HZ, rng)
    if rng.uniform() < SWING_SHARE:
        swing = _make_ring(round(2 * length_s * rate), rate, SWING_HZ, rng, noise=0.0)
        swing *= np.float32(rng.uniform(*SWING_LEVEL))
        swing[: len(wave)] += wave
        wave = swing
    return _scale_to_peak(wave)


def make_mouth_click(frames: int, rate: int, rng: np.random.Generator) -> Samples:
    """Make a mouth click of a given length, ``(frames,)`` to a peak of 1."""
    wave = np.zeros(max(frames, 4), np.float32)
    pulses = int(rng.integers(MOUTH_PULSES[0], MOUTH_PULSES[1] + 1))
    places = np.sort(rng.uniform(0.0, 0.75, size=pulses))
    places[0] = 0.0
    top_hz = min(MOUTH_HZ[1], 0.45 * rate)
    for place in places:
        first = int(place * len(wave))
        ring = _make_ring(len(wave) - first, rate, (MOUTH_HZ[0], top_hz), rng, noise=0.2)
        wave[first:] += ring * np.float32(rng.uniform(0.4, 1.0))
    return _scale_to_peak(wave)


def make_mouth_burst(rate: int, rng: np.random.Generator) -> Samples:
    """Make a mouth click of the other sort, ``(frames,)`` to a peak of 1."""
    frames = round(LONGEST_BURST_S * rate)
    wave = np.zeros(frames)
    for _ in range(int(rng.integers(BURSTS[0], BURSTS[1] + 1))):
        first = int(rng.uniform(0.0, BURST_ONSET_S) * rate)
        struck = np.zeros(frames - first)
        if rng.uniform() < 0.5:
            decay = np.exp(-np.arange(len(struck)) / (rng.uniform(*BURST_DECAY_S) * rate))
            struck = rng.standard_normal(len(struck)) * decay
        else:
            pulse = int(rng.integers(1, PULSE_FRAMES + 1))
            struck[:pulse] = rng.standard_normal(pulse)
        wave[first:] += rng.uniform(0.4, 1.0) * _resonate(struck, rate, rng)
    wave /= np.max(np.abs(wave))
    heard = np.flatnonzero(np.abs(wave) > EDGE_SHARE)
    return np.asarray(wave[heard[0] : heard[-1] + 1], dtype=np.float32)


def _resonate(
    struck: npt.NDArray[np.float64], rate: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Let what strikes sound through some resonances, ``(frames,)``, to a peak of 1."""
    heard = np.zeros(len(struck))
    top_hz = min(RESONANCE_HZ[1], 0.42 * rate)
    for _ in range(int(rng.integers(RESONANCES[0], RESONANCES[1] + 1))):
        radius = np.exp(-np.pi * rng.uniform(*BANDWIDTH_HZ) / rate)
        turn = 2 * np.pi * rng.uniform(RESONANCE_HZ[0], top_hz) / rate
        model = [1.0, -2.0 * radius * np.cos(turn), radius**2]
        ringing = signal.lfilter([1.0, 0.0, -1.0], model, struck)
        heard += rng.uniform(0.2, 1.0) * ringing / np.max(np.abs(ringing))
    return np.asarray(heard / np.max(np.abs(heard)))


def _make_ring(
    frames: int,
    rate: int,
    band_hz: tuple[float, float],
    rng: np.random.Generator,
    *,
    noise: float = 0.4,
) -> Samples:
    """Return a damped wave with noise in it that dies away over its length, ``(frames,)``."""
    time = np.arange(max(frames, 2))
    low, high = band_hz
    hz = low * (min(high, 0.45 * rate) / low) ** rng.uniform()
    wave = np.cos(2 * np.pi * hz / rate * time + rng.uniform(0, 2 * np.pi))
    wave += noise * rng.standard_normal(len(time))
    return np.asarray(wave * np.exp(-4.0 * time / len(time)), dtype=np.float32)


def _scale_to_peak(wave: Samples) -> Samples:
    return wave / max(float(np.max(np.abs(wave))), 1e-9)
