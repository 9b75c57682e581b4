"""Plants damage of known place and size into clean recordings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from uasrm_core.audio.clip import Samples
from uasrm_core.audio.kinds import Kind

# The level that a damage is compared with is that of so much sound on each side.
LEVEL_S = 0.05
AUDIBLE_RMS = 10 ** (-45 / 20)
TRIES_PER_PLACE = 40
ONE_CHANNEL_SHARE = 0.25
LONGEST_CLICK_FRAMES = 60
CLICK_SHAPES = ("noise", "ring", "pulse")
DROPOUT_SHAPES = ("silence", "hole", "repeat")
CLIPPED_S = (0.05, 0.5)
HOLE_DB = (-60.0, -25.0)
RAMP_S = 0.001


@dataclass(frozen=True)
class Damage:
    """One planted damage, half-open in frames.

    Attributes
    ----------
    level
        For a click its RMS against the local RMS in dB, for a dropout its length in ms, for
        clipping how many dB of the peak are cut off.
    shape
        How it was made.
    """

    kind: Kind
    start_frame: int
    end_frame: int
    channels: tuple[int, ...]
    level: float
    shape: str


def plant_clicks(
    samples: Samples, rate: int, rng: np.random.Generator, *, level_db: float, count: int
) -> tuple[Samples, tuple[Damage, ...]]:
    """Add clicks of 1 to `LONGEST_CLICK_FRAMES` frames, their lengths spread evenly in octaves.

    The RMS over the click's own length is `level_db` against the sound within `LEVEL_S` around it.

    Returns
    -------
    The damaged recording ``(channels, frames)`` and what was done to it, in time's order.
    """
    damaged = samples.copy()
    damages = []
    for start in draw_places(samples, rate, rng, count, LONGEST_CLICK_FRAMES, round(0.05 * rate)):
        frames = round(float(LONGEST_CLICK_FRAMES ** rng.uniform()))
        shape = CLICK_SHAPES[rng.integers(len(CLICK_SHAPES))]
        channels = draw_channels(len(samples), rng)
        wave = _make_click(frames, rate, shape, rng)
        for channel in channels:
            level = level_around(samples[channel : channel + 1], rate, start, start + frames)
            damaged[channel, start : start + frames] += wave * (level * 10 ** (level_db / 20))
        damages.append(Damage(Kind.CLICK, start, start + frames, channels, level_db, shape))
    return damaged, tuple(damages)


def plant_dropouts(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    *,
    lengths_ms: tuple[float, float],
    count: int,
) -> tuple[Samples, tuple[Damage, ...]]:
    """Put in silence, holes of `HOLE_DB` and buffers played twice; lengths even in octaves."""
    damaged = samples.copy()
    damages = []
    low, high = lengths_ms
    longest = round(high * rate / 1000)
    for start in draw_places(samples, rate, rng, count, longest, longest + round(0.25 * rate)):
        length_ms = float(low * (high / low) ** rng.uniform())
        frames = round(length_ms * rate / 1000)
        shape = DROPOUT_SHAPES[rng.integers(len(DROPOUT_SHAPES))]
        channels = draw_channels(len(samples), rng)
        rows, end = list(channels), start + frames
        if shape == "repeat":
            damaged[rows, start:end] = samples[rows, start - frames : start]
        else:
            depth_db = float(rng.uniform(*HOLE_DB)) if shape == "hole" else -np.inf
            ramp = round(RAMP_S * rate) if rng.uniform() < 0.5 else 0
            damaged[rows, start:end] *= _make_hole(frames, ramp, 10 ** (depth_db / 20))
        damages.append(Damage(Kind.DROPOUT, start, end, channels, length_ms, shape))
    return damaged, tuple(damages)


def plant_clipping(
    samples: Samples, rate: int, rng: np.random.Generator, *, cut_db: float, count: int
) -> tuple[Samples, tuple[Damage, ...]]:
    """Clip passages of `CLIPPED_S` seconds at `cut_db` under their peak, both channels alike.

    A damage reaches from its first clipped sample to its last.
    """
    damaged = samples.copy()
    damages = []
    longest = round(CLIPPED_S[1] * rate)
    for start in draw_places(samples, rate, rng, count, longest, longest + round(0.25 * rate)):
        end = start + round(float(rng.uniform(*CLIPPED_S)) * rate)
        passage = damaged[:, start:end]
        limit = np.float32(np.max(np.abs(passage)) * 10 ** (-cut_db / 20))
        over = np.abs(passage) > limit
        np.clip(passage, -limit, limit, out=passage)
        where = np.flatnonzero(over.any(axis=0))
        channels = tuple(int(c) for c in np.flatnonzero(over.any(axis=1)))
        first, last = start + int(where[0]), start + int(where[-1]) + 1
        damages.append(Damage(Kind.CLIPPING, first, last, channels, cut_db, "flat"))
    return damaged, tuple(damages)


def draw_places(
    samples: Samples,
    rate: int,
    rng: np.random.Generator,
    count: int,
    longest: int,
    distance: int,
) -> list[int]:
    """Draw starts where something sounds before, during and after, `distance` frames apart."""
    edge = max(longest, round(0.25 * rate)) + 1
    chosen: list[int] = []
    for _ in range(count * TRIES_PER_PLACE):
        if len(chosen) == count or samples.shape[1] <= 2 * edge + longest:
            break
        start = int(rng.integers(edge, samples.shape[1] - edge - longest))
        if any(abs(start - other) < distance for other in chosen):
            continue
        if all(
            level_around(samples, rate, start + at, start + at) > AUDIBLE_RMS
            for at in (0, longest // 2, longest)
        ):
            chosen.append(start)
    return sorted(chosen)


def level_around(samples: Samples, rate: int, start: int, end: int) -> float:
    """Return the RMS of ``(channels, frames)`` within `LEVEL_S` of a stretch."""
    around = round(LEVEL_S * rate)
    heard = samples[:, max(start - around, 0) : end + around].astype(np.float64)
    return float(np.sqrt(np.mean(heard**2)))


def draw_channels(channels: int, rng: np.random.Generator) -> tuple[int, ...]:
    """Draw which channels a damage is in: mostly all of them, else one."""
    if channels > 1 and rng.uniform() < ONE_CHANNEL_SHARE:
        return (int(rng.integers(channels)),)
    return tuple(range(channels))


def _make_click(frames: int, rate: int, shape: str, rng: np.random.Generator) -> Samples:
    """Return a click of RMS 1 that dies away over its length, float32 ``(frames,)``."""
    time = np.arange(frames)
    if shape == "noise":
        wave = rng.standard_normal(frames)
    elif shape == "ring":
        wave = np.cos(2 * np.pi * rng.uniform(1000, 12000) / rate * time)
    else:
        wave = np.ones(frames) * rng.choice([-1.0, 1.0])
    wave = wave * np.exp(-4.0 * time / frames)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), dtype=np.float32)


def _make_hole(frames: int, ramp: int, gain: float) -> Samples:
    gains = np.full(frames, gain, dtype=np.float32)
    ramp = min(ramp, frames // 4)
    slope = np.linspace(1.0, gain, ramp, endpoint=False, dtype=np.float32)
    gains[:ramp] = slope
    gains[frames - ramp :] = slope[::-1]
    return gains
